// Package explain tells what the spec's fields are, in the manner of kubectl explain.
// All it knows is in the JSON Schema, which is generated from the types of the API and
// their comments, as docs/spec.md is.
package explain

import (
	"fmt"
	"strings"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/internal/node"
)

// Field explains the field at a path, and lists the fields in it. An empty path is the
// whole set. spec. may be left out, the kind may stand in front, and what comes after
// a free map, such as spec.config.common.max_connections, is explained by the map: so
// the paths of error messages can be given as they are.
//
// The error is about a field that is not there. It lists those that are.
func Field(path string) (string, error) {
	f, err := find(path)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	heading(&out, f)
	section(&out, "DESCRIPTION", wrap(node.Text(f.schema, "description")))
	if values := f.values(); values != nil {
		section(&out, "KEYS", allowed(node.Get(f.schema, "propertyNames")))
		section(&out, "VALUES", wrap(node.Text(values, "description")))
	}
	section(&out, "ALLOWED", allowed(f.schema))
	section(&out, "DEFAULT", literal(node.Get(f.schema, "default")))
	section(&out, "EXAMPLE", examples(f))
	if fields := f.fields(); fields != nil {
		out.WriteString("\nFIELDS:\n")
		for _, child := range fields {
			fmt.Fprintf(&out, "  %s\n%s", child.title(), indented(wrap(sentence(child))))
		}
	}
	return out.String(), nil
}

// Tree is the field at a path and all that is in it, one a line. Path and error are as
// with [Field].
func Tree(path string) (string, error) {
	f, err := find(path)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	heading(&out, f)
	section(&out, "DESCRIPTION", wrap(node.Text(f.schema, "description")))
	if fields := f.fields(); fields != nil {
		out.WriteString("\nFIELDS:\n")
		tree(&out, fields, "  ")
	}
	return out.String(), nil
}

func tree(out *strings.Builder, fields []field, indent string) {
	for _, f := range fields {
		fmt.Fprintf(out, "%s%s\n", indent, f.title())
		tree(out, f.fields(), indent+"  ")
	}
}

// Paths are the fields whose path begins so, each with a tab and what it is, for a
// shell to complete. If there are none, they are those of spec, which may be left out.
func Paths(prefix string) []string {
	set := root()
	if paths := paths(set, prefix, ""); paths != nil {
		return paths
	}
	return paths(child(set, "spec"), prefix, "spec.")
}

func paths(f field, prefix, leftOut string) (found []string) {
	for _, child := range f.fields() {
		if path := strings.TrimPrefix(child.path, leftOut); strings.HasPrefix(path, prefix) {
			found = append(found, path+"\t"+sentence(child))
		}
		found = append(found, paths(child, prefix, leftOut)...)
	}
	return found
}

// find follows a path.
func find(path string) (field, error) {
	f := root()
	first, rest, _ := strings.Cut(path, ".")
	if strings.EqualFold(first, v1alpha1.Kind) {
		path = rest
	}
	if path == "" {
		return f, nil
	}
	path, _, _ = strings.Cut(path, "[") // a key in quotes, of a free map
	names := strings.Split(path, ".")
	if child(f, names[0]).schema == nil {
		f = child(f, "spec")
	}
	for _, name := range names {
		switch next := child(f, name); {
		case next.schema != nil:
			f = next
		case f.values() != nil: // a key of a free map
			return f, nil
		default:
			return field{}, unknown(f, name)
		}
	}
	return f, nil
}

// child is a field of f by its name, without a schema if there is none.
func child(f field, name string) field {
	for _, candidate := range f.fields() {
		if candidate.name() == name {
			return candidate
		}
	}
	return field{}
}

func unknown(f field, name string) error {
	path := v1alpha1.FieldPath(f.path, name)
	if f.fields() == nil {
		return fmt.Errorf("%s: unknown field; %s is of the type %s, which has no fields", path, f.path, f.typeName())
	}
	var names []string
	for _, child := range f.fields() {
		names = append(names, child.name())
	}
	hint := v1alpha1.FieldHint(f.path, name)
	if hint == "" && f.path == "spec" { // which may have been left out
		hint = v1alpha1.FieldHint("", name)
	}
	if hint != "" {
		hint = "; " + hint
	}
	return fmt.Errorf("%s: unknown field, allowed are %s%s", path, strings.Join(names, ", "), hint)
}
