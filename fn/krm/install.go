package krm

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// PluginKinds are the kinds of configuration that kustomize runs this program for.
var PluginKinds = []string{v1alpha1.Kind, TransformerKind, DiffKind}

// PluginHome is where kustomize looks for plugins first: $KUSTOMIZE_PLUGIN_HOME,
// $XDG_CONFIG_HOME/kustomize/plugin or ~/.config/kustomize/plugin (kustomize
// api/konfig/plugins.go).
func PluginHome(getenv func(string) string) (string, error) {
	if home := getenv("KUSTOMIZE_PLUGIN_HOME"); home != "" {
		return home, nil
	}
	if config := getenv("XDG_CONFIG_HOME"); config != "" {
		return filepath.Join(config, "kustomize", "plugin"), nil
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".config", "kustomize", "plugin"), nil
	}
	return "", fmt.Errorf("found none of KUSTOMIZE_PLUGIN_HOME, XDG_CONFIG_HOME and HOME in the environment; name the directory")
}

// Install copies the running program to the places below home where kustomize
// looks for it, and returns them. It needs no shell, and no other directory to
// write to, since it runs as an init container next to Argo CD. A plugin that is
// in use is replaced at once or not at all.
func Install(home string) ([]string, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var installed []string
	for _, kind := range PluginKinds {
		path := filepath.Join(home, filepath.FromSlash(v1alpha1.APIVersion), strings.ToLower(kind), kind)
		if err := copyProgram(program, path); err != nil {
			return installed, err
		}
		installed = append(installed, path)
	}
	return installed, nil
}

// copyProgram copies an executable file by way of a temporary one next to it.
func copyProgram(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(to), ".install-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			temporary.Close()
			os.Remove(temporary.Name())
		}
	}()
	if _, err := io.Copy(temporary, source); err != nil {
		return err
	}
	// Argo CD's init container and its repo-server may be different users.
	if err := temporary.Chmod(0o755); err != nil {
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), to)
}
