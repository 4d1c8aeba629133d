package manifests

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// verdictFile is why a pod is stopped, as the sidecar sees it.
const verdictFile = "state/verdict"

// replicas of three pods: db-1 follows db-0, the primary.
func replicas(t *testing.T) servers {
	t.Helper()
	return servers{
		at: map[string]server{
			"here":    {uuid: "u1", executed: "set:1,u0:1,u0:2", takesForPrimary: "primary:0"},
			"db-0.db": {uuid: "u0", executed: "set:1,u0:1,u0:2,u0:3", writes: true, copy: "its data"},
			"db-2.db": {uuid: "u2", executed: "set:1,u0:1,u0:2"},
		},
		wanted: "db-0.db",
		status: with(fixture(t, "show-replica-status.txt"), "Source_Host", "db-0.db"),
	}
}

// TestReplicaFollows: whom it follows, and that it has compared whom it follows.
func TestReplicaFollows(t *testing.T) {
	fits := replicas(t)
	following := fits.status
	stopped := with(following, "Replica_IO_Running", "No", "Replica_SQL_Running", "No")
	away := with(following, "Replica_IO_Running", "Connecting", "Last_IO_Error", "Error connecting to source")
	start0 := startReceiver("life of u0")
	const (
		alone = "no other pod to follow: the primary db-0.db "
	)
	executed := func(transactions string) func(*server) {
		return func(s *server) { s.executed = transactions }
	}
	unready := fits.but("db-0.db", func(s *server) { s.writes = false })
	moving := unready.but("db-0.db", executed("set:1,u0:1")).following(with(following, "Source_Host", "db-2.db"), "db-2.db")
	for _, test := range []struct {
		reason  string
		servers servers
		did     []string // every statement that changes anything
		log     string   // what the log contains
		stands  string   // what the readiness probe is told
	}{
		{"all is well: nothing is done", fits, nil, "replica: following db-0.db\n", "follows"},
		{
			"after each start of the server: applier and receiver are started, and the source is not set anew, which would throw away relay logs",
			fits.following(stopped, "db-0.db"),
			[]string{start0, startApplier},
			"replica: following db-0.db (receiver: No)", "follows",
		},
		{"only the applier stopped", fits.following(with(following, "Replica_SQL_Running", "No", "Last_SQL_Error", "Duplicate entry"), "db-0.db"), []string{startApplier}, "starting the applier Duplicate entry", "follows"},
		{"only the receiver stopped", fits.following(with(following, "Replica_IO_Running", "No", "Last_IO_Error", "error 1236"), "db-0.db"), []string{start0}, "error 1236", "follows"},
		{"it follows nothing yet: the source is set, then started", fits.following(stopped, ""), []string{fmt.Sprintf(change, "db-0.db", ""), start0, startApplier}, "following db-0.db", "follows"},
		{
			"the primary has begun another life: the receiver is started anew, with the password of that life",
			fits.but("db-0.db", func(s *server) { s.life = "another" }),
			[]string{startReceiver("another")},
			"following db-0.db", "follows",
		},
		{
			"a primary of the release before lives",
			fits.but("db-0.db", func(s *server) { s.old = true }),
			[]string{startReceiver("")},
			"following db-0.db", "follows",
		},
		{"the primary is committing what this pod has", fits.but("here", executed("set:1,u0:1,u0:9")).but("db-0.db", func(s *server) { s.committing = "u0:9" }), nil, "following db-0.db", "follows"},
		{"the primary purged what is received and not applied yet: it is not lost", fits.but("db-0.db", func(s *server) { s.purged = "u0:1,u0:2,u0:3" }).but("here", func(s *server) { s.received = "u0:3" }), nil, "following db-0.db", "follows"},
		{
			"the primary purged what is needed: stopped, and no verdict, since it contradicts nothing",
			fits.but("db-0.db", func(s *server) { s.purged = "u0:1,u0:2,u0:3" }),
			[]string{stopReplica},
			"ERROR: replica: the primary db-0.db no longer has the binary logs of transactions that this pod needs: u0:3. It cannot catch up", "stopped",
		},
		{
			"another set's server, by a wrong address", fits.but("db-0.db", executed("00736574-0000-8000-a000-000000000002:1,u0:1,u0:2")),
			[]string{stopReplica},
			"ERROR: replica: the server at db-0.db is of another set, ns/db: its identity is 00736574-0000-8000-a000-000000000002, this pod's " + identity, "stopped",
		},
		{
			"another set's server of the same history, as after a copy of all volumes", fits.but("db-0.db", func(s *server) { s.home = "other/db" }),
			[]string{stopReplica},
			"ERROR: replica: the server at db-0.db is of another set, other/db", "stopped",
		},
		{"a server with this one's UUID", fits.but("db-0.db", func(s *server) { s.uuid = "u1" }), []string{stopReplica}, "ERROR: replica: the server at db-0.db has this pod's server UUID or server_id", "stopped"},
		{"a server with this one's server_id", fits.but("db-0.db", func(s *server) { s.id = "id of u1" }), []string{stopReplica}, "ERROR: replica: the server at db-0.db has this pod's server UUID or server_id", "stopped"},
		{"the primary's history was reset", fits.but("db-0.db", func(s *server) { s.verdict = "reset db-0 u0:1" }), []string{stopReplica}, "ERROR: replica: the history of the primary db-0.db was reset: reset db-0 u0:1", "stopped"},
		{
			"the primary's pod has just started, or is a new clone, and what it publishes is of a server before", fits.but("db-0.db", func(s *server) { s.publishedBy = "u9" }), nil,
			alone + "has just started\n", "serves",
		},

		{"the primary is away: a receiver that runs can only reach the life that was compared, and goes on", fits.following(away, "db-0.db").without("db-0.db"), nil, alone + "does not answer: ERROR 2013 (HY000): Lost connection\n", "serves"},
		{
			"the primary is away, and this pod was started anew: no receiver, whatever is stored; what was received is applied",
			fits.following(stopped, "db-0.db").without("db-0.db"),
			[]string{startApplier},
			alone + "does not answer", "serves",
		},
		{"the primary is away, and nothing is configured", fits.following("", "").without("db-0.db"), nil, alone + "does not answer", "serves"},
		{"the primary takes no writes yet: it is followed, since it was compared", unready, nil, "replica: following db-0.db; it takes no writes yet\n", "serves"},
		{
			"the new primary lacks what this pod has, and takes no writes: the former one is followed, which was compared", moving, nil,
			"replica: following db-2.db; the primary db-0.db takes no writes, and lacks what this pod has: u0:2\n", "serves",
		},
		{
			"neither has what this pod has: nobody is followed, and nothing is wrong yet", moving.but("db-2.db", executed("set:1,u0:1")),
			[]string{stopReceiver},
			alone + "takes no writes, and lacks what this pod has: u0:2\n", "serves",
		},
		{
			"an empty primary, and nobody else: its DROP must not come here", unready.but("db-0.db", executed("")).following(stopped, "db-0.db"),
			[]string{stopReceiver, startApplier},
			alone + "takes no writes, and lacks what this pod has", "serves",
		},
		{
			"this pod has no data, and the primary that takes no writes yet has some: not to be read",
			unready.but("here", executed("set:1")).following("", "").but("db-0.db", func(s *server) { s.purged = "u0:1" }), nil,
			alone, "stopped",
		},

		{"own transactions cannot be read", fits.without("here"), nil, lostConnection + tryingAgain, ""},
		{"the sets cannot be compared", fits.failing("*GTID_SUBTRACT*"), nil, lostConnection + tryingAgain, ""},
		{"the configuration cannot be read", fits.failing("*slave_master_info*"), nil, lostConnection + tryingAgain, ""},
		{"the status cannot be read", fits.failing("'here: SHOW REPLICA STATUS'"), nil, lostConnection + tryingAgain, ""},
		{"setting the source fails: it is not started", fits.following(stopped, "").failing("*CHANGE*"), []string{fmt.Sprintf(change, "db-0.db", "")}, lostConnection + tryingAgain, ""},
		{"starting fails: tried again", fits.following(stopped, "db-0.db").failing("*'START REPLICA IO_THREAD'*"), []string{start0}, lostConnection + tryingAgain, ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := loopingPod(t, "db-1", 1)
			p.write("run/following", "db-0.db life of u0\n")
			if strings.Contains(test.servers.status, "Source_Host: db-2.db") {
				p.write("run/following", "db-2.db life of u2\n")
			}
			test.servers.fake(p)
			assert.Contains(t, p.loops("replication.sh"), test.log)
			assert.Equal(t, test.did, p.changes())
			assert.NotContains(t, p.read("calls"), " pw", "a password on a command line")
			assert.False(t, p.exists(verdictFile))
			_, stands, _ := strings.Cut(p.read("run/standing"), " ")
			stands, _, _ = strings.Cut(stands, " ")
			assert.Equal(t, test.stands, stands)
		})
	}

	t.Run("what is asked, in this order: own transactions before the primary's", func(t *testing.T) {
		p := loopingPod(t, "db-1", 1)
		fits.fake(p)
		p.loops("replication.sh")
		asked := p.statements()
		own, other := -1, -1
		for i, statement := range asked {
			if strings.HasPrefix(statement, "here: SELECT CONCAT_WS") {
				own = i
			}
			if strings.HasPrefix(statement, "db-0.db: SELECT CONCAT_WS") && other < 0 {
				other = i
			}
		}
		assert.Less(t, own, other)
		for _, call := range p.calls("mysql") {
			// In a session with NO_BACKSLASH_ESCAPES '\n' would be no line feed.
			assert.True(t, strings.Contains(call, "--init-command=SET SESSION sql_mode = ''") || strings.Contains(call, "DO 0"), call)
		}
		options := strings.Split(p.read("options"), "[client]\n")[1:]
		assert.Equal(t, map[string]string{"user": "root", "password": "root pw"}, optionFile(options[0]))
		assert.Contains(t, p.read("calls"), "--host=db-0.db --connect-timeout=3 --ssl-mode=REQUIRED")
	})
	t.Run("with a CA both connections verify the primary", func(t *testing.T) {
		p := loopingPod(t, "db-1", 1)
		p.write("etc/mysql/tls/ca.crt", "x")
		p.env["TLS_DIRECTORY"] = p.path("etc/mysql/tls")
		fits.following(stopped, "").fake(p)
		p.loops("replication.sh")
		ca := p.path("etc/mysql/tls/ca.crt")
		assert.Contains(t, p.read("calls"), "--host=db-0.db --connect-timeout=3 --ssl-mode=VERIFY_IDENTITY --ssl-ca="+ca)
		assert.Contains(t, p.statements(), fmt.Sprintf(askWanted, "db-0.db", ca))
		assert.Contains(t, p.statements(), fmt.Sprintf(change, "db-0.db", ", SOURCE_SSL_CA = '"+ca+"', SOURCE_SSL_VERIFY_SERVER_CERT = 1"))
	})
	for _, key := range []string{"root", "replication"} {
		t.Run("the Secret lost the password of "+key+": an empty one is never used", func(t *testing.T) {
			p := loopingPod(t, "db-1", 1)
			require.NoError(t, os.Remove(p.path("auth/"+key+"-password")))
			fits.following(stopped, "").fake(p)
			assert.Contains(t, p.loops("replication.sh"), "the Secret of auth.secretName has no key "+key+"-password")
			assert.NotContains(t, p.read("statements"), "START REPLICA IO_THREAD")
			assert.NotContains(t, p.read("options"), `password=""`)
		})
	}
	t.Run("a new clone forgets what its donor followed, before anything else", func(t *testing.T) {
		p := loopingPod(t, "db-1", 1)
		p.write("state/cloned", "db-0.db\n")
		fits.following(stopped, "db-0.db").fake(p)
		assert.Contains(t, p.loops("replication.sh"), "a new clone: forgetting what its donor db-0.db followed\n")
		assert.Equal(t, []string{resetReplica, start0, startApplier}, p.changes())
		assert.False(t, p.exists("state/cloned"))
	})
	t.Run("that fails: nothing is started", func(t *testing.T) {
		p := loopingPod(t, "db-1", 1)
		p.write("state/cloned", "db-0.db\n")
		fits.following(stopped, "db-0.db").failing("*RESET*").fake(p)
		p.loops("replication.sh")
		assert.Equal(t, []string{resetReplica}, p.changes())
		assert.True(t, p.exists("state/cloned"))
	})
	t.Run("somebody turned super_read_only off on a replica: on again, and said", func(t *testing.T) {
		p := loopingPod(t, "db-1", 1)
		fits.but("here", func(s *server) { s.writes = true }).fake(p)
		assert.Contains(t, p.loops("replication.sh"), "replica: super_read_only was off: turning it on\n")
		assert.Contains(t, p.statements(), closeWrites)
	})
	t.Run("a former life of this script was killed while it had turned super_read_only off", func(t *testing.T) {
		p := loopingPod(t, "db-1", 1)
		p.write("run/guard", "")
		fits.fake(p)
		p.loops("replication.sh")
		assert.Equal(t, closeWrites, p.statements()[0])
		assert.False(t, p.exists("run/guard"))
	})
	t.Run("the stream has passed a gap: asked for anew, then an error", func(t *testing.T) {
		p := loopingPod(t, "db-1", 4)
		p.write("run/following", "db-0.db life of u0\n")
		fits.but("here", func(s *server) { s.executed = "set:1,u0:1,u0:3" }).but("db-0.db", func(s *server) { s.executed = "set:1,u0:1,u0:2,u0:3" }).fake(p)
		log := p.loops("replication.sh")
		assert.Contains(t, log, "ERROR: it has transactions that did not come, although later ones did: u0:2")
		assert.Equal(t, []string{start0}, p.changes())
		assert.Contains(t, p.read("run/standing"), " stopped transactions are missing: u0:2")
	})
	t.Run("it cannot be looked after for long: a person is needed, and it is not to be read", func(t *testing.T) {
		p := loopingPod(t, "db-1", 13)
		fits.failing("*GTID_SUBTRACT*").fake(p)
		assert.Equal(t, 1, strings.Count(p.loops("replication.sh"), "ERROR: this pod could not be looked after for 12 rounds"))
		assert.Contains(t, p.read("run/standing"), " stopped this pod could not be looked after")
	})
	t.Run("the receiver is refused by a primary that answers: since when", func(t *testing.T) {
		p := loopingPod(t, "db-1", 1)
		p.write("run/following", "db-0.db life of u0\n")
		p.write("run/contact", "1000\n")
		fits.following(away, "db-0.db").fake(p)
		p.loops("replication.sh")
		assert.Equal(t, "1000\n", p.read("run/contact"))
		fits.fake(p)
		p.write("calls", "")
		p.loops("replication.sh")
		assert.NotEqual(t, "1000\n", p.read("run/contact"))

		p.write("run/contact", "1000\n")
		fits.following(away, "db-0.db").but("db-0.db", func(s *server) { s.life = "another" }).fake(p)
		p.write("calls", "")
		p.loops("replication.sh")
		assert.NotEqual(t, "1000\n", p.read("run/contact"), "the primary was away, and is there again")
	})
	t.Run("the server does not answer yet", func(t *testing.T) {
		for _, name := range []string{"db-0", "db-1"} {
			p := newPod(t, Plugin, name)
			p.rounds(2)
			p.fake("mysqladmin", "exit 1")
			assert.Equal(t, "waiting for the server\n", p.loops("replication.sh"))
			assert.Empty(t, p.calls("mysql"))
		}
	})
}
