package krm

import (
	"bytes"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/internal/node"
)

const (
	listKind      = "ResourceList"
	configMapKind = "ConfigMap"
)

// listVersions are those that kyaml and kpt know (kyaml kio.ByteReader).
var listVersions = []string{"config.kubernetes.io/v1", "config.kubernetes.io/v1beta1", "config.kubernetes.io/v1alpha1"}

// IsResourceList reports whether documents are the input of a KRM function. A
// wrong version of a ResourceList is one too, for [Function] to refuse.
func IsResourceList(documents []Document) bool {
	return len(documents) > 0 && documents[0].Source.kind == listKind
}

// Function is the host of KRM functions: one ResourceList, from kustomize or kpt.
//
//   - A [DiffKind] as functionConfig passes the items on or fails.
//   - A MySQLReplicaSet as functionConfig is a generator: its resources are added
//     to the items, or take the place of those of an earlier run.
//   - A [TransformerKind], or a ConfigMap without data, which is what kpt sends
//     for lack of anything better, expands the sets among the items.
//   - So does no functionConfig at all, as with an image or exec without
//     configuration in a Kptfile. Outside of packages there must be a set among the
//     items then.
//
// What is wrong with a set, or with what it renders, is told twice: by the
// findings, for standard error, since kustomize throws results away and a pipe
// loses them; and by the results of the ResourceList, for kpt, which shows both.
// The items are then those of the input, so that kpt fn sink at the end of a pipe
// finds its files and deletes none. Whatever is not even a proper call, which
// includes a wrong apiVersion or kind, has no output at all.
func Function(documents []Document, read ReadFile) Report {
	list, err := parseList(documents)
	if err != nil {
		return failure(err.Error())
	}
	items, found := list.run(read)
	if slices.ContainsFunc(found, func(f Finding) bool {
		return f.Severity == Error && (f.Field == "apiVersion" || f.Field == "kind")
	}) {
		return Report{Findings: found}
	}
	if !found.Failed() {
		list.items.Content = items
	}
	list.addResults(found)
	output, err := list.write()
	if err != nil {
		return failure(err.Error())
	}
	return Report{Output: output, Findings: found}
}

// list is a ResourceList taken apart.
type list struct {
	root   *yaml.Node
	items  *yaml.Node // a sequence in root
	config *yaml.Node // nil if there is none
}

// parseList checks what makes a ResourceList a call of this function.
func parseList(documents []Document) (*list, error) {
	root := documents[0].Node
	if len(documents) > 1 {
		return nil, fmt.Errorf("line %d: found another document after the ResourceList, expected it alone", documents[1].Node.Line)
	}
	if version := documents[0].Source.apiVersion; !slices.Contains(listVersions, version) {
		return nil, fmt.Errorf("ResourceList: apiVersion: found %q, expected %s", version, listVersions[0])
	}
	if isNull(node.Get(root, "items")) {
		node.Set(root, &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}, "items")
	}
	l := &list{root: root, items: node.Get(root, "items"), config: node.Get(root, "functionConfig")}
	if l.items.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("ResourceList: items: %s, expected a list of resources", foundInstead(l.items))
	}
	for i, item := range l.items.Content {
		if item.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("ResourceList: items[%d]: %s, expected a resource", i, foundInstead(item))
		}
	}
	if isNull(l.config) || l.config.Kind == yaml.MappingNode && len(l.config.Content) == 0 {
		l.config = nil
		if !isInPlace(l.items.Content) && !slices.ContainsFunc(l.items.Content, func(item *yaml.Node) bool { return isOurs(referenceTo(item)) }) {
			return nil, fmt.Errorf("ResourceList: functionConfig is missing, and there is no %s among the items; give a %s as one of the two",
				v1alpha1.Kind, expectedSet)
		}
		return l, nil
	}
	return l, l.checkConfig()
}

// checkConfig refuses a functionConfig of another kind. Whether a MySQLReplicaSet
// is a good one is for later.
func (l *list) checkConfig() error {
	switch config := referenceTo(l.config); {
	case config.kind == v1alpha1.Kind,
		config.kind == TransformerKind && config.apiVersion == v1alpha1.APIVersion,
		config.kind == DiffKind && config.apiVersion == v1alpha1.APIVersion,
		config.kind == configMapKind && config.apiVersion == "v1":
		return nil
	}
	return fmt.Errorf("functionConfig: %s, expected %s, %s or %s of %s, or a ConfigMap without data",
		foundInstead(l.config), v1alpha1.Kind, TransformerKind, DiffKind, v1alpha1.APIVersion)
}

// run does what the configuration asks for.
func (l *list) run(read ReadFile) ([]*yaml.Node, Findings) {
	if l.config == nil {
		return Transform(l.items.Content)
	}
	switch node.Text(l.config, "kind") {
	case v1alpha1.Kind:
		return generate(l.config, l.items.Content)
	case DiffKind:
		return l.items.Content, gate(l.config, sourceOf(l.config, nil), l.items.Content, read)
	}
	var found Findings
	found.add(Error, sourceOf(l.config, nil), checkHeaderOnly(l.config)...)
	if found.Failed() {
		return nil, found
	}
	return Transform(l.items.Content)
}

// write encodes the list piece by piece, because node.Encode is fast only with
// documents that are plain all through. What was rendered is; the quotes in which
// hosts write their annotations are not.
func (l *list) write() ([]byte, error) {
	var b, element bytes.Buffer
	for i := 0; i+1 < len(l.root.Content); i += 2 {
		key, value := l.root.Content[i], l.root.Content[i+1]
		if value == l.items && len(value.Content) > 0 && value.Anchor == "" {
			b.WriteString("items:\n")
			for _, item := range value.Content {
				element.Reset()
				if err := node.Encode(&element, item); err != nil {
					return nil, err
				}
				writeElement(&b, element.Bytes())
			}
			continue
		}
		if err := node.Encode(&b, node.Map(key, value)); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// writeElement writes a document as an element of a sequence: moved to the right
// by the width of a dash. To YAML only differences in indentation mean something.
func writeElement(b *bytes.Buffer, document []byte) {
	b.Grow(len(document) + len(document)/8)
	indent := "- "
	for line := range bytes.Lines(document) {
		if len(line) > 1 {
			b.WriteString(indent)
			indent = "  "
		}
		b.Write(line)
	}
}
