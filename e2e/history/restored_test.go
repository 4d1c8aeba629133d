package history

import (
	"testing"
	"time"

	"mysqlreplicaset.dev/e2e/harness"
)

// Case d, rule 7: a former primary's volume is restored from an older snapshot. What it
// wrote itself later comes back to it: the receiver skipped transactions of its own
// server_id, said lag 0, and the rows were never there again.
func TestFormerPrimaryGetsItsOwnLaterRowsBack(t *testing.T) {
	t.Parallel()
	s, snapshot := formerPrimary(t)

	s.node.Restore(t, s.Set, 0, snapshot)
	s.healthy(t)
	s.move(t, 0)
	s.healthy(t)
}

// Case e, rules 4, 5 and 6: the primary's volume is restored from a snapshot of some
// seconds ago, with a client that goes on writing. It took writes at once, handed out the
// same GTIDs again, and all pods had equal GTID sets and different rows. It must take
// none, and the primary can be moved to a replica, none of which needs to be rebuilt.
func TestPrimaryWithAnOlderVolumeTakesNoWrites(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	snapshot := s.snapshotUnderLoad(t)

	s.node.Detach(t, s.Set, 0)
	writer := s.BeginWriter(t)
	s.node.Put(t, s.Set, 0, snapshot)
	s.node.Attach(t, s.Set, 0)
	s.waitRefusal(t, 0)
	s.takesNoWrites(t, 0)

	s.RestartPods(t, 0, 1) // neither the pod nor the other forgets
	s.waitRefusal(t, 0)
	s.takesNoWrites(t, 0)

	s.appoint(t, 1)
	writer.WaitFirst(t)
	writer.Stop(t)
	s.healthy(t)
}

// Case e, rule 6, where no replica answers in time: then the restored primary is the only
// one that there is, and takes writes. It stops as soon as a replica has what it lacks;
// a person decides for the replicas, and gives up what it wrote alone.
func TestPrimaryWithAnOlderVolumeStopsOnceAReplicaAnswers(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	snapshot := s.snapshotUnderLoad(t)

	s.node.Detach(t, s.Set, 1, 2)
	alone := s.NextRow()
	s.node.Restore(t, s.Set, 0, snapshot)
	writer := s.StartWriter(t)
	s.node.Attach(t, s.Set, 1)
	s.waitRefusal(t, 0, 1)
	writer.Stop(t)
	s.node.Attach(t, s.Set, 2)
	s.takesNoWrites(t, 0)
	s.CheckAcknowledgedBefore(t, alone, 1)

	s.appoint(t, 1)
	s.GiveUpRows(t, alone)
	s.rebuild(t, 0)
	s.healthy(t)
}

// Case e2, rule 6: a volume of the time when its pod was the primary is restored, and the
// spec makes it the primary again. Its right to take writes is as old as the volume: it
// took them at once, without what the later primary wrote.
func TestRightOfAnOlderVolumeIsNone(t *testing.T) {
	t.Parallel()
	s, snapshot := formerPrimary(t)

	s.node.Detach(t, s.Set, 0)
	s.appoint(t, 0)
	s.node.Put(t, s.Set, 0, snapshot)
	// Started with the former template, as a replica, it would give the right up.
	harness.Wait(t, s.Pod(0)+" is to be the primary", func() (string, bool) {
		set := s.StatefulSet(t)
		return set.Status.UpdateRevision, harness.HasNewestTemplate(set, s.Pods(t)[s.Pod(0)])
	})
	s.node.Attach(t, s.Set, 0)
	s.waitRefusal(t, 0, 1)
	s.takesNoWrites(t, 0)

	s.appoint(t, 1)
	s.healthy(t)
	s.move(t, 0)
	s.healthy(t)
}

// formerPrimary is a set whose primary was moved from pod 0 to pod 1, with a snapshot of
// pod 0's volume of before, and rows that each of them wrote since.
func formerPrimary(t *testing.T) (*subject, harness.Snapshot) {
	t.Helper()
	s := up(t, "{}")
	snapshot := s.node.Snapshot(t, s.Set, 0)
	write(t, s.Set)
	s.move(t, 1)
	write(t, s.Set)
	s.CheckData(t)
	return s, snapshot
}

// snapshotUnderLoad takes a snapshot of the primary's volume while a client writes, which
// it goes on to do for some seconds. All pods have what it wrote.
func (s *subject) snapshotUnderLoad(t *testing.T) harness.Snapshot {
	t.Helper()
	writer := s.StartWriter(t)
	snapshot := s.node.Snapshot(t, s.Set, s.Primary)
	time.Sleep(5 * time.Second)
	writer.Stop(t)
	s.CheckData(t)
	return snapshot
}
