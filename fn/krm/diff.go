package krm

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/diff"
	"mysqlreplicaset.dev/fn/internal/node"
)

// Diff says what a change does to the sets of a stream. Either side may hold resources,
// sets, which are expanded, and lists of both, as kubectl get -o yaml prints them.
// Findings are errors only.
func Diff(old, new []Document) (diff.Report, Findings) {
	before, found := expanded(flatten(old))
	after, wrong := expanded(flatten(new))
	if found = append(found, wrong...); found.Failed() {
		return diff.Report{}, found
	}
	report, err := diff.Compare(before, after)
	if err != nil {
		found.fail(Source{}, "", err.Error())
	}
	return report, found
}

// flatten takes lists apart, such as List, ServiceList and ResourceList.
func flatten(documents []Document) (flat []Document) {
	for _, document := range documents {
		items := node.Get(document.Node, "items")
		if !strings.HasSuffix(document.Source.kind, "List") || items == nil || items.Kind != yaml.SequenceNode {
			flat = append(flat, document)
			continue
		}
		for _, item := range items.Content {
			source := document.Source
			source.reference = referenceTo(item)
			flat = append(flat, Document{Node: item, Source: source})
		}
	}
	return flat
}

// expanded puts what a set renders to in its place, unless its StatefulSet is there
// already: kpt and kustomize's transformers keep both.
func expanded(documents []Document) (resources []*yaml.Node, found Findings) {
	there := map[reference]bool{}
	for _, document := range documents {
		there[document.Source.reference] = true
	}
	run := newRun(nil, nil)
	for _, document := range documents {
		source := document.Source
		switch {
		case !isOurs(source.reference):
			resources = append(resources, document.Node)
		case !there[reference{"apps/v1", "StatefulSet", source.namespace, source.name}]:
			resources = append(resources, run.expand(document.Node, source)...)
		}
	}
	for _, f := range run.found {
		if f.Severity == Error { // a version without support is no news
			found = append(found, f)
		}
	}
	return resources, found
}

// DiffKind is the kind of configuration that lets resources through unless they do too
// much to the sets that run:
//
//	spec:
//	  old: rendered.yaml   # what runs, relative to the kustomization
//	  allow: restart       # the worst level that passes; the default
const DiffKind = v1alpha1.Kind + "Diff"
