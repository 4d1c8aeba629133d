package operations

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"mysqlreplicaset.dev/e2e/harness"
)

// lastRelease is the commit of the function that sets were rendered with before this one:
// before identities, lives and verdicts. E2E_RELEASE names another.
const lastRelease = "2c34ddd3ebcb"

// TestNewRelease takes a set from what the last release of the function renders to what this
// one does, back, and forth again, pod by pod, while a client writes: old scripts beside new
// ones at every step. Nothing is rebuilt, and the set has an identity in the end.
func TestNewRelease(t *testing.T) {
	t.Parallel()
	before, after := renderedBy(t, cmp.Or(os.Getenv("E2E_RELEASE"), lastRelease)), harness.Render(t, harness.ClonePlugin.Base)
	set := harness.Up(t, harness.ClonePlugin, harness.NewNamespace(t, harness.Restricted...), before)
	for _, manifest := range []string{after, before, after} {
		claims := set.Claims(t)
		writer := set.StartWriter(t)
		set.Namespace.Apply(t, manifest)
		set.WaitReady(t, 3)
		writer.Stop(t)
		set.CheckData(t)
		set.CheckSources(t)
		require.Equal(t, uids(claims), uids(set.Claims(t)), "no volume is made anew")
	}
	for ordinal := range 3 {
		gtids := set.Query(t, set.Host(ordinal), "SELECT @@GLOBAL.gtid_executed AS gtids")[0]["gtids"]
		require.Contains(t, gtids, "00736574-", "%s has the set's identity", set.Pod(ordinal))
	}
}

// renderedBy is the base as the function at a commit renders it, with the real kustomize.
func renderedBy(t *testing.T, commit string) string {
	t.Helper()
	directory, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	command := exec.Command("bash", "-euo", "pipefail", "-c", `git -C "$1" archive "$2" | tar -x -C "$3"
cd "$3"
CGO_ENABLED=0 go build -buildvcs=false -o bin/mysqlreplicaset ./fn/cmd/mysqlreplicaset
bin/mysqlreplicaset install plugin >&2
KUSTOMIZE_PLUGIN_HOME="$3/plugin" "${KUSTOMIZE}" build --enable-alpha-plugins "$4"`,
		"render", harness.Root(t), commit, directory, harness.ClonePlugin.Base)
	command.Stderr = os.Stderr
	out, err := command.Output()
	require.NoError(t, err)
	return string(out)
}

// uids are those of claims, by name.
func uids(claims map[string]corev1.PersistentVolumeClaim) map[string]types.UID {
	found := map[string]types.UID{}
	for name, claim := range claims {
		found[name] = claim.UID
	}
	return found
}
