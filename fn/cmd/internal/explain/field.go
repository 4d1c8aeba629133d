package explain

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/internal/node"
)

// field is a field of the spec, or with an empty path the whole of it.
type field struct {
	path     string
	schema   *yaml.Node
	required bool
}

// root is the JSON Schema, which is YAML too. It is a file of this program's own.
func root() field {
	var document yaml.Node
	if err := yaml.Unmarshal(v1alpha1.Schema, &document); err != nil {
		panic("schema.json: " + err.Error())
	}
	return field{schema: document.Content[0]}
}

func (f field) name() string { return f.path[strings.LastIndexByte(f.path, '.')+1:] }

// fields are the fields of a map of fields, in the schema's order.
func (f field) fields() (fields []field) {
	properties := node.Get(f.schema, "properties")
	if properties == nil {
		return nil
	}
	required := f.words("required")
	for i := 0; i+1 < len(properties.Content); i += 2 {
		name := properties.Content[i].Value
		fields = append(fields, field{v1alpha1.FieldPath(f.path, name), properties.Content[i+1], slices.Contains(required, name)})
	}
	return fields
}

// values is the schema of a free map's values, or nil.
func (f field) values() *yaml.Node {
	if values := node.Get(f.schema, "additionalProperties"); values != nil && values.Kind == yaml.MappingNode {
		return values
	}
	return nil
}

// words are the strings under a key: the one, or those of a list. null is left out,
// which every field takes for an absent one.
func (f field) words(key string) (words []string) {
	value := node.Get(f.schema, key)
	if value == nil {
		return nil
	}
	for _, word := range append([]*yaml.Node{value}, value.Content...) {
		if word.Kind == yaml.ScalarNode && word.Tag == "!!str" && word.Value != "null" {
			words = append(words, word.Value)
		}
	}
	return words
}

// typeName is the type as kubectl explain writes it.
func (f field) typeName() string {
	if format := node.Text(f.schema, "format"); format != "" {
		return format
	}
	if values := f.values(); values != nil {
		return "map[string]" + field{schema: values}.typeName()
	}
	types := f.words("type")
	switch {
	case slices.Equal(types, []string{"object"}):
		return "Object"
	case len(types) > 1:
		return "option"
	}
	return types[0]
}

// allowed are the values that a schema takes, in words and one a line; empty if the
// type says it all.
func allowed(schema *yaml.Node) string {
	if schema == nil {
		return ""
	}
	f := field{schema: schema}
	if words := f.words("enum"); words != nil {
		return strings.Join(words, "\n")
	}
	if words := node.Text(schema, "patternErrorMessage"); words != "" {
		return wrap(strings.TrimPrefix(words, "allowed: "))
	}
	if least := node.Text(schema, "minimum"); least != "" {
		return least + " or more"
	}
	if slices.Contains(f.words("type"), "boolean") {
		return "true\nfalse"
	}
	return ""
}
