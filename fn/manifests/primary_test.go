package manifests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rightFile is the right to take writes, as the sidecar sees it.
const rightFile = "state/primary"

// TestPrimaryEarnsTheRight: db-1 of three pods is to be the primary.
func TestPrimaryEarnsTheRight(t *testing.T) {
	const (
		agree = "primary: all other pods agree and have no transaction that this one lacks: it has the right to take writes from now on\n" +
			"primary: taking writes\nprimary: the accounts match the Secret\n"
		not = "; no writes yet: "
	)
	status := with(fixture(t, "show-replica-status.txt"), "Source_Host", "db-0.db")
	alone := servers{at: map[string]server{
		"here":    {uuid: "u1", executed: "u0:1,u0:2", takesForPrimary: "primary:1"},
		"db-0.db": {uuid: "u0", executed: "u0:1,u0:2", takesForPrimary: "primary:1"},
		"db-2.db": {uuid: "u2", executed: "u0:1", takesForPrimary: "primary:1"},
	}}
	moved := alone.following(status, "db-0.db")
	has := func(transactions string) func(*server) {
		return func(s *server) { s.executed = transactions }
	}
	first := alone.but("here", has("")).but("db-0.db", has("")).but("db-2.db", has(""))
	for _, test := range []struct {
		reason  string
		servers servers
		did     []string
		log     string
	}{
		{"the set's first start: nobody has anything", first, []string{takeWrites}, agree},
		{"moved as planned: it followed the former primary", moved, []string{resetReplica, takeWrites}, agree},
		{"the former primary lost its volume and was cloned anew", alone, []string{takeWrites}, agree},
		{
			"with semi-sync no write is acknowledged unprotected, from the first",
			func() servers { s := alone; s.semiSync = true; return s }(),
			[]string{"here: SET GLOBAL rpl_semi_sync_source_enabled = ON", takeWrites},
			agree,
		},

		{
			"another pod does not answer: it may be the one that has the most", moved.without("db-2.db"), nil,
			"replica: following db-0.db" + not + "db-2.db does not answer; if the set has fewer pods now, say so in spec.replicas: ERROR 2013 (HY000): Lost connection\n",
		},
		{
			"the former primary still takes writes", moved.but("db-0.db", func(s *server) { s.writes = true }), nil,
			"replica: following db-0.db" + not + "db-0.db still takes writes\n",
		},
		{
			"a pod was not restarted yet since the primary was moved", moved.but("db-2.db", func(s *server) { s.takesForPrimary = "primary:0" }), nil,
			"replica: following db-0.db" + not + "db-2.db still takes another pod for the primary (primary:0), until it is restarted with this configuration\n",
		},
		{
			"a pod of an earlier version says nothing", moved.but("db-2.db", func(s *server) { s.takesForPrimary = "" }), nil,
			"replica: following db-0.db" + not + "db-2.db still takes another pod for the primary (none), until it is restarted with this configuration\n",
		},
		{
			"it received what it has not applied", moved.but("here", func(s *server) { s.received = "u0:2,u0:3" }), nil,
			"replica: following db-0.db" + not + "it has yet to apply what it received: u0:3\n",
		},
		{
			"the former primary has more: it is still being sent", moved.but("db-0.db", has("u0:1,u0:2,u0:3")), nil,
			"replica: following db-0.db" + not + "catching up with db-0.db\n",
		},
		{
			"another replica has more than this one, the primary is lost: this one catches up with it", alone.following(with(status, "Source_Host", "db-2.db"), "").but("db-2.db", has("u0:1,u0:2,u0:3")),
			[]string{fmt.Sprintf(change, "db-2.db", "")},
			"replica: following db-2.db\nreplica: following db-2.db" + not + "catching up with db-2.db\n",
		},
		{
			"another replica acknowledged what it has not applied yet", moved.but("db-2.db", func(s *server) { s.executed, s.received = "u0:1,u0:2", "u0:2,u0:3" }).following(with(status, "Source_Host", "db-2.db"), "db-2.db"), nil,
			"replica: following db-2.db" + not + "catching up with db-2.db\n",
		},
		{
			"of two that have more, one lacks something: the other",
			moved.but("db-0.db", has("u0:1,u0:3")).but("db-2.db", has("u0:1,u0:2,u0:3")).following(with(status, "Source_Host", "db-2.db"), "db-2.db"), nil,
			"replica: following db-2.db" + not + "catching up with db-2.db\n",
		},
		{
			"each has what the other lacks", alone.but("db-2.db", has("u0:1,u0:3")), nil,
			"following no other pod" + not + "ERROR: this pod has diverged from db-2.db: it lacks u0:3, and db-2.db lacks u0:2. Find out which are to stay; the other pod's PersistentVolumeClaim and the pod can be deleted then, and it is cloned anew\n",
		},
		{
			"written on a replica by mistake: never taken over", alone.but("db-2.db", has("u0:1,u0:2,u2:1")), nil,
			"following no other pod" + not + "ERROR: db-2.db has transactions of its own that it never sent as a primary: u2:1. They were written there by mistake, or db-2.db is to be the primary: then say so in spec.replication.primary. To give them up, delete its PersistentVolumeClaim and the pod; it is cloned anew\n",
		},
		{
			"the last writes of the former primary are its own, and were sent before", moved.but("db-0.db", has("u0:1,u0:2,u0:9")), nil,
			"replica: following db-0.db" + not + "catching up with db-0.db\n",
		},
		{
			"new and empty, and others hold data: the volume was lost", alone.but("here", has("")), nil,
			"following no other pod" + not + "ERROR: its database is new and empty, and db-0.db holds data: the primary's volume was lost. Make that pod the primary, with spec.replication.primary: its ordinal; then delete this pod's PersistentVolumeClaim and the pod; it is cloned anew\n",
		},
		{
			"the other purged what this one lacks",
			moved.but("db-0.db", func(s *server) { s.executed, s.purged = "u0:1,u0:2,u0:3", "u0:1,u0:2,u0:3" }), nil,
			"replica: following db-0.db" + not + "ERROR: it lacks transactions of db-0.db, which no longer has the binary logs: u0:3. Make that pod the primary, with spec.replication.primary: its ordinal\n",
		},
		{"own transactions cannot be read", alone.without("here"), nil, lostConnection + "the primary could not be looked after; trying again\n"},
		{"the sets cannot be compared", alone.failing("*GTID_SUBTRACT*"), nil, lostConnection + "the primary could not be looked after; trying again\n"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, "db-1")
			p.env["PRIMARY_ORDINAL"], p.env["PEER_TIMEOUT_SECONDS"] = "1", "60"
			p.rounds(1)
			test.servers.fake(p)
			if test.servers.stuck {
				// That statement waits in the background, and what is there ends with the script.
				p.fake("sleep", `until grep -q '^here: FLUSH' "${ROOT}/statements"; do /bin/sleep 0.01; done; kill -TERM "${PPID}"`)
			}
			assert.Equal(t, test.log, p.loops("replication.sh"))
			assert.Equal(t, test.did, p.changes())
			// It serves reads meanwhile, unless something is wrong with what it has.
			assert.Equal(t, strings.Contains(test.log, not) && !strings.Contains(test.log, "ERROR:") && !strings.Contains(test.log, "catching up"), p.exists("run/waiting"))
			if strings.HasPrefix(test.log, "primary: all other pods agree") {
				assert.Regexp(t, `^taken by db-1 at \S+Z\n$`, p.read(rightFile))
			} else {
				assert.False(t, p.exists(rightFile))
			}
		})
	}

	t.Run("whoever it hears is a pod of the set: as many as the ConfigMap has now, and those in DNS beyond", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.env["PRIMARY_ORDINAL"] = "1"
		p.rounds(1)
		p.write("config-map/replicas", "2\n")
		dns(p, "", map[string]string{"db-2.db": "10.0.0.3"})
		alone.without("db-2.db").fake(p)
		assert.Contains(t, p.loops("replication.sh"), "db-2.db does not answer")
		assert.False(t, p.exists(rightFile))
	})
	t.Run("on the first start it gives up on a pod that is not even in DNS: an overlay may ask for fewer", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.env["PRIMARY_ORDINAL"] = "1"
		p.rounds(1)
		dns(p, "", map[string]string{"db-0.db": "10.0.0.1"})
		first.without("db-2.db").fake(p)
		assert.Equal(t, agree, p.loops("replication.sh"))
	})
	t.Run("not at once", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.env["PRIMARY_ORDINAL"], p.env["PEER_TIMEOUT_SECONDS"] = "1", "60"
		p.rounds(1)
		dns(p, "", map[string]string{"db-0.db": "10.0.0.1"})
		first.without("db-2.db").fake(p)
		assert.Contains(t, p.loops("replication.sh"), "db-2.db does not answer")
	})
	t.Run("and not on one that is in DNS", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.env["PRIMARY_ORDINAL"] = "1"
		p.rounds(1)
		dns(p, "", map[string]string{"db-0.db": "10.0.0.1", "db-2.db": "10.0.0.3"})
		first.without("db-2.db").fake(p)
		assert.Contains(t, p.loops("replication.sh"), "db-2.db does not answer")
	})
	t.Run("wherever it is killed, it takes no write without the right, and has it in the end", func(t *testing.T) {
		t.Parallel()
		atEach(t, everyThird, func(t *testing.T, n int) bool {
			p := newPod(t, Plugin, "db-1")
			p.env["PRIMARY_ORDINAL"] = "1"
			p.rounds(1)
			moved.fake(p)
			finished := p.killedBefore(n, "source ./replication.sh")
			if strings.Contains(p.read("statements"), takeWrites) {
				assert.True(t, p.exists(rightFile))
			}
			p.write("calls", "")
			p.write("statements", "")
			p.loops("replication.sh")
			assert.Contains(t, p.changes(), takeWrites)
			assert.True(t, p.exists(rightFile))
			return finished
		})
	})
}

