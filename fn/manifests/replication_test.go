package manifests

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rounds lets a sidecar's loop run so many times, then ends it as kubelet does: in
// its pause of 5 s. The server answers the sidecar's ping.
func (p *pod) rounds(count int) {
	p.t.Helper()
	p.fake("mysqladmin", "")
	p.fake("sleep", fmt.Sprintf(`[[ "$1" != 5 || $(grep -c '^sleep 5' "${ROOT}/calls") -lt %d ]] || kill -TERM "${PPID}"`, count))
}

// loops runs a sidecar, which must end as it was told to, and returns what it said.
func (p *pod) loops(script string) string {
	p.t.Helper()
	got := p.run(script)
	require.Zero(p.t, got.code, got.log)
	require.True(p.t, strings.HasSuffix(got.log, script+": stopping\n"), got.log)
	return strings.ReplaceAll(strings.TrimSuffix(got.log, script+": stopping\n"), script+": ", "")
}

// What the replication container asks a server.
const (
	askMine     = "here: SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')"
	askTheirs   = "db-0.db: SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', ''), REPLACE(@@GLOBAL.gtid_purged, '\\n', '')"
	stopReplica = "here: STOP REPLICA"
	start       = "here: START REPLICA"
	askStatus   = "here: SHOW REPLICA STATUS"
	change      = "here: SET SESSION sql_mode = ''; STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'db-0.db', SOURCE_PORT = 3306, SOURCE_USER = 'replication', " +
		"SOURCE_PASSWORD = 'replication pw', SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 5, SOURCE_RETRY_COUNT = 0, SOURCE_HEARTBEAT_PERIOD = 2, SOURCE_SSL = 1%s;"
	askWanted = "here: SET SESSION sql_mode = ''; SELECT COUNT(*) FROM mysql.slave_master_info WHERE Host = 'db-0.db' AND User_name = 'replication' " +
		"AND User_password = 'replication pw' AND Enabled_auto_position = 1 AND Enabled_ssl = 1 AND Ssl_ca = '%s';"
)

// replication answers what a replica's sidecar asks. An answer "!" is a failure.
type replication struct {
	mine, theirs, purged string // sets of GTIDs; theirs "!": the primary is away
	extra, lost          string // what GTID_SUBTRACT makes of them
	wanted               string // stored configurations that are the wanted one
	status               string
	change, start, stop  string
}

func (r replication) fake(p *pod) {
	p.t.Helper()
	answer := func(text string) string {
		if text == "!" {
			return "echo 'ERROR 2013 (HY000): Lost connection' >&2; exit 1 ;;\n"
		}
		return printing(text) + ";;\n"
	}
	theirs := r.theirs
	if theirs != "!" {
		theirs += "\t" + r.purged
	}
	p.fakeMySQL("'here: SELECT REPLACE(@@GLOBAL.gtid_executed'*) " + answer(r.mine) +
		"'db-0.db: SELECT REPLACE(@@GLOBAL.gtid_executed'*) " + answer(theirs) +
		"'here: '*GTID_SUBTRACT*\"'" + r.mine + "', '" + r.theirs + "'\"*) " + answer(r.extra) +
		"'here: '*GTID_SUBTRACT*\"'" + r.purged + "', '" + r.mine + "'\"*) " + answer(r.lost) +
		"*mysql.slave_master_info*) " + answer(r.wanted) +
		"*'CHANGE REPLICATION SOURCE TO'*) " + answer(r.change) +
		"'here: SHOW REPLICA STATUS') " + answer(r.status) +
		"'here: START REPLICA') " + answer(r.start) +
		"'here: STOP REPLICA') " + answer(r.stop) +
		"*) echo \"unexpected: ${host}: ${statement}\" >&2; exit 1 ;;")
}

