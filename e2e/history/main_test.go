// Package history has the bad days of a set, on a real cluster: volumes that come back
// old, or as copies, or late; histories that are reset, or written twice; names that
// lead to another set. Whatever happens, no row that a surviving volume has may vanish,
// and no two pods may differ. Run it with `make e2e-history`.
//
// Each test tells the case that it was, a to l, and the rule that must hold, as
// docs/failures.md has them.
package history

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

// aWhile is longer than any time that a set lets pass before it goes on without a pod.
const aWhile = 35 * time.Second

func render(t *testing.T, spec string) string {
	t.Helper()
	return harness.RenderFiles(t, harness.Patched(harness.ClonePlugin.Base, spec))
}

// write has a client write some rows.
func write(t *testing.T, set *harness.Set) {
	t.Helper()
	writer := set.StartWriter(t)
	time.Sleep(2 * time.Second)
	writer.Stop(t)
}

// apply changes the spec. It does not wait.
func (s *subject) apply(t *testing.T, spec string) {
	t.Helper()
	t.Logf("applying %s", spec)
	s.Namespace.Apply(t, render(t, spec))
}

// appoint makes another pod the primary, in the spec. It does not wait.
func (s *subject) appoint(t *testing.T, primary int) {
	t.Helper()
	s.apply(t, fmt.Sprintf("{replication: {primary: %d}}", primary))
	s.Primary = primary
}

// move makes another pod the primary, and waits until it is.
func (s *subject) move(t *testing.T, primary int) {
	t.Helper()
	s.appoint(t, primary)
	s.WaitReady(t, s.Replicas(t))
}

// rebuild gives up a pod's copy of the data, as docs/operations.md says.
func (s *subject) rebuild(t *testing.T, ordinal int) {
	t.Helper()
	s.LoseVolume(t, ordinal)
}

// healthy is how every case ends: all pods are Ready, the primary takes rows, and all
// pods have the same ones, every one that was acknowledged.
func (s *subject) healthy(t *testing.T) {
	t.Helper()
	s.WaitReady(t, s.Replicas(t))
	s.CheckAcknowledged(t, s.Primary)
	write(t, s.Set)
	s.CheckData(t)
	s.CheckSources(t)
}

// takesNoWrites watches for a while that a pod takes none.
func (s *subject) takesNoWrites(t *testing.T, ordinal int) {
	t.Helper()
	harness.Hold(t, aWhile, s.Pod(ordinal)+" takes no writes", func() (string, bool) {
		seen, takes := s.TakesWrites(ordinal)
		return seen, !takes
	})
}

// waitRefusal waits until a pod takes no writes, and says so with ERROR and the other
// pods' names.
func (s *subject) waitRefusal(t *testing.T, ordinal int, others ...int) {
	t.Helper()
	s.WaitTakesNoWrites(t, ordinal)
	s.waitError(t, ordinal, "replication", s.names(others)...)
}

// waitSays waits until a line of a container's log has all the words.
func (s *subject) waitSays(t *testing.T, ordinal int, container string, words ...string) {
	t.Helper()
	harness.Wait(t, fmt.Sprintf("a line of %s of %s with %q", container, s.Pod(ordinal), words), func() (string, bool) {
		log, err := s.Namespace.Try("", "logs", s.Pod(ordinal), "--container="+container, "--since-time="+s.since.UTC().Format(time.RFC3339))
		if err != nil {
			return "no log", false
		}
		lines := slices.Collect(strings.Lines(log))
		last := ""
		if len(lines) > 0 {
			last = lines[len(lines)-1]
		}
		return strings.TrimSpace(last), slices.ContainsFunc(lines, func(line string) bool {
			return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) })
		})
	})
}

// waitError is waitSays for what needs a person.
func (s *subject) waitError(t *testing.T, ordinal int, container string, words ...string) {
	t.Helper()
	s.waitSays(t, ordinal, container, append([]string{"ERROR"}, words...)...)
}

func (s *subject) names(ordinals []int) (names []string) {
	for _, ordinal := range ordinals {
		names = append(names, s.Pod(ordinal))
	}
	return names
}

// stopped tells whether a replica is as one that differs must be: it receives nothing,
// and is not Ready.
func (s *subject) stopped(t *testing.T, ordinal int) (seen string, stopped bool) {
	t.Helper()
	ready := harness.ReadyAt(s.Pods(t)[s.Pod(ordinal)]) != nil
	out, err := s.TryRoot(ordinal, "SELECT SERVICE_STATE FROM performance_schema.replication_connection_status")
	if err != nil {
		return err.Error(), !ready
	}
	receiver := strings.TrimPrefix(strings.TrimSpace(out), "SERVICE_STATE")
	return fmt.Sprintf("Ready %t, receiver %s", ready, strings.TrimSpace(receiver)), !ready && !strings.Contains(receiver, "ON")
}

// waitStopped waits until a replica is stopped, and says so with ERROR and the words, such
// as the other pod's name.
func (s *subject) waitStopped(t *testing.T, ordinal int, words string) {
	t.Helper()
	s.waitError(t, ordinal, "replication", words)
	harness.Wait(t, s.Pod(ordinal)+" is stopped", func() (string, bool) { return s.stopped(t, ordinal) })
}

// staysStopped restarts a replica and watches for a while that its verdict lasts.
func (s *subject) staysStopped(t *testing.T, ordinal int, words string) {
	t.Helper()
	s.RestartPods(t, ordinal)
	s.waitStopped(t, ordinal, words)
	harness.Hold(t, aWhile, s.Pod(ordinal)+" is stopped", func() (string, bool) { return s.stopped(t, ordinal) })
}

// waitReady waits until one pod is Ready.
func (s *subject) waitReady(t *testing.T, ordinal int) {
	t.Helper()
	harness.Wait(t, s.Pod(ordinal)+" Ready", func() (string, bool) {
		pod := s.Pods(t)[s.Pod(ordinal)]
		return "not Ready", pod.DeletionTimestamp == nil && harness.ReadyAt(pod) != nil
	})
}

// count is the number of rows of a table on a pod.
func (s *subject) count(t *testing.T, ordinal int, table string) string {
	t.Helper()
	rows := s.Query(t, s.Host(ordinal), "SELECT COUNT(*) AS number FROM "+table)
	require.Len(t, rows, 1)
	return rows[0]["number"]
}
