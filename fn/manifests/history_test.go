package manifests

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestVerdict: a replica whose history and the primary's contradict each other is stopped,
// and remembers it.
func TestVerdict(t *testing.T) {
	fits := replicas(t)
	errant := fits.but("here", func(s *server) { s.executed += ",u1:1" })
	lost := fits.but("here", func(s *server) { s.executed += ",u0:9" })
	const says = "ERROR: replica: the primary db-0.db (server u0) lacks transactions that this pod has, or saw there before: "
	stopped := func(t *testing.T, servers servers) *pod {
		p := loopingPod(t, "db-1", 1)
		servers.fake(p)
		return p
	}
	for _, test := range []struct {
		reason                  string
		servers                 servers
		transactions, log, made string
	}{
		{"made on this pod by mistake", errant, "u1:1", says + "u1:1. This pod is stopped and left as it is. Find out whether they were written here by mistake, or lost there. Made on this pod itself: u1:1.", "u1:1"},
		{"the primary lost them", lost, "u0:9", says + "u0:9. This pod is stopped and left as it is. Find out whether they were written here by mistake, or lost there. To keep them, make this pod the primary: spec.replication.primary: 1.", ""},
		{"what was received counts", fits.but("here", func(s *server) { s.received = "u0:9" }), "u0:9", says + "u0:9", ""},
		{"the primary has nothing at all", fits.but("db-0.db", func(s *server) { s.executed = "" }), identity + ":1,u0:1,u0:2", says, ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := stopped(t, test.servers)
			assert.Contains(t, p.loops("replication.sh"), test.log)
			assert.Equal(t, []string{stopReplica}, p.changes())
			assert.Contains(t, p.read("run/standing"), " stopped ")
			verdict := p.read(verdictFile)
			assert.Contains(t, verdict, "kind=differs\nother=db-0.db\nuuid=u0\ncopy=its data\ntransactions="+test.transactions+"\n")
			p.write("statements", "")
			p.write("calls", "")
			p.loops("replication.sh")
			assert.Contains(t, strings.Join(p.altered(), "\n"), `"errant": "`+test.made+`"`)
		})
	}
	t.Run("what the primary had when this pod last looked counts, if it is the same data", func(t *testing.T) {
		p := stopped(t, fits)
		p.loops("replication.sh")
		older := fits.but("db-0.db", func(s *server) { s.executed = "set:1,u0:1,u0:2" })
		older.fake(p)
		p.write("calls", "")
		assert.Contains(t, p.loops("replication.sh"), says+"u0:3")

		p = stopped(t, fits)
		p.loops("replication.sh")
		older.but("db-0.db", func(s *server) { s.copy = "other data" }).fake(p)
		p.write("calls", "")
		p.loops("replication.sh")
		assert.False(t, p.exists(verdictFile), "it was cloned anew since")
	})
	t.Run("it had nothing, as after a reset that a person accepted", func(t *testing.T) {
		nothing := func(s *server) { s.executed = "" }
		p := stopped(t, fits.but("here", nothing).but("db-0.db", nothing))
		p.rounds(2)
		p.loops("replication.sh")
		assert.True(t, p.exists("state/primary-seen"))
		for _, statement := range p.statements() {
			if strings.Contains(statement, "GTID_SUBTRACT") {
				assert.NotContains(t, statement, "its data")
			}
		}
	})

	for _, test := range []struct {
		reason  string
		before  servers
		servers servers
		ends    bool
	}{
		{"it lasts while the primary has the same data, whatever it has then", lost, lost.but("db-0.db", func(s *server) { s.executed += ",u0:9" }), false},
		{"and while the primary does not answer", lost, lost.without("db-0.db"), false},
		{"and while it takes no writes", lost, lost.but("db-0.db", func(s *server) { s.writes = false }), false},
		{"it ends when the primary is other data, with all that this pod has", lost, lost.but("db-0.db", func(s *server) { s.executed, s.copy = s.executed+",u0:9", "other data" }), true},
		{"but not if that lacks something, too", lost, lost.but("db-0.db", func(s *server) { s.copy = "other data" }), false},
		{"it ends when the primary has what was made here and nowhere else: somebody put it there", errant, errant.but("db-0.db", func(s *server) { s.executed += ",u1:1" }), true},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := stopped(t, test.before)
			p.loops("replication.sh")
			assert.True(t, p.exists(verdictFile))
			p.write("calls", "")
			test.servers.fake(p)
			p.loops("replication.sh")
			assert.Equal(t, !test.ends, p.exists(verdictFile))
			if test.ends {
				assert.NotContains(t, p.read("run/standing"), " stopped ")
			} else {
				assert.Contains(t, p.read("run/standing"), " stopped ")
			}
		})
	}
	t.Run("it is over when this pod has become the primary", func(t *testing.T) {
		p := loopingPod(t, "db-0", 1)
		p.write(rightFile, "taken by db-0\n")
		p.write(verdictFile, "kind=differs\nother=db-1.db\ntransactions=u0:1\n")
		writing().but("here", func(s *server) { s.writes = false }).fake(p)
		p.loops("replication.sh")
		assert.False(t, p.exists(verdictFile))
	})
	t.Run("a lasting state is said once", func(t *testing.T) {
		p := stopped(t, errant)
		p.rounds(4)
		assert.Equal(t, 1, strings.Count(p.loops("replication.sh"), "ERROR"))
	})
}

