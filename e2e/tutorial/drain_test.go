package tutorial

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

// TestDrain drains the node of a replica, as the page does, with a set of each road
// on it. It is not parallel: it takes the node away from everybody.
func TestDrain(t *testing.T) {
	sets := map[string]*harness.Set{}
	for _, road := range harness.Roads {
		sets[road.Name] = harness.Deploy(t, road, harness.NewNamespace(t, road.Labels...), harness.Render(t, road.Base))[0]
	}
	for _, set := range sets {
		set.WaitReady(t, 3)
		set.StartClient(t)
		set.Prepare(t)
		set.StartWriter(t).Stop(t)
	}

	node := sets[harness.ClonePlugin.Name].Pods(t)["mysql-2"].Spec.NodeName
	require.NotEmpty(t, node)
	uncordon := func() { harness.Kubectl(t, "uncordon", node) }
	t.Cleanup(uncordon)
	begin := time.Now()
	harness.Kubectl(t, "drain", node, "--force", "--delete-emptydir-data", "--ignore-daemonsets")
	t.Logf("MEASURED %s to drain node %s", time.Since(begin).Round(time.Second), node)
	for _, set := range sets {
		for name, pod := range set.Pods(t) {
			assert.NotEqual(t, node, pod.Spec.NodeName, "%s/%s is still on the drained node", set.Namespace.Name, name)
		}
	}
	begin = time.Now()
	uncordon()
	for _, set := range sets {
		set.WaitReady(t, 3)
		// The drain took the client, too, if it was on this node.
		set.StartClient(t)
		set.StartWriter(t).Stop(t)
		set.CheckData(t)
		waitServerIDs(t, set, "100", "101", "102")
	}
	t.Logf("MEASURED %s from uncordon to all sets Ready, written to and compared", time.Since(begin).Round(time.Second))
}
