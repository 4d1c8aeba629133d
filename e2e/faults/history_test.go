package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

// TestHistoryFaults does to sets what makes histories that contradict each other, and half
// the time what a person would do next. After each fault no acknowledged row that a surviving
// volume has may be missing, and no two pods may differ; and at every look meanwhile no pod
// may serve, or take writes over, a history that another contradicts, but for the moment
// that it takes to see it.
func TestHistoryFaults(t *testing.T) {
	sets := 2
	if text := os.Getenv("E2E_SETS"); text != "" {
		var err error
		sets, err = strconv.Atoi(text)
		require.NoError(t, err, "E2E_SETS")
		require.GreaterOrEqual(t, sets, 2, "E2E_SETS: names of one set lead to pods of another")
	}
	s := newSuite(t)
	s.history = true
	for number := range sets {
		subject := newSubject(fmt.Sprintf("set %d", number+1), historyFaults, spec{Replicas: 3})
		subject.light = true
		s.subjects = append(s.subjects, subject)
	}
	s.run(t)
}

// historyFaults are those of TestHistoryFaults.
var historyFaults = []fault{
	{
		name: "volume restored", weight: 1, inject: restoreVolume,
		why: "the pod has a history that it has left; if it is the primary, it would number transactions again",
	},
	{
		name: "primary's volume restored, alone", weight: 1, mayStop: true, inject: restoreAlone,
		why: "nobody can say that it is old: it takes writes, and must stop once somebody can",
	},
	{
		name: "volumes swapped", weight: 1, inject: swapVolumes,
		why: "each is another pod's, with all that this pod remembers and is allowed",
	},
	{
		name: "volume copied", weight: 1, inject: copyVolume,
		why: "two servers are the same, and one of them may be the primary",
	},
	{
		name: "volumes unattachable", weight: 1, inject: detachVolumes,
		why: "pods without an address have a say",
	},
	{
		name: "volumes unattachable, one lost", weight: 1, inject: detachAndLose,
		why: "an empty primary must not take writes without those that hold the data",
	},
	{
		name: "history reset", weight: 1, mayStop: true, inject: resetHistory,
		why: "transactions are numbered again",
	},
	{
		name: "name of another set's pod", weight: 1, inject: lieInDNS,
		why: "it has the same names and passwords, and another history",
	},
	{
		name: "errant transaction", weight: 1, mayStop: true, inject: writeErrant,
		why: "it is on one replica, and may become the primary's",
	},
}

// next is what a person does who has not understood yet, half the time: moves the primary,
// deletes the pod, restarts the set.
func (s *subject) next(t *testing.T, ordinal int, random *rand.Rand) {
	t.Helper()
	if random.IntN(2) == 0 {
		return
	}
	sleep(t, random, 10*time.Second)
	switch random.IntN(3) {
	case 0:
		heir := s.anyReplica(random)
		s.apply(t, func(spec *spec) { spec.Replication.Primary = heir })
	case 1:
		t.Logf("a person deletes %s", s.Pod(ordinal))
		s.Namespace.Kubectl(t, "delete", "pod", s.Pod(ordinal), "--wait=false")
	case 2:
		t.Log("a person restarts the set")
		s.Namespace.Kubectl(t, "rollout", "restart", "statefulset/"+s.Name)
	}
}

// loseTail gives up the acknowledged rows that only the primary's volume had, which is
// away now: no pod takes writes.
func (s *subject) loseTail(t *testing.T) {
	t.Helper()
	s.waitApplied(t)
	s.forgetUnsent(t)
	s.rewound, s.mayStop = true, true
}

func restoreVolume(t *testing.T, s *subject, random *rand.Rand) int {
	ordinal := s.anyPod(random)
	snapshot := s.suite.agent.Snapshot(t, s.Set, ordinal)
	sleep(t, random, 30*time.Second)
	return s.replaceVolume(t, ordinal, snapshot, random)
}

// replaceVolume makes a pod's volume a snapshot, and lets a person do something next.
func (s *subject) replaceVolume(t *testing.T, ordinal int, snapshot harness.Snapshot, random *rand.Rand) int {
	t.Helper()
	s.suite.agent.Detach(t, s.Set, ordinal)
	if ordinal == s.Primary {
		s.loseTail(t)
	}
	s.suite.agent.Put(t, s.Set, ordinal, snapshot)
	s.suite.agent.Attach(t, s.Set, ordinal)
	s.next(t, ordinal, random)
	return 1
}

