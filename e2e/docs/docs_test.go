// Package docs runs the pages that have commands for a cluster, from the first command
// to the last, each on the cluster of KUBECONFIG in a namespace of its own. Run it with
// `make e2e`.
package docs

import (
	"os"
	"path/filepath"
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
				reader := docs.Reader{
					Root:       harness.Root(t),
					Program:    os.Getenv("MYSQLREPLICASET"),
					Kustomize:  os.Getenv("KUSTOMIZE"),
					Has:        []string{docs.Cluster},
					Kubeconfig: kubeconfig(t, harness.NewNamespace(t)),
					Patience:   30 * time.Minute,
				}
				reader.Run(t, page)
			})
		}
	}
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
