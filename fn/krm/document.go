package krm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/internal/node"
)

// Document is one YAML document that is not empty.
type Document struct {
	Node   *yaml.Node // its root: a mapping, a sequence or a scalar
	Source Source
}

// Source tells where a document comes from and what it is, for messages and for
// results. Every part may be empty.
type Source struct {
	File  string // as the user or the host names it
	Index int    // the number of the document in the file, from 0, as kpt counts
	reference

	packagePath string // as kpt fn render names the package of the file
	pkg         string // that package, or a folder of it; see packageOf
}

// identity tells resources apart, in all the packages of a run.
type identity struct {
	pkg string
	reference
}

func (s Source) identity() identity { return identity{s.pkg, s.reference} }

func (s Source) String() string {
	if s.File == "" {
		return s.reference.String()
	}
	if name := s.reference.String(); name != "" {
		return s.File + ": " + name
	}
	return s.File
}

// reference identifies a resource.
type reference struct{ apiVersion, kind, namespace, name string }

// String is how messages name a resource: Service databases/mysql.
func (r reference) String() string {
	switch {
	case r.name == "":
		return r.kind
	case r.namespace == "":
		return r.kind + " " + r.name
	default:
		return r.kind + " " + r.namespace + "/" + r.name
	}
}

func referenceTo(resource *yaml.Node) reference {
	return reference{
		apiVersion: node.Text(resource, "apiVersion"),
		kind:       node.Text(resource, "kind"),
		namespace:  node.Text(resource, "metadata", "namespace"),
		name:       node.Text(resource, "metadata", "name"),
	}
}

// Read parses YAML text and returns its documents. Those that are empty, or have
// nothing but comments, are left out. The name is the file's, empty for standard
// input; it only serves for messages.
func Read(name string, data []byte) ([]Document, Findings) {
	var documents []Document
	var found Findings
	reader := yaml.NewDecoder(bytes.NewReader(data))
	for number := 0; ; number++ {
		document := new(yaml.Node)
		switch err := reader.Decode(document); {
		case errors.Is(err, io.EOF):
			return documents, found
		case err != nil:
			found.fail(Source{File: name}, "", "not YAML: "+strings.TrimPrefix(err.Error(), "yaml: "))
			return documents, found
		}
		if len(document.Content) == 0 || isNull(document.Content[0]) {
			continue
		}
		root := document.Content[0]
		documents = append(documents, Document{
			Node:   root,
			Source: Source{File: name, Index: number, reference: referenceTo(root)},
		})
	}
}

// isOurs reports whether a resource means to be a MySQLReplicaSet. One with a
// wrong apiVersion or a mistyped kind does: that is told, where passing it on
// would leave a database out.
func isOurs(r reference) bool {
	return r.kind == v1alpha1.Kind || isOurGroup(r) && r.kind != TransformerKind && r.kind != DiffKind
}

func isOurGroup(r reference) bool {
	return strings.HasPrefix(r.apiVersion, v1alpha1.Group+"/")
}

// foundInstead names what a document is, where it should have been another.
func foundInstead(n *yaml.Node) string {
	r := referenceTo(n)
	switch {
	case n.Kind == yaml.SequenceNode:
		return "found a list"
	case n.Kind != yaml.MappingNode:
		return "found text that is no resource"
	case r.kind == "":
		return "found a document without a kind"
	case r.apiVersion == "":
		return fmt.Sprintf("found kind %s without an apiVersion", r.kind)
	default:
		return fmt.Sprintf("found kind %s of %s", r.kind, r.apiVersion)
	}
}

func isNull(n *yaml.Node) bool {
	return n == nil || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// write encodes resources as a stream of documents.
func write(resources []*yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	for i, resource := range resources {
		if i > 0 {
			b.WriteString("---\n")
		}
		if err := node.Encode(&b, resource); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}
