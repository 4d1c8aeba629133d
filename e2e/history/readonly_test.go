package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"mysqlreplicaset.dev/e2e/harness"
)

// Case j2, rules 2, 6 and 9: a pod has diverged, and another is rebuilt. It cloned from
// the pod before it, the diverged one, and two were out. And the pod that waits for its
// rebuild must not hold the primary when that restarts.
func TestDivergedPodIsNoDonor(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	s.Root(t, 1, "SET GLOBAL super_read_only = OFF; INSERT INTO test.messages VALUES ('only here'); SET GLOBAL super_read_only = ON")
	s.waitStopped(t, 1, s.Pod(0))
	s.staysStopped(t, 1, s.Pod(0))

	s.rebuild(t, 2)
	s.waitReady(t, 2)
	assert.Equal(t, "0", s.count(t, 2, "test.messages"))
	s.RestartPods(t, 0)
	write(t, s.Set)

	s.rebuild(t, 1)
	s.healthy(t)
}

// Case k, rule 10: somebody turns super_read_only off on a replica. It stayed off, and rows
// that were acknowledged there were nowhere else.
func TestReplicaIsReadOnlyAgain(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	s.Root(t, 1, "SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF")
	s.WaitTakesNoWrites(t, 1)
	s.waitSays(t, 1, "replication", "super_read_only")
	s.healthy(t)
}

// Case l, rule 10: somebody freezes the primary for a last dump. It was undone within 5 s.
// It stays, and the pod is Ready, until the same person ends it.
func TestPrimaryFrozenByHandStaysSo(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	s.Root(t, 0, "SET GLOBAL super_read_only = ON")
	s.frozen(t)
	s.waitSays(t, 0, "replication", "super_read_only")
	s.DeletePod(t, 0)
	s.frozen(t)

	s.Root(t, 0, "SET GLOBAL super_read_only = OFF")
	s.healthy(t)
}

// Case l, rule 10: the same in the spec, and back, without restarting a pod.
func TestPrimaryFrozenInTheSpec(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	before := s.Pods(t)
	s.apply(t, "{replication: {frozen: true}}")
	s.WaitTakesNoWrites(t, 0)
	s.frozen(t)
	s.DeletePod(t, 1) // the others are as ever

	s.apply(t, "{replication: {frozen: false}}")
	s.healthy(t)
	assert.Equal(t, before[s.Pod(0)].UID, s.Pods(t)[s.Pod(0)].UID, "no pod is restarted")
	assert.Equal(t, before[s.Pod(2)].UID, s.Pods(t)[s.Pod(2)].UID, "no pod is restarted")
}

// frozen watches for a while that the primary takes no writes, and all pods are Ready.
func (s *subject) frozen(t *testing.T) {
	t.Helper()
	harness.Hold(t, 20*time.Second, s.Pod(0)+" is frozen and Ready", func() (string, bool) {
		seen, takes := s.TakesWrites(0)
		return seen, !takes && harness.ReadyAt(s.Pods(t)[s.Pod(0)]) != nil
	})
	s.WaitReady(t, 3)
}
