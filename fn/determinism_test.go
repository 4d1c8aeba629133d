package fn_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/fn"
)

// The same set gives the same bytes: a hundred times, with the entries of every map
// in another order each time, through every host in turn, and whatever the machine
// has for a time zone, a language, a home and a directory.
func TestSameBytes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var first string
	for i := range 100 {
		host := hosts[i%len(hosts)]
		got := host.expand(t, shuffled(random, manyEntries).yaml(""))
		if i == 0 {
			first = got
			require.Len(t, read(t, first).ids, 5)
		}
		assertSame(t, first, got, "run %d, %s", i, host.name)
	}
}

// hosts return the resources alone, without the envelope that each has.
var hosts = []struct {
	name   string
	expand func(t *testing.T, document string) string
}{
	{"Go", func(t *testing.T, document string) string {
		nodes, _, err := fn.ExpandYAML([]byte(document))
		require.NoError(t, err)
		return written(t, nodes)
	}},
	{"a file on the command line", func(t *testing.T, document string) string {
		return called(t, "", nil, fileOf(t, document))
	}},
	{"standard input", func(t *testing.T, document string) string {
		return called(t, document, []string{"TZ=Pacific/Chatham", "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8", "HOME=/nonexistent"})
	}},
	{"kustomize's plugin, as a generator", func(t *testing.T, document string) string {
		return called(t, "", []string{"KUSTOMIZE_PLUGIN_CONFIG_ROOT=/"}, fileOf(t, document))
	}},
	{"kustomize's plugin, as a transformer", func(t *testing.T, document string) string {
		output := called(t, document, []string{"KUSTOMIZE_PLUGIN_CONFIG_ROOT=/", "GOMAXPROCS=1"}, fileOf(t, expand))
		_, resources, _ := strings.Cut(output, "\n---\n") // the set itself comes first
		return resources
	}},
	{"KRM function, as a generator", func(t *testing.T, document string) string {
		output := called(t, strings.Replace(resourceList(document), "items:\n", "items: []\n", 1), []string{"GOGC=1"})
		_, items, _ := strings.Cut(output, "\nitems:\n- ")
		return strings.ReplaceAll(strings.ReplaceAll("\n"+items, "\n- ", "\n---\n"), "\n  ", "\n")[1:]
	}},
}

func called(t *testing.T, stdin string, environment []string, args ...string) string {
	t.Helper()
	command := exec.Command(program, args...)
	command.Dir = t.TempDir()
	command.Stdin = strings.NewReader(stdin)
	command.Env = append(os.Environ(), environment...)
	got := run(t, command)
	require.Zero(t, got.exitCode, got.stderr)
	return got.stdout
}

func fileOf(t *testing.T, document string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "set.yaml")
	require.NoError(t, os.WriteFile(path, []byte(document), 0o644))
	return path
}

// entry is a key of a map, with text or a map of its own.
type entry struct {
	key, text string
	entries   entries
}

type entries []entry

var manyEntries = entries{
	{key: "apiVersion", text: "mysqlreplicaset.dev/v1alpha1"},
	{key: "kind", text: "MySQLReplicaSet"},
	{key: "metadata", entries: entries{
		{key: "name", text: "quokka"},
		{key: "namespace", text: "outback"},
		{key: "labels", entries: numbered("label-%02d", "v")},
		{key: "annotations", entries: numbered("example.com/note-%02d", "some text")},
	}},
	{key: "spec", entries: entries{
		{key: "version", text: `"8.4"`},
		{key: "resources", entries: entries{
			{key: "requests", entries: append(numbered("example.com/device-%02d", "1"), entry{key: "cpu", text: "500m"}, entry{key: "memory", text: "1Gi"})},
			{key: "limits", entries: append(numbered("example.com/device-%02d", "1"), entry{key: "memory", text: "4Gi"})},
		}},
		{key: "config", entries: entries{
			{key: "common", entries: numbered("loose_common_%02d", "'a # \\ \"b\"'")},
			{key: "primary", entries: numbered("loose-primary-%02d", "")},
			{key: "replica", entries: append(numbered("loose_replica_%02d", "true"), numbered("loose-common-%02d", "of the role")...)},
		}},
		{key: "tls", entries: entries{{key: "secretName", text: "certificates"}}},
		{key: "replication", entries: entries{{key: "primary", text: "2"}, {key: "semiSync", text: "true"}, {key: "maxLagSeconds", text: "5"}}},
	}},
}

func numbered(key, text string) (es entries) {
	for i := range 20 {
		es = append(es, entry{key: fmt.Sprintf(key, i), text: text})
	}
	return es
}

func shuffled(random *rand.Rand, es entries) entries {
	mixed := make(entries, len(es))
	for i, from := range random.Perm(len(es)) {
		mixed[i] = es[from]
		mixed[i].entries = shuffled(random, es[from].entries)
	}
	return mixed
}

func (es entries) yaml(indent string) string {
	var b strings.Builder
	for _, e := range es {
		fmt.Fprintf(&b, "%s%s: %s\n%s", indent, e.key, e.text, e.entries.yaml(indent+"  "))
	}
	return b.String()
}

// The test above is worth something only if the order does differ.
func TestShuffledDiffers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	assert.NotEqual(t, shuffled(random, manyEntries).yaml(""), shuffled(random, manyEntries).yaml(""))
}
