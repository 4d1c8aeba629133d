package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"mysqlreplicaset.dev/e2e/harness"
)

// Cases a and b, rules 1, 2, 4 and 8: all pods restart; the primary's volume is lost, and
// the replicas' cannot be attached, so these have no address and no name in DNS. The
// empty primary took writes; and the obvious cure restarted the replicas, which then
// started towards it unseen and applied its DROP TABLE.
func TestEmptyPrimaryWaitsForPodsWithoutTheirVolumes(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	s.node.Detach(t, s.Set, 1, 2)
	s.LoseVolume(t, 0)
	s.waitSays(t, 0, "replication", s.Pod(1))
	s.takesNoWrites(t, 0)
	s.applicationIsRefused(t, 0)

	s.node.Attach(t, s.Set, 1, 2)
	s.WaitRunning(t, 1, "replication", "")
	s.WaitRunning(t, 2, "replication", "")
	s.takesNoWrites(t, 0)

	s.move(t, 1) // and nobody deletes a PersistentVolumeClaim
	s.healthy(t)
}

// Case a2, rules 1, 2 and 4: the set is scaled to 1 while the primary's volume is lost,
// and back to 3. Then only the empty primary's pod is restarted. Both replicas found that
// it "does not answer", and started towards it unseen: all three copies were gone.
func TestEmptyPrimaryWaitsForPodsThatWereScaledAway(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	s.Namespace.Kubectl(t, "scale", "statefulset", s.Name, "--replicas=1")
	harness.Wait(t, "one pod is left", func() (string, bool) { return "", len(s.Pods(t)) == 1 })
	s.LoseVolume(t, 0)
	s.waitSays(t, 0, "replication", s.Pod(1))
	s.takesNoWrites(t, 0)
	s.applicationIsRefused(t, 0)

	s.Namespace.Kubectl(t, "scale", "statefulset", s.Name, "--replicas=3")
	s.WaitRunning(t, 1, "replication", "")
	s.WaitRunning(t, 2, "replication", "")
	time.Sleep(15 * time.Second) // they look at the primary
	s.RestartPods(t, 0)
	s.takesNoWrites(t, 0)
	s.CheckAcknowledged(t, 1)
	s.CheckAcknowledged(t, 2)

	s.move(t, 2)
	s.healthy(t)
}

// Case a3, rule 1: a machine under load. Pod 1 of 2 has an address and does not answer
// yet, and DNS answers too late, which does not say that there is no such pod.
func TestEmptyPrimaryWaitsForPodsThatDNSDoesNotTell(t *testing.T) {
	t.Parallel()
	s := up(t, "{replicas: 2}")
	hear := s.node.Deafen(t, s.Set, 1)
	s.LoseVolume(t, 0)
	s.WaitRunning(t, 0, "mysql", "")
	speak := s.node.SilenceDNS(t, s.Set, 0)
	s.waitSays(t, 0, "replication", s.Pod(1))
	s.takesNoWrites(t, 0)
	s.applicationIsRefused(t, 0)

	speak()
	hear()
	s.takesNoWrites(t, 0)
	s.CheckAcknowledged(t, 1)

	s.apply(t, "{replicas: 2, replication: {primary: 1}}")
	s.Primary = 1
	s.healthy(t)
}

// applicationIsRefused: an application starts, and makes its tables anew.
func (s *subject) applicationIsRefused(t *testing.T, primary int) {
	t.Helper()
	_, err := s.TryRoot(primary, "CREATE DATABASE IF NOT EXISTS test; DROP TABLE IF EXISTS test.numbers; CREATE TABLE test.numbers (id INT PRIMARY KEY)")
	assert.Error(t, err, "an application makes its tables anew on %s", s.Pod(primary))
}
