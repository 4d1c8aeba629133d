package krm

import (
	"strconv"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/internal/node"
)

// addResults appends findings to the results of a ResourceList, in the form of the
// KRM functions specification.
func (l *list) addResults(found Findings) {
	if len(found) == 0 {
		return
	}
	results := node.Get(l.root, "results")
	if results == nil || results.Kind != yaml.SequenceNode {
		results = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		l.root.Content = append(l.root.Content, node.String("results"), results)
	}
	results.Style &^= yaml.FlowStyle
	for _, f := range found {
		results.Content = append(results.Content, result(f))
	}
}

func result(f Finding) *yaml.Node {
	r := node.Map(
		node.String("message"), node.String(f.Message),
		node.String("severity"), node.String(string(f.Severity)),
	)
	s := f.Source
	part(r, "resourceRef", "apiVersion", s.apiVersion, "kind", s.kind, "name", s.name, "namespace", s.namespace)
	part(r, "field", "path", f.Field)
	if file := part(r, "file", "path", s.File); file != nil {
		file.Content = append(file.Content, node.String("index"), node.Int(strconv.Itoa(s.Index)))
	}
	return r
}

// part appends a mapping of those pairs that have a value, if there are any.
func part(r *yaml.Node, key string, pairs ...string) *yaml.Node {
	m := node.Map()
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			m.Content = append(m.Content, node.String(pairs[i]), node.String(pairs[i+1]))
		}
	}
	if len(m.Content) == 0 {
		return nil
	}
	r.Content = append(r.Content, node.String(key), m)
	return m
}
