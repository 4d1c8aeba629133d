// Package manifests holds what a set is made of: the Kubernetes resources as
// complete, valid YAML files that show the tutorial's set, and the scripts that
// its pods run.
//
// The YAML files are for people; the program uses the same trees as Go data, in
// nodes_gen.go, so that it has nothing to parse. `make generate` keeps them equal.
package manifests

import (
	"embed"
	"io/fs"
	"sync"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/internal/node"
)

//go:generate go run mysqlreplicaset.dev/fn/internal/gen ../..

// Road is how a replica gets its data, which decides the StatefulSet and scripts.
type Road string

// The roads, named as the folders of their scripts.
const (
	Plugin     Road = "plugin"
	XtraBackup Road = "xtrabackup"
)

// ConfigMap returns a copy of configmap.yaml, without options and scripts.
func ConfigMap() *yaml.Node { return node.Clone(&configmap) }

// Service returns a copy of service.yaml, the headless Service.
func Service() *yaml.Node { return node.Clone(&service) }

// ServiceRead returns a copy of service-read.yaml.
func ServiceRead() *yaml.Node { return node.Clone(&serviceRead) }

// ServicePrimary returns a copy of service-primary.yaml.
func ServicePrimary() *yaml.Node { return node.Clone(&servicePrimary) }

// StatefulSet returns a copy of the road's StatefulSet.
func StatefulSet(road Road) *yaml.Node {
	if road == XtraBackup {
		return node.Clone(&statefulsetXtrabackup)
	}
	return node.Clone(&statefulset)
}

//go:embed scripts
var scripts embed.FS

// Script is a file of shell, as the pods get it.
type Script struct{ Name, Text string }

// Scripts returns the scripts of a road, those that all roads share included. All
// callers get the same ones.
func Scripts(road Road) []Script { return scriptsOf[road]() }

var scriptsOf = map[Road]func() []Script{Plugin: readOnce(Plugin), XtraBackup: readOnce(XtraBackup)}

func readOnce(road Road) func() []Script {
	return sync.OnceValue(func() []Script { return append(read("scripts"), read("scripts/"+string(road))...) })
}

func read(folder string) []Script {
	entries, err := fs.ReadDir(scripts, folder)
	if err != nil {
		panic(err) // an embedded folder
	}
	var found []Script
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		text, err := fs.ReadFile(scripts, folder+"/"+entry.Name())
		if err != nil {
			panic(err) // an embedded file
		}
		found = append(found, Script{Name: entry.Name(), Text: string(text)})
	}
	return found
}
