// Package starter has the directory that mysqlreplicaset init writes: a spec, a base and
// an overlay, with comments. The files are valid as they are; what differs between users
// is replaced in their text, so that comments and layout stay.
package starter

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/internal/node"
	"mysqlreplicaset.dev/fn/render"
)

//go:embed files
var files embed.FS

// What stands in the files for the options.
const (
	name      = "name-of-the-set"
	version   = `"` + v1alpha1.DefaultVersion + `"`
	namespace = "  # namespace: databases\n"
	// schemaFile is what the modelines refer to.
	schemaFile = "mysqlreplicaset.schema.json"
)

// Options are what a user chooses. Namespace may be empty.
type Options struct{ Name, Version, Namespace string }

// File is a file by its path with slashes, relative to the directory.
type File struct{ Path, Text string }

// Files are all files of a directory. The error is of the type [v1alpha1.Problems] and
// says what is wrong with the options, in the words for a spec that has them; warnings
// are about a set that is right.
func Files(o Options) (all []File, warnings v1alpha1.Problems, err error) {
	set := v1alpha1.MySQLReplicaSet{APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.Kind}
	set.Metadata.Name, set.Metadata.Namespace, set.Spec.Version = o.Name, o.Namespace, o.Version
	if _, warnings, err = render.Expand(&set); err != nil {
		return nil, nil, err
	}
	replace := []string{": " + name + "\n", ": " + scalar(o.Name) + "\n", ": " + name + "}", ": " + scalar(o.Name) + "}", name, o.Name}
	if o.Version != "" {
		replace = append(replace, version, `"`+o.Version+`"`)
	}
	if o.Namespace != "" {
		replace = append(replace, namespace, "  namespace: "+scalar(o.Namespace)+"\n", "\nkubectl ", "\nkubectl --namespace "+o.Namespace+" ")
	}
	replacer := strings.NewReplacer(replace...)
	err = fs.WalkDir(files, "files", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := files.ReadFile(path)
		all = append(all, File{strings.TrimPrefix(path, "files/"), replacer.Replace(string(text))})
		return err
	})
	return append(all, File{schemaFile, string(v1alpha1.Schema)}), warnings, err
}

// scalar is a name as it stands in YAML: a set may be called null.
func scalar(value string) string {
	if node.String(value).Style == yaml.DoubleQuotedStyle {
		return `"` + value + `"`
	}
	return value
}

// Write writes the files below a directory, which is made if need be, and returns the
// paths of those that it wrote. If any is there already it writes none, and the error
// lists them. After another error some may have been written.
func Write(dir string, all []File) (written []string, err error) {
	var there []string
	for _, file := range all {
		path := filepath.Join(dir, filepath.FromSlash(file.Path))
		switch _, err := os.Lstat(path); {
		case err == nil:
			there = append(there, path)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	if there != nil {
		return nil, fmt.Errorf("found %s, which would be overwritten; name another directory, or move them away", strings.Join(there, ", "))
	}
	for _, file := range all {
		path := filepath.Join(dir, filepath.FromSlash(file.Path))
		if err := create(path, file.Text); err != nil {
			return written, err
		}
		written = append(written, path)
	}
	return written, nil
}

// create writes a file that is not there.
func create(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}
