package tutorial

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"mysqlreplicaset.dev/e2e/harness"
)

// TestTutorial goes through the page, section by section, on one set for each road.
// Draining the node is in drain_test.go.
func TestTutorial(t *testing.T) {
	for _, road := range harness.Roads {
		t.Run(road.Name, func(t *testing.T) {
			t.Parallel()
			namespace := harness.NewNamespace(t, road.Labels...)
			// Each section goes on where the one before it ended.
			var set *harness.Set
			passed := t.Run("deploy", func(t *testing.T) { set = deploy(t, road, namespace) })
			for _, section := range []struct {
				name string
				run  func(t *testing.T, set *harness.Set)
			}{
				{"clients write to the primary and read through the read Service", writeAndRead},
				{"the read Service spreads connections over all pods", spreadReads},
				{"a pod with a broken readiness probe leaves the read Service", breakReadinessProbe},
				{"a deleted pod comes back with its volume", deletePods},
				{"scale up, down, up on old volumes, and up on new ones", scale},
				{"a changed option rolls the pods, replicas first", changeOption},
				{"clean up", cleanUp},
			} {
				passed = passed && t.Run(section.name, func(t *testing.T) { section.run(t, set) })
			}
		})
	}
}

// deploy: the pods come up one after another.
func deploy(t *testing.T, road harness.Road, namespace harness.Namespace) *harness.Set {
	begin := time.Now()
	set := harness.Deploy(t, road, namespace, harness.Render(t, road.Base))[0]
	set.WaitReady(t, 3)
	t.Logf("MEASURED %s: %s from apply to 3 pods Ready", road.Name, time.Since(begin).Round(time.Second))
	checkStart(t, set)
	set.StartClient(t)
	set.Prepare(t)
	set.CheckData(t)
	return set
}

// checkStart: the pods came up one after another, each with what it got from the one
// before. On the tutorial's road a pod is not even created before its turn.
func checkStart(t *testing.T, set *harness.Set) {
	t.Helper()
	if set.Road.Name == harness.XtraBackup.Name {
		set.CheckOrder(t, 0, 1, 2)
		return
	}
	var before time.Time
	for ordinal := range set.Replicas(t) {
		pod := set.Pods(t)[set.Pod(ordinal)]
		started := harness.StartedAt(pod)
		assert.False(t, started.Before(before), "%s started before its turn", pod.Name)
		t.Logf("the server of %s started %s after the pod was created", pod.Name, started.Sub(pod.CreationTimestamp.Time))
		before = started
	}
}

func writeAndRead(t *testing.T, set *harness.Set) {
	set.Query(t, set.Writes(), "REPLACE INTO test.messages VALUES ('hello')")
	set.Query(t, set.Host(0), "REPLACE INTO test.messages VALUES ('hello')")
	harness.Wait(t, "the row through "+set.ReadService()+", 20 times in a row", func() (string, bool) {
		for range 20 {
			rows := set.Query(t, set.ReadService(), "SELECT message FROM test.messages")
			if len(rows) != 1 || rows[0]["message"] != "hello" {
				return fmt.Sprint(rows), false
			}
		}
		return "", true
	})
	for _, replica := range []int{1, 2} {
		_, err := set.TryQuery(set.Host(replica), "INSERT INTO test.messages VALUES ('to a replica')")
		require.ErrorContains(t, err, "read-only")
		require.ErrorContains(t, err, "ERROR 1290")
	}
	set.CheckData(t)
}

func spreadReads(t *testing.T, set *harness.Set) {
	waitServerIDs(t, set, "100", "101", "102")
}

// waitServerIDs waits until 40 connections through the read Service reach exactly
// these servers.
func waitServerIDs(t *testing.T, set *harness.Set, want ...string) {
	t.Helper()
	harness.Wait(t, fmt.Sprintf("server_ids %v through %s", want, set.ReadService()), func() (string, bool) {
		ids := set.ServerIDs(t)
		return fmt.Sprint(ids), slices.Equal(slices.Sorted(maps.Keys(ids)), want)
	})
}

func breakReadinessProbe(t *testing.T, set *harness.Set) {
	move := func(from, to string) {
		set.Namespace.Kubectl(t, "exec", set.Pod(2), "--container=mysql", "--", "mv", from, to)
	}
	move(set.Road.Probe, set.Road.Probe+".off")
	harness.Wait(t, set.Pod(2)+" not Ready", func() (string, bool) {
		return "Ready", harness.ReadyAt(set.Pods(t)[set.Pod(2)]) == nil
	})
	waitServerIDs(t, set, "100", "101")
	move(set.Road.Probe+".off", set.Road.Probe)
	set.WaitReady(t, 3)
	waitServerIDs(t, set, "100", "101", "102")
	set.CheckData(t)
}

