package fn_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// A host is one of the programs that call the function, and a way in which it does.
// Each is given a set.yaml and returns what comes out.
type host struct {
	name string
	// how the set asks for it to be called, if it must
	function string
	args     []string
}

// hostsOfUsers are those of the users' programs that are here.
func hostsOfUsers(t *testing.T) []host {
	t.Helper()
	requireBuilders(t)
	kustomize, executable := os.Getenv("KUSTOMIZE"), "exec: {path: "+program+"}"
	hosts := []host{
		{"kustomize, exec plugin", "", []string{kustomize, "build", "--enable-alpha-plugins"}},
		{"kubectl, exec plugin", "", []string{"kubectl", "kustomize", "--enable-alpha-plugins"}},
		{"kustomize, exec function", executable, []string{kustomize, "build", "--enable-alpha-plugins", "--enable-exec"}},
		{"kpt, exec function", "", []string{"kpt", "fn", "eval", "--exec", program}},
	}
	if image := os.Getenv("FUNCTION_IMAGE"); image != "" { // make test-image
		hosts = append(hosts,
			host{"kustomize, container", "container: {image: " + image + "}", []string{kustomize, "build", "--enable-alpha-plugins"}},
			host{"kubectl, container", "container: {image: " + image + "}", []string{"kubectl", "kustomize", "--enable-alpha-plugins"}},
			host{"kpt, container", "", []string{"kpt", "fn", "eval", "--image-pull-policy", "never", "--image", image}},
		)
	}
	return hosts
}

// Every host runs every case of testdata and gives the same: kpt byte for byte what
// the command line gives, and kustomize, which sorts fields and drops comments, what
// it makes of that.
func TestHosts(t *testing.T) {
	sets, err := filepath.Glob("../testdata/*/set.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, sets)
	for _, host := range hostsOfUsers(t) {
		t.Run(host.name, func(t *testing.T) {
			for _, path := range sets {
				text, err := os.ReadFile(path)
				require.NoError(t, err)
				name := filepath.Base(filepath.Dir(path))
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					byHand := run(t, exec.Command(program, path))
					got := host.run(t, string(text))
					if byHand.exitCode != 0 {
						assert.NotZero(t, got.exitCode)
						assert.NotEmpty(t, got.stderr)
						assert.Empty(t, got.stdout, "nothing is rendered")
						return
					}
					require.Zero(t, got.exitCode, got.stderr)
					want := byHand.stdout
					if host.args[0] != "kpt" {
						want = plainly(t, host, want)
					}
					assertSame(t, want, got.stdout)
				})
			}
		})
	}
}

// run gives a set to the host, alone in its folder.
func (h host) run(t *testing.T, set string) outcome {
	t.Helper()
	if h.function != "" {
		set = annotated(t, set, "config.kubernetes.io/function", h.function)
	}
	folder := laid(t, "generators: [set.yaml]\n", "set.yaml", set)
	command := exec.Command(h.args[0], append(h.args[1:len(h.args):len(h.args)], folder)...)
	command.Env = append(os.Environ(), "KUSTOMIZE_PLUGIN_HOME="+pluginHome)
	if h.args[0] != "kpt" {
		return run(t, command)
	}
	require.NoError(t, os.Remove(filepath.Join(folder, "kustomization.yaml")))
	got := run(t, command)
	got.stdout = inOrder(t, folder, run(t, exec.Command(program, filepath.Join(folder, "set.yaml"))).stdout)
	return got
}

// inOrder reads the files that kpt has written, in the order of a stream.
func inOrder(t *testing.T, folder, stream string) string {
	t.Helper()
	var texts []string
	for reader := yaml.NewDecoder(strings.NewReader(stream)); ; {
		var resource struct {
			Kind     string
			Metadata struct{ Name string }
		}
		if reader.Decode(&resource) != nil {
			break
		}
		text, err := os.ReadFile(filepath.Join(folder, fmt.Sprintf("%s_%s.yaml", strings.ToLower(resource.Kind), resource.Metadata.Name)))
		require.NoError(t, err)
		texts = append(texts, string(text))
	}
	return strings.Join(texts, "---\n")
}

// plainly is what a host makes of resources that are there already.
func plainly(t *testing.T, h host, resources string) string {
	t.Helper()
	command := exec.Command(h.args[0], h.args[1], laid(t, "resources: [rendered.yaml]\n", "rendered.yaml", resources))
	got := run(t, command)
	require.Zero(t, got.exitCode, got.stderr)
	return got.stdout
}

// laid writes a kustomization and one file of it into a folder of their own.
func laid(t *testing.T, kustomization, name, text string) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(kustomization), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644))
	return folder
}

// annotated adds an annotation to each of a file's documents.
func annotated(t *testing.T, file, key, value string) string {
	t.Helper()
	var documents []string
	for reader := yaml.NewDecoder(strings.NewReader(file)); ; {
		var document map[string]any
		if reader.Decode(&document) != nil {
			break
		}
		metadata, ok := document["metadata"].(map[string]any)
		if !ok {
			metadata = map[string]any{}
			document["metadata"] = metadata
		}
		annotations, ok := metadata["annotations"].(map[string]any)
		if !ok {
			annotations = map[string]any{}
			metadata["annotations"] = annotations
		}
		annotations[key] = value
		text, err := yaml.Marshal(document)
		require.NoError(t, err)
		documents = append(documents, string(text))
	}
	return strings.Join(documents, "---\n")
}
