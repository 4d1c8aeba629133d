package node_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/internal/node"
)

func parse(t *testing.T, text string) *yaml.Node {
	t.Helper()
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(text), &document))
	return document.Content[0]
}

func TestSet(t *testing.T) {
	for _, test := range []struct {
		reason, text string
		path         []string
		want         string
	}{
		{"a value that is there keeps its place", "a: 1\nb: 2\n", []string{"a"}, "a: new\nb: 2\n"},
		{"a known field goes where kyaml has it", "apiVersion: v1\nspec: {}\n", []string{"metadata", "name"}, "apiVersion: v1\nmetadata:\n  name: new\nspec: {}\n"},
		{"a known field goes before unknown ones", "zebra: 1\n", []string{"spec"}, "spec: new\nzebra: 1\n"},
		{"unknown fields are in the order of the alphabet", "a: 1\nc: 3\n", []string{"b"}, "a: 1\nb: new\nc: 3\n"},
		{"an empty mapping stops being written as {}", "data: {}\n", []string{"data", "key"}, "data:\n  key: new\n"},
		{"comments stay with their fields", "# of a\na: 1\n# of c\nc: 3\n", []string{"b"}, "# of a\na: 1\nb: new\n# of c\nc: 3\n"},
	} {
		n := parse(t, test.text)
		node.Set(n, node.String("new"), test.path...)
		assert.Equal(t, test.want, encoded(t, n), test.reason)
	}
}

func TestRemove(t *testing.T) {
	for _, test := range []struct {
		reason, text string
		path         []string
		want         string
	}{
		{"a field goes with its comment", "# of a\na: 1\nb: 2\n", []string{"a"}, "b: 2\n"},
		{"what is not there need not go", "a: 1\n", []string{"b", "c"}, "a: 1\n"},
	} {
		n := parse(t, test.text)
		node.Remove(n, test.path...)
		assert.Equal(t, test.want, encoded(t, n), test.reason)
	}
}

func TestNamed(t *testing.T) {
	n := parse(t, "list:\n- name: a\n  v: 1\n- name: b\n  v: 2\n")
	assert.Equal(t, "2", node.Text(node.Named(node.Get(n, "list"), "b"), "v"))
	assert.Nil(t, node.Named(node.Get(n, "list"), "c"))
	assert.Nil(t, node.Named(nil, "c"), "a list that is not there")
	node.RemoveNamed(node.Get(n, "list"), "a")
	assert.Equal(t, "list:\n- name: b\n  v: 2\n", encoded(t, n))
}

func TestCloneSharesNothing(t *testing.T) {
	n := parse(t, "a:\n  b: 1\n")
	node.Set(node.Clone(n), node.String("changed"), "a", "b")
	assert.Equal(t, "1", node.Text(n, "a", "b"))
}
