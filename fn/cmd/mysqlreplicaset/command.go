package main

import (
	"fmt"
	"io"
	"strings"
)

// command is a subcommand.
type command struct {
	name  string
	args  string // as the usage line shows them
	short string // one line
	long  string // the rest, with examples
	run   func(p *program, args []string) int
}

// commands in the order of the help. A file of the same name is given as ./name.
func commands() []command {
	return []command{installCommand, schemaCommand, versionCommand, helpCommand}
}

func find(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

// run finds out what is asked for, and does it.
func (p *program) run(args []string) int {
	// kustomize's file may have any name, so this comes first.
	if len(args) > 0 && p.getenv(pluginVariable) != "" {
		return p.runPlugin(args)
	}
	var files []string
	for i, arg := range args {
		if arg == "--" {
			return p.runHost(append(files, args[i+1:]...))
		}
		if c, ok := find(arg); ok && i == 0 {
			return p.runCommand(c, args[1:])
		}
		switch {
		case arg == "-h" || arg == "--help":
			return p.print(help())
		case arg == "--version":
			return p.print(versionText())
		case strings.HasPrefix(arg, "-") && arg != "-":
			return p.misuse("unknown flag " + arg)
		}
		files = append(files, arg)
	}
	return p.runHost(files)
}

func (p *program) runCommand(c command, args []string) int {
	for _, arg := range args {
		switch {
		case arg == "-h" || arg == "--help":
			return p.print(c.help())
		case strings.HasPrefix(arg, "-"):
			return p.misuse(fmt.Sprintf("unknown flag %s of %s", arg, c.name))
		}
	}
	return c.run(p, args)
}

func (p *program) print(text string) int {
	if _, err := io.WriteString(p.stdout, text); err != nil {
		return p.fail(err.Error())
	}
	return succeeded
}

func (p *program) fail(message string) int {
	fmt.Fprintf(p.stderr, "error: %s\n", message)
	return failed
}

func (p *program) misuse(message string) int {
	fmt.Fprintf(p.stderr, "error: %s; see mysqlreplicaset --help\n", message)
	return misused
}
