package explain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/fn/cmd/internal/explain"
)

func TestField(t *testing.T) {
	for _, test := range []struct {
		reason, path string
		has          []string
	}{
		{"the whole set", "", []string{"KIND:       MySQLReplicaSet\n", "\n  metadata\t<Object> -required-\n", "\n  spec\t<Object>\n"}},
		{"a leaf: type, description, default, example", "spec.storage.size", []string{
			"\nFIELD: spec.storage.size <quantity>\n", "\n    size of each pod's volume, ", "\nDEFAULT:\n    10Gi\n", "\nEXAMPLE:\n    100Gi\n",
		}},
		{"allowed values, one a line and without null", "spec.storage.retention.whenDeleted", []string{"\nALLOWED:\n    Retain\n    Delete\n\n"}},
		{"a form, in words and not as a pattern", "spec.clone.image", []string{"\nALLOWED:\n    [registry[:port]/]repository[:tag][@digest]\n"}},
		{"a least number", "spec.replicas", []string{"<integer>", "\nALLOWED:\n    1 or more\n"}},
		{"values that YAML would read as numbers are in quotes", "spec.version", []string{"\nDEFAULT:\n    \"9.7\"\n", "\n    \"5.7\"\n    \"8.0\"\n"}},
		{"a required field", "metadata.name", []string{"\nFIELD: metadata.name <string> -required-\n"}},
		{"a group lists its fields with one sentence each", "spec.storage", []string{"\nFIELDS:\n  size\t<quantity>\n    size of each pod's volume, in bytes: a Kubernetes quantity of at least 1Mi.\n  className\t"}},
		{"a free map tells what its keys and values are", "spec.resources.limits", []string{"<map[string]quantity>", "\nKEYS:\n    cpu, memory, ", "\nVALUES:\n    Quantity is an amount "}},
		{"options", "spec.config.common", []string{"<map[string]option>", "null is a bare\n    option", "{max_connections: 500}"}},
	} {
		text, err := explain.Field(test.path)
		require.NoError(t, err, test.reason)
		for _, want := range test.has {
			assert.Contains(t, text, want, test.reason)
		}
		for line := range strings.Lines(text) {
			assert.LessOrEqual(t, len(line), 81, test.reason)
		}
	}
}

// One field can be named in several ways.
func TestFieldNames(t *testing.T) {
	for _, test := range []struct{ reason, path, same string }{
		{"spec left out", "storage.size", "spec.storage.size"},
		{"kubectl's way, the kind in front", "mysqlreplicaset.spec.storage", "spec.storage"},
		{"the kind as it is written", "MySQLReplicaSet.metadata", "metadata"},
		{"the kind alone", "mysqlreplicaset", ""},
		{"an option, as error messages name it", "spec.config.common.max_connections", "spec.config.common"},
		{"a key in quotes, likewise", `metadata.labels["example.com/team"]`, "metadata.labels"},
	} {
		got, err := explain.Field(test.path)
		require.NoError(t, err, test.reason)
		want, err := explain.Field(test.same)
		require.NoError(t, err)
		assert.Equal(t, want, got, test.reason)
	}
}

func TestUnknownField(t *testing.T) {
	const ofSpec = "version, image, replicas, storage, resources, config, auth, tls, replication, clone"
	for _, test := range []struct{ reason, path, want string }{
		{"a typo", "spec.storag", "spec.storag: unknown field, allowed are " + ofSpec + "; did you mean storage?"},
		{"a typo deeper down", "spec.storage.retention.whenRemoved", "spec.storage.retention.whenRemoved: unknown field, allowed are whenDeleted, whenScaled"},
		{"a field of another place", "spec.size", "spec.size: unknown field, allowed are " + ofSpec + "; it is spec.storage.size"},
		{"a typo beside spec", "metdata", "spec.metdata: unknown field, allowed are " + ofSpec + "; did you mean metadata?"},
		{"a field of a leaf", "spec.storage.size.unit", "spec.storage.size.unit: unknown field; spec.storage.size is of the type quantity, which has no fields"},
		{"an empty name", "spec.", `spec[""]: unknown field, allowed are ` + ofSpec},
	} {
		_, err := explain.Field(test.path)
		assert.EqualError(t, err, test.want, test.reason)
		_, err = explain.Tree(test.path)
		assert.EqualError(t, err, test.want, test.reason)
	}
}

// The tree has every field, and every field has an explanation.
func TestTreeAndPaths(t *testing.T) {
	text, err := explain.Tree("")
	require.NoError(t, err)
	assert.Contains(t, text, "\n    storage\t<Object>\n      size\t<quantity>\n      className\t<string>\n      retention\t<Object>\n        whenDeleted\t<string>\n")
	_, list, _ := strings.Cut(text, "\nFIELDS:\n")
	paths := explain.Paths("")
	assert.Len(t, paths, strings.Count(list, "\n"))
	for _, line := range paths {
		path, sentence, _ := strings.Cut(line, "\t")
		assert.NotEmpty(t, sentence, path)
		_, err := explain.Field(path)
		assert.NoError(t, err)
	}
}

func TestPathsOfPrefix(t *testing.T) {
	for _, test := range []struct {
		reason, prefix string
		want           []string
	}{
		{"the end of a name", "spec.storage.s", []string{"spec.storage.size"}},
		{"spec left out", "tls", []string{"tls", "tls.secretName"}},
		{"nothing begins so", "x", nil},
	} {
		var got []string
		for _, line := range explain.Paths(test.prefix) {
			path, _, _ := strings.Cut(line, "\t")
			got = append(got, path)
		}
		assert.Equal(t, test.want, got, test.reason)
	}
}
