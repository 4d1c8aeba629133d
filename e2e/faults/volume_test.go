package faults

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

// wipe takes a pod's volume away. The pod comes back with an empty one.
func (s *subject) wipe(t *testing.T, ordinal int) {
	t.Helper()
	before := s.DeleteClaim(t, ordinal)
	s.KillPods(t, ordinal)
	s.WaitNewVolume(t, ordinal, before)
}

func wipeReplica(t *testing.T, s *subject, random *rand.Rand) int {
	s.wipe(t, s.anyReplica(random))
	return 1
}

// wipePrimary is the fault that needs a person: the set says so, and keeps what it has;
// a person makes another pod the primary.
func wipePrimary(t *testing.T, s *subject, random *rand.Rand) int {
	heir := s.anyReplica(random)
	s.wipe(t, s.Primary)
	s.waitRefusal(t)
	if !s.spec.Replication.SemiSync {
		s.forgetUnsent(t)
	}
	sleep(t, random, 5*time.Second)
	s.apply(t, func(spec *spec) { spec.Replication.Primary = heir })
	return 1
}

// waitRefusal waits until the primary says that it does not begin anew, and keeps what
// it said.
func (s *subject) waitRefusal(t *testing.T) {
	t.Helper()
	harness.Wait(t, s.Pod(s.Primary)+" refuses an empty volume", func() (string, bool) {
		log, err := s.Namespace.Try("", "logs", s.Pod(s.Primary), "--container=init-mysql")
		if err != nil {
			return "no log", false
		}
		for line := range strings.Lines(log) {
			if strings.Contains(line, "NOT initialised") {
				s.figures.person("primary's volume wiped", line)
				return "", true
			}
		}
		return log, false
	})
}

// forgetUnsent gives up the acknowledged rows that were on the primary's volume only.
// What any other pod has must be there in the end.
func (s *subject) forgetUnsent(t *testing.T) {
	t.Helper()
	sent := map[int]bool{}
	for _, replica := range s.replicas() {
		numbers, err := s.numbers(replica)
		require.NoError(t, err)
		for number := range numbers {
			sent[number] = true
		}
	}
	unsent := s.writer.missing(sent)
	s.writer.forget(unsent)
	s.figures.unsent += len(unsent)
	t.Logf("%d acknowledged rows were not sent", len(unsent))
}

// movePrimary is a planned switchover.
func movePrimary(t *testing.T, s *subject, random *rand.Rand) int {
	heir := s.anyReplica(random)
	s.apply(t, func(spec *spec) { spec.Replication.Primary = heir })
	return 1
}

// scale takes pods away for a while and lets them come back with their old volumes.
// The pods of the first ordinals, up to the primary's, cannot be taken away: then it
// adds one, which has an old volume from the second time on.
func scale(t *testing.T, s *subject, random *rand.Rand) int {
	before := s.spec.Replicas
	to := max(s.Primary+1, 2)
	if to >= before {
		to = before + 1
	}
	s.apply(t, func(spec *spec) { spec.Replicas = to })
	sleep(t, random, 15*time.Second)
	s.apply(t, func(spec *spec) { spec.Replicas = before })
	return 1
}
