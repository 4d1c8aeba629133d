package krm

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/diff"
	"mysqlreplicaset.dev/fn/internal/node"
)

// ReadFile reads a file that a [DiffKind] names, as os.ReadFile does.
type ReadFile func(name string) ([]byte, error)

// gate finds what a [DiffKind] does not allow about items.
func gate(config *yaml.Node, source Source, items []*yaml.Node, read ReadFile) (found Findings) {
	file, allow, problems := gateSettings(config)
	if found.add(Error, source, problems...); found.Failed() {
		return found
	}
	data, err := read(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		found.fail(source, "spec.old", fmt.Sprintf("there is no file %s; make the first one by building once without this transformer", file))
		return found
	case err != nil:
		found.fail(source, "spec.old", err.Error())
		return found
	}
	old, found := Read(file, data)
	if len(old) == 0 && !found.Failed() {
		found.fail(source, "spec.old", fmt.Sprintf("%s is empty; to replace it by the output of this build, write that to another file first, since the shell empties a file before anything runs", file))
	}
	if found.Failed() {
		return found
	}

	var new []Document
	for _, item := range followNames(items) {
		new = append(new, Document{Node: item, Source: sourceOf(item, nil)})
	}
	report, wrong := Diff(old, new)
	if found = append(found, wrong...); !found.Failed() && report.Level() > allow {
		found.fail(source, "", fmt.Sprintf("this change is %s, and spec.allow is %s\n%s", report.Level(), allow, strings.TrimSuffix(report.String(), "\n")))
	}
	return found
}

// gateSettings reads the spec, strictly.
func gateSettings(config *yaml.Node) (old string, allow diff.Level, problems v1alpha1.Problems) {
	allow = diff.Restart
	for _, key := range keysOf(config) {
		if !slices.Contains([]string{"apiVersion", "kind", "metadata", "spec"}, key) {
			problems.Add(key, v1alpha1.UnknownField(key, "metadata", "spec"))
		}
	}
	spec := node.Get(config, "spec")
	for _, key := range keysOf(spec) {
		value := node.Text(spec, key)
		level, known := diff.ParseLevel(value)
		switch {
		case key == "old":
			old = value
		case key == "allow" && known:
			allow = level
		case key == "allow":
			problems.Add("spec.allow", fmt.Sprintf("found %q, allowed are %s", value, strings.Join(diff.Levels(), ", ")))
		default:
			problems.Add(v1alpha1.FieldPath("spec", key), v1alpha1.UnknownField(key, "old", "allow"))
		}
	}
	if old == "" {
		problems.Add("spec.old", "missing; name the file with the resources that run, such as rendered.yaml")
	}
	return old, allow, problems
}

func keysOf(n *yaml.Node) (keys []string) {
	if n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			keys = append(keys, n.Content[i].Value)
		}
	}
	return keys
}

// What kustomize keeps of the changes of a name, on the resources that it hands over.
const (
	previousNamesAnnotation = "internal.config.kubernetes.io/previousNames"
	prefixesAnnotation      = "internal.config.kubernetes.io/prefixes"
)

// followNames makes StatefulSets refer to resources by the names that these have now.
// kustomize does that only at the very end of a build, after all transformers (api
// krusty.Kustomizer.Run), so here a StatefulSet with a prefix still has the serviceName
// without it.
func followNames(items []*yaml.Node) []*yaml.Node {
	followed := slices.Clone(items)
	for i, item := range items {
		if node.Text(item, "kind") != "StatefulSet" {
			continue
		}
		followed[i] = node.Clone(item)
		follow := func(kind string, n *yaml.Node, path ...string) {
			if name := node.Text(n, path...); name != "" {
				node.Set(n, node.String(nameNow(items, item, kind, name)), path...)
			}
		}
		follow("Service", followed[i], "spec", "serviceName")
		volumes := node.Get(followed[i], "spec", "template", "spec", "volumes")
		if volumes == nil {
			continue
		}
		for _, volume := range volumes.Content {
			follow("ConfigMap", volume, "configMap", "name")
			follow("Secret", volume, "secret", "secretName")
		}
	}
	return followed
}

// nameNow is the name of the resource that had a name, among those of the referrer's
// namespace; if there are several, the one that was renamed with it.
func nameNow(items []*yaml.Node, referrer *yaml.Node, kind, name string) string {
	annotation := func(n *yaml.Node, key string) string { return node.Text(n, "metadata", "annotations", key) }
	now := name
	for _, item := range items {
		r := referenceTo(item)
		if r.kind != kind || r.namespace != referenceTo(referrer).namespace ||
			!slices.Contains(strings.Split(annotation(item, previousNamesAnnotation), ","), name) {
			continue
		}
		if now == name || annotation(item, prefixesAnnotation) == annotation(referrer, prefixesAnnotation) {
			now = r.name
		}
	}
	return now
}