// TestPrimaryWithTheRight needs nobody: it takes writes whatever the others do.
func TestPrimaryWithTheRight(t *testing.T) {
	writes := servers{at: map[string]server{"here": {uuid: "u0", executed: "u0:1", writes: true}}}
	readOnly := servers{at: map[string]server{"here": {uuid: "u0", executed: "u0:1"}}}
	for _, test := range []struct {
		reason  string
		servers servers
		did     []string
		log     string
	}{
		{"it takes writes: nothing is done", writes, nil, "primary: the accounts match the Secret\n"},
		{"the container of its server was started anew, read-only as at the pod's start", readOnly, []string{takeWrites}, "primary: taking writes\nprimary: the accounts match the Secret\n"},
		{
			"and the former configuration is still there", readOnly.following(fixture(t, "show-replica-status.txt"), ""),
			[]string{resetReplica, takeWrites},
			"primary: taking writes\nprimary: the accounts match the Secret\n",
		},
		{
			"a commit waits for an acknowledgement that was lost: another transaction brings one",
			func() servers { s := writes; s.stuck = true; return s }(),
			[]string{"here: FLUSH OPTIMIZER_COSTS"},
			"primary: the accounts match the Secret\nprimary: a commit waits for an acknowledgement with replicas there: it may be lost; " +
				"writing another transaction, FLUSH OPTIMIZER_COSTS, whose acknowledgement counts for both\n",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, "db-0")
			p.rounds(1)
			p.write(rightFile, "taken by db-0\n")
			test.servers.fake(p)
			if test.servers.stuck {
				// That statement waits in the background, and what is there ends with the script.
				p.fake("sleep", `until grep -q '^here: FLUSH' "${ROOT}/statements"; do /bin/sleep 0.01; done; kill -TERM "${PPID}"`)
			}
			assert.Equal(t, test.log, p.loops("replication.sh"))
			assert.Equal(t, test.did, p.changes())
			for _, call := range p.calls("mysql") {
				assert.NotContains(t, call, "--host=db-")
			}
		})
	}
}

