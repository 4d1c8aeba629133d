package explain

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/internal/node"
)

func heading(out *strings.Builder, f field) {
	fmt.Fprintf(out, "GROUP:      %s\nKIND:       %s\nVERSION:    %s\n", v1alpha1.Group, v1alpha1.Kind, v1alpha1.Version)
	if f.path != "" {
		fmt.Fprintf(out, "\nFIELD: %s <%s>%s\n", f.path, f.typeName(), f.mark())
	}
}

// title is a field's line in a list.
func (f field) title() string { return f.name() + "\t<" + f.typeName() + ">" + f.mark() }

func (f field) mark() string {
	if f.required {
		return " -required-"
	}
	return ""
}

func section(out *strings.Builder, title, text string) {
	if text != "" {
		fmt.Fprintf(out, "\n%s:\n%s", title, indented(text))
	}
}

func indented(text string) string {
	return "    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
}

// sentence is the first one of a field's description.
func sentence(f field) string {
	first, _, more := strings.Cut(node.Text(f.schema, "description"), ". ")
	if more {
		first += "."
	}
	return first
}

// examples are the first one of most fields, and all of the version's.
func examples(f field) string {
	list := node.Get(f.schema, "examples")
	if list == nil {
		return ""
	}
	var lines []string
	for _, example := range list.Content {
		lines = append(lines, literal(example))
	}
	return strings.Join(lines, "\n")
}

// literal is JSON as one writes it in YAML, on one line.
func literal(value *yaml.Node) string {
	if value == nil {
		return ""
	}
	value = node.Clone(value)
	unquote(value)
	text, err := yaml.Marshal(value)
	if err != nil {
		panic("schema.json: " + err.Error())
	}
	return strings.TrimSpace(string(text))
}

// unquote leaves quotes to the encoder, which sets them where they are needed.
func unquote(value *yaml.Node) {
	if value.Kind == yaml.ScalarNode {
		value.Style = 0
	}
	for _, child := range value.Content {
		unquote(child)
	}
}

// wrap breaks a text into lines that fit a terminal with their indent.
func wrap(text string) string {
	const width = 76
	var out strings.Builder
	length := 0
	for _, word := range strings.Fields(text) {
		switch {
		case length == 0:
		case length+1+len(word) > width:
			out.WriteByte('\n')
			length = 0
		default:
			out.WriteByte(' ')
			length++
		}
		out.WriteString(word)
		length += len(word)
	}
	return out.String()
}
