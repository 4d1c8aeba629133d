package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"mysqlreplicaset.dev/fn/krm"
)

// install copies the program to kustomize's plugin home.
func (p *program) install(args []string) int {
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
