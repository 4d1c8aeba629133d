// Package operations has what a person does with a set, each as docs/operations.md
// says, on a real cluster. Run it with `make e2e`.
package operations

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// up is a set of bases/mysql with a change of its spec, and some rows.
func up(t *testing.T, spec string) *harness.Set {
	t.Helper()
	namespace := harness.NewNamespace(t, harness.Restricted...)
	set := harness.Up(t, harness.ClonePlugin, namespace, render(t, spec))
	set.StartWriter(t).Stop(t)
	return set
}

func render(t *testing.T, spec string) string {
	t.Helper()
	return harness.RenderFiles(t, harness.Patched(harness.ClonePlugin.Base, spec))
}

// move applies the spec with another primary, and waits until it is.
func move(t *testing.T, set *harness.Set, spec string, primary int) {
	t.Helper()
	set.Namespace.Apply(t, render(t, fmt.Sprintf(spec, primary)))
	set.Primary = primary
	set.WaitReady(t, set.Replicas(t))
}

// TestMovePrimary moves the primary and back while a client writes through the
// Service: nothing is lost, and the client has only to try again.
func TestMovePrimary(t *testing.T) {
	for _, test := range []struct{ name, spec string }{
		{"asynchronous", "{replication: {primary: %d}}"},
		{"semi-synchronous", "{replication: {primary: %d, semiSync: true}}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			set := up(t, fmt.Sprintf(test.spec, 0))
			for _, primary := range []int{2, 1, 0} {
				writer := set.StartWriter(t)
				begin := time.Now()
				move(t, set, test.spec, primary)
				t.Logf("MEASURED %s: %s to move the primary to %s", test.name, time.Since(begin).Round(time.Second), set.Pod(primary))
				writer.Stop(t)
				set.CheckData(t)
				set.CheckSources(t)
			}
		})
	}
}

// TestLostPrimary: the primary's volume is lost. It refuses to be an empty primary,
// and reads go on; a person makes another pod the primary.
func TestLostPrimary(t *testing.T) {
	t.Parallel()
	const spec = "{replication: {primary: %d}}"
	set := up(t, fmt.Sprintf(spec, 0))
	set.CheckData(t)
	set.LoseVolume(t, 0)
	harness.Wait(t, "the refusal of "+set.Pod(0), func() (string, bool) {
		log, _ := set.Namespace.Try("", "logs", set.Pod(0), "--container=init-mysql")
		// In the order of their addresses.
		return "no refusal yet", regexp.MustCompile(`but (mysql-1 mysql-2|mysql-2 mysql-1) of this set run with data\. A new, empty primary is NOT initialised\. Make a pod that holds data the primary`).MatchString(log)
	})
	assert.ElementsMatch(t, []string{"101", "102"}, slices.Collect(maps.Keys(set.ServerIDs(t))), "reads go on")
	_, err := set.TryQuery(set.Writes(), "REPLACE INTO test.messages VALUES ('nowhere')")
	require.Error(t, err, "no empty primary takes writes")

	move(t, set, spec, 1)
	set.StartWriter(t).Stop(t)
	set.CheckData(t)
	set.CheckSources(t)
}

// TestRebuildReplica: a replica whose volume is deleted is cloned anew, by itself.
func TestRebuildReplica(t *testing.T) {
	t.Parallel()
	set := up(t, "{}")
	uuid := set.UUID(t, 1)
	writer := set.StartWriter(t)
	set.LoseVolume(t, 1)
	set.WaitReady(t, 3)
	writer.Stop(t)
	assert.NotEqual(t, uuid, set.UUID(t, 1), "a new clone is a new server")
	set.CheckData(t)
	set.CheckSources(t)
}

// TestRotatePassword: the Secret gets another password for replication; the primary
// takes it over, and the pods are restarted.
func TestRotatePassword(t *testing.T) {
	t.Parallel()
	set := up(t, "{}")
	writer := set.StartWriter(t)
	rotate(t, set)
	writer.Stop(t)
	set.CheckData(t)
	set.CheckSources(t)
	set.LoseVolume(t, 2)
	set.WaitReady(t, 3)
	set.CheckData(t)
}

// rotate does what docs/operations.md says.
func rotate(t *testing.T, set *harness.Set) {
	t.Helper()
	set.Namespace.Kubectl(t, "patch", "secret", "mysql-auth", "--patch", `{"stringData": {"replication-password": "another, of at most 32 bytes"}}`)
	set.Namespace.Kubectl(t, "rollout", "restart", "statefulset/mysql")
	set.WaitReady(t, set.Replicas(t))
	harness.Wait(t, "the primary has taken over the password", func() (string, bool) {
		log := set.Logs(t, 0, "replication")
		return log, strings.Contains(log, "the accounts match the Secret")
	})
}