func TestReplicaFollows(t *testing.T) {
	const primary, own = "3e11fa47-71ca-11e1-9e33-c80aa9429562", "5f1b2c3d-71ca-11e1-9e33-c80aa9429562"
	following := fixture(t, "show-replica-status.txt")
	stopped := with(following, "Replica_IO_Running", "No", "Replica_SQL_Running", "No")
	away := with(following, "Replica_IO_Running", "Connecting", "Last_IO_Error", "Error connecting to source")
	fits := replication{mine: primary + ":1-5", theirs: primary + ":1-9", wanted: "1", status: following}
	but := func(change func(*replication)) replication {
		r := fits
		change(&r)
		return r
	}
	const (
		following0  = "replica: following db-0.db\n"
		starting    = "replica: starting replication (receiver: No, applier: No)  \n"
		tryingAgain = "replication could not be checked; trying again\n"
		waiting     = "replica: waiting for the primary db-0.db, before following it: ERROR 2013 (HY000): Lost connection\n"
		awayLog     = "replica: the primary db-0.db is away; serving what is here, connecting again: Error connecting to source\n"
		errant      = "ERROR: replica: this pod has transactions that the primary db-0.db lacks: " + own + ":1. Replication is stopped and nothing is changed. " +
			"Either they were written here by mistake, or the primary has lost them: find out which before anything is removed. " +
			"To give them up, delete this pod's PersistentVolumeClaim and the pod; it is cloned anew\n"
		purged = "ERROR: replica: the primary db-0.db no longer has the binary logs of transactions that this pod needs: " + primary + ":6-7. " +
			"It cannot catch up. Delete this pod's PersistentVolumeClaim and the pod; it is cloned anew\n"
		lostConnection = "ERROR 2013 (HY000): Lost connection\n"
	)
	for _, test := range []struct {
		reason  string
		servers replication
		did     []string // every statement that changes anything
		log     string
	}{
		{"all is well: nothing is done", fits, nil, following0},
		{
			"the wanted configuration is there and stopped, as after each start of the server: started, and never set anew, which would throw away relay logs",
			but(func(r *replication) { r.status = stopped }),
			[]string{start},
			starting,
		},
		{
			"only the applier stopped", but(func(r *replication) {
				r.status = with(following, "Replica_SQL_Running", "No", "Last_SQL_Error", "Duplicate entry")
			}),
			[]string{start},
			"replica: starting replication (receiver: Yes, applier: No)  Duplicate entry\n",
		},
		{
			"only the receiver stopped", but(func(r *replication) {
				r.status = with(following, "Replica_IO_Running", "No", "Last_IO_Error", "error 1236")
			}),
			[]string{start},
			"replica: starting replication (receiver: No, applier: Yes) error 1236 \n",
		},
		{
			"a fresh clone: the source is set, then started", but(func(r *replication) { r.wanted, r.status = "0", stopped }),
			[]string{fmt.Sprintf(change, ""), start},
			following0 + starting,
		},
		{
			"a new set: neither has transactions", but(func(r *replication) { r.mine, r.theirs, r.wanted, r.status = "", "", "0", stopped }),
			[]string{fmt.Sprintf(change, ""), start},
			following0 + starting,
		},

		{"errant transactions: stopped, said, nothing else", but(func(r *replication) { r.extra = own + ":1" }), []string{stopReplica}, errant},
		{"errant, and not configured: never configured", but(func(r *replication) { r.extra, r.wanted = own+":1", "0" }), []string{stopReplica}, errant},
		{"errant, and the primary is new and empty: its volume was lost", but(func(r *replication) { r.theirs, r.extra = "", own+":1" }), []string{stopReplica}, errant},
		{"the primary purged what is needed", but(func(r *replication) { r.purged, r.lost = primary+":1-7", primary+":6-7" }), []string{stopReplica}, purged},
		{"errant and purged: what may be lost comes first", but(func(r *replication) { r.extra, r.purged, r.lost = own+":1", primary+":1-7", primary+":6-7" }), []string{stopReplica}, errant},
		{"stopping it fails: tried again", but(func(r *replication) { r.extra, r.stop = own+":1", "!" }), []string{stopReplica}, errant + lostConnection + tryingAgain},

		{"the primary is away: the replica waits for it, connecting", but(func(r *replication) { r.theirs, r.status = "!", away }), nil, awayLog},
		{
			"the primary is away, and this pod was started anew: it may start, since what it follows was checked when it was set",
			but(func(r *replication) { r.theirs, r.status = "!", stopped }),
			[]string{start},
			starting,
		},
		{"the primary is away, and it is not configured: it waits", but(func(r *replication) { r.theirs, r.wanted = "!", "0" }), nil, waiting},

		{"own transactions cannot be read", but(func(r *replication) { r.mine = "!" }), nil, lostConnection + tryingAgain},
		{"the two sets cannot be compared", but(func(r *replication) { r.extra = "!" }), nil, lostConnection + tryingAgain},
		{"the purged ones cannot be compared", but(func(r *replication) { r.lost = "!" }), nil, lostConnection + tryingAgain},
		{"the configuration cannot be read", but(func(r *replication) { r.wanted = "!" }), nil, lostConnection + tryingAgain},
		{"the status cannot be read", but(func(r *replication) { r.status = "!" }), nil, lostConnection + tryingAgain},
		{"setting the source fails: it is not started", but(func(r *replication) { r.wanted, r.change, r.status = "0", "!", stopped }), []string{fmt.Sprintf(change, "")}, following0 + lostConnection + tryingAgain},
		{"starting fails: tried again", but(func(r *replication) { r.status, r.start = stopped, "!" }), []string{start}, starting + lostConnection + tryingAgain},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, "db-1")
			p.rounds(1)
			test.servers.fake(p)
			assert.Equal(t, test.log, p.loops("replication.sh"))
			var did []string
			for _, statement := range p.statements() {
				if !strings.Contains(statement, "SELECT") && statement != askStatus {
					did = append(did, statement)
				}
			}
			assert.Equal(t, test.did, did)
			assert.NotContains(t, p.read("calls"), " pw", "a password on a command line")
		})
	}

	t.Run("what is asked, in this order: own transactions before the primary's", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.rounds(1)
		fits.fake(p)
		p.loops("replication.sh")
		asked := p.statements()
		require.Len(t, asked, 6)
		assert.Equal(t, []string{askMine, askTheirs}, asked[:2])
		assert.Equal(t, []string{fmt.Sprintf(askWanted, ""), askStatus}, asked[4:])
		for _, call := range p.calls("mysql") {
			// In a session with NO_BACKSLASH_ESCAPES '\n' would be no line feed.
			assert.True(t, strings.Contains(call, "--init-command=SET SESSION sql_mode = ''"), call)
		}
		options := strings.Split(p.read("options"), "[client]\n")[1:]
		assert.Equal(t, map[string]string{"user": "root", "password": "root pw"}, optionFile(options[0]))
		assert.Equal(t, map[string]string{"user": "replication", "password": "replication pw"}, optionFile(options[1]))
		assert.Contains(t, p.calls("mysql")[0], "--protocol=socket")
		assert.Contains(t, p.calls("mysql")[1], "--host=db-0.db --ssl-mode=REQUIRED")
	})
	t.Run("transactions that are received and not applied yet are not lost, though the primary purged them", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.rounds(1)
		fits.fake(p)
		p.loops("replication.sh")
		assert.Contains(t, p.statements()[3], "RECEIVED_TRANSACTION_SET FROM performance_schema.replication_connection_status")
	})
	t.Run("with a CA both connections verify the primary", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.rounds(1)
		p.write("etc/mysql/tls/ca.crt", "x")
		r := fits
		r.wanted = "0"
		r.fake(p)
		p.loops("replication.sh")
		ca := p.path("etc/mysql/tls/ca.crt")
		assert.Contains(t, p.calls("mysql")[1], "--ssl-mode=VERIFY_IDENTITY --ssl-ca="+ca)
		assert.Contains(t, p.statements(), fmt.Sprintf(askWanted, ca))
		assert.Contains(t, p.statements(), fmt.Sprintf(change, ", SOURCE_SSL_CA = '"+ca+"', SOURCE_SSL_VERIFY_SERVER_CERT = 1"))
	})
	t.Run("a password that SQL reads differently", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.rounds(1)
		p.write("auth/replication-password", `a'b\c%s`)
		r := fits
		r.wanted = "0"
		r.fake(p)
		p.loops("replication.sh")
		assert.Contains(t, p.read("statements"), `User_password = 'a\'b\\c%s' AND`)
		assert.Contains(t, p.read("statements"), `SOURCE_PASSWORD = 'a\'b\\c%s',`)
	})
	for _, key := range []string{"root", "replication"} {
		t.Run("the Secret lost the password of "+key+": an empty one is never used", func(t *testing.T) {
			p := newPod(t, Plugin, "db-1")
			p.rounds(1)
			require.NoError(t, os.Remove(p.path("auth/"+key+"-password")))
			r := fits
			r.wanted = "0"
			r.status = stopped
			r.fake(p)
			assert.Contains(t, p.loops("replication.sh"), "ERROR: the Secret of auth.secretName has no key "+key+"-password")
			assert.NotContains(t, p.read("statements"), "CHANGE")
			assert.NotContains(t, p.read("statements"), "START")
			assert.NotContains(t, p.read("options"), `password=""`)
		})
	}
	t.Run("a lasting state is said once", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.rounds(4)
		r := fits
		r.extra = own + ":1"
		r.fake(p)
		assert.Equal(t, errant, p.loops("replication.sh"))
		assert.Len(t, p.calls("sleep"), 8, "a second look each time")
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

// accounts are the statements that make the accounts, as the fake client sees them.
var accounts = map[Road]string{
	Plugin: "here: SET SESSION sql_mode = ''; " +
		"CREATE USER IF NOT EXISTS 'replication'@'%'; CREATE USER IF NOT EXISTS 'clone'@'%'; " +
		"CREATE USER IF NOT EXISTS 'probe'@'localhost'; CREATE USER IF NOT EXISTS 'probe'@'127.0.0.1'; " +
		"ALTER USER 'replication'@'%' IDENTIFIED BY '<PW>' REQUIRE SSL; ALTER USER 'clone'@'%' IDENTIFIED BY '<PW>' REQUIRE SSL; " +
		"GRANT REPLICATION SLAVE ON *.* TO 'replication'@'%'; GRANT BACKUP_ADMIN ON *.* TO 'clone'@'%'; " +
		"GRANT REPLICATION CLIENT ON *.* TO 'probe'@'localhost'; GRANT REPLICATION CLIENT ON *.* TO 'probe'@'127.0.0.1';",
	XtraBackup: "here: SET SESSION sql_mode = ''; CREATE USER IF NOT EXISTS 'replication'@'%'; " +
		"ALTER USER 'replication'@'%' IDENTIFIED BY '<PW>'; GRANT REPLICATION SLAVE ON *.* TO 'replication'@'%';",
}

func TestPrimaryKeepsAccounts(t *testing.T) {
	const denied = "|| { echo 'ERROR 1045 (28000): Access denied' >&2; exit 1; }"
	for road, script := range map[Road]string{Plugin: "replication.sh", XtraBackup: "xtrabackup.sh"} {
		sidecar := func(t *testing.T, cases string) *pod {
			p := newPod(t, road, "db-0")
			p.fill("volume/mysql", complete())
			p.rounds(2)
			p.fakeMySQL(cases)
			return p
		}
		t.Run(string(road)+": the account has the Secret's password: nothing is done", func(t *testing.T) {
			p := sidecar(t, "'here: DO 0') ;;\n*) exit 1 ;;")
			assert.Equal(t, 1, strings.Count(p.loops(script), "primary: the accounts match the Secret\n"))
			assert.Equal(t, []string{"here: DO 0", "here: DO 0"}, p.statements())
			assert.Contains(t, p.read("options"), `password="replication pw"`)
		})
		t.Run(string(road)+": it is missing, or has another password", func(t *testing.T) {
			p := sidecar(t, "'here: DO 0') [[ -e \"${ROOT}/done\" ]] "+denied+" ;;\n*) touch \"${ROOT}/done\" ;;")
			p.write("auth/replication-password", `a'b\c%s`)
			log := p.loops(script)
			assert.Contains(t, log, "primary: the account replication is missing or has another password than the Secret: setting up the accounts\n")
			assert.Contains(t, log, "primary: the accounts match the Secret\n")
			assert.Equal(t, []string{"here: DO 0", strings.ReplaceAll(accounts[road], "<PW>", `a\'b\\c%s`), "here: DO 0"}, p.statements())
			assert.NotContains(t, p.read("calls"), `a'b`, "a password on a command line")
		})
		t.Run(string(road)+": it cannot be made", func(t *testing.T) {
			p := sidecar(t, "'here: DO 0') false "+denied+" ;;\n*) echo 'ERROR 1290' >&2; exit 1 ;;")
			assert.Equal(t, 2, strings.Count(p.loops(script), "ERROR 1290\nthe accounts could not be checked; trying again\n"))
		})
		t.Run(string(road)+": it cannot be tried, which says nothing about its password: nothing is done", func(t *testing.T) {
			p := sidecar(t, "*) echo 'ERROR 1040 (HY000): Too many connections' >&2; exit 1 ;;")
			assert.Contains(t, p.loops(script), "primary: the account replication could not be tried: ERROR 1040 (HY000): Too many connections\n")
			assert.Equal(t, []string{"here: DO 0", "here: DO 0"}, p.statements())
		})
		for _, key := range []string{"root", "replication"} {
			t.Run(string(road)+": the Secret lost the password of "+key+": an empty one is never set", func(t *testing.T) {
				p := sidecar(t, "*) false "+denied+" ;;")
				require.NoError(t, os.Remove(p.path("auth/"+key+"-password")))
				assert.Contains(t, p.loops(script), "has no key "+key+"-password")
				assert.NotContains(t, p.read("statements"), "USER")
				assert.NotContains(t, p.read("options"), `password=""`)
			})
		}
	}
}
