package manifests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// writing is a set of three whose primary, db-0, takes writes.
func writing() servers {
	return servers{at: map[string]server{
		"here":    {uuid: "u0", executed: "set:1,u0:1,u0:2", writes: true, takesForPrimary: "primary:0"},
		"db-1.db": {uuid: "u1", executed: "set:1,u0:1,u0:2", takesForPrimary: "primary:0"},
		"db-2.db": {uuid: "u2", executed: "set:1,u0:1", takesForPrimary: "primary:0"},
	}}
}

// TestPrimaryEarnsTheRight: db-1 of three pods is to be the primary.
func TestPrimaryEarnsTheRight(t *testing.T) {
	const (
		agree = "primary: all other pods agree and have no transaction that this one lacks: it has the right to take writes from now on\n"
		not   = "no writes yet: "
	)
	status := with(fixture(t, "show-replica-status.txt"), "Source_Host", "db-0.db")
	alone := servers{at: map[string]server{
		"here":    {uuid: "u1", executed: "set:1,u0:1,u0:2", takesForPrimary: "primary:1"},
		"db-0.db": {uuid: "u9", executed: "set:1,u0:1,u0:2", takesForPrimary: "primary:1"},
		"db-2.db": {uuid: "u2", executed: "set:1,u0:1", takesForPrimary: "primary:1"},
	}}
	moved := alone.following(status, "db-0.db")
	has := func(transactions string) func(*server) {
		return func(s *server) { s.executed = transactions }
	}
	first := alone.but("here", func(s *server) { s.executed, s.unused = "set:1", "yes" }).but("db-0.db", has("set:1")).but("db-2.db", has("set:1"))
	another := "00736574-0000-8000-a000-000000000002:1"
	lost := func(host string) string {
		return "ERROR: primary: no writes yet: this pod's database is new and empty, and " + host + " holds data: the primary's volume was lost. Make that pod the primary, with spec.replication.primary: its ordinal; this pod's empty database is then set aside, and it is cloned anew"
	}
	for _, test := range []struct {
		reason  string
		servers servers
		did     []string
		log     string
		stands  string
	}{
		{"the set's first start: nobody has anything", first, []string{takeWrites}, agree, "serves"},
		{"moved as planned: it followed the former primary", moved, []string{resetReplica, takeWrites}, agree, "serves"},
		{"the former primary lost its volume and was cloned anew", alone, []string{takeWrites}, agree, "serves"},
		{
			"with semi-sync no write is acknowledged unprotected, from the first",
			func() servers { s := alone; s.semiSync = true; return s }(),
			[]string{"here: SET GLOBAL rpl_semi_sync_source_enabled = ON", takeWrites},
			agree, "serves",
		},
		{"a database that was never used is no data: that pod will set it aside", alone.but("db-0.db", func(s *server) { s.executed, s.unused = another, "yes" }), []string{takeWrites}, agree, "serves"},

		{
			"another pod does not answer: it may be the one that has the most", moved.without("db-2.db"), nil,
			not + "db-2.db does not answer: ERROR 2013 (HY000): Lost connection. Every pod that the ConfigMap counts has a say; if the set has fewer pods now, say so in spec.replicas, not in a patch of the StatefulSet\n", "serves",
		},
		{"on the first start, too, for ever", first.without("db-2.db"), nil, not + "db-2.db does not answer", "stopped"},
		{"it has just started, or is a new clone: what it publishes is of a server before", moved.but("db-2.db", func(s *server) { s.publishedBy = "u8" }), nil, not + "db-2.db has just started", "serves"},
		{"the former primary still takes writes", moved.but("db-0.db", func(s *server) { s.writes = true }), nil, not + "db-0.db still takes writes\n", "serves"},
		{
			"a pod was not restarted yet since the primary was moved", moved.but("db-2.db", func(s *server) { s.takesForPrimary = "primary:0" }), nil,
			not + "db-2.db still takes another pod for the primary (primary:0), until it is restarted with this configuration\n", "serves",
		},
		{"it received what it has not applied", moved.but("here", func(s *server) { s.received = "u0:2,u0:3" }).but("db-0.db", has("set:1,u0:1,u0:2,u0:3")), nil, not + "catching up with it", "serves"},
		{"the former primary has more: it is still being sent", moved.but("db-0.db", has("set:1,u0:1,u0:2,u0:3")), nil, "following db-0.db; no writes yet: catching up with it\n", "serves"},
		{
			"another replica has more than this one, the primary is lost: this one catches up with it",
			alone.following(with(status, "Source_Host", "db-2.db"), "").but("db-2.db", has("set:1,u0:1,u0:2,u0:3")),
			[]string{fmt.Sprintf(change, "db-2.db", ""), startReceiver("life of u2")},
			"following db-2.db", "serves",
		},
		{
			"of two that have more, one lacks something: the other",
			moved.but("db-0.db", has("set:1,u0:1,u0:3")).but("db-2.db", has("set:1,u0:1,u0:2,u0:3")).following(with(status, "Source_Host", "db-2.db"), "db-2.db"),
			nil, "following db-2.db; no writes yet: catching up with it\n", "serves",
		},
		{
			"each has what the other lacks", alone.but("db-2.db", has("set:1,u0:1,u0:3")), nil,
			"ERROR: primary: no writes yet: this pod has diverged from db-2.db: it lacks u0:3, and db-2.db lacks u0:2. Find out which are to stay", "stopped",
		},
		{
			"written on a replica by mistake: never taken over", alone.but("db-2.db", has("set:1,u0:1,u0:2,u2:1")), nil,
			"ERROR: primary: no writes yet: db-2.db has transactions of its own that it never sent as a primary: u2:1. They were written there by mistake, or db-2.db is to be the primary", "stopped",
		},
		{
			"the last writes of the former primary, which it published to have taken, were sent before", moved.but("db-0.db", func(s *server) { s.executed, s.wrote = "set:1,u0:1,u0:2,u9:1", "yes" }), nil,
			"following db-0.db; no writes yet: catching up with it\n", "serves",
		},
		{"new and empty, and others hold data: the volume was lost", alone.but("here", func(s *server) { s.executed, s.unused = another, "yes" }), nil, lost("db-0.db"), "stopped"},
		{"so it is if their GTID sets are empty, as after RESET", first.but("here", func(s *server) { s.executed = another }).but("db-0.db", has("")), nil, lost("db-0.db"), "stopped"},
		{"another set's pod", moved.but("db-2.db", has(another+",u0:1")), nil, "ERROR: primary: no writes yet: db-2.db is of another set", "stopped"},
		{"a pod whose history was reset may have rows that no number tells", moved.but("db-0.db", func(s *server) { s.verdict = "reset db-0 u0:1" }), nil, "ERROR: primary: no writes yet: the history of db-0.db was reset", "stopped"},
		{
			"the other purged what this one lacks",
			moved.but("db-0.db", func(s *server) { s.executed, s.purged = "set:1,u0:1,u0:2,u0:3", "u0:1,u0:2,u0:3" }), nil,
			"ERROR: primary: no writes yet: it lacks transactions of db-0.db, which no longer has the binary logs: u0:3. Make that pod the primary", "stopped",
		},
		{"own transactions cannot be read", alone.without("here"), nil, lostConnection + tryingAgain, ""},
		{"the sets cannot be compared", alone.failing("*GTID_SUBTRACT*"), nil, lostConnection + tryingAgain, ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, "db-1")
			p.env["PRIMARY_ORDINAL"] = "1"
			p.rounds(1)
			p.alive()
			names(p)
			p.write("run/following", "db-0.db life of u9\n")
			if strings.Contains(test.servers.status, "Source_Host: db-2.db") && test.servers.wanted != "" {
				p.write("run/following", "db-2.db life of u2\n")
			}
			test.servers.fake(p)
			assert.Contains(t, p.loops("replication.sh"), test.log)
			assert.Equal(t, test.did, p.changes())
			_, stands, _ := strings.Cut(p.read("run/standing"), " ")
			stands, _, _ = strings.Cut(stands, " ")
			assert.Equal(t, test.stands, stands)
			if test.log == agree {
				assert.Regexp(t, `^taken by db-1 at \S+Z\n$`, p.read(rightFile))
				assert.Equal(t, "u1\n", p.read("state/wrote"), "what it writes it numbers by this UUID")
			} else {
				assert.False(t, p.exists(rightFile))
			}
		})
	}

	earning := func(t *testing.T, servers servers) *pod {
		p := newPod(t, Plugin, "db-1")
		p.env["PRIMARY_ORDINAL"] = "1"
		p.rounds(1)
		p.alive()
		names(p)
		servers.fake(p)
		return p
	}
	t.Run("a pod beyond the number in the ConfigMap that DNS knows has a say", func(t *testing.T) {
		p := earning(t, alone.without("db-2.db"))
		p.write("config-map/replicas", "2\n")
		assert.Contains(t, p.loops("replication.sh"), "db-2.db does not answer")
		assert.Equal(t, "2 2\n", p.read("state/members"))
		assert.False(t, p.exists(rightFile))
	})
	t.Run("one that was seen before and is gone, too: for a while, if this pod has data", func(t *testing.T) {
		p := earning(t, alone)
		p.write("state/members", "3 3\n")
		assert.Contains(t, p.loops("replication.sh"), "db-3.db does not answer")
		assert.False(t, p.exists(rightFile))
		p.env["ASK_SECONDS"] = "0"
		assert.Contains(t, p.loops("replication.sh"), agree)
	})
	t.Run("for ever, if it has none", func(t *testing.T) {
		p := earning(t, first)
		p.write("state/members", "3 3\n")
		p.env["ASK_SECONDS"] = "0"
		assert.Contains(t, p.loops("replication.sh"), "db-3.db does not answer")
		assert.False(t, p.exists(rightFile))
	})
	t.Run("somebody said how many pods there are since: forgotten", func(t *testing.T) {
		p := earning(t, first)
		p.write("state/members", "4 5\n")
		assert.Contains(t, p.loops("replication.sh"), agree)
		assert.Equal(t, "3 2\n", p.read("state/members"))
	})
	for _, test := range []struct{ reason, getent, log string }{
		{"DNS does not know this pod itself: a look in it counts for nothing", "exit 2", "DNS does not know this pod's own name db-1.db"},
		{
			"the Service publishes a pod whose name is not known",
			`case "$*" in 'ahosts db') echo '10.0.0.9 STREAM' ;; *) echo '10.0.0.2 x' ;; esac`,
			"the headless Service publishes 10.0.0.9, and no name of a pod of this set leads there",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := earning(t, alone)
			p.fake("getent", `[[ "$*" != *db-[3-9]* && "$*" != *db-[1-9][0-9]* ]] || exit 2`+"\n"+test.getent)
			assert.Contains(t, p.loops("replication.sh"), test.log)
			assert.False(t, p.exists(rightFile))
		})
	}
	t.Run("wherever it is killed, it takes no write without the right, and has it in the end", func(t *testing.T) {
		t.Parallel()
		atEach(t, everyThird, func(t *testing.T, n int) bool {
			p := newPod(t, Plugin, "db-1")
			p.env["PRIMARY_ORDINAL"] = "1"
			p.rounds(1)
			p.alive()
			names(p)
			moved.fake(p)
			finished := p.killedBefore(n, "source ./replication.sh")
			if strings.Contains(p.read("statements"), takeWrites) {
				assert.True(t, p.exists(rightFile))
			}
			p.write("calls", "")
			p.write("statements", "")
			p.loops("replication.sh")
			// Or it was opened just before: then a person is taken to have closed it since.
			assert.True(t, p.exists("run/opened"))
			assert.True(t, p.exists(rightFile))
			return finished
		})
	})
}

