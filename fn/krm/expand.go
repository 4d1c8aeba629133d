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
	packagePathAnnotation = "internal.config.kubernetes.io/package-path"
	oldPathAnnotation     = "config.kubernetes.io/path"
	oldIndexAnnotation    = "config.kubernetes.io/index"
)

// Transform expands every MySQLReplicaSet among items: what it renders to comes
// right after it. The set itself stays, marked as local configuration, so that
// kustomize drops it at the end and kpt and kubectl do not apply it; if it were
// dropped here, kpt would delete its file. All other items stay as they are.
//
// What earlier runs rendered into files is brought up to date where it is, and goes
// if no set renders it any more. So a second run changes nothing.
//
// After errors nothing has changed and there are no items. A list without any
// MySQLReplicaSet is an error: passing it through would look like success and leave
// the database out. In a package it is a warning, since there the files stay, and the
// run before may have been the one that removed the last set's.
func Transform(items []*yaml.Node) ([]*yaml.Node, Findings) {
	r := newRun(items, func(draft, []Source) bool { return true })
	rendered := map[*yaml.Node][]*yaml.Node{}
	for _, item := range items {
		if source := r.sourceOf(item); isOurs(source.reference) {
			rendered[item] = r.expand(item, source)
			r.files.put(rendered[item], source)
		}
	}
	if len(rendered) == 0 && len(r.drafts) == 0 {
		severity := Error
		if isInPlace(items) {
			severity = Warning
		}
		r.found.add(severity, Source{}, v1alpha1.Problem{Message: fmt.Sprintf("found no %s among %s; put one among them, or remove this step",
			v1alpha1.Kind, counted(len(items), "resource"))})
	}
	if r.found.Failed() {
		return nil, r.found
	}
	var transformed []*yaml.Node
	for _, item := range r.current(items) {
		transformed = append(append(transformed, item), rendered[item]...)
	}
	for set := range rendered {
		markLocal(set)
	}
	return transformed, r.found
}

// generate expands the one set that a host gave as configuration, after the
// items. Other sets among the items have steps of their own and are passed on, with
// what they have rendered.
//
// The set itself may be among the items as well. Coming from a file, in kpt, it
// stays and is marked as local configuration. Otherwise it is the copy that
// kustomize hands over with the configuration (kustomize#5502) and goes: in the
// build an overlay's patch of it would match and have no effect.
func generate(set *yaml.Node, items []*yaml.Node) ([]*yaml.Node, Findings) {
	folders := foldersOfPackages(items)
	source := sourceOf(set, folders)
	var others, inFiles []*yaml.Node
	for _, item := range items {
		copied := sourceOf(item, folders)
		if copied.identity() == source.identity() {
			if copied.File == "" {
				continue
			}
			inFiles = append(inFiles, item)
			// kpt fn eval does not say where it has the configuration from.
			source.File, source.Index = copied.File, copied.Index
		}
		others = append(others, item)
	}
	r := newRun(others, func(d draft, sets []Source) bool { return d.isOf(source, sets) })
	r.sets = append(r.sets, source)
	rendered := r.expand(set, source)
	r.files.put(rendered, source)
	if r.found.Failed() {
		return nil, r.found
	}
	for _, item := range inFiles {
		markLocal(item)
	}
	return append(r.current(others), rendered...), r.found
}

// run is the expansion of the sets of one run. It makes sure that no two things in
// the output are the same resource.
type run struct {
	folders  []string                  // of packages
	sets     []Source                  // those in sight
	drafts   []draft                   // what this run renders anew, or prunes
	anew     map[*yaml.Node]*yaml.Node // what takes the place of each draft, or nil
	files    files
	owners   map[identity]Source // of each resource in the output
	expanded map[identity]Source
	found    Findings
}

