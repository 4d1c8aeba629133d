package main

import (
	"runtime/debug"
	"strings"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// version is set by a release's build: -ldflags "-X main.version=v1.2.3".
var version string

// versionText is for people. No output has the version in it: the same set gives
// the same bytes.
func versionText() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	shown := version
	if shown == "" {
		shown = info.Main.Version
	}
	lines := []string{"mysqlreplicaset " + shown, "api " + v1alpha1.APIVersion, "go " + strings.TrimPrefix(info.GoVersion, "go")}
	settings := map[string]string{}
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	if commit := settings["vcs.revision"]; commit != "" {
		if settings["vcs.modified"] == "true" {
			commit += ", modified"
		}
		lines = append(lines, "commit "+commit)
	}
	return strings.Join(lines, "\n") + "\n"
}
