package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// field is a field of the spec, or the whole of it.
type field struct {
	name   string // in the document
	path   string
	doc    string // starts with name
	goType reflect.Type
	tag    reflect.StructTag
	fields []field // of a struct
}

func (f field) required() bool { return f.tag.Get("required") == "true" }

// enum is the list of allowed values, if there is one.
func (f field) enum() []string {
	if words := f.tag.Get("enum"); words != "" {
		return strings.Split(words, ",")
	}
	return nil
}

// literal is the JSON of a tag's value. It is nil if the tag is absent.
func (f field) literal(tag string) (json.RawMessage, error) {
	text, ok := f.tag.Lookup(tag)
	switch {
	case !ok:
		return nil, nil
	case f.goType.Kind() == reflect.String:
		return json.Marshal(text)
	case !json.Valid([]byte(text)):
		return nil, fmt.Errorf("%s: the tag %s is not JSON: %s", f.path, tag, text)
	}
	return json.RawMessage(text), nil
}

// load reads the types by reflection and their comments from the source. It
// returns the whole spec, and the comments as [comments] does.
func load(source string) (field, map[string]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ParseComments)
	if err != nil {
		return field{}, nil, err
	}
	docs := comments(file)
	root := reflect.TypeFor[v1alpha1.MySQLReplicaSet]()
	set := field{goType: root, doc: docs[root.Name()]}
	set.fields, err = fieldsOf(root, "", docs)
	return set, docs, err
}

func fieldsOf(t reflect.Type, path string, docs map[string]string) ([]field, error) {
	fields := make([]field, 0, t.NumField())
	for goField := range t.Fields() {
		name, _, _ := strings.Cut(goField.Tag.Get("json"), ",")
		doc, ok := strings.CutPrefix(docs[t.Name()+"."+goField.Name], goField.Name)
		if !ok {
			return nil, fmt.Errorf("%s.%s: the comment must start with the field's name", t.Name(), goField.Name)
		}
		f := field{name: name, path: v1alpha1.FieldPath(path, name), doc: name + doc, goType: goField.Type, tag: goField.Tag}
		if f.goType.Kind() == reflect.Struct {
			var err error
			if f.fields, err = fieldsOf(f.goType, f.path, docs); err != nil {
				return nil, err
			}
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// comments are the doc comments of types, by name, and of their fields, by
// Type.Field. A paragraph is one line.
func comments(file *ast.File) map[string]string {
	docs := map[string]string{}
	for _, declaration := range file.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok || general.Tok != token.TYPE {
			continue
		}
		for _, spec := range general.Specs {
			typeSpec := spec.(*ast.TypeSpec)
			docs[typeSpec.Name.Name] = unwrapped(general.Doc)
			if structure, ok := typeSpec.Type.(*ast.StructType); ok {
				for _, f := range structure.Fields.List {
					docs[typeSpec.Name.Name+"."+f.Names[0].Name] = unwrapped(f.Doc)
				}
			}
		}
	}
	return docs
}

func unwrapped(group *ast.CommentGroup) string {
	paragraphs := strings.Split(strings.TrimSpace(group.Text()), "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = strings.ReplaceAll(p, "\n", " ")
	}
	return strings.Join(paragraphs, "\n\n")
}
