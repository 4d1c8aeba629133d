package tutorial

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

// TestProduction: overlays/production, rendered once more with a name prefix, a
// suffix and another namespace.
func TestProduction(t *testing.T) {
	t.Parallel()
	namespace := harness.NewNamespace(t, harness.Restricted...)
	set := harness.Up(t, harness.ClonePlugin, namespace, harness.RenderFiles(t, map[string]string{
		"kustomization.yaml": "resources: [ROOT/overlays/production]\n" +
			"namePrefix: blue-\nnameSuffix: -two\nnamespace: " + namespace.Name + "\n",
	}))
	assert.Equal(t, "blue-prod-mysql-eu-two", set.Name)
	checkStart(t, set)
	writeAndRead(t, set)
	spreadReads(t, set)
	set.CheckSources(t)
}

// TestTwoSets: two sets of one base side by side in one namespace never talk to each
// other.
func TestTwoSets(t *testing.T) {
	overlay := func(road harness.Road, namespace harness.Namespace) map[string]string {
		if road.Base == harness.ClonePlugin.Base {
			return map[string]string{
				"kustomization.yaml": "resources: [ROOT/overlays/two-sets]\nnamespace: " + namespace.Name + "\n",
			}
		}
		// The same overlay, of the other base.
		named := func(prefix string) string {
			return "namePrefix: " + prefix + "\nresources: [ROOT/" + road.Base + "/set]\n"
		}
		return map[string]string{
			"kustomization.yaml":        "namespace: " + namespace.Name + "\ngenerators: [orders, stock]\n",
			"orders/kustomization.yaml": named("orders-"),
			"stock/kustomization.yaml":  named("stock-"),
		}
	}
	for _, road := range harness.Roads {
		t.Run(road.Name, func(t *testing.T) {
			t.Parallel()
			namespace := harness.NewNamespace(t, road.Labels...)
			sets := harness.Deploy(t, road, namespace, harness.RenderFiles(t, overlay(road, namespace)))
			require.Len(t, sets, 2)
			for _, set := range sets {
				set.WaitReady(t, 3)
				checkStart(t, set)
				set.StartClient(t)
				set.Prepare(t)
			}
			for _, set := range sets {
				// Each must find its own row, and that alone, on every pod.
				writeAndRead(t, set)
				set.StartWriter(t).Stop(t)
			}
			for _, set := range sets {
				spreadReads(t, set)
				set.CheckSources(t)
				set.CheckData(t)
			}
			sets[0].CheckNothingOf(t, sets[1])
			sets[1].CheckNothingOf(t, sets[0])
		})
	}
}
