// Command mysqlreplicaset expands MySQLReplicaSets into the resources that run
// them: as a plugin or function of kustomize and kpt, and by hand.
//
// It lives for two milliseconds, a good part of which is the start of the Go
// runtime. So it takes its arguments apart itself: cobra brings in package net,
// and with it, unless CGO_ENABLED=0 is set for the build, the dynamic linker,
// which together take as long as rendering does.
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
