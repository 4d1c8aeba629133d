// Command cat copies standard input to standard output: the least that a Go
// program can do, and so the measure of starting and exiting.
package main

import (
	"io"
	"log"
	"os"
)

func main() {
	if _, err := io.Copy(os.Stdout, os.Stdin); err != nil {
		log.Fatal(err)
	}
}
