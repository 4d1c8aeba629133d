package krm

import (
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/internal/node"
	"mysqlreplicaset.dev/fn/render"
)

// Annotations that hosts put on resources. Both forms of the path are in use
// (kyaml, kio/kioutil).
const (
	localConfigAnnotation = "config.kubernetes.io/local-config"
	pathAnnotation        = "internal.config.kubernetes.io/path"
	indexAnnotation       = "internal.config.kubernetes.io/index"
	oldPathAnnotation     = "config.kubernetes.io/path"
	oldIndexAnnotation    = "config.kubernetes.io/index"
)

// Transform expands every MySQLReplicaSet among items: what it renders to comes
// right after it. The set itself stays, marked as local configuration, so that
// kustomize drops it at the end and kpt and kubectl do not apply it; if it were
// dropped here, kpt would delete its file. All other items stay as they are.
//
// After errors nothing has changed and there are no items. A list without any
// MySQLReplicaSet is an error: passing it through would look like success and
// leave the database out.
func Transform(items []*yaml.Node) ([]*yaml.Node, Findings) {
	run := newRun(items)
	var transformed, sets []*yaml.Node
	for _, item := range items {
		transformed = append(transformed, item)
		if source := sourceOf(item); isOurs(source.reference) {
			sets = append(sets, item)
			transformed = append(transformed, run.expand(item, source)...)
		}
	}
	if len(sets) == 0 {
		run.found.fail(Source{}, "", fmt.Sprintf("found no %s among %s; put one among them, or remove this step",
			v1alpha1.Kind, counted(len(items), "resource")))
	}
	if run.found.Failed() {
		return nil, run.found
	}
	for _, set := range sets {
		markLocal(set)
	}
	return transformed, run.found
}

// generate expands the one set that a host gave as configuration, after the
// items. Other sets among the items have steps of their own and are passed on.
//
// The set itself may be among the items as well. Coming from a file, in kpt, it
// stays and is marked as local configuration. Otherwise it is the copy that
// kustomize hands over with the configuration (kustomize#5502) and goes: in the
// build an overlay's patch of it would match and have no effect.
func generate(set *yaml.Node, items []*yaml.Node) ([]*yaml.Node, Findings) {
	source := sourceOf(set)
	var others, files []*yaml.Node
	for _, item := range items {
		copied := sourceOf(item)
		if copied.reference == source.reference {
			if copied.File == "" {
				continue
			}
			files = append(files, item)
		}
		others = append(others, item)
	}
	run := newRun(others)
	rendered := run.expand(set, source)
	if run.found.Failed() {
		return nil, run.found
	}
	for _, file := range files {
		markLocal(file)
	}
	return append(others, rendered...), run.found
}

// run is the expansion of all the sets of one run. It makes sure that no two
// things in the output are the same resource.
type run struct {
	owners map[reference]Source // of each resource in the output
	sets   map[reference]Source
	found  Findings
}

func newRun(items []*yaml.Node) *run {
	r := &run{owners: map[reference]Source{}, sets: map[reference]Source{}}
	for _, item := range items {
		source := sourceOf(item)
		r.owners[source.reference] = source
	}
	return r
}

// expand renders a set.
func (r *run) expand(set *yaml.Node, source Source) []*yaml.Node {
	resources, warnings, err := render.Decoded(v1alpha1.Decode(set))
	if problems, ok := err.(v1alpha1.Problems); ok {
		r.found.add(Error, source, problems...)
	} else if err != nil {
		r.found.fail(source, "", err.Error())
	}
	r.found.add(Warning, source, warnings...)
	if earlier, ok := r.sets[source.reference]; ok && source.name != "" {
		r.found.fail(source, "metadata.name", "given twice"+where(earlier)+"; rename one of the two, or remove it")
		return nil
	}
	r.sets[source.reference] = source

	for _, resource := range resources {
		id := referenceTo(resource)
		if owner, ok := r.owners[id]; ok {
			theirs := "there is one already" + where(owner)
			if owner.kind == v1alpha1.Kind {
				theirs = "so does " + owner.reference.String() + where(owner)
			}
			r.found.fail(source, "metadata.name", fmt.Sprintf("renders %s, and %s; rename one of the two, or remove it", id, theirs))
			continue
		}
		r.owners[id] = source
	}
	return resources
}

func where(s Source) string {
	if s.File == "" {
		return ""
	}
	return " in " + s.File
}

// sourceOf reads where a host has an item from.
func sourceOf(item *yaml.Node) Source {
	annotation := func(keys ...string) string {
		for _, key := range keys {
			if text := node.Text(item, "metadata", "annotations", key); text != "" {
				return text
			}
		}
		return ""
	}
	source := Source{File: annotation(pathAnnotation, oldPathAnnotation), reference: referenceTo(item)}
	source.Index, _ = strconv.Atoi(annotation(indexAnnotation, oldIndexAnnotation))
	return source
}

// markLocal marks a set as local configuration.
func markLocal(set *yaml.Node) {
	metadata := mapping(set, "metadata")
	annotations := mapping(metadata, "annotations")
	if node.Text(annotations, localConfigAnnotation) != "true" {
		node.Set(annotations, node.Quoted("true"), localConfigAnnotation)
	}
}

// mapping returns the mapping at a key, to be edited: one is made where there is
// none, and an alias is replaced by what it stands for.
func mapping(n *yaml.Node, key string) *yaml.Node {
	switch child := node.Get(n, key); {
	case isNull(child):
		node.Set(n, node.Map(), key)
	case child.Kind == yaml.AliasNode:
		meant := node.Clone(child.Alias)
		meant.Anchor = ""
		node.Set(n, meant, key)
	}
	return node.Get(n, key)
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
