package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

// smaller is what a pod says of itself whose history was reset.
const smaller = "this pod's history is smaller than it was"

// reset is what somebody does to win disk space.
func (s *subject) reset(t *testing.T, ordinal int) {
	t.Helper()
	t.Logf("RESET BINARY LOGS AND GTIDS on %s", s.Pod(ordinal))
	s.Root(t, ordinal, "RESET BINARY LOGS AND GTIDS")
}

// Case f, rules 4 and 5: the history of the primary is reset under load. It handed out
// the same GTIDs again, the replicas skipped them, and hundreds of rows never reached
// them. It must stop taking writes; the primary is moved to a replica, which is not
// rebuilt, and the former one is.
func TestPrimaryWhoseHistoryWasResetStops(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	unsure := s.NextRow()
	writer := s.StartWriter(t)
	s.reset(t, 0)
	s.waitRefusal(t, 0)
	writer.Stop(t)
	s.takesNoWrites(t, 0)

	s.RestartPods(t, 0, 1, 2) // nobody forgets
	s.takesNoWrites(t, 0)
	s.CheckAcknowledgedBefore(t, unsure, 1)
	s.CheckAcknowledgedBefore(t, unsure, 2)

	s.appoint(t, 1)
	s.GiveUpRows(t, unsure)
	s.rebuild(t, 0)
	s.healthy(t)
}

// Case g, rule 5: the history of a replica is reset. It was Ready and "following", and
// after its next restart applied transactions again. It must stop, for good.
func TestReplicaWhoseHistoryWasResetStops(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	writer := s.StartWriter(t)
	s.reset(t, 1)
	s.waitStopped(t, 1, smaller)
	s.staysStopped(t, 1, smaller)
	writer.Stop(t)

	s.rebuild(t, 1)
	s.healthy(t)
}

// The set goes on without the replica whose history was reset, also when the primary is
// restarted: what waits for its rebuild must not stop the others. (Rule 6.)
func TestReplicaWhoseHistoryWasResetDoesNotHoldThePrimary(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	s.reset(t, 1)
	s.waitStopped(t, 1, smaller)
	s.RestartPods(t, 0)
	write(t, s.Set)
	harness.Hold(t, 15*time.Second, s.Pod(0)+" takes writes", func() (string, bool) { return s.TakesWrites(0) })

	s.rebuild(t, 1)
	s.healthy(t)
}

// A person may keep the data of the primary whose history was reset, and rebuild the
// others: docs/operations.md.
func TestPrimaryWhoseHistoryWasResetIsKept(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	s.reset(t, 0)
	s.waitRefusal(t, 0)
	out := s.Namespace.Kubectl(t, "exec", s.Pod(0), "--container=replication", "--", "bash", "-c", "bash /etc/mysql/conf.d/accept-history.sh 2>&1")
	require.Contains(t, out, "accepted: the history of this pod is what it has now")
	s.rebuild(t, 1)
	s.rebuild(t, 2)
	s.healthy(t)
}
