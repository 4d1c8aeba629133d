// Package docs runs the pages that have commands for a cluster, from the first command
// to the last, each on the cluster of KUBECONFIG in a namespace of its own. Run it with
// `make e2e`.
package docs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
	"mysqlreplicaset.dev/internal/docs"
)

func TestMain(m *testing.M) { harness.Main(m) }

func TestDocs(t *testing.T) {
	pages, err := docs.Pages(harness.Root(t))
	require.NoError(t, err)
	for _, page := range pages {
		if page.Wants(docs.Cluster) {
			t.Run(page.Path, func(t *testing.T) {
				t.Parallel()
				namespace := harness.NewNamespace(t)
				provide(t, namespace, page)
				reader := docs.Reader{
					Root:       harness.Root(t),
					Program:    os.Getenv("MYSQLREPLICASET"),
					Kustomize:  os.Getenv("KUSTOMIZE"),
					Has:        []string{docs.Cluster},
					Kubeconfig: kubeconfig(t, namespace),
					Patience:   30 * time.Minute,
				}
				reader.Run(t, page)
			})
		}
	}
}

// provide makes what a page supposes to be there, if anything: testdata/PAGE.yaml.
func provide(t *testing.T, namespace harness.Namespace, page docs.Page) {
	t.Helper()
	manifests, err := os.ReadFile(filepath.Join("testdata", strings.TrimSuffix(page.Path, ".md")+".yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	require.NoError(t, err)
	namespace.Apply(t, string(manifests))
	namespace.Kubectl(t, "wait", "--for=condition=Ready", "--timeout=5m", "pod", "--all")
}

// kubeconfig is that of KUBECONFIG, with another current namespace: the commands of a
// page name none.
func kubeconfig(t *testing.T, namespace harness.Namespace) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, os.WriteFile(path, []byte(harness.Kubectl(t, "config", "view", "--raw", "--flatten")), 0o600))
	harness.Kubectl(t, "config", "--kubeconfig="+path, "set-context", "--current", "--namespace="+namespace.Name)
	return path
}
