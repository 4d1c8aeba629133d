package node_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/kio"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/internal/node"
	"mysqlreplicaset.dev/fn/render"
)

// reference is how yaml.v3 writes a node with kyaml's settings.
func reference(t testing.TB, n *yaml.Node) string {
	t.Helper()
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	encoder.CompactSeqIndent()
	require.NoError(t, encoder.Encode(n))
	require.NoError(t, encoder.Close())
	return b.String()
}

func encoded(t testing.TB, n *yaml.Node) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, node.Encode(&b, n))
	return b.String()
}

// What the project renders is written byte for byte as kyaml writes it.
func TestEncodeWritesAsKyaml(t *testing.T) {
	sets, err := filepath.Glob("../../../testdata/*/set.yaml")
	require.NoError(t, err)
	rendered := 0
	for _, path := range sets {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		resources, _, err := render.Decoded(v1alpha1.Parse(text))
		if err != nil {
			continue // a case of a bad spec
		}
		rendered++
		for _, resource := range resources {
			assert.Equal(t, reference(t, resource), encoded(t, resource), path)
			var written bytes.Buffer
			require.NoError(t, kio.ByteWriter{Writer: &written}.Write([]*kyaml.RNode{kyaml.NewRNode(node.Clone(resource))}))
			assert.Equal(t, written.String(), encoded(t, resource), path)
		}
		list := node.Map(node.String("items"), &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: resources})
		assert.Equal(t, reference(t, list), encoded(t, list), "%s, in a list", path)
	}
	assert.Greater(t, rendered, 15)
}

// No resource of the tutorial's set takes the way through yaml.v3, which costs more
// than all else that the program does.
func TestEncodeWritesTheTutorialItself(t *testing.T) {
	for _, version := range []string{"9.7", "5.7"} {
		set := &v1alpha1.MySQLReplicaSet{}
		set.Metadata.Name, set.Spec.Version = "mysql", version
		resources, _, err := render.Expand(set)
		require.NoError(t, err)
		for _, resource := range resources {
			assert.True(t, node.IsPlain(resource), "%s of %s", node.Text(resource, "kind"), version)
		}
	}
}

func TestEncodeOtherDocuments(t *testing.T) {
	for _, test := range []struct{ reason, text string }{
		{"line and foot comments", "a: 1 # one\n# foot\n\nb: 2\n"},
		{"comments in every place", "# head\na:\n  # first\n  - b # second\n  # third\n  - c: d\n"},
		{"anchors", "a: &x [1, 2]\nb: *x\n"},
		{"styles", "a: 'single'\nb: \"do\\tuble\"\nc: >\n  folded\n  text\nd: |2\n    indented\ne: |+\n  kept\n\n"},
		{"flow", "a: {b: c, d: [1, {e: f}]}\nb: []\nc: {}\n"},
		{"types", "a: 1\nb: 1.5\nc: true\nd: null\ne: ~\nf: \"1\"\ng: 2001-12-14\nh: !!binary aGVsbG8=\n"},
		{"sequences of sequences", "a:\n- - 1\n  - 2\n- - 3\n"},
		{"a comment in an element", "a:\n- # about b\n  b: c\n"},
		{"not a mapping", "- 1\n- 2\n"},
		{"unicode", "a: Grüße\nb: |\n  …\n  \U0001F42C\n"},
	} {
		var document yaml.Node
		require.NoError(t, yaml.Unmarshal([]byte(test.text), &document))
		assert.Equal(t, reference(t, document.Content[0]), encoded(t, document.Content[0]), test.reason)
	}
}

// Any text as a key or value is written as yaml.v3 writes it, and read back.
func FuzzEncodeString(f *testing.F) {
	for _, seed := range []string{
		"", " ", "a", "a b", "a: b", "a:b", ":", "-", "- a", "--- a", "...", "#", "a #b", "a#b", "'", "\"", "\\",
		"1", "1.5", "1e3", "0x1f", "0o7", "012", "1_000", ".inf", ".Inf", ".nan", ".5", ".", "..", ".a", ".hidden", "..g", "a/.g", "+1", "-1", "2001-12-14", "2001-12-14T21:59:43Z", "12:30:45",
		"true", "Yes", "no", "ON", "off", "y", "N", "null", "Null", "~", "<<", "=", "10Gi", "500m", "mysql:9.7", "ghi", "e1", "0b1",
		"a\n", "a\n\n", "a\nb", "\na", " a\nb", "a \nb", "a\tb\nc", "a\n b\n", "é", "a\u00a0b", "\u2028", "\x00", "\x7f", "\ufeff", "a\r\nb", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "{", "[", "a,b", "?", "? a",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // yaml.v3 refuses it, and the decoder lets none through
		}
		for _, document := range []*yaml.Node{
			node.Map(node.String("key"), node.String(text)),
			node.Map(node.String(text), node.String("value")),
			node.Map(node.String("key"), node.Quoted(text)),
			node.Map(node.String("key"), &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{node.String(text), node.Map(node.String("a"), node.String(text))}}),
		} {
			require.Equal(t, reference(t, document), encoded(t, document))
		}
	})
}
