// Command mysqlreplicaset expands MySQLReplicaSets into the resources that run
// them: as a plugin or function of kustomize and kpt, and by hand.
package main

import (
	"io"
	"os"
)

// Exit codes.
const (
	succeeded = 0
	failed    = 1 // something is wrong with the input
	misused   = 2 // something is wrong with the command line
)

func main() {
	os.Exit((&program{os.Getenv, os.Stdin, os.Stdout, os.Stderr}).run(os.Args[1:]))
}

// program is the process that it runs in.
type program struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
}