// restoreAlone is the exception of a primary that nobody answers in its time: it writes what
// is given up later. (Rule 6.)
func restoreAlone(t *testing.T, s *subject, random *rand.Rand) int {
	snapshot := s.suite.agent.Snapshot(t, s.Set, s.Primary)
	sleep(t, random, 10*time.Second)
	s.suite.agent.Detach(t, s.Set, s.Primary)
	s.loseTail(t)
	s.suite.agent.Detach(t, s.Set, s.replicas()...)
	s.suite.agent.Put(t, s.Set, s.Primary, snapshot)
	from := s.writer.nextNumber()
	s.suite.agent.Attach(t, s.Set, s.Primary)
	s.writer.waitNext(t)
	sleep(t, random, 10*time.Second)
	s.suite.agent.Attach(t, s.Set, s.replicas()...)
	s.WaitTakesNoWrites(t, s.Primary)
	alone := s.writer.acknowledgedFrom(from)
	s.figures.givenUp += len(alone)
	s.writer.forget(alone)
	return 1
}

func swapVolumes(t *testing.T, s *subject, random *rand.Rand) int {
	ordinals := random.Perm(s.spec.Replicas)
	s.suite.agent.Swap(t, s.Set, ordinals[0], ordinals[1])
	s.next(t, ordinals[0], random)
	return 1
}

func copyVolume(t *testing.T, s *subject, random *rand.Rand) int {
	ordinals := random.Perm(s.spec.Replicas)
	return s.replaceVolume(t, ordinals[1], s.suite.agent.Snapshot(t, s.Set, ordinals[0]), random)
}

func detachVolumes(t *testing.T, s *subject, random *rand.Rand) int {
	ordinals := random.Perm(s.spec.Replicas)
	away := 1 + random.IntN(len(ordinals))
	return s.detach(t, ordinals[0], ordinals[:away], ordinals[away:], random)
}

func detachAndLose(t *testing.T, s *subject, random *rand.Rand) int {
	ordinals := random.Perm(s.spec.Replicas)
	lost, away := ordinals[0], 2+random.IntN(len(ordinals)-1)
	// Not wipe, which waits: the others may be away before the empty pod has its volume.
	before := s.DeleteClaim(t, lost)
	s.KillPods(t, lost)
	s.mayStop = true
	if lost == s.Primary {
		s.loseTail(t)
	}
	injected := s.detach(t, lost, ordinals[1:away], ordinals[away:], random)
	s.WaitNewVolume(t, lost, before)
	return injected
}

// detach takes the volumes of pods away for a while, kills the rest, and lets a person do
// something next, perhaps to one pod.
func (s *subject) detach(t *testing.T, one int, away, rest []int, random *rand.Rand) int {
	t.Helper()
	s.suite.agent.Detach(t, s.Set, away...)
	if len(rest) > 0 {
		s.KillPods(t, rest...)
	}
	s.next(t, one, random)
	sleep(t, random, 30*time.Second)
	s.suite.agent.Attach(t, s.Set, away...)
	return 1
}

func resetHistory(t *testing.T, s *subject, random *rand.Rand) int {
	ordinal := s.anyPod(random)
	t.Logf("RESET BINARY LOGS AND GTIDS on %s, the primary is %s", s.Pod(ordinal), s.Pod(s.Primary))
	s.Root(t, ordinal, "RESET BINARY LOGS AND GTIDS")
	s.next(t, ordinal, random)
	return 1
}

// lieInDNS makes the name of one pod lead to a pod of another set, in all pods, and ends
// the connections to it.
func lieInDNS(t *testing.T, s *subject, random *rand.Rand) int {
	ordinal := s.anyPod(random)
	other := s.suite.subjects[random.IntN(len(s.suite.subjects))]
	for other == s {
		other = s.suite.subjects[random.IntN(len(s.suite.subjects))]
	}
	address := other.Pods(t)[other.Pod(other.anyPod(random))].Status.PodIP
	if address == "" {
		t.Log("that pod has no address now")
		return 0
	}
	var tell []func()
	for in := range s.spec.Replicas {
		if in != ordinal {
			tell = append(tell, s.suite.agent.LieInDNS(t, s.Set, in, s.Host(ordinal), address))
		}
	}
	_, _ = s.BreakConnections(ordinal) // some may have ended
	s.next(t, ordinal, random)
	sleep(t, random, 20*time.Second)
	for _, tell := range tell {
		tell()
	}
	return 1
}

func writeErrant(t *testing.T, s *subject, random *rand.Rand) int {
	ordinal := s.anyReplica(random)
	t.Logf("an errant transaction on %s", s.Pod(ordinal))
	s.Root(t, ordinal, fmt.Sprintf("SET GLOBAL super_read_only = OFF; INSERT INTO test.messages VALUES ('errant %d'); SET GLOBAL super_read_only = ON", random.Int64()))
	s.next(t, ordinal, random)
	return 1
}
