package faults

import (
	"math/rand/v2"
	"testing"
	"time"
)

// fault is one kind of trouble.
type fault struct {
	name string
	// weight is how often the fault is drawn, next to others. What takes long has less.
	weight int
	// why the suite has it: what could go wrong.
	why string
	// shared faults hit all sets at once, so that none may be in another fault.
	shared bool
	// inject returns when the trouble is over, its cause removed and what a person must
	// do done: from here on the set heals by itself. The result is how many faults it
	// injected: a kill may come too late, and some faults kill more than once.
	inject func(t *testing.T, s *subject, random *rand.Rand) int
	// mayStop: a set may stop after this one, and say what a person is to do.
	mayStop bool
}

// faults are those of an ordinary set.
var faults = []fault{
	{
		name: "mysqld killed", weight: 4, inject: killMysqld,
		why: "what was acknowledged is on the disk; a replica's relay log may be torn",
	},
	{
		name: "replication loop killed", weight: 3, inject: killLoop,
		why: "it can be killed between any two of its statements",
	},
	{
		name: "pod deleted with no grace", weight: 3, inject: deletePod,
		why: "the new pod starts while the old server may still have the volume open",
	},
	{
		name: "all pods deleted at once", weight: 2, inject: deleteAllPods,
		why: "nobody is there to ask; and an empty primary must not be taken for a first start",
	},
	{
		name: "network cut", weight: 2, inject: cutNetwork("INPUT", "OUTPUT"),
		why: "connections die in silence, and replication must go on once packets pass again",
	},
	{
		name: "network cut, to the primary", weight: 1, inject: cutNetwork("INPUT"),
		why: "the primary sends and hears no acknowledgement",
	},
	{
		name: "network cut, from the primary", weight: 1, inject: cutNetwork("OUTPUT"),
		why: "replicas ask and hear nothing",
	},
	{
		name: "clone killed", weight: 2, inject: killClone,
		why: "half a clone must never be taken for a data directory",
	},
	{
		name: "initialisation killed", weight: 1, inject: killInitialisation,
		why: "half a database, or one without accounts, must never be taken for a whole one",
	},
	{
		name: "replica's volume wiped", weight: 2, inject: wipeReplica,
		why: "a replica without data clones it by itself",
	},
	{
		name: "primary's volume wiped", weight: 1, inject: wipePrimary,
		why: "an empty primary must refuse; a person makes a pod that holds data the primary",
	},
	{
		name: "primary moved", weight: 1, inject: movePrimary,
		why: "two primaries, or one that lacks what the other acknowledged, are lost data",
	},
	{
		name: "scaled with stale volumes", weight: 2, inject: scale,
		why: "a pod that was away must catch up from where its old volume stands",
	},
	{
		name: "Secret missing", weight: 1, inject: removeSecret,
		why: "a pod cannot start, and must once the Secret is back",
	},
	{
		name: "Secret wrong", weight: 1, inject: spoilSecret,
		why: "pods with different passwords must not leave a trace once it is right again",
	},
	{
		name: "Secret changed", weight: 1, inject: changeSecret,
		why: "the accounts follow it, and replication goes on",
	},
	{
		name: "spec rolled forward and back", weight: 1, inject: rollBack,
		why: "pods of two revisions live together, and are replaced while they start",
	},
	{
		name: "broken spec rolled back", weight: 1, inject: rollBackBroken,
		why: "a pod that never becomes Ready must not block the way back",
	},
	{
		name: "node stopped and started", weight: 1, inject: restartNode, shared: true,
		why: "every pod of every set at once, and the API server, too",
	},
}

// diskFaults are those of a set on small volumes.
var diskFaults = []fault{
	{
		name: "replica's disk full", weight: 1, inject: fillReplica,
		why: "a replica that cannot write must catch up, not skip or stop for good",
	},
	{
		name: "primary's disk full", weight: 1, inject: fillPrimary,
		why: "a commit that failed must not be acknowledged, nor tear the binary log",
	},
}

// moment is a random time up to a limit.
func moment(random *rand.Rand, limit time.Duration) time.Duration {
	return time.Duration(random.Int64N(int64(limit)))
}

// sleep lets a random time pass.
func sleep(t *testing.T, random *rand.Rand, limit time.Duration) {
	t.Helper()
	pause := moment(random, limit)
	t.Logf("%.1f s pass", pause.Seconds())
	time.Sleep(pause)
}
