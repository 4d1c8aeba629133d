package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// version is set by a release's build: -ldflags "-X main.version=v1.2.3".
var version string

var versionCommand = command{
	name:  "version",
	short: "print the version of this program",
	long: `
Examples:
  mysqlreplicaset version
`,
	run: func(p *program, args []string) int {
		if len(args) > 0 {
			return p.misuse("version takes no arguments")
		}
		return p.print(versionText())
	},
}

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

var schemaCommand = command{
	name:  "schema",
	short: "print the JSON Schema of a " + v1alpha1.Kind,
	long: `
Editors check and complete a set with it.

Examples:
  mysqlreplicaset schema > mysqlreplicaset.schema.json

  # First line of a set, for the YAML language server.
  # yaml-language-server: $schema=mysqlreplicaset.schema.json
`,
	run: func(p *program, args []string) int {
		if len(args) > 0 {
			return p.misuse("schema takes no arguments")
		}
		return p.print(string(v1alpha1.Schema))
	},
}

var helpCommand = command{
	name:  "help",
	args:  "[COMMAND]",
	short: "explain this program, or a command",
	long: `
Examples:
  mysqlreplicaset help install
`,
}

func init() { helpCommand.run = (*program).help } // it lists itself

func (p *program) help(args []string) int {
	switch len(args) {
	case 0:
		return p.print(help())
	case 1:
		if c, ok := find(args[0]); ok {
			return p.print(c.help())
		}
		return p.misuse("no command " + args[0])
	}
	return p.misuse("help takes one command")
}

func (c command) help() string {
	usage := strings.TrimSpace("mysqlreplicaset " + c.name + " " + c.args)
	return fmt.Sprintf("%s%s.\n\nUsage:\n  %s\n%s", strings.ToUpper(c.short[:1]), c.short[1:], usage, c.long)
}

func help() string {
	var b strings.Builder
	b.WriteString(`Render a compact MySQLReplicaSet into the resources of a replicated MySQL: its
ConfigMap, its Services and its StatefulSet.

Usage:
  mysqlreplicaset [FILE...]    render files; - or nothing is standard input
  mysqlreplicaset COMMAND

Commands:
`)
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-15s %s\n", strings.TrimSpace(c.name+" "+c.args), c.short)
	}
	b.WriteString(`
Options:
  -h, --help     explain this program, or the command before it
  --version      print the version of this program

Examples:
  mysqlreplicaset mysql.yaml
  mysqlreplicaset mysql.yaml | kubectl apply -f -

  # As a plugin of kustomize, after mysqlreplicaset install: a kustomization.yaml
  # names the set under generators.
  kustomize build --enable-alpha-plugins .

  # As a KRM function: kustomize and kpt send a ResourceList to standard input.
  kpt fn eval PACKAGE --exec mysqlreplicaset

A file that is named like a command is given as ./install.

Exit codes:
  0 rendered, perhaps with warnings; 1 something is wrong with the input, and
  nothing is rendered; 2 something is wrong with the command line
`)
	return b.String()
}