// newRun takes those of the drafts among items that are in its charge.
func newRun(items []*yaml.Node, inCharge func(draft, []Source) bool) *run {
	r := &run{
		folders:  foldersOfPackages(items),
		anew:     map[*yaml.Node]*yaml.Node{},
		files:    files{},
		owners:   map[identity]Source{},
		expanded: map[identity]Source{},
	}
	sources := make([]Source, len(items))
	for i, item := range items {
		sources[i] = r.sourceOf(item)
		r.files.add(sources[i])
		if isOurs(sources[i].reference) {
			r.sets = append(r.sets, sources[i])
		}
	}
	for i, item := range items {
		d := draft{item, sources[i], annotation(item, render.OwnerAnnotation)}
		if d.isDraft() && inCharge(d, r.sets) {
			r.drafts = append(r.drafts, d)
			r.anew[item] = nil
			continue
		}
		r.owners[d.identity()] = d.Source
	}
	return r
}

func (r *run) sourceOf(item *yaml.Node) Source { return sourceOf(item, r.folders) }

// expand renders a set, and returns what there was no draft of.
func (r *run) expand(set *yaml.Node, source Source) (added []*yaml.Node) {
	resources, warnings, err := render.Decoded(v1alpha1.Decode(set))
	if problems, ok := err.(v1alpha1.Problems); ok {
		r.found.add(Error, source, problems...)
	} else if err != nil {
		r.found.fail(source, "", err.Error())
	}
	r.found.add(Warning, source, warnings...)
	if earlier, ok := r.expanded[source.identity()]; ok && source.name != "" {
		r.found.fail(source, "metadata.name", "given twice"+where(earlier)+"; rename one of the two, or remove it")
		return nil
	}
	r.expanded[source.identity()] = source

	for _, resource := range resources {
		id := identity{source.pkg, referenceTo(resource)}
		if owner, ok := r.owners[id]; ok {
			theirs, next := "there is one already"+where(owner), "rename one of the two, or remove it"
			if owner.kind == v1alpha1.Kind {
				theirs = "so does " + owner.reference.String() + where(owner)
			} else if owner.File != "" {
				next += fmt.Sprintf(", or have it replaced, with the annotation %s: %s", render.OwnerAnnotation, source.name)
			}
			r.found.fail(source, "metadata.name", fmt.Sprintf("renders %s, and %s; %s", id.reference, theirs, next))
			continue
		}
		r.owners[id] = source
		if d, ok := r.draftOf(resource, source); ok {
			d.replace(resource)
			r.anew[d.item] = resource
			continue
		}
		added = append(added, resource)
	}
	return added
}

// draftOf finds what an earlier run rendered for a resource.
func (r *run) draftOf(resource *yaml.Node, set Source) (found draft, ok bool) {
	now := referenceTo(resource)
	for _, d := range r.drafts {
		if d.kind == now.kind && d.name == now.name && d.isOf(set, r.sets) && r.anew[d.item] == nil {
			if d.namespace == now.namespace {
				return d, true
			}
			found, ok = d, true
		}
	}
	return found, ok
}

// current are items with each draft as it is now, or without it.
func (r *run) current(items []*yaml.Node) (current []*yaml.Node) {
	for _, item := range items {
		switch resource, isDraft := r.anew[item]; {
		case !isDraft:
			current = append(current, item)
		case resource != nil:
			current = append(current, resource)
		default:
			r.found.add(Info, r.sourceOf(item), v1alpha1.Problem{Message: fmt.Sprintf("removed, because %s %s does not render it any more",
				v1alpha1.Kind, annotation(item, render.OwnerAnnotation))})
		}
	}
	return current
}

func where(s Source) string {
	if s.File == "" {
		return ""
	}
	return " in " + s.File
}

// sourceOf reads where a host has an item from.
func sourceOf(item *yaml.Node, folders []string) Source {
	source := Source{
		File:        annotation(item, pathAnnotation, oldPathAnnotation),
		packagePath: annotation(item, packagePathAnnotation),
		reference:   referenceTo(item),
	}
	source.Index, _ = strconv.Atoi(annotation(item, indexAnnotation, oldIndexAnnotation))
	source.pkg = packageOf(source.packagePath, source.File, folders)
	return source
}

// annotation is the first of several that an item has.
func annotation(item *yaml.Node, keys ...string) string {
	for _, key := range keys {
		if text := node.Text(item, "metadata", "annotations", key); text != "" {
			return text
		}
	}
	return ""
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
