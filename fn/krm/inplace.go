package krm

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/internal/node"
)

// kpt renders in place: what a run wrote comes back among the items of the next one,
// from the files in which the user keeps it. So a run takes what earlier runs have
// rendered for drafts: each resource that it renders again takes the place of its
// draft, in the same file, and a draft that nothing takes the place of is pruned.
//
// The annotation [render.OwnerAnnotation] tells drafts from what others wrote. It
// counts only in resources that come from a file: a kustomization's have been chosen
// one by one, and are never pruned here.
type draft struct {
	item *yaml.Node
	Source
	owner string // the name of its set
}

// isInPlace reports whether a host writes items back to the files that they are from.
func isInPlace(items []*yaml.Node) bool {
	return slices.ContainsFunc(items, func(item *yaml.Node) bool {
		return annotation(item, pathAnnotation, oldPathAnnotation) != ""
	})
}

// isDraft reports whether an earlier run rendered it into a file.
func (d draft) isDraft() bool { return d.File != "" && d.owner != "" && !isOurs(d.reference) }

// isOf reports whether a set rendered the draft. Its namespace tells only between
// sets of one name: a set's namespace may have changed since, and so may the draft's,
// by a later step such as set-namespace.
func (d draft) isOf(set Source, sets []Source) bool {
	if d.owner != set.name || d.pkg != set.pkg {
		return false
	}
	return d.namespace == set.namespace || !slices.ContainsFunc(sets, func(other Source) bool {
		return other.name == set.name && other.pkg == set.pkg && other.namespace != set.namespace
	})
}

// replace puts a resource in the place of its draft: in its file, and with the
// marks by which kpt finds the comments of what was there.
func (d draft) replace(resource *yaml.Node) {
	annotations := node.Get(d.item, "metadata", "annotations")
	for i := 0; i+1 < len(annotations.Content); i += 2 {
		if key := annotations.Content[i].Value; isOfPlace(key) {
			node.Set(resource, node.Clone(annotations.Content[i+1]), "metadata", "annotations", key)
		}
	}
}

// isOfPlace reports whether an annotation says which file an item is from, or which
// item it was when kpt read it.
func isOfPlace(annotation string) bool {
	domain, _, _ := strings.Cut(annotation, "/")
	switch domain {
	case "internal.config.kubernetes.io", "internal.config.k8s.io", "internal.kpt.dev", "config.k8s.io":
		return true
	}
	return annotation == oldPathAnnotation || annotation == oldIndexAnnotation
}

// files knows how many documents there are in each file of a run.
type files map[file]int

type file struct{ pkg, path string }

func (s Source) file() file { return file{s.pkg, s.File} }

func (f files) add(s Source) {
	if s.File != "" {
		f[s.file()] = max(f[s.file()], s.Index+1)
	}
}

// put gives each new resource a file of its own in the folder of its set, with the
// name that kpt would give it in the package's. If the set is from no file, the host
// chooses.
func (f files) put(resources []*yaml.Node, set Source) {
	if set.File == "" {
		return
	}
	for _, resource := range resources {
		place := set
		place.File = path.Join(path.Dir(set.File), fmt.Sprintf("%s_%s.yaml",
			strings.ToLower(node.Text(resource, "kind")), node.Text(resource, "metadata", "name")))
		place.Index = f[place.file()]
		f.add(place)
		annotate := func(key, value string) {
			node.Set(resource, node.Quoted(value), "metadata", "annotations", key)
		}
		annotate(pathAnnotation, place.File)
		annotate(indexAnnotation, strconv.Itoa(place.Index))
		if set.packagePath != "" {
			annotate(packagePathAnnotation, set.packagePath)
		}
	}
}

// foldersOfPackages are the folders of the Kptfiles among items.
func foldersOfPackages(items []*yaml.Node) (folders []string) {
	for _, item := range items {
		if r := referenceTo(item); r.kind == "Kptfile" && strings.HasPrefix(r.apiVersion, "kpt.dev/") {
			folders = append(folders, path.Dir(annotation(item, pathAnnotation, oldPathAnnotation)))
		}
	}
	return folders
}

// packageOf is the innermost package that a file is in. kpt fn render says it in
// packagePath, and file is relative to it; kpt fn eval and source do not, and file is
// relative to the outermost package. Two packages may have resources of one name:
// variants of one blueprint do.
func packageOf(packagePath, file string, folders []string) string {
	innermost := ""
	for _, folder := range folders {
		if strings.HasPrefix(file, folder+"/") && len(folder) > len(innermost) {
			innermost = folder
		}
	}
	return path.Join(packagePath, innermost)
}
