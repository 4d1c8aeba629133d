// Command docgen writes fn/api/v1alpha1/schema.json and docs/spec.md from the
// Go types of the spec, so that editors, readers and the decoder are told the
// same. Run it by make generate, or go generate ./fn/api/...
//
// Descriptions are the types' doc comments, with Go's names replaced by those of
// the spec. Everything else comes from struct tags:
//
//	json        the field's name
//	required    "true" if the field must be given
//	default     the value of a field that is left out: text for strings and
//	            quantities, JSON for anything else
//	computed    the same in words, if the value depends on other fields
//	example     a value that is not the default, written like default
//	brief       the field in a few words, if its comment does not begin with them
//	enum        the allowed values, separated by commas
//	minimum     the least number
//	grammar     the form of a string, by its name in grammars; of a map's values
//	keys        the form of a map's keys, likewise
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "docgen:", err)
		os.Exit(1)
	}
}

func run() error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	files, err := generate(root)
	if err != nil {
		return err
	}
	for path, content := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the contents of the generated files by their path below the
// module's root.
func generate(root string) (map[string][]byte, error) {
	set, docs, err := load(filepath.Join(root, "fn/api/v1alpha1/types.go"))
	if err != nil {
		return nil, err
	}
	schema, err := schemaOf(set, docs)
	if err != nil {
		return nil, err
	}
	reference, err := referenceOf(set, docs)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"fn/api/v1alpha1/schema.json": schema,
		"docs/spec.md":                reference,
	}, nil
}

// moduleRoot is the next directory above that has a go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("found no go.mod here or above")
		}
		dir = parent
	}
}
