// Package processes looks at what runs in the containers of sets that are left alone. Run
// it with `make e2e`, beside other packages: it mostly waits.
package processes

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// TestProcesses: what kubelet runs in a container, again and again, leaves no process
// behind. Whatever is process 1 there may reap none, as mysqld: each probe left one that
// was defunct, and at a usual limit of processes every pod died within hours.
func TestProcesses(t *testing.T) {
	for _, road := range harness.Roads {
		t.Run(road.Name, func(t *testing.T) {
			t.Parallel()
			node := harness.StartAgent(t)
			// What they ask for is as little as they use, so that others have room beside them.
			files := harness.Patched(road.Base, "{resources: {requests: {cpu: 50m, memory: 512Mi}}}")
			set := harness.Up(t, road, harness.NewNamespace(t, road.Labels...), harness.RenderFiles(t, files))
			time.Sleep(time.Minute)
			before := processes(t, node, set)
			time.Sleep(9 * time.Minute)
			after := processes(t, node, set)
			t.Logf("after a minute %v, after ten %v", before, after)
			assert.Equal(t, before, after)
			set.CheckData(t)
		})
	}
}

// processes are the states of the processes that stay, by pod and container.
func processes(t *testing.T, node *harness.Agent, set *harness.Set) map[string]string {
	t.Helper()
	states := map[string]string{}
	for _, pod := range set.Pods(t) {
		for _, container := range pod.Spec.Containers {
			id := harness.Running(pod, container.Name)
			require.NotEmpty(t, id, "%s of %s runs", container.Name, pod.Name)
			states[pod.Name+"/"+container.Name] = strings.TrimSpace(node.Processes(t, id))
		}
	}
	return states
}
