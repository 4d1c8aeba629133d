package tutorial

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"

	"mysqlreplicaset.dev/e2e/harness"
)

// TestRestricted: a namespace that enforces the Pod Security Standard "restricted"
// takes our pods, and would not take the page's. (Every other test of 9.7 runs in
// such a namespace, too.)
func TestRestricted(t *testing.T) {
	t.Parallel()
	namespace := harness.NewNamespace(t, harness.Restricted...)
	_, err := namespace.Try("", "run", "page", "--image=mysql:5.7", "--env=MYSQL_ALLOW_EMPTY_PASSWORD=1", "--dry-run=server")
	require.ErrorContains(t, err, `violates PodSecurity "restricted:latest"`)
	set := harness.Up(t, harness.ClonePlugin, namespace, harness.Render(t, "bases/mysql"))
	set.CheckData(t)
}

// TestGoldens: the API server takes the output of every case of testdata, warns of
// nothing, and stores what was sent. It may add what it defaults.
func TestGoldens(t *testing.T) {
	t.Parallel()
	specs, err := filepath.Glob(filepath.Join(harness.Root(t), "testdata/*/set.yaml"))
	require.NoError(t, err)
	own := harness.NewNamespace(t)
	checked := 0
	for _, spec := range specs {
		golden := filepath.Join(filepath.Dir(spec), "expected.yaml")
		if _, err := os.Stat(golden); errors.Is(err, os.ErrNotExist) {
			continue // a case in which nothing is rendered
		}
		checked++
		name := filepath.Base(filepath.Dir(spec))
		t.Run(name, func(t *testing.T) {
			// The goldens name scripts instead of repeating them; this is the same, whole.
			rendered, err := exec.Command(os.Getenv("MYSQLREPLICASET"), spec).Output()
			require.NoError(t, err)
			sent := documents(t, string(rendered))
			for _, object := range sent {
				ensureNamespace(t, own, object)
			}
			stored := dryRun(t, sent)
			require.Len(t, stored, len(sent))
			for i := range sent {
				assertStored(t, fmt.Sprint(sent[i]["kind"]), sent[i], stored[i])
			}
		})
	}
	assert.GreaterOrEqual(t, checked, 15, "the goldens were not found")
}

func documents(t *testing.T, stream string) (objects []map[string]any) {
	t.Helper()
	for document := range strings.SplitSeq(stream, "\n---\n") {
		var object map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(document), &object))
		objects = append(objects, object)
	}
	return objects
}

// ensureNamespace: a dry run needs the object's namespace. Without one it gets the
// test's own; one that does not exist is made and removed.
func ensureNamespace(t *testing.T, own harness.Namespace, object map[string]any) {
	t.Helper()
	metadata := object["metadata"].(map[string]any)
	name, ok := metadata["namespace"].(string)
	if !ok {
		metadata["namespace"] = own.Name
		return
	}
	if _, _, err := harness.KubectlWith("", "create", "namespace", name); err == nil {
		t.Cleanup(func() { harness.Kubectl(t, "delete", "namespace", name) })
	} else {
		require.ErrorContains(t, err, "AlreadyExists")
	}
}

func dryRun(t *testing.T, objects []map[string]any) (stored []map[string]any) {
	t.Helper()
	list, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	require.NoError(t, err)
	out, warnings, err := harness.KubectlWith(string(list), "create", "--dry-run=server", "--validate=strict", "--output=json", "--filename=-")
	require.NoError(t, err)
	require.Empty(t, warnings)
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var object map[string]any
		if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
			return stored
		} else {
			require.NoError(t, err)
		}
		if items, ok := object["items"].([]any); ok {
			for _, item := range items {
				stored = append(stored, item.(map[string]any))
			}
			continue
		}
		stored = append(stored, object)
	}
}

// assertStored: each value that was sent is there, and lists are as long as they
// were. Quantities are compared as such: the API server writes 1000m as 1.
func assertStored(t *testing.T, path string, sent, stored any) {
	t.Helper()
	switch sent := sent.(type) {
	case map[string]any:
		stored, ok := stored.(map[string]any)
		require.True(t, ok, path)
		for key, value := range sent {
			assertStored(t, path+"."+key, value, stored[key])
		}
	case []any:
		stored, ok := stored.([]any)
		require.True(t, ok, path)
		require.Len(t, stored, len(sent), path)
		for i := range sent {
			assertStored(t, fmt.Sprintf("%s[%d]", path, i), sent[i], stored[i])
		}
	default:
		if a, b := fmt.Sprint(sent), fmt.Sprint(stored); a != b {
			quantity, err := resource.ParseQuantity(a)
			require.NoError(t, err, "%s: sent %q, stored %q", path, a, b)
			other, err := resource.ParseQuantity(b)
			require.NoError(t, err, "%s: sent %q, stored %q", path, a, b)
			assert.True(t, quantity.Equal(other), "%s: sent %q, stored %q", path, a, b)
		}
	}
}
