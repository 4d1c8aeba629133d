// Package node reads and edits YAML documents as trees of nodes, keeping their
// comments and order, and writes them.
//
// It stands in for kyaml's RNode in the programs that render: they live for two
// milliseconds, and importing kyaml takes more than one of them, in the
// initialisation of the Kubernetes and OpenAPI packages that it brings. The nodes
// are the same: kyaml's yaml.Node is an alias of yaml.v3's.
package node

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// Tags of scalars, in yaml.v3's short form.
const (
	stringTag = "!!str"
	intTag    = "!!int"
)

// String returns a node for a string: plain where it is certainly read back as that
// string, a block if it has lines, and in quotes otherwise.
func String(value string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: stringTag, Value: value}
	if !isBlock(n) && !isPlainText(value) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// Quoted returns a node for a string that is always written in quotes.
func Quoted(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: stringTag, Value: value, Style: yaml.DoubleQuotedStyle}
}

// Int returns a node for a whole number, given in decimal.
func Int(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: intTag, Value: value}
}

// Map returns a mapping of the given keys and values, in turn.
func Map(pairs ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: pairs}
}

// Clone returns a deep copy.
func Clone(n *yaml.Node) *yaml.Node {
	c := *n
	if len(n.Content) > 0 {
		c.Content = make([]*yaml.Node, len(n.Content))
		for i, child := range n.Content {
			c.Content[i] = Clone(child)
		}
	}
	return &c
}

// Get returns what lies at the path of keys, or nil.
func Get(n *yaml.Node, path ...string) *yaml.Node {
	for _, key := range path {
		if n = value(n, key); n == nil {
			return nil
		}
	}
	return n
}

// Text returns the scalar at the path of keys, or "".
func Text(n *yaml.Node, path ...string) string {
	if n = Get(n, path...); n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// Set puts a value at the path of keys. Mappings that are missing on the way are
// made; a new key goes where the canonical order of fields has it.
func Set(n *yaml.Node, v *yaml.Node, path ...string) {
	for _, key := range path[:len(path)-1] {
		next := value(n, key)
		if next == nil {
			next = Map()
			insert(n, key, next)
		}
		n = next
	}
	key := path[len(path)-1]
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content[i+1] = v
			return
		}
	}
	insert(n, key, v)
}

// Remove takes away the key at the end of the path, with its comments.
func Remove(n *yaml.Node, path ...string) {
	last := len(path) - 1
	if n = Get(n, path[:last]...); n == nil {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == path[last] {
			n.Content = slices.Delete(n.Content, i, i+2)
			return
		}
	}
}

// Named returns the element of a sequence whose name is given, or nil.
func Named(sequence *yaml.Node, name string) *yaml.Node {
	if sequence != nil {
		for _, element := range sequence.Content {
			if Text(element, "name") == name {
				return element
			}
		}
	}
	return nil
}

// RemoveNamed takes away the elements of a sequence whose name is given.
func RemoveNamed(sequence *yaml.Node, name string) {
	if sequence != nil {
		sequence.Content = slices.DeleteFunc(sequence.Content, func(element *yaml.Node) bool {
			return Text(element, "name") == name
		})
	}
}

func value(n *yaml.Node, key string) *yaml.Node {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

// insert adds a key that the mapping does not have, in canonical order.
func insert(n *yaml.Node, key string, v *yaml.Node) {
	// An empty mapping of a manifest is written {}, in flow style.
	n.Style &^= yaml.FlowStyle
	at := 0
	for at < len(n.Content) && before(n.Content[at].Value, key) {
		at += 2
	}
	n.Content = slices.Insert(n.Content, at, String(key), v)
}

// before tells the canonical order of two fields: kyaml's known ones in its order,
// then all others by name.
func before(a, b string) bool {
	i, j := slices.Index(fieldOrder[:], a), slices.Index(fieldOrder[:], b)
	switch {
	case i >= 0 && j >= 0:
		return i < j
	case i >= 0 || j >= 0:
		return i >= 0
	}
	return a < b
}
