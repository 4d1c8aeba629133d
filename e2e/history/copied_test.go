package history

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"mysqlreplicaset.dev/e2e/harness"
)

// Case h, rules 7 and 8: a replica's volume is a copy of another pod's, such as a CSI
// clone. Two servers with one UUID threw each other out for ever; one with the primary's
// was stopped, and nothing said what to do. The copy has all the data: it gets a UUID of
// its own, and follows.
func TestCopyOfAVolumeFollows(t *testing.T) {
	for _, test := range []struct {
		name string
		from int
	}{
		{"a replica's", 1},
		{"the primary's", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := up(t, "{}")
			writer := s.StartWriter(t)
			s.node.Copy(t, s.Set, test.from, 2)
			s.WaitReady(t, 3)
			assert.NotContains(t, s.Logs(t, 2, "clone-mysql"), "cloning from", "the data is kept")
			harness.Wait(t, "all pods are Ready and follow", func() (string, bool) { return s.following(t) })
			harness.Hold(t, aWhile, "all pods are Ready and follow", func() (string, bool) { return s.following(t) })
			writer.Stop(t)
			s.healthy(t)
			assert.NotEqual(t, s.UUID(t, test.from), s.UUID(t, 2))
		})
	}
}

func (s *subject) following(t *testing.T) (problem string, following bool) {
	problem = s.NotFollowing(t, 1) + s.NotFollowing(t, 2)
	for _, pod := range s.Pods(t) {
		if harness.ReadyAt(pod) == nil {
			problem += pod.Name + " is not Ready"
		}
	}
	return problem, problem == ""
}

// Rule 8: two replicas have each other's volumes.
func TestReplicasWithEachOthersVolumesFollow(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	writer := s.StartWriter(t)
	s.node.Swap(t, s.Set, 1, 2)
	s.WaitReady(t, 3)
	writer.Stop(t)
	s.healthy(t)
}