// TestRight: what init-mysql makes of the right, before the server starts.
func TestRight(t *testing.T) {
	const right = "volume/.mysqlreplicaset/primary"
	for _, test := range []struct {
		reason   string
		name     string
		primary  string
		right    bool
		identity string
		left     bool
		log      string
	}{
		{
			"the primary, with the right: it takes writes from the start", "db-1", "1", true,
			"server_id=101\nreport_host=db-1.db\nreport_user=primary:1\n", true, "this pod has the right to take writes: taken\n",
		},
		{
			"the primary, without: read-only", "db-1", "1", false,
			"server_id=101\nreport_host=db-1.db\nreport_user=primary:1\nsuper_read_only=ON\n", false, "this pod starts read-only",
		},
		{
			"a replica", "db-0", "1", false,
			"server_id=100\nreport_host=db-0.db\nreport_user=primary:1\n", false, "this pod is the replica",
		},
		{
			"no longer the primary: the right is given up", "db-0", "1", true,
			"server_id=100\nreport_host=db-0.db\nreport_user=primary:1\n", false, "this pod is no longer the primary: giving up the right to take writes (taken)",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, test.name)
			p.env["PRIMARY_ORDINAL"] = test.primary
			p.fill("volume/mysql", complete())
			p.write("config-map/primary.cnf", "[mysqld]\nloose_rpl_semi_sync_source_enabled=ON\nloose_rpl_semi_sync_source_timeout=1\n")
			if test.right {
				p.write(right, "taken\n")
			}
			for range 2 {
				got := p.run("init-mysql.sh")
				require.Zero(t, got.code, got.log)
				if test.left == test.right {
					assert.Contains(t, got.log, test.log)
				}
				assert.Equal(t, "[mysqld]\n"+test.identity, p.read("etc/mysql/conf.d/server-id.cnf"))
				assert.Equal(t, test.left, p.exists(right))
			}
			if test.name == "db-1" {
				// Semi-sync would have the applier wait for replicas that do not follow yet.
				assert.Equal(t, test.right, strings.Contains(p.read("etc/mysql/conf.d/primary.cnf"), "source_enabled"))
				assert.Contains(t, p.read("etc/mysql/conf.d/primary.cnf"), "source_timeout")
			}
		})
	}
	t.Run("a new database has no right, whatever its volume was before", func(t *testing.T) {
		p := firstStart(t, Plugin)
		p.write(right, "taken\n")
		got := p.run("init-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.False(t, p.exists(right))
		assert.Contains(t, p.read("etc/mysql/conf.d/server-id.cnf"), "super_read_only=ON\n")
	})
	t.Run("5.7: the primary is pod 0 for good, and takes writes from the start", func(t *testing.T) {
		p := newPod(t, XtraBackup, "db-0")
		p.fill("volume/mysql", complete())
		got := p.run("init-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.Equal(t, "[mysqld]\nserver_id=100\nreport_host=db-0.db\n", p.read("etc/mysql/conf.d/server-id.cnf"))
		assert.False(t, p.exists(right))
	})
}