// deletePods deletes a replica's pod, then the primary's, while a client writes.
func deletePods(t *testing.T, set *harness.Set) {
	claims := set.Claims(t)
	for _, ordinal := range []int{2, 0} {
		writer := set.StartWriter(t)
		took := set.DeletePod(t, ordinal)
		if set.Road.Name == harness.ClonePlugin.Name {
			assert.NotContains(t, set.Logs(t, ordinal, "mysql"), "crash recovery", "the server before has shut down cleanly")
		}
		t.Logf("MEASURED %s: %s from delete to Ready, %s", set.Road.Name, took.Round(time.Second), set.Pod(ordinal))
		set.WaitReady(t, 3)
		writer.Stop(t)
		claim := set.Claims(t)[set.Claim(ordinal)]
		assert.Equal(t, claims[claim.Name].UID, claim.UID, "the same volume")
		assert.Contains(t, set.Logs(t, ordinal, "init-mysql")+set.Logs(t, ordinal, "clone-mysql"), "data directory is present")
		set.CheckData(t)
	}
}

func scale(t *testing.T, set *harness.Set) {
	writer := set.StartWriter(t)
	took := set.Scale(t, 5)
	t.Logf("MEASURED %s: %s to scale from 3 to 5", set.Road.Name, took.Round(time.Second))
	writer.Stop(t)
	for _, ordinal := range []int{3, 4} {
		assert.Contains(t, set.Logs(t, ordinal, "clone-mysql"), "data directory is complete: cloned from "+set.Host(ordinal-1))
	}
	set.CheckData(t)
	cloned := set.Claims(t)

	writer = set.StartWriter(t)
	set.Scale(t, 3)
	writer.Stop(t)
	assert.Equal(t, slices.Sorted(maps.Keys(cloned)), slices.Sorted(maps.Keys(set.Claims(t))), "the claims stay")
	set.CheckData(t)

	writer = set.StartWriter(t)
	set.Scale(t, 5)
	writer.Stop(t)
	for _, ordinal := range []int{3, 4} {
		assert.Equal(t, cloned[set.Claim(ordinal)].UID, set.Claims(t)[set.Claim(ordinal)].UID)
		assert.Contains(t, set.Logs(t, ordinal, "clone-mysql"), "data directory is present: cloned from "+set.Host(ordinal-1))
	}
	set.CheckData(t)

	set.Scale(t, 3)
	set.Namespace.Kubectl(t, "delete", "persistentvolumeclaim", set.Claim(3), set.Claim(4))
	writer = set.StartWriter(t)
	set.Scale(t, 5)
	writer.Stop(t)
	for _, ordinal := range []int{3, 4} {
		assert.NotEqual(t, cloned[set.Claim(ordinal)].UID, set.Claims(t)[set.Claim(ordinal)].UID)
		assert.Contains(t, set.Logs(t, ordinal, "clone-mysql"), "data directory is complete: cloned from "+set.Host(ordinal-1))
	}
	set.CheckData(t)
}

// changeOption changes the spec, renders and applies again, while a client writes.
func changeOption(t *testing.T, set *harness.Set) {
	set.Scale(t, 3)
	before := set.Pods(t)
	writer := set.StartWriter(t)
	set.Namespace.Apply(t, harness.RenderFiles(t, harness.Patched(set.Road.Base, "{config: {common: {max_connections: 123}}}")))
	set.WaitReady(t, 3)
	writer.Stop(t)
	for name, pod := range set.Pods(t) {
		assert.NotEqual(t, before[name].UID, pod.UID, "%s was not replaced", name)
	}
	set.CheckOrder(t, 2, 1, 0)
	for ordinal := range 3 {
		assert.Equal(t, "123", set.Query(t, set.Host(ordinal), "SELECT @@max_connections AS n")[0]["n"])
	}
	set.CheckData(t)
}

// cleanUp is the page's: the StatefulSet, then everything with the label. A set with
// passwords has a Secret besides, which its owner made.
func cleanUp(t *testing.T, set *harness.Set) {
	namespace := set.Namespace
	set.StopClient(t)
	namespace.Kubectl(t, "delete", "statefulset", "mysql")
	harness.Wait(t, "no pods", func() (string, bool) {
		pods := namespace.Kubectl(t, "get", "pods", "--selector=app=mysql", "--output=name")
		return pods, pods == ""
	})
	namespace.Kubectl(t, "delete", "configmap,service,pvc", "--selector=app=mysql")
	if !set.Road.Open {
		namespace.Kubectl(t, "delete", "secret", "mysql-auth")
	}

	kinds := strings.Fields(harness.Kubectl(t, "api-resources", "--namespaced", "--verbs=list", "--output=name"))
	// Events are the cluster's diary; metrics are the same pods once more.
	kinds = slices.DeleteFunc(kinds, func(kind string) bool {
		return strings.HasPrefix(kind, "events") || strings.HasSuffix(kind, ".metrics.k8s.io")
	})
	harness.Wait(t, "nothing left", func() (string, bool) {
		left := strings.Fields(namespace.Kubectl(t, "get", strings.Join(kinds, ","), "--output=name"))
		// What every namespace has.
		left = slices.DeleteFunc(left, func(name string) bool {
			return name == "configmap/kube-root-ca.crt" || name == "serviceaccount/default"
		})
		for _, volume := range harness.Get[corev1.PersistentVolumeList](t, namespace, "persistentvolumes").Items {
			if volume.Spec.ClaimRef != nil && volume.Spec.ClaimRef.Namespace == namespace.Name {
				left = append(left, "persistentvolume/"+volume.Name)
			}
		}
		return strings.Join(left, " "), len(left) == 0
	})
}