// TestPrimaryWithTheRight: each life of its server begins read-only, and takes writes once
// nobody has what it lacks.
func TestPrimaryWithTheRight(t *testing.T) {
	writes := writing()
	started := writes.but("here", func(s *server) { s.writes = false })
	older := func(s *server) { s.executed = "set:1,u0:1,u0:2,u0:3" }
	const taking = "primary: taking writes\n"
	for _, test := range []struct {
		reason  string
		servers servers
		open    bool // in this life it has taken writes before
		did     []string
		log     string
		closed  bool
	}{
		{"it takes writes: nothing is done", writes, true, nil, "primary: all other pods have answered\n", false},
		{"its server was started anew, and all others answer: it takes writes", started, false, []string{takeWrites}, taking, false},
		{
			"and the former configuration is still there", started.following(fixture(t, "show-replica-status.txt"), ""), false,
			[]string{resetReplica, takeWrites},
			taking, false,
		},
		{"one does not answer: waited for", started.without("db-2.db"), false, nil, "primary: no writes yet: asking the other pods whether they have more; db-2.db does not answer", true},
		{"it goes on without that answer, if it took writes before", writes.without("db-2.db"), true, nil, "primary: going on to ask: db-2.db does not answer", false},
		{
			"another pod has more: this volume is an older copy", started.but("db-1.db", older), false, nil,
			"ERROR: primary: no writes: db-1.db has transactions that this pod lacks, or saw them here before: u0:3. This pod's volume is an older copy", true,
		},
		{"it turns out later: writes stop", writes.but("db-1.db", older), true, nil, "ERROR: primary: no writes: db-1.db has transactions", true},
		{"what another has received counts", writes.but("db-1.db", func(s *server) { s.received = "u0:3" }), true, nil, "ERROR: primary: no writes: db-1.db has transactions", true},
		{"what this pod is committing is not lacking", writes.but("db-1.db", older).but("here", func(s *server) { s.committing = "u0:3" }), true, nil, "primary: all other pods have answered\n", false},
		{
			"another pod saw here what is gone", started.but("db-1.db", func(s *server) { s.verdict = "differs db-0.db u0:7" }), false, nil,
			"ERROR: primary: no writes: db-1.db has transactions that this pod lacks, or saw them here before: u0:7", true,
		},
		{
			"what a replica numbered itself no primary had: it waits for its rebuild, and does not stop the set", writes.but("db-1.db", func(s *server) { s.executed = "set:1,u0:1,u0:2,u1:1" }), true, nil,
			"primary: db-1.db has transactions that were made there, and that no primary ever had: u1:1. Writes go on", false,
		},
		{
			"so it is with what it published to have made in an earlier life", started.but("db-1.db", func(s *server) {
				s.executed, s.errant, s.verdict = "set:1,u0:1,u0:2,u8:1", "u8:1", "differs db-0.db u8:1"
			}), false, []string{takeWrites}, taking, false,
		},
		{
			"but not with what it wrote as the primary", writes.but("db-1.db", func(s *server) { s.executed, s.wrote = "set:1,u0:1,u0:2,u1:1", "yes" }), true, nil,
			"ERROR: primary: no writes: db-1.db has transactions", true,
		},
		{
			"nor with a pod of the release before, which says nothing", writes.but("db-1.db", func(s *server) { s.executed, s.old = "set:1,u0:1,u0:2,u1:1", true }), true, nil,
			"ERROR: primary: no writes: db-1.db has transactions", true,
		},
		{"a replica whose history was reset does not stop the set", started.but("db-1.db", func(s *server) { s.executed, s.verdict = "u1:1", "reset db-1 set:1,u0:1" }), false, []string{takeWrites}, taking, false},
		{
			"a name leads to another set for a while: that is no answer, and stops nothing", writes.but("db-1.db", func(s *server) { s.home = "other/db" }), true, nil,
			"primary: going on to ask: db-1.db does not answer: the name leads to a server of another set, other/db\n", false,
		},
		{"two pods take writes: this one stops", writes.but("db-1.db", func(s *server) { s.writes = true }), true, nil, "ERROR: primary: no writes: db-1.db takes writes as well", true},
		{
			"FLUSH of a replica's server, which changes nothing, is made good", writes.but("db-1.db", func(s *server) { s.executed, s.harmless = "set:1,u0:1,u0:2,u1:1", "u1:1" }), true,
			[]string{"here: SET GTID_NEXT = 'u1:1'; BEGIN; COMMIT; SET GTID_NEXT = AUTOMATIC"},
			"primary: making good, by empty transactions", false,
		},
		{
			"a commit waits for an acknowledgement that was lost: another transaction brings one",
			func() servers { s := writes; s.stuck = true; return s }(), true,
			[]string{"here: FLUSH OPTIMIZER_COSTS"},
			"primary: a commit waits for an acknowledgement with replicas there: it may be lost; writing another transaction, FLUSH OPTIMIZER_COSTS, whose acknowledgement counts for both\n", false,
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := loopingPod(t, "db-0", 1)
			p.write(rightFile, "taken by db-0\n")
			if test.open {
				p.write("run/opened", "life of here\n")
			}
			test.servers.fake(p)
			if test.servers.stuck {
				// That statement waits in the background, and what is there ends with the script.
				p.fake("sleep", `until grep -q '^here: FLUSH' "${ROOT}/statements"; do /bin/sleep 0.01; done; kill -TERM "${PPID}"`)
			}
			assert.Contains(t, p.loops("replication.sh"), test.log)
			assert.Equal(t, test.did, p.changes())
			assert.Equal(t, !test.closed, p.exists("run/opened"))
			if test.open && test.closed {
				assert.Contains(t, p.statements(), closeWrites)
			}
			assert.True(t, p.exists(rightFile))
		})
	}
	t.Run("those who do not answer are waited for, but not for ever", func(t *testing.T) {
		p := loopingPod(t, "db-0", 1)
		p.write(rightFile, "taken by db-0\n")
		p.env["ASK_SECONDS"] = "0"
		started.without("db-1.db").without("db-2.db").fake(p)
		assert.Contains(t, p.loops("replication.sh"), "primary: taking writes without an answer of all pods, since a primary is needed: db-1.db does not answer")
		assert.Equal(t, []string{takeWrites}, p.changes())
	})
	t.Run("its server was started anew while the others were asked: nothing is decided", func(t *testing.T) {
		p := loopingPod(t, "db-0", 1)
		p.write(rightFile, "taken by db-0\n")
		p.write("run/opened", "life of here\n")
		anew := started.but("here", func(s *server) { s.shut = true }).at["here"]
		writes.fake(p, `'here: SELECT CONCAT_WS('*) if [[ -e "${ROOT}/asked" ]]; then echo '`+anew.answer(true)+`'; else touch "${ROOT}/asked"; echo '`+writes.at["here"].answer(true)+"'; fi ;;\n")
		assert.Contains(t, p.loops("replication.sh"), "the server was started anew meanwhile\n")
		assert.Empty(t, p.changes())
		assert.False(t, p.exists("state/frozen"), "nobody froze it")
	})
	t.Run("an older set gets an identity, once all pods answer", func(t *testing.T) {
		p := loopingPod(t, "db-0", 1)
		p.write(rightFile, "taken by db-0\n")
		p.write("run/opened", "life of here\n")
		none := func(s *server) { s.executed = "u0:1" }
		old := writes.but("here", none).but("db-1.db", none).but("db-2.db", none)
		old.fake(p)
		assert.Regexp(t, `primary: this set gets an identity: 00736574-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}\n`, p.loops("replication.sh"))
		assert.Len(t, p.changes(), 1)
		p.write("statements", "")
		p.write("calls", "")
		old.without("db-2.db").fake(p)
		p.loops("replication.sh")
		assert.Empty(t, p.changes())
	})
}

