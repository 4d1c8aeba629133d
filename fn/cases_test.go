package fn_test

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"

	"mysqlreplicaset.dev/fn/manifests"
)

var update = flag.Bool("update", false, "write the expected files of testdata anew")

// Each folder of testdata is a case: set.yaml goes in, its first lines say why, and
// out come expected.yaml and, on standard error, expected.txt.
func TestCases(t *testing.T) {
	sets, err := filepath.Glob("../testdata/*/set.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, sets)
	for _, path := range sets {
		folder := filepath.Dir(path)
		name := filepath.Base(folder)
		t.Run(name, func(t *testing.T) {
			command := exec.Command(program, "set.yaml")
			command.Dir = folder
			got := run(t, command)
			if bad := strings.HasPrefix(name, "bad-"); bad {
				assert.Equal(t, 1, got.exitCode)
				assert.Empty(t, got.stdout, "nothing is rendered")
				assert.NotEmpty(t, got.stderr)
			} else {
				assert.Zero(t, got.exitCode, got.stderr)
				decodeStrictly(t, got.stdout)
			}
			compare(t, filepath.Join(folder, "expected.yaml"), elide(name, got.stdout))
			compare(t, filepath.Join(folder, "expected.txt"), got.stderr)
		})
	}
}

// whole are the cases whose expected output has the scripts in full. In all others
// they are named only: the same 600 lines in thirty files would hide every change
// that matters.
var whole = map[string]bool{"tutorial": true, "minimal": true}

var checksum = regexp.MustCompile(`config-checksum: fnv64a-[0-9a-f]{16}`)

// elide replaces each script by the name of its file, where it is that to the byte.
func elide(name, text string) string {
	if whole[name] {
		return text
	}
	for _, road := range []manifests.Road{manifests.Plugin, manifests.XtraBackup} {
		for _, script := range manifests.Scripts(road) {
			lines := strings.ReplaceAll(strings.TrimSuffix(script.Text, "\n"), "\n", "\n    ")
			block := "  " + script.Name + ": |\n    " + strings.ReplaceAll(lines, "\n    \n", "\n\n") + "\n"
			text = strings.ReplaceAll(text, block, "  "+script.Name+": the file of the road "+string(road)+"\n")
		}
	}
	return checksum.ReplaceAllString(text, "config-checksum: of the data above")
}

// compare holds text against a file, which is not there if it is empty.
func compare(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if text == "" {
			if err := os.Remove(path); err != nil {
				require.ErrorIs(t, err, os.ErrNotExist)
			}
			return
		}
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return
	}
	expected, err := os.ReadFile(path)
	if !errors.Is(err, os.ErrNotExist) {
		require.NoError(t, err)
	}
	if string(expected) != text {
		// Whole files in a message would hide what differs.
		actual := filepath.Join(t.TempDir(), "actual")
		require.NoError(t, os.WriteFile(actual, []byte(text), 0o644))
		difference, _ := exec.Command("git", "diff", "--no-index", "--no-color", path, actual).CombinedOutput()
		t.Errorf("if this is what it should be: make update\n%s", difference)
	}
}

// decodeStrictly reads a stream of resources into the types of the Kubernetes API,
// which refuses fields that they do not have.
func decodeStrictly(t testing.TB, stream string) []runtime.Object {
	t.Helper()
	var objects []runtime.Object
	for _, document := range strings.Split(stream, "\n---\n") {
		object, _, err := strictDecoder().Decode([]byte(document), nil, nil)
		require.NoError(t, err, document)
		objects = append(objects, object)
	}
	return objects
}

var strictDecoder = sync.OnceValue(func() runtime.Decoder {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, policyv1.AddToScheme} {
		if err := add(scheme); err != nil {
			panic(err) // types that are compiled in
		}
	}
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
})
