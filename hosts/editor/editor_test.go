//go:build editor

// Package editor_test opens sets in the language server of VS Code's YAML extension,
// Neovim and others, and looks at what one sees while typing.
package editor_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// head begins a set in the directory that init writes. A | in what follows is the cursor.
const head = `# yaml-language-server: $schema=../../mysqlreplicaset.schema.json
apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata:
  name: mysql
`

// editor is a client with the directory that init writes.
type editor struct {
	*client
	dir   string
	count int
}

func newEditor(t *testing.T) *editor {
	dir := t.TempDir()
	output, err := exec.Command("go", "run", "mysqlreplicaset.dev/fn/cmd/mysqlreplicaset", "init", dir).CombinedOutput()
	require.NoError(t, err, string(output))
	return &editor{start(t), dir, 0}
}

// openAt opens a file of that directory.
func (e *editor) openAt(path, text string) (uri string, problems []diagnostic) {
	uri = (&url.URL{Scheme: "file", Path: filepath.Join(e.dir, path)}).String()
	return uri, e.open(uri, text)
}

// openNew opens text as a new file next to the base's spec. Where the cursor is comes
// back with it.
func (e *editor) openNew(text string) (uri string, cursor position, problems []diagnostic) {
	e.count++
	before, after, _ := strings.Cut(text, "|")
	cursor = position{strings.Count(before, "\n"), len(before) - 1 - strings.LastIndexByte(before, '\n')}
	uri, problems = e.openAt("base/set/"+strconv.Itoa(e.count)+".yaml", before+after)
	return uri, cursor, problems
}

// What init writes has nothing wrong with it, and the overlay's part of a spec is checked
// like a whole one.
func TestStarterHasNoProblems(t *testing.T) {
	e := newEditor(t)
	for _, path := range []string{"base/set/mysql.yaml", "overlays/production/set/mysql.yaml"} {
		text, err := os.ReadFile(filepath.Join(e.dir, path))
		require.NoError(t, err)
		_, problems := e.openAt(path, string(text))
		assert.Empty(t, problems, path)
	}
}

func TestProblems(t *testing.T) {
	e := newEditor(t)
	for _, test := range []struct{ reason, text, want string }{
		{"a field that there is not", head + "spec:\n  |replicaz: 3\n", "Property replicaz is not allowed."},
		{"one deeper down", head + "spec:\n  storage:\n    |class: fast\n", "Property class is not allowed."},
		{"text for a number", head + "spec:\n  replicas: |\"3\"\n", "Incorrect type. Expected one of integer, null."},
		{"a version without quotes", head + "spec:\n  version: |8.4\n", "Incorrect type. Expected one of string, null."},
		{"a version that is too old", head + "spec:\n  version: |\"5.6\"\n", "allowed: 5.7, 8.0, 8.4, 9.7, 26.7, or a full version of one of them"},
		{"a version that has ended", head + "spec:\n  version: |\"8.1\"\n", "allowed: 5.7, 8.0, 8.4, 9.7, 26.7, or a full version of one of them"},
		{"a word that is not allowed", head + "spec:\n  storage:\n    retention:\n      whenDeleted: |Keep\n", `Value is not accepted. Valid values: "Retain", "Delete", null.`},
		{"bytes, where Gi were meant", head + "spec:\n  storage:\n    size: |10\n", "Value is below the minimum of 1048576."},
		{"an option that the version has removed", head + "spec:\n  version: \"8.0\"\n  config:\n    common:\n      |query_cache_size: 0\n", "this option was removed by MySQL 8.0"},
		{"one with dashes, removed by an earlier version than the default", head + "spec:\n  config:\n    primary:\n      |expire-logs-days: 7\n", "this option was removed by MySQL 8.4"},
		{"a list for options", head + "spec:\n  config:\n    common:\n      |- max_connections\n", "Incorrect type. Expected one of object, null."},
		{"another version of the API", strings.Replace(head, "mysqlreplicaset.dev/v1alpha1", "|mysqlreplicaset.dev/v2", 1), `Value is not accepted. Valid values: "mysqlreplicaset.dev/v1alpha1".`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			_, cursor, problems := e.openNew(test.text)
			require.Len(t, problems, 1)
			assert.Equal(t, test.want, problems[0].Message)
			assert.Equal(t, cursor, problems[0].Range.Start, "it is underlined where it is wrong")
		})
	}
}

func TestCompletion(t *testing.T) {
	e := newEditor(t)
	for _, test := range []struct {
		reason, text string
		labels       []string
		documented   string // what stands with the first
	}{
		{
			"the fields of spec, but for those that are there", head + "spec:\n  replicas: 3\n  |\n",
			[]string{"version", "image", "storage", "resources", "config", "auth", "tls", "replication", "clone"},
			"version of MySQL: a series",
		},
		{"the fields of a group", head + "spec:\n  storage:\n    |\n", []string{"size", "className", "retention"}, "size of each pod's volume"},
		{"the versions that there are, in quotes", head + "spec:\n  version: |\n", []string{`"9.7"`, `"5.7"`, `"8.0"`, `"8.4"`, `"26.7"`}, ""},
		{"allowed words", head + "spec:\n  storage:\n    retention:\n      whenDeleted: |\n", []string{"Retain", "Delete"}, ""},
		{"a default and an example", head + "spec:\n  storage:\n    size: |\n", []string{"10Gi", "100Gi"}, ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			uri, cursor, _ := e.openNew(test.text)
			var list struct {
				Items []struct {
					Label         string
					Documentation any // a string, or a map with one
				}
			}
			e.at("completion", uri, cursor, &list)
			var labels []string
			for _, item := range list.Items {
				if item.Label != "null" { // which every field takes for an absent one
					labels = append(labels, item.Label)
				}
			}
			assert.Subset(t, labels, test.labels)
			assert.Subset(t, test.labels, labels)
			if test.documented != "" {
				assert.Contains(t, list.Items[0].Documentation, test.documented)
			}
		})
	}
}

func TestHover(t *testing.T) {
	e := newEditor(t)
	for _, test := range []struct{ reason, text, want string }{
		{"a field", head + "spec:\n  storage:\n    si|ze: 10Gi\n", "size of each pod's volume, in bytes"},
		{"an option", head + "spec:\n  config:\n    common:\n      max_|connections: 500\n", "Options are my.cnf options by name"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			uri, cursor, _ := e.openNew(test.text)
			var hover struct{ Contents struct{ Value string } }
			e.at("hover", uri, cursor, &hover)
			assert.Contains(t, hover.Contents.Value, test.want)
		})
	}
}