// TestRotatePasswordOfAllPodsAtOnce: with semiSync no commit ends before a replica has it,
// and here no replica can log in before the primary has changed the account.
func TestRotatePasswordOfAllPodsAtOnce(t *testing.T) {
	t.Parallel()
	set := up(t, "{replication: {semiSync: true}}")
	set.Namespace.Kubectl(t, "patch", "secret", "mysql-auth", "--patch", `{"stringData": {"replication-password": "another, of at most 32 bytes"}}`)
	set.Namespace.Kubectl(t, "delete", "pods", "--selector=app=mysql")
	set.WaitReady(t, 3)
	set.StartWriter(t).Stop(t)
	set.CheckData(t)
	set.CheckSources(t)
}

// TestUpgrade takes a set from version to version while a client writes: replicas first,
// since one must not be older than its source, and nothing is lost.
//
// E2E_UPGRADE names the versions, such as "8.0 8.4 9.7" where their images can be had.
// The default is two names of one release, the only one that the cluster of CI has: it
// goes the same way, but no server has data to upgrade.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	versions := strings.Fields(cmp.Or(os.Getenv("E2E_UPGRADE"), "9.7.4 9.7"))
	require.Greater(t, len(versions), 1, "E2E_UPGRADE: from which version to which?")
	const spec = "{version: %q}"
	set := up(t, fmt.Sprintf(spec, versions[0]))
	for _, version := range versions[1:] {
		writer := set.StartWriter(t)
		begin := time.Now()
		set.Namespace.Apply(t, render(t, fmt.Sprintf(spec, version)))
		set.WaitReady(t, 3)
		t.Logf("MEASURED %s to %s", time.Since(begin).Round(time.Second), version)
		writer.Stop(t)
		set.CheckOrder(t, 2, 1, 0)
		for ordinal := range 3 {
			runs := set.Query(t, set.Host(ordinal), "SELECT @@version AS version")[0]["version"]
			assert.True(t, strings.HasPrefix(runs, version), "%s runs %s, not %s", set.Pod(ordinal), runs, version)
		}
		set.CheckData(t)
		set.CheckSources(t)
	}
}

// TestSemiSyncLosesAcknowledgements: replicas get a commit, and the primary hears nothing of
// that, as when a network lets packets through one way only. Then they connect anew. The
// commit does not count among the primary's transactions meanwhile, so it must not be
// taken for an errant one; and since a replica never acknowledges what it had before it
// connected, the set must find another way to end it, with no client that writes.
func TestSemiSyncLosesAcknowledgements(t *testing.T) {
	t.Parallel()
	set := up(t, "{replication: {semiSync: true}}")
	replicas := []int{1, 2}
	acknowledge := func(onOff string) {
		for _, replica := range replicas {
			set.Root(t, replica, "SET GLOBAL rpl_semi_sync_replica_enabled = "+onOff+"; STOP REPLICA IO_THREAD; START REPLICA IO_THREAD")
		}
	}
	const count = "SELECT COUNT(*) AS number FROM test.messages"
	counted := func(ordinal int) string { return set.Query(t, set.Host(ordinal), count)[0]["number"] }

	acknowledge("OFF")
	waiting := make(chan error)
	for _, message := range []string{"one", "another"} {
		go func() {
			_, err := set.TryQuery(set.Host(set.Primary), "INSERT INTO test.messages VALUES ('"+message+"')")
			waiting <- err
		}()
	}
	for range 2 {
		require.Error(t, <-waiting, "the client gives up after 20 s, in which replicas looked three times")
	}
	assert.Equal(t, "0", counted(set.Primary))
	for _, replica := range replicas {
		assert.Equal(t, "2", counted(replica))
		assert.NotContains(t, set.Namespace.Kubectl(t, "logs", set.Pod(replica), "--container=replication"), "ERROR")
	}

	acknowledge("ON")
	harness.Wait(t, "the primary has committed both", func() (string, bool) {
		number := counted(set.Primary)
		return number, number == "2"
	})
	set.WaitReady(t, 3)
	set.CheckData(t)
}

// TestSemiSyncWaits: with semiSync a commit that no replica has is not acknowledged,
// and goes through when a replica is back.
func TestSemiSyncWaits(t *testing.T) {
	t.Parallel()
	set := up(t, "{replicas: 2, replication: {semiSync: true}}")
	set.Namespace.Kubectl(t, "scale", "statefulset", "mysql", "--replicas=1")
	set.WaitReady(t, 1)
	_, err := set.TryQuery(set.Writes(), "REPLACE INTO test.messages VALUES ('protected')")
	require.Error(t, err, "the client gives up after 20 s")
	set.Scale(t, 2)
	set.StartWriter(t).Stop(t)
	set.CheckData(t)
	for ordinal := range 2 {
		rows := set.Query(t, set.Host(ordinal), "SELECT message FROM test.messages")
		assert.Equal(t, []harness.Row{{"message": "protected"}}, rows, "it was not rolled back, only not acknowledged")
	}
}