// TestFreeze: who turns super_read_only on on the primary, and off again.
func TestFreeze(t *testing.T) {
	writes := writing()
	closed := writes.but("here", func(s *server) { s.writes = false })
	const byHand = "SET GLOBAL super_read_only = ON by hand, seen before\n"
	for _, test := range []struct {
		reason       string
		servers      servers
		open         bool
		frozen, spec string
		did          []string
		left, log    string
	}{
		{"a person froze it: left, and remembered", closed, true, "", "false", nil, "by hand", "primary: frozen, it takes no writes: SET GLOBAL super_read_only = ON by hand"},
		{"and its server was started anew: it comes back frozen", closed, false, byHand, "false", nil, "by hand", "primary: frozen, it takes no writes"},
		{"a person turned it off again", writes, true, byHand, "false", []string{takeWrites}, "", "primary: super_read_only was turned off by hand: no longer frozen"},
		{"the spec freezes it", writes, true, "", "true", nil, "spec.replication.frozen", "primary: frozen, it takes no writes: spec.replication.frozen since"},
		{"and thaws it", closed, true, "spec.replication.frozen since before\n", "false", []string{takeWrites}, "", "primary: spec.replication.frozen is false again"},
		{"the spec thaws nothing that a person froze", closed, true, byHand, "false", nil, "by hand", "primary: frozen"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := loopingPod(t, "db-0", 1)
			p.write(rightFile, "taken by db-0\n")
			p.write("config-map/frozen", test.spec+"\n")
			if test.open {
				p.write("run/opened", "life of here\n")
			}
			if test.frozen != "" {
				p.write("state/frozen", test.frozen)
			}
			servers := test.servers
			if len(test.did) > 0 {
				// The server is read-only, or its read_only is.
				servers = servers.but("here", func(s *server) { s.frozen = s.writes })
			}
			servers.fake(p)
			assert.Contains(t, p.loops("replication.sh"), test.log)
			assert.Equal(t, test.did, p.changes())
			assert.Contains(t, p.read("state/frozen"), test.left)
			assert.Equal(t, test.left != "", p.exists("state/frozen"))
			assert.Contains(t, p.read("run/standing"), " serves ")
		})
	}
}