// TestHarmless: FLUSH and its like are written to a replica's binary log in spite of
// super_read_only.
func TestHarmless(t *testing.T) {
	event := func(gtid, statement string) string {
		return "binlog.000001\t4\tGtid\t101\t81\tSET @@SESSION.GTID_NEXT= '" + gtid + "'\nbinlog.000001\t81\tQuery\t101\t160\t" + statement + "\n"
	}
	for _, test := range []struct {
		reason, executed, events string
		harmless                 string
	}{
		{"FLUSH STATUS", "u1:1", event("u1:1", "FLUSH STATUS"), "u1:1"},
		{"ANALYZE TABLE in a database", "u1:1", event("u1:1", "use `shop`; ANALYZE TABLE orders"), "u1:1"},
		{"the server itself empties a MEMORY table after a restart: this replica lacks its rows", "u1:1", event("u1:1", "TRUNCATE TABLE `shop`.`cache`"), ""},
		{"one of two", "u1:1,u1:2", event("u1:1", "FLUSH STATUS") + event("u1:2", "use `shop`; INSERT INTO orders VALUES (1)"), ""},
		{"both of two", "u1:1,u1:2", event("u1:1", "FLUSH STATUS") + event("u1:2", "FLUSH TABLES"), "u1:1,u1:2"},
		{"not to be found in the binary log any more", "u1:1", "", ""},
		{"a statement that has the word", "u1:1", event("u1:1", "use `shop`; INSERT INTO log VALUES ('FLUSH STATUS')"), ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := loopingPod(t, "db-1", 1)
			p.write("run/position", "binlog.000001 4\n")
			servers := replicas(t).but("here", func(s *server) { s.executed += "," + test.executed })
			servers.events = test.events
			servers.fake(p)
			log := p.loops("replication.sh")
			assert.Contains(t, p.read(verdictFile), "\nharmless="+test.harmless+"\n")
			assert.Equal(t, test.harmless == "", strings.Contains(log, "ERROR"), "whether a person is needed")
			assert.Contains(t, p.statements(), "here: SHOW BINLOG EVENTS IN 'binlog.000001' FROM 4 LIMIT 10000")
		})
	}
}

// TestHistoryShrinks: RESET BINARY LOGS AND GTIDS, or a volume that lost what was written
// last.
func TestHistoryShrinks(t *testing.T) {
	const says = "ERROR: this pod's history is smaller than it was: it lacks "
	t.Run("the primary: it takes no more writes, begins another life, and remembers", func(t *testing.T) {
		p := loopingPod(t, "db-0", 1)
		p.write(rightFile, "taken by db-0\n")
		p.write("run/opened", "life of here\n")
		p.write("state/seen", identity+":1,u0:1,u0:2\n")
		writing().but("here", func(s *server) { s.executed = "u0:1" }).fake(p)
		assert.Contains(t, p.loops("replication.sh"), says+identity+":1,u0:2")
		assert.Contains(t, p.statements(), closeWrites)
		assert.NotEqual(t, "life of here\n", p.read("run/life"))
		assert.Contains(t, p.read(verdictFile), "kind=reset\n")
		assert.Contains(t, p.read("run/standing"), " stopped ")

		p.write("calls", "")
		life := p.read("run/life")
		writing().fake(p)
		p.loops("replication.sh")
		assert.True(t, p.exists(verdictFile), "whatever it has then")
		assert.Equal(t, life, p.read("run/life"))

		got := p.run("accept-history.sh")
		assert.Zero(t, got.code, got.log)
		assert.False(t, p.exists(verdictFile))
		assert.False(t, p.exists("state/seen"))
		assert.NotZero(t, p.run("accept-history.sh").code, "there is nothing to accept any more")
	})
	t.Run("a replica: stopped", func(t *testing.T) {
		p := loopingPod(t, "db-1", 1)
		p.write("state/seen", identity+":1,u0:1,u0:2\n")
		replicas(t).but("here", func(s *server) { s.executed = "" }).fake(p)
		assert.Contains(t, p.loops("replication.sh"), says)
		assert.Equal(t, []string{stopReplica}, p.changes())
		assert.Contains(t, p.read("run/standing"), " stopped ")
	})
	t.Run("a replica that lost the end of its log gets it again", func(t *testing.T) {
		p := loopingPod(t, "db-1", 1)
		p.write("run/following", "db-0.db life of u0\n")
		p.write("state/seen", identity+":1,u0:1,u0:2,u0:3\n")
		replicas(t).fake(p)
		log := p.loops("replication.sh")
		assert.Contains(t, log, "this pod lost the end of its history, as after a crash of its node: u0:3")
		assert.NotContains(t, log, "ERROR")
		assert.False(t, p.exists(verdictFile))
	})
}
