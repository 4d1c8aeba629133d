package history

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Case i, rule 11: somebody with RELOAD flushes on the replicas. FLUSH STATUS is written to
// their binary logs in spite of super_read_only, and changes nothing; both were out for
// good. It is made good without a person.
func TestFlushOnReplicasIsMadeGood(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	s.Root(t, 1, "FLUSH STATUS")
	s.Root(t, 2, "FLUSH STATUS")
	s.healthy(t)
}

// Case i, rule 11: the first read of a MEMORY table after a restart empties it, and is
// written to the binary log of a replica. It lacks the rows, so this is reported; either
// cure works.
func TestMemoryTableOfAReplicaIsReported(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	s.Query(t, s.Host(0), "CREATE TABLE test.cache (id INT PRIMARY KEY) ENGINE = MEMORY")
	s.Query(t, s.Host(0), "INSERT INTO test.cache VALUES (1), (2), (3)")
	s.CheckData(t)
	read := func(replica int) {
		s.RestartPods(t, replica)
		s.waitReady(t, replica)
		assert.Equal(t, "0", s.count(t, replica, "test.cache"))
		s.waitStopped(t, replica, s.Pod(0))
	}

	read(1)
	errant := s.lacks(t, 0, 1)
	t.Logf("an empty transaction %s on the primary", errant)
	s.Root(t, 0, "SET GTID_NEXT = '"+errant+"'; BEGIN; COMMIT; SET GTID_NEXT = 'AUTOMATIC'")
	s.waitReady(t, 1)

	read(2)
	s.Query(t, s.Host(0), "DROP TABLE test.cache") // a clone would be refused with it
	s.rebuild(t, 2)
	s.healthy(t)
}

// lacks are the transactions that a pod lacks and another has.
func (s *subject) lacks(t *testing.T, ordinal, other int) string {
	t.Helper()
	executed := func(ordinal int) string {
		return strings.ReplaceAll(s.Query(t, s.Host(ordinal), "SELECT @@GLOBAL.gtid_executed AS gtids")[0]["gtids"], `\n`, "")
	}
	theirs := executed(other)
	lacks := s.Query(t, s.Host(ordinal), "SELECT GTID_SUBTRACT('"+theirs+"', '"+executed(ordinal)+"') AS gtids")[0]["gtids"]
	require.NotEmpty(t, lacks)
	return lacks
}

// Case j, rule 9: a clone copies InnoDB only. A replica that was rebuilt had an empty
// MyISAM table, and nothing said so. It is refused by the table's name, until that is
// converted.
func TestCloneRefusesTablesThatItWouldEmpty(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	s.makeMyISAM(t)
	s.rebuild(t, 2)
	s.waitError(t, 2, "clone-mysql", "test", "old")

	s.Query(t, s.Host(0), "ALTER TABLE test.old ENGINE = InnoDB")
	s.healthy(t)
	for ordinal := range 3 {
		assert.Equal(t, "3", s.count(t, ordinal, "test.old"), s.Pod(ordinal))
	}
}

// Case j, rule 9, where the spec accepts it: each clone says what it leaves empty.
func TestCloneEmptiesTablesWhereTheSpecAcceptsIt(t *testing.T) {
	t.Parallel()
	s := up(t, "{clone: {otherEngines: Empty}}")
	s.makeMyISAM(t)
	s.rebuild(t, 2)
	s.waitReady(t, 2)
	s.waitSays(t, 2, "clone-mysql", "test", "old")
	assert.Equal(t, "0", s.count(t, 2, "test.old"))
	s.healthy(t)
}

// makeMyISAM makes a table that all pods have.
func (s *subject) makeMyISAM(t *testing.T) {
	t.Helper()
	s.Query(t, s.Host(0), "CREATE TABLE test.old (id INT PRIMARY KEY) ENGINE = MyISAM")
	s.Query(t, s.Host(0), "INSERT INTO test.old VALUES (1), (2), (3)")
	s.CheckData(t)
	for ordinal := range 3 {
		require.Equal(t, "3", s.count(t, ordinal, "test.old"), s.Pod(ordinal))
	}
}
