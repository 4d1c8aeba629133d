// Package argocd has what docs/hosts/argocd.md says, on a real Argo CD. Run it with
// `make e2e-argocd`.
package argocd

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// TestArgoCD follows the page, then does to the Application what users do, one after
// the other: there is one repo-server, and one set that must live through it all.
func TestArgoCD(t *testing.T) {
	page := follow(t)
	mysql := application{"mysql", "databases"}
	mysql.waitUntil(t, "Synced", "Healthy")
	set := mysql.set(t, page.rendered(t, ""))
	use(t, set)

	t.Run("a commit that changes the spec rolls the set", func(t *testing.T) {
		writer := set.StartWriter(t)
		page.commit(t, "base/set/mysql.yaml", "spec:\n", "spec:\n  config:\n    common: {max_connections: 77}\n")
		mysql.refresh(t)
		mysql.waitUntil(t, "Synced", "Healthy")
		set.WaitReady(t, 3)
		writer.Stop(t)
		set.CheckData(t)
		for ordinal := range 3 {
			assert.Equal(t, "77", set.Query(t, set.Host(ordinal), "SELECT @@max_connections AS is_now")[0]["is_now"])
		}
	})

	t.Run("a prefix and a namespace of the Application leave it consistent", func(t *testing.T) {
		other := harness.NewNamespace(t, harness.Restricted...)
		other.Kubectl(t, "create", "secret", "generic", "mysql-auth", "--from-literal=root-password=eu", "--from-literal=replication-password=eu")
		eu := application{"mysql-eu", other.Name}
		eu.create(t, page, map[string]any{"namePrefix": "eu-", "namespace": other.Name})
		t.Cleanup(func() { eu.delete(t) })
		eu.waitUntil(t, "Synced", "Healthy")
		second := eu.set(t, page.rendered(t, "namePrefix: eu-\nnamespace: "+other.Name+"\n"))
		assert.Equal(t, "eu-mysql", second.Name)
		use(t, second)
		second.CheckNothingOf(t, set)
		set.CheckNothingOf(t, second)
	})

	t.Run("a bad spec is told, and what runs stays", func(t *testing.T) {
		before := state(t, set)
		page.commit(t, "base/set/mysql.yaml", "  replicas: 3\n", "  replicas: many\n")
		mysql.refresh(t)
		mysql.waitForCondition(t, "ComparisonError", `spec.replicas: found the string "many"`)
		assert.Equal(t, before, state(t, set))
		page.commit(t, "base/set/mysql.yaml", "  replicas: many\n", "  replicas: 3\n")
		mysql.refresh(t)
		mysql.waitUntil(t, "Synced", "Healthy")
		assert.Equal(t, before, state(t, set))
	})

	t.Run("a set that is all there is, and is removed, is not pruned", func(t *testing.T) {
		before := state(t, set)
		page.commit(t, overlay, generators, "")
		mysql.refresh(t)
		mysql.waitForCondition(t, "SyncError", "auto-sync will wipe out all resources")
		assert.Equal(t, before, state(t, set))
		page.commit(t, overlay, "kind: Kustomization\n", "kind: Kustomization\n"+generators)
		mysql.refresh(t)
		mysql.waitUntil(t, "Synced", "Healthy")
		assert.Equal(t, before, state(t, set))
	})

	t.Run("a set that is removed, and comes back, is on its volumes", func(t *testing.T) {
		rest := "configMapGenerator: [{name: rest, literals: [a=b]}]\n"
		page.commit(t, overlay, generators, rest)
		mysql.refresh(t)
		harness.Wait(t, "the set to be pruned", func() (string, bool) {
			names := set.Namespace.Kubectl(t, "get", "statefulsets,services,pods", "--selector=app=mysql", "--output=name")
			return names, names == ""
		})
		assert.Len(t, set.Claims(t), 3)
		page.commit(t, overlay, rest, generators)
		mysql.refresh(t)
		mysql.waitUntil(t, "Synced", "Healthy")
		set.WaitReady(t, 3)
		set.CheckData(t)
	})

	t.Run("a missing plugin prunes nothing", func(t *testing.T) {
		before := state(t, set)
		setPluginHome(t, "/nowhere")
		t.Cleanup(func() { setPluginHome(t, "/plugins") })
		// Something to do, if only it could be rendered.
		page.commit(t, "base/set/mysql.yaml", "max_connections: 77", "max_connections: 78")
		mysql.refresh(t)
		mysql.waitForCondition(t, "ComparisonError", "failed to load generator")
		assert.Equal(t, before, state(t, set))
	})
	set.CheckData(t)
}

// The overlay that mysqlreplicaset init writes, and how it names the spec.
const (
	overlay    = "overlays/production/kustomization.yaml"
	generators = "generators:\n# The spec, changed for production and then rendered.\n- set\n"
)

// use writes to a set, and sees it replicated.
func use(t *testing.T, set *harness.Set) {
	t.Helper()
	set.WaitReady(t, 3)
	set.StartClient(t)
	set.Prepare(t)
	set.StartWriter(t).Stop(t)
	set.CheckData(t)
	set.CheckSources(t)
}

// state is what must not change while nothing can be rendered.
func state(t *testing.T, set *harness.Set) (names []string) {
	t.Helper()
	names = append(names, string(set.StatefulSet(t).UID), set.StatefulSet(t).Status.UpdateRevision)
	pods := set.Pods(t)
	for _, name := range slices.Sorted(maps.Keys(pods)) {
		names = append(names, name+" "+string(pods[name].UID))
	}
	return append(names, set.Namespace.Kubectl(t, "get", "services,configmaps", "--output=name"))
}

func setPluginHome(t *testing.T, folder string) {
	t.Helper()
	harness.Kubectl(t, "--namespace=argocd", "set", "env", "deployment/argocd-repo-server", "--containers=argocd-repo-server", "KUSTOMIZE_PLUGIN_HOME="+folder)
	harness.Kubectl(t, "--namespace=argocd", "rollout", "status", "deployment/argocd-repo-server", "--timeout=5m")
}

// replaceIn changes a file's text, which must be there once.
func replaceIn(t *testing.T, path, old, new string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), old), "%q in %s", old, filepath.Base(path))
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o644))
}
