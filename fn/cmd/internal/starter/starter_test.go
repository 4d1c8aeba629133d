package starter_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/cmd/internal/starter"
	"mysqlreplicaset.dev/fn/mysql"
	"mysqlreplicaset.dev/fn/render"
)

// text is one of the files.
func text(t *testing.T, files []starter.File, path string) string {
	t.Helper()
	for _, file := range files {
		if file.Path == path {
			return file.Text
		}
	}
	require.Fail(t, "no file "+path)
	return ""
}

// The spec is the default one with what was chosen, and the overlay's is checked by the
// same schema.
func TestFiles(t *testing.T) {
	type row struct {
		reason string
		starter.Options
	}
	rows := []row{
		{"a namespace", starter.Options{Name: "orders", Version: "8.4.11", Namespace: "databases"}},
		{"names that YAML would take for something else", starter.Options{Name: "null", Version: "9.7", Namespace: "1"}},
		{"the default version", starter.Options{Name: "mysql"}},
	}
	for _, version := range mysql.Series() {
		rows = append(rows, row{"MySQL " + version, starter.Options{Name: "mysql", Version: version}})
	}
	for _, test := range rows {
		files, warnings, err := starter.Files(test.Options)
		require.NoError(t, err, test.reason)
		assert.Equal(t, test.Version == "5.7" || test.Version == "8.0", len(warnings) > 0, "%s: warned of the end of support", test.reason)

		set, problems := v1alpha1.Parse([]byte(text(t, files, "base/set/mysql.yaml")))
		_, _, err = render.Decoded(set, problems)
		require.NoError(t, err, test.reason)
		want := &v1alpha1.MySQLReplicaSet{APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.Kind}
		want.Metadata.Name, want.Metadata.Namespace, want.Spec.Version = test.Name, test.Namespace, test.Version
		want.Default()
		set.Default()
		assert.Equal(t, want, set, test.reason)

		set, problems = v1alpha1.Parse([]byte(text(t, files, "overlays/production/set/mysql.yaml")))
		require.NoError(t, problems.Err(), test.reason)
		assert.Equal(t, test.Name, set.Metadata.Name, test.reason)

		for _, file := range files {
			assert.NotContains(t, file.Text, "name-of-the-set", "%s: %s", test.reason, file.Path)
			if strings.HasSuffix(file.Path, ".yaml") {
				assert.NoError(t, yaml.Unmarshal([]byte(file.Text), new(yaml.Node)), file.Path)
			}
		}
	}
}

// Lines that are commented out are right once they are not.
func TestCommentedLinesAreValid(t *testing.T) {
	files, _, err := starter.Files(starter.Options{Name: "mysql"})
	require.NoError(t, err)
	var lines []string
	_, spec, _ := strings.Cut(text(t, files, "base/set/mysql.yaml"), "$schema")
	for line := range strings.Lines("# " + spec) {
		indent, comment, found := strings.Cut(line, "# ")
		field, _, isField := strings.Cut(strings.TrimSpace(comment), ":")
		if found && isField && !strings.Contains(field, " ") {
			line = indent + comment
		}
		lines = append(lines, line)
	}
	set, problems := v1alpha1.Parse([]byte(strings.Join(lines, "")))
	_, _, err = render.Decoded(set, problems)
	require.NoError(t, err)
	assert.Equal(t, "fast-ssd", set.Spec.Storage.ClassName)
	assert.NotEmpty(t, set.Spec.Resources.Limits)
	assert.NotEmpty(t, set.Spec.Config.Common)
	assert.NotEmpty(t, set.Metadata.Namespace)
}

func TestModelines(t *testing.T) {
	dir := t.TempDir()
	files, _, err := starter.Files(starter.Options{Name: "mysql"})
	require.NoError(t, err)
	_, err = starter.Write(dir, files)
	require.NoError(t, err)
	for _, path := range []string{"base/set/mysql.yaml", "overlays/production/set/mysql.yaml"} {
		line, _, _ := strings.Cut(text(t, files, path), "\n")
		schema, ok := strings.CutPrefix(line, "# yaml-language-server: $schema=")
		require.True(t, ok, path)
		data, err := os.ReadFile(filepath.Join(dir, filepath.Dir(path), schema))
		require.NoError(t, err)
		assert.Equal(t, string(v1alpha1.Schema), string(data))
	}
}

func TestWriteOverwritesNothing(t *testing.T) {
	files := []starter.File{{Path: "a", Text: "1"}, {Path: "b/c", Text: "2"}, {Path: "d", Text: "3"}}
	for _, test := range []struct {
		reason  string
		prepare func(dir string) error
		want    string
		written int
	}{
		{"all files that are there are named", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "d"), nil, 0o600)
		}, "found DIR/d, which would be overwritten; name another directory, or move them away", 0},
		{"a link that leads nowhere is there, too", func(dir string) error {
			return os.Symlink("nowhere", filepath.Join(dir, "a"))
		}, "found DIR/a, which would", 0},
		{"a file in the place of a directory", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "b"), nil, 0o600)
		}, "lstat DIR/b/c: not a directory", 0},
		{"a link in the place of a directory shows when it is written", func(dir string) error {
			return os.Symlink("nowhere", filepath.Join(dir, "b"))
		}, "mkdir DIR/b: file exists", 1},
	} {
		dir := t.TempDir()
		require.NoError(t, test.prepare(dir))
		written, err := starter.Write(dir, files)
		assert.ErrorContains(t, err, strings.ReplaceAll(test.want, "DIR", dir), test.reason)
		assert.Len(t, written, test.written, test.reason)
	}
}
