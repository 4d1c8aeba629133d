package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"mysqlreplicaset.dev/fn/krm"
)

var installCommand = command{
	name:  "install",
	args:  "[DIR]",
	short: "copy this program to where kustomize looks for its plugins",
	long: `
DIR is kustomize's plugin home. Without it, kustomize's own first choice is taken:
$KUSTOMIZE_PLUGIN_HOME, $XDG_CONFIG_HOME/kustomize/plugin or
~/.config/kustomize/plugin.

Examples:
  # On a workstation, once.
  mysqlreplicaset install
  kustomize build --enable-alpha-plugins .

  # In an init container of Argo CD's repo-server, into a shared volume.
  mysqlreplicaset install /plugins
`,
	run: (*program).install,
}

func (p *program) install(args []string) int {
	if len(args) > 1 {
		return p.misuse(fmt.Sprintf("install takes one directory, found %d", len(args)))
	}
	home, err := krm.PluginHome(p.getenv)
	if len(args) == 1 {
		home, err = args[0], nil
	}
	if err == nil {
		home, err = filepath.Abs(home) // kustomize may run somewhere else
	}
	if err != nil {
		return p.fail(err.Error())
	}
	installed, err := krm.Install(home)
	for _, path := range installed {
		fmt.Fprintf(p.stdout, "installed %s\n", path)
	}
	if err != nil {
		return p.fail(err.Error())
	}
	return p.print("export KUSTOMIZE_PLUGIN_HOME=" + shellQuoted(home) + "\n")
}

// shellQuoted quotes a path for a shell if it needs it.
func shellQuoted(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool { return strings.ContainsRune(" \t\n'\"\\$`&|;<>()*?[]#~!{}", r) }) {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}
