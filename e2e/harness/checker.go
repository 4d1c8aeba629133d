package harness

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// CheckData waits until all replicas have applied what the primary has, and then
// compares every pod with it: GTID sets or positions, checksums, and that every
// row that was ever acknowledged is there. No writer may run.
func (s *Set) CheckData(t testing.TB) {
	t.Helper()
	replicas := s.Replicas(t)
	want := s.position(t, s.Primary)
	for _, ordinal := range s.followers(t) {
		Wait(t, s.Pod(ordinal)+" follows, and has all that the primary has", func() (string, bool) {
			// Asked again each time: the set itself may write, when a password changes.
			want = s.position(t, s.Primary)
			seen, problem := s.position(t, ordinal), s.NotFollowing(t, ordinal)
			return strings.TrimSpace(fmt.Sprintf("%s of %s %s", seen, want, problem)), seen == want && problem == ""
		})
	}
	checksums := s.checksums(t, s.Primary)
	for ordinal := range replicas {
		assert.Equal(t, checksums, s.checksums(t, ordinal), "%s differs from the primary", s.Pod(ordinal))
		s.CheckAcknowledged(t, ordinal)
	}
	assert.Equal(t, want, s.position(t, s.Primary), "somebody writes while the data is compared")
	t.Logf("%s: %d rows on each of %d pods, all at %s", s.Name, len(s.ledger.acknowledged), replicas, want)
}

// followers are the ordinals of all pods but the primary.
func (s *Set) followers(t testing.TB) (ordinals []int) {
	t.Helper()
	for ordinal := range s.Replicas(t) {
		if ordinal != s.Primary {
			ordinals = append(ordinals, ordinal)
		}
	}
	return ordinals
}

// position is how far a pod is in the primary's transactions.
func (s *Set) position(t testing.TB, ordinal int) string {
	t.Helper()
	if s.Road.Name != XtraBackup.Name {
		return strings.ReplaceAll(s.Query(t, s.Host(ordinal), "SELECT @@GLOBAL.gtid_executed AS gtids")[0]["gtids"], `\n`, "")
	}
	if ordinal == s.Primary {
		status := s.Query(t, s.Host(ordinal), "SHOW MASTER STATUS")[0]
		return status["File"] + ":" + status["Position"]
	}
	status := s.ReplicaStatus(t, ordinal)
	return status["Relay_Master_Log_File"] + ":" + status["Exec_Master_Log_Pos"]
}

// ReplicaStatus is what a replica says of its replication.
func (s *Set) ReplicaStatus(t testing.TB, ordinal int) Row {
	t.Helper()
	rows := s.Query(t, s.Host(ordinal), s.Road.showReplicaStatus)
	require.Len(t, rows, 1, "%s follows one source", s.Pod(ordinal))
	return rows[0]
}

// NotFollowing says what keeps a replica from following this set's primary, or
// nothing.
func (s *Set) NotFollowing(t testing.TB, ordinal int) string {
	t.Helper()
	rows := s.Query(t, s.Host(ordinal), s.Road.showReplicaStatus)
	if len(rows) != 1 {
		return fmt.Sprintf("follows %d sources", len(rows)) // none, while the primary is moved
	}
	status := rows[0]
	want := []string{s.Host(s.Primary), "Yes", "Yes"}
	got := []string{status[s.Road.sourceHost], status[s.Road.receiver], status[s.Road.applier]}
	if slices.Equal(want, got) {
		return ""
	}
	return fmt.Sprintf("source, receiver, applier: %q %s %s", got, status["Last_IO_Error"], status["Last_SQL_Error"])
}

// CheckSources: nobody but this set's replicas follows its primary, and they follow
// no other. Where servers have a UUID, it decides.
func (s *Set) CheckSources(t testing.TB) {
	t.Helper()
	want, followers := []string{}, []string{}
	for _, ordinal := range s.followers(t) {
		assert.Empty(t, s.NotFollowing(t, ordinal))
		want = append(want, s.Host(ordinal))
	}
	for _, follower := range s.Query(t, s.Host(s.Primary), s.Road.showReplicas) {
		followers = append(followers, follower["Host"])
	}
	assert.ElementsMatch(t, want, followers, "who follows %s", s.Host(s.Primary))
	if s.Road.Name == XtraBackup.Name {
		return
	}
	uuid := s.UUID(t, s.Primary)
	for _, ordinal := range s.followers(t) {
		assert.Equal(t, uuid, s.ReplicaStatus(t, ordinal)["Source_UUID"])
	}
}

// CheckNothingOf: no pod has a transaction of a server of the other set. (Servers of
// the tutorial's road do not say whose a transaction is.)
func (s *Set) CheckNothingOf(t testing.TB, other *Set) {
	t.Helper()
	if s.Road.Name == XtraBackup.Name {
		return
	}
	for stranger := range other.Replicas(t) {
		uuid := other.UUID(t, stranger)
		for ordinal := range s.Replicas(t) {
			assert.NotContains(t, s.position(t, ordinal), uuid, "%s has transactions of %s", s.Pod(ordinal), other.Pod(stranger))
		}
	}
}

// CheckOrder fails unless each pod was created once the one before it, in the order of
// the arguments, was Ready. It prints how long each took.
func (s *Set) CheckOrder(t testing.TB, ordinals ...int) {
	t.Helper()
	pods := s.Pods(t)
	var before time.Time
	for _, ordinal := range ordinals {
		pod := pods[s.Pod(ordinal)]
		ready := ReadyAt(pod)
		require.NotNil(t, ready, pod.Name)
		assert.False(t, pod.CreationTimestamp.Time.Before(before), "%s was created before its turn", pod.Name)
		t.Logf("%s was Ready %s after it was created", pod.Name, ready.Sub(pod.CreationTimestamp.Time))
		before = *ready
	}
}

// UUID is the server's. (The stand-in for 5.7 has none.)
func (s *Set) UUID(t testing.TB, ordinal int) string {
	t.Helper()
	return s.Query(t, s.Host(ordinal), "SELECT @@server_uuid AS uuid")[0]["uuid"]
}

func (s *Set) checksums(t testing.TB, ordinal int) []Row {
	t.Helper()
	return s.Query(t, s.Host(ordinal), "CHECKSUM TABLE test.messages, test.numbers")
}

// CheckAcknowledged: a pod has every row that was ever acknowledged, and was not given
// up. No writer may run.
func (s *Set) CheckAcknowledged(t testing.TB, ordinal int) {
	t.Helper()
	s.CheckAcknowledgedBefore(t, s.ledger.next, ordinal)
}

// CheckAcknowledgedBefore is the same for the rows before a number.
func (s *Set) CheckAcknowledgedBefore(t testing.TB, end, ordinal int) {
	t.Helper()
	there := map[string]bool{}
	for _, row := range s.Query(t, s.Host(ordinal), "SELECT id FROM test.numbers") {
		there[row["id"]] = true
	}
	var lost []int
	for _, id := range s.ledger.acknowledged {
		if id < end && !there[strconv.Itoa(id)] {
			lost = append(lost, id)
		}
	}
	assert.Empty(t, lost, "rows that were acknowledged and are not on %s", s.Pod(ordinal))
}
