// Command kyaml reads a ResourceList and writes it again with kyaml: what any
// function pays that hands on the same resources.
package main

import (
	"log"
	"os"

	"sigs.k8s.io/kustomize/kyaml/kio"
)

func main() {
	stream := &kio.ByteReadWriter{Reader: os.Stdin, Writer: os.Stdout, KeepReaderAnnotations: true}
	if err := (kio.Pipeline{Inputs: []kio.Reader{stream}, Outputs: []kio.Writer{stream}}).Execute(); err != nil {
		log.Fatal(err)
	}
}
