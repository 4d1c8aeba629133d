package v1alpha1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Parse reads YAML text that holds exactly one document and decodes it, as
// [Decode] does; it neither fills in defaults nor validates. Empty documents do
// not count. Like Decode it always returns a set.
func Parse(data []byte) (*MySQLReplicaSet, Problems) {
	var found *yaml.Node
	for reader := yaml.NewDecoder(bytes.NewReader(data)); ; {
		document := new(yaml.Node)
		err := reader.Decode(document)
		switch {
		case errors.Is(err, io.EOF) && found == nil:
			return new(MySQLReplicaSet), Problems{{Message: "found no YAML document, expected one with kind: " + Kind}}
		case errors.Is(err, io.EOF):
			return Decode(found)
		case err != nil:
			return new(MySQLReplicaSet), Problems{{Message: "not YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}}
		case isNull(follow(document)):
		case found != nil:
			return new(MySQLReplicaSet), Problems{{Message: "found more than one YAML document, expected one with kind: " + Kind}}
		default:
			found = document
		}
	}
}

// Decode reads a set from the node of a YAML document or mapping, strictly: an
// unknown or repeated field, a value of the wrong type, a wrong apiVersion or
// kind and a missing metadata.name are problems, and all of them are returned.
// A field that is null is absent; aliases are followed; merge keys are refused.
// Options and quantities keep the text of a number as it was written.
//
// The set is never nil. After problems it holds what could be read, so that
// [MySQLReplicaSet.Validate] can look for more; see [Problems.Merge].
func Decode(node *yaml.Node) (*MySQLReplicaSet, Problems) {
	set := new(MySQLReplicaSet)
	var d decoder
	d.value("", node, reflect.ValueOf(set).Elem())
	if len(d.problems) == 1 && d.problems[0].Field == "" {
		return set, d.problems
	}
	problems, foreign := set.header()
	if foreign { // the fields of something else are no concern of ours
		return set, problems
	}
	d.problems.Merge(problems)
	return set, d.problems
}

// header checks what every Kubernetes object has. A document is foreign if
// neither its apiVersion nor its kind is ours.
func (s *MySQLReplicaSet) header() (problems Problems, foreign bool) {
	group, version, _ := strings.Cut(s.APIVersion, "/")
	switch {
	case s.APIVersion == "":
		problems.Add("apiVersion", "missing, expected "+APIVersion)
	case group == Group && version != Version:
		problems.Add("apiVersion", fmt.Sprintf("found version %s of %s, but this program knows only %s; write %s, or take a program that knows %[1]s",
			quoted(version), Group, Version, APIVersion))
	case s.APIVersion != APIVersion:
		problems.Add("apiVersion", fmt.Sprintf("found %s, expected %s", quoted(s.APIVersion), APIVersion))
	}
	switch s.Kind {
	case Kind:
	case "":
		problems.Add("kind", "missing, expected "+Kind)
	default:
		problems.Add("kind", fmt.Sprintf("found %s, expected %s", quoted(s.Kind), Kind))
	}
	if s.Metadata.Name == "" {
		problems.Add("metadata.name", missingName)
	}
	return problems, s.Kind != "" && s.Kind != Kind && s.APIVersion != "" && group != Group
}

const missingName = "missing; give the set a name, such as mysql"

// decoder walks a node tree and the Go types side by side. The types are a few
// levels deep, and with them the walk, whatever the tree looks like.
type decoder struct{ problems Problems }

// value decodes one node into a struct, a map or a scalar.
func (d *decoder) value(path string, node *yaml.Node, into reflect.Value) {
	node = follow(node)
	switch {
	case node == nil:
		d.problems.Add(path, "found an alias that leads nowhere, expected "+wanted(into.Type()))
	case isNull(node):
	case into.Kind() == reflect.Struct:
		d.fields(path, node, into)
	case into.Kind() == reflect.Map:
		d.entries(path, node, into)
	default:
		d.scalar(path, node, into)
	}
}

// fields decodes a mapping into a struct, by the names of the json tags.
func (d *decoder) fields(path string, node *yaml.Node, into reflect.Value) {
	d.each(path, node, into.Type(), func(key, path string, value *yaml.Node) {
		for i, name := range fieldNames(into.Type()) {
			if name == key {
				d.value(path, value, into.Field(i))
				if text := follow(value); tagOf(text) == "!!str" && text.Value == "" && into.Field(i).Kind() == reflect.String {
					d.problems.Add(path, "found an empty string; give a value, or remove the field")
				}
				return
			}
		}
		d.problems.Add(path, unknownField(into.Type(), key))
	})
}

// entries decodes a mapping into a Go map. Only in Options does null say
// something: the bare option.
func (d *decoder) entries(path string, node *yaml.Node, into reflect.Value) {
	element := into.Type().Elem()
	into.Set(reflect.MakeMap(into.Type()))
	d.each(path, node, into.Type(), func(key, path string, value *yaml.Node) {
		before := len(d.problems)
		entry := reflect.New(element).Elem()
		d.value(path, value, entry)
		bare := element.Kind() == reflect.Pointer
		if len(d.problems) == before && (bare || !isNull(follow(value))) {
			into.SetMapIndex(reflect.ValueOf(key), entry)
		}
	})
}

// each calls visit for the keys of a mapping that are strings and come first.
func (d *decoder) each(path string, node *yaml.Node, want reflect.Type, visit func(key, path string, value *yaml.Node)) {
	if node.Kind != yaml.MappingNode {
		d.mismatch(path, node, want)
		return
	}
	seen := make(map[string]bool, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := follow(node.Content[i])
		if key == nil {
			key = new(yaml.Node)
		}
		switch tag := tagOf(key); {
		case tag == "!!merge":
			d.problems.Add(FieldPath(path, "<<"), "merge keys are not supported; write the fields out")
		case tag != "!!str":
			d.problems.Add(FieldPath(path, key.Value), fmt.Sprintf("found %s as a key, expected a string; write it in quotes", found(key)))
		case seen[key.Value]:
			d.problems.Add(FieldPath(path, key.Value), "given more than once; keep one")
		default:
			seen[key.Value] = true
			visit(key.Value, FieldPath(path, key.Value), node.Content[i+1])
		}
	}
}

// scalar decodes a leaf.
func (d *decoder) scalar(path string, node *yaml.Node, into reflect.Value) {
	tag := tagOf(node)
	number := tag == "!!int" || tag == "!!float"
	switch target := into.Addr().Interface().(type) {
	case *string:
		if tag == "!!str" {
			*target = node.Value
			return
		}
	case *Quantity:
		if tag == "!!str" || number {
			*target = Quantity(node.Value)
			return
		}
	case *bool:
		if value, ok := boolean(node); ok {
			*target = value
			return
		}
	case **int32:
		// Base 0 and no underscores: YAML's own ways of writing an integer.
		if value, err := strconv.ParseInt(strings.ReplaceAll(node.Value, "_", ""), 0, 32); err == nil && tag == "!!int" {
			*target = new(int32(value))
			return
		}
	case **string: // an option's value
		text := node.Value
		value, isBool := boolean(node)
		switch {
		case isBool && value:
			text = "ON"
		case isBool:
			text = "OFF"
		}
		if isBool || number || tag == "!!str" || tag == "!!timestamp" {
			*target = &text
			return
		}
	}
	d.mismatch(path, node, into.Type())
}

// mismatch reports a value of the wrong type.
func (d *decoder) mismatch(path string, node *yaml.Node, want reflect.Type) {
	message := fmt.Sprintf("found %s, expected %s", found(node), wanted(want))
	tag := tagOf(node)
	switch {
	case node.Kind != yaml.ScalarNode:
	case path == "spec.version" && (tag == "!!int" || tag == "!!float"):
		series := node.Value
		if !strings.Contains(series, ".") {
			series += ".0"
		}
		message += fmt.Sprintf("; write %q in quotes, because YAML reads 8.0 as the number 8, and nothing after kustomize, which passes documents on as JSON, can tell them apart", series)
	case want.Kind() == reflect.String && want != reflect.TypeFor[Quantity]() && tag != "!!str":
		message += fmt.Sprintf("; write %s in quotes", quoted(node.Value))
	case want.Kind() == reflect.Bool && (node.Value == "true" || node.Value == "false"):
		message += fmt.Sprintf("; write %s without quotes", node.Value)
	case want == reflect.TypeFor[*int32]() && tag == "!!str":
		if _, err := strconv.ParseInt(node.Value, 10, 32); err == nil {
			message += fmt.Sprintf("; write %s without quotes", node.Value)
		}
	}
	d.problems.Add(path, message)
}

// found names what stands in the document.
func found(node *yaml.Node) string {
	switch tag := tagOf(node); {
	case node.Kind == yaml.MappingNode:
		return "a map"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case tag == "!!str":
		return "the string " + quoted(node.Value)
	case tag == "!!int" || tag == "!!float":
		return "the number " + shortened(node.Value)
	case tag == "!!bool":
		return "the boolean " + shortened(node.Value)
	case tag == "!!timestamp":
		return "the date " + shortened(node.Value)
	case tag == "!!null":
		return "null"
	default:
		return "a value with the tag " + quoted(tag)
	}
}

// wanted names what a Go type takes.
func wanted(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[map[string]string]():
		return "a map of strings"
	case reflect.TypeFor[map[string]Quantity]():
		return "a map of quantities by resource name, such as memory: 1Gi"
	case reflect.TypeFor[Options]():
		return "a map of my.cnf options, such as max_connections: 500"
	case reflect.TypeFor[Quantity]():
		return "a quantity, such as 10Gi"
	case reflect.TypeFor[*string]():
		return "a string, a number, true, false or null"
	case reflect.TypeFor[*int32]():
		return "a whole number of at most 2147483647"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Struct:
		return "a map of " + listed(fieldNames(t), "and")
	default:
		return "a string"
	}
}

// boolean is the value of true and false, in the spellings of YAML 1.2.
func boolean(node *yaml.Node) (value, ok bool) {
	if tagOf(node) != "!!bool" {
		return false, false
	}
	switch node.Value {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}

// follow leads through documents and aliases to the node that counts. It is nil
// if there is none, as with an alias of itself.
func follow(node *yaml.Node) *yaml.Node {
	for range 100 {
		switch {
		case node == nil:
			return nil
		case node.Kind == yaml.AliasNode:
			node = node.Alias
		case node.Kind == yaml.DocumentNode && len(node.Content) > 0:
			node = node.Content[0]
		default:
			return node
		}
	}
	return nil
}

// isNull also takes an empty document and the zero node for null.
func isNull(node *yaml.Node) bool {
	return node != nil && (node.Kind == 0 || node.Kind == yaml.DocumentNode || tagOf(node) == "!!null")
}

// tagOf is a scalar's type, such as !!str; empty for anything else.
func tagOf(node *yaml.Node) string {
	if node == nil || node.Kind != yaml.ScalarNode {
		return ""
	}
	return node.ShortTag()
}
