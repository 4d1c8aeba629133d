package history

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

// stranger is another set of the same name, with the same passwords, in a namespace of
// its own. Its history has a DROP TABLE.
func stranger(t *testing.T, s *subject) (set *harness.Set, address string) {
	t.Helper()
	namespace := harness.NewNamespace(t, harness.Restricted...)
	s.Namespace.CopySecret(t, s.Secret(), namespace)
	set = harness.Up(t, harness.ClonePlugin, namespace, render(t, "{replicas: 1}"))
	set.Query(t, set.Host(0), "DROP TABLE test.numbers")
	set.Prepare(t)
	write(t, set)
	return set, set.Pods(t)[set.Pod(0)].Status.PodIP
}

// hasNothingOf watches for a while that no pod has a transaction of the stranger.
func (s *subject) hasNothingOf(t *testing.T, uuid string, ordinals ...int) {
	t.Helper()
	harness.Hold(t, aWhile, fmt.Sprintf("%v have no transaction of %s", s.names(ordinals), uuid), func() (string, bool) {
		for _, ordinal := range ordinals {
			// An error is no answer: a pod without data cannot be asked.
			if executed, _ := s.TryRoot(ordinal, "SELECT @@GLOBAL.gtid_executed"); strings.Contains(executed, uuid) {
				return executed, false
			}
		}
		return "", true
	})
}

// Case c, rules 2 and 3: the name of a's primary leads to b's primary for a while, as an
// address that was reused does, and the connections end. A receiver's own first reconnect
// is faster than any script: so these sleep, first.
func TestReplicasOfAnotherSetsPrimary(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	other, address := stranger(t, s)
	uuid := other.UUID(t, 0)
	var wake, tell []func()
	for _, replica := range []int{1, 2} {
		wake = append(wake, s.node.Freeze(t, s.Set, replica, "replication"))
		tell = append(tell, s.node.LieInDNS(t, s.Set, replica, s.Host(0), address))
	}
	s.breakConnections(t, 0)
	s.hasNothingOf(t, uuid, 1, 2)
	each(wake)
	s.hasNothingOf(t, uuid, 1, 2)
	each(tell)
	s.healthy(t)
	other.CheckData(t)
}

// Case c, rule 3: the same while a pod without data looks for a donor.
func TestCloneOfAnotherSetsPrimary(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	other, address := stranger(t, s)
	s.LoseVolume(t, 2)
	s.WaitRunning(t, 2, "clone-mysql", "")
	for _, donor := range []int{0, 1} {
		// The truth comes back when a container of the pod starts.
		s.node.LieInDNS(t, s.Set, 2, s.Host(donor), address)
	}
	s.hasNothingOf(t, other.UUID(t, 0), 2)
	s.KillPods(t, 2)
	s.healthy(t)
	s.CheckNothingOf(t, other)
	other.CheckData(t)
}

// Rule 3: a set that was made of copied volumes is the same set for its pods, until a person
// says that it is another: docs/operations.md.
func TestCopiedSetGetsAnIdentityOfItsOwn(t *testing.T) {
	t.Parallel()
	s := up(t, "{}")
	namespace := harness.NewNamespace(t, harness.Restricted...)
	s.Namespace.CopySecret(t, s.Secret(), namespace)
	copied := &subject{Set: harness.Up(t, harness.ClonePlugin, namespace, render(t, "{replicas: 1}")), node: s.node}
	snapshot := s.node.Snapshot(t, s.Set, 0)
	copied.node.Restore(t, copied.Set, 0, snapshot)
	copied.WaitReady(t, 1)
	identity := func(s *subject) []string {
		return regexp.MustCompile(`00736574-[0-9a-f-]+:[0-9]`).FindAllString(s.Root(t, 0, "SELECT @@GLOBAL.gtid_executed"), -1)
	}
	before := identity(s)
	require.Len(t, before, 1)
	require.Equal(t, before, identity(copied), "it is a copy")

	out := copied.Namespace.Kubectl(t, "exec", copied.Pod(0), "--container=replication", "--", "bash", "-c", "bash /etc/mysql/conf.d/new-identity.sh 2>&1")
	require.Contains(t, out, "the identity of this set was "+strings.TrimSuffix(before[0], ":1"))
	require.Len(t, identity(copied), 2, "that of the other set stays in its history")
	tell := s.node.LieInDNS(t, s.Set, 1, s.Host(0), copied.Pods(t)[copied.Pod(0)].Status.PodIP)
	s.breakConnections(t, 0)
	s.waitError(t, 1, "replication", "is of another set")
	tell()
	s.healthy(t)
}

// breakConnections ends those of all that follow a pod. There must be some.
func (s *subject) breakConnections(t *testing.T, ordinal int) {
	t.Helper()
	number, err := s.BreakConnections(ordinal)
	require.NoError(t, err)
	assert.Positive(t, number, "nobody follows %s", s.Pod(ordinal))
}

func each(functions []func()) {
	for _, function := range functions {
		function()
	}
}
