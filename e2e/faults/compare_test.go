package faults

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

// compare waits until every replica has what the primary has, and compares all pods:
// GTID sets, checksums, and the rows that were acknowledged. No client may run.
func (s *subject) compare(t *testing.T) {
	t.Helper()
	harness.Wait(t, fmt.Sprintf("the replicas of %s have what the primary has", s.name), func() (string, bool) {
		return s.position(t)
	})
	checksums := s.checksums(t, s.Primary)
	for _, replica := range s.replicas() {
		if !assert.Equal(t, checksums, s.checksums(t, replica), "%s differs from the primary", s.Pod(replica)) {
			s.figures.diverged++
		}
	}
	there, err := s.numbers(s.Primary)
	require.NoError(t, err)
	lost := s.writer.missing(there)
	s.figures.lost += len(lost)
	whole := assert.Empty(t, lost, "acknowledged rows that are lost")
	for _, code := range []string{"1045", "1049", "1146"} {
		whole = assert.Zero(t, s.writer.failures[code], "the writer met error %s: no account, database or table there", code) && whole
	}
	if !whole {
		s.figures.emptyPrimaries++
	}
}

// position tells how far each pod is, and whether that is the same for all, with the
// primary writable and everybody else following it.
func (s *subject) position(t *testing.T) (seen string, same bool) {
	rows, err := s.TryQuery(s.Host(s.Primary), "SELECT @@GLOBAL.gtid_executed AS gtids, @@GLOBAL.read_only AS read_only")
	if err != nil {
		return err.Error(), false
	}
	same = rows[0]["read_only"] == "0"
	gtids := rows[0]["gtids"]
	states := []string{fmt.Sprintf("%s: read_only %s, %s", s.Pod(s.Primary), rows[0]["read_only"], gtids)}
	want := []string{s.Host(s.Primary), "Yes", "Yes", gtids}
	for _, replica := range s.replicas() {
		rows, err := s.TryQuery(s.Host(replica), "SHOW REPLICA STATUS")
		if err != nil || len(rows) == 0 {
			return fmt.Sprintf("%s: follows nobody, or %v", s.Pod(replica), err), false
		}
		got := []string{rows[0]["Source_Host"], rows[0]["Replica_IO_Running"], rows[0]["Replica_SQL_Running"], rows[0]["Executed_Gtid_Set"]}
		same = same && assert.ObjectsAreEqual(want, got)
		states = append(states, fmt.Sprintf("%s: %s", s.Pod(replica), strings.Join(got, ", ")))
	}
	return strings.Join(states, "; "), same
}

func (s *subject) checksums(t *testing.T, ordinal int) []harness.Row {
	t.Helper()
	return s.Query(t, s.Host(ordinal), "CHECKSUM TABLE test.messages, test.numbers, test.fill")
}

// numbers are those of the writer that a pod has, asked as root: where the database was made
// anew there is no account of the tests.
func (s *subject) numbers(ordinal int) (map[int]bool, error) {
	out, err := s.TryRoot(ordinal, "SELECT id FROM test.numbers")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Pod(ordinal), err)
	}
	numbers := map[int]bool{}
	words := strings.Fields(out)
	for _, word := range words[min(1, len(words)):] { // the first is the column's name
		number, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		numbers[number] = true
	}
	return numbers, nil
}
