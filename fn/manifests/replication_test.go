package manifests

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rounds lets a sidecar's loop run so many times, then ends it as kubelet does: in
// its pause of 1 or 5 s. The server answers the sidecar's ping.
func (p *pod) rounds(count int) {
	p.t.Helper()
	p.fake("mysqladmin", "")
	p.fake("sleep", fmt.Sprintf(`[[ "$1" != [15] || $(grep -c '^sleep [15]$' "${ROOT}/calls") -lt %d ]] || kill -TERM "${PPID}"`, count))
}

// loops runs a sidecar, which must end as it was told to, and returns what it said.
func (p *pod) loops(script string) string {
	p.t.Helper()
	got := p.run(script)
	require.Zero(p.t, got.code, got.log)
	require.True(p.t, strings.HasSuffix(got.log, script+": stopping\n"), got.log)
	return strings.ReplaceAll(strings.TrimSuffix(got.log, script+": stopping\n"), script+": ", "")
}

// What the replication container does to a server.
const (
	stopReplica  = "here: STOP REPLICA"
	resetReplica = "here: STOP REPLICA; RESET REPLICA ALL"
	start        = "here: START REPLICA"
	askStatus    = "here: SHOW REPLICA STATUS"
	takeWrites   = "here: SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF"
	// With the host of the source, and the options of verifying it.
	change = "here: SET SESSION sql_mode = ''; STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_HOST = '%s', SOURCE_PORT = 3306, SOURCE_USER = 'replication', " +
		"SOURCE_PASSWORD = 'replication pw', SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 5, SOURCE_RETRY_COUNT = 0, SOURCE_HEARTBEAT_PERIOD = 2, SOURCE_SSL = 1%s;"
	askWanted = "here: SET SESSION sql_mode = ''; SELECT COUNT(*) FROM mysql.slave_master_info WHERE Host = '%s' AND User_name = 'replication' " +
		"AND User_password = 'replication pw' AND Enabled_auto_position = 1 AND Enabled_ssl = 1 AND Ssl_ca = '%s';"
)

// server is what one says of itself. A transaction is any word; sets of them are
// separated by commas.
type server struct {
	writes                                       bool
	takesForPrimary                              string
	uuid, committing, executed, purged, received string
}

func (s server) answer() string {
	readOnly := "1"
	if s.writes {
		readOnly = "0"
	}
	return strings.Join([]string{readOnly, s.takesForPrimary, s.uuid, s.committing, s.executed, s.purged, s.received}, "|")
}

// servers are those of a set, as the sidecar of one pod sees them: its own, "here", and
// the others by host. Who is not there does not answer.
type servers struct {
	at map[string]server
	// status is what SHOW REPLICA STATUS says, and wanted for which source the stored
	// configuration is the wanted one.
	status, wanted string
	semiSync       bool
	// stuck is whether a commit of "here" waits for an acknowledgement that was lost.
	stuck bool
	// fails are patterns of "HOST: STATEMENT" that fail.
	fails []string
}

// but is a copy with one server changed.
func (s servers) but(host string, change func(*server)) servers {
	s.at = maps.Clone(s.at)
	changed := s.at[host]
	change(&changed)
	s.at[host] = changed
	return s
}

func (s servers) without(host string) servers {
	s.at = maps.Clone(s.at)
	delete(s.at, host)
	return s
}

func (s servers) following(status, wanted string) servers {
	s.status, s.wanted = status, wanted
	return s
}

func (s servers) failing(patterns ...string) servers {
	s.fails = patterns
	return s
}

func (s servers) fake(p *pod, first ...string) {
	p.t.Helper()
	const lost = "echo 'ERROR 2013 (HY000): Lost connection' >&2; exit 1 ;;\n"
	var cases strings.Builder
	cases.WriteString(strings.Join(first, ""))
	for _, pattern := range s.fails {
		cases.WriteString(pattern + ") " + lost)
	}
	for host, server := range s.at {
		cases.WriteString("'" + host + ": SELECT CONCAT_WS('*) echo '" + server.answer() + "' ;;\n")
	}
	semiSync, stuck := "", "0"
	if s.stuck {
		stuck = "1"
	}
	if s.semiSync {
		semiSync = "rpl_semi_sync_source_enabled"
	}
	p.fakeMySQL(cases.String() + `'here: '*GTID_SUBTRACT*)
  [[ "${statement}" =~ GTID_SUBTRACT\(\'([^\']*)\',\ \'([^\']*)\'\),\ \'([^\']*)\' ]]
  left=''
  IFS=, read -ra all <<<"${BASH_REMATCH[1]}"
  for one in "${all[@]}"; do
    [[ -z "${one}" || ",${BASH_REMATCH[2]},${BASH_REMATCH[3]}," == *",${one},"* ]] || left+=",${one}"
  done
  echo "${left#,}" ;;
*"mysql.slave_master_info WHERE Host = '` + s.wanted + `'"*) echo 1 ;;
*mysql.slave_master_info*) echo 0 ;;
*performance_schema.processlist*) echo ` + stuck + ` ;;
'here: FLUSH OPTIMIZER_COSTS') ;;
*performance_schema.global_variables*) ` + printing(semiSync) + `;;
'here: SHOW REPLICA STATUS') ` + printing(s.status) + `;;
'here: DO 0') ;;
'here: '*'STOP REPLICA'* | 'here: START REPLICA' | 'here: SET GLOBAL '*) ;;
*) ` + lost)
}

// guarding is what a replica's first round begins with. It changes nothing unless a
// round before was killed.
const guarding = "here: SET GLOBAL super_read_only = ON"

// changes are the statements that change anything, of those that were run.
func (p *pod) changes() (changes []string) {
	p.t.Helper()
	for _, statement := range p.statements() {
		if !strings.Contains(statement, "SELECT") && statement != askStatus && statement != "here: DO 0" && statement != guarding {
			changes = append(changes, statement)
		}
	}
	return changes
}

const (
	tryingAgain    = "replication could not be checked; trying again\n"
	lostConnection = "ERROR 2013 (HY000): Lost connection\n"
	starting       = "replica: starting replication (receiver: No, applier: No)  "
)

func TestReplicaFollows(t *testing.T) {
	following := with(fixture(t, "show-replica-status.txt"), "Source_Host", "db-0.db")
	stopped := with(following, "Replica_IO_Running", "No", "Replica_SQL_Running", "No")
	away := with(following, "Replica_IO_Running", "Connecting", "Last_IO_Error", "Error connecting to source")
	fits := servers{
		at: map[string]server{
			"here":    {uuid: "u1", executed: "u0:1,u0:2"},
			"db-0.db": {uuid: "u0", executed: "u0:1,u0:2,u0:3", writes: true},
		},
		wanted: "db-0.db", status: following,
	}
	const (
		following0 = "replica: following db-0.db\n"
		awayLog    = "replica: db-0.db is away; serving what is here, connecting again: Error connecting to source"
		errant     = "ERROR: replica: this pod has transactions that the primary db-0.db lacks: u1:1. Replication is stopped and nothing is changed. " +
			"Either they were written here by mistake, or the primary has lost them: find out which before anything is removed. " +
			"To give them up, delete this pod's PersistentVolumeClaim and the pod; it is cloned anew\n"
		purged = "ERROR: replica: the primary db-0.db no longer has the binary logs of transactions that this pod needs: u0:3. " +
			"It cannot catch up. Delete this pod's PersistentVolumeClaim and the pod; it is cloned anew\n"
		noAnswer = "; the primary db-0.db does not answer: ERROR 2013 (HY000): Lost connection\n"
		unready  = "; the primary db-0.db takes no writes yet\n"
	)
	withErrant := fits.but("here", func(s *server) { s.executed += ",u1:1" })
	withPurged := fits.but("db-0.db", func(s *server) { s.purged = "u0:1,u0:2,u0:3" })
	unreadyNow := fits.but("db-0.db", func(s *server) { s.writes = false })
	for _, test := range []struct {
		reason  string
		servers servers
		did     []string // every statement that changes anything
		log     string
	}{
		{"all is well: nothing is done", fits, nil, following0},
		{
			"the wanted configuration is there and stopped, as after each start of the server: started, and never set anew, which would throw away relay logs",
			fits.following(stopped, "db-0.db"),
			[]string{start},
			starting + "\n",
		},
		{
			"only the applier stopped",
			fits.following(with(following, "Replica_SQL_Running", "No", "Last_SQL_Error", "Duplicate entry"), "db-0.db"),
			[]string{start},
			"replica: starting replication (receiver: Yes, applier: No)  Duplicate entry\n",
		},
		{
			"only the receiver stopped",
			fits.following(with(following, "Replica_IO_Running", "No", "Last_IO_Error", "error 1236"), "db-0.db"),
			[]string{start},
			"replica: starting replication (receiver: No, applier: Yes) error 1236 \n",
		},
		{
			"it follows nothing yet: the source is set, then started", fits.following(stopped, ""),
			[]string{fmt.Sprintf(change, "db-0.db", ""), start},
			following0 + starting + "\n",
		},
		{
			"a new set: neither has transactions",
			fits.following(stopped, "").but("here", func(s *server) { s.executed = "" }).but("db-0.db", func(s *server) { s.executed = "" }),
			[]string{fmt.Sprintf(change, "db-0.db", ""), start},
			following0 + starting + "\n",
		},
		{
			"it followed the former primary", fits.following(stopped, "db-2.db"),
			[]string{fmt.Sprintf(change, "db-0.db", ""), start},
			following0 + starting + "\n",
		},

		{"errant transactions: stopped, said, nothing else", withErrant, []string{stopReplica}, errant},
		{"errant, and not configured: never configured", withErrant.following(following, ""), []string{stopReplica}, errant},
		{
			"errant, and the primary has nothing at all",
			fits.but("db-0.db", func(s *server) { s.executed = "" }).but("here", func(s *server) { s.executed = "u1:1" }),
			[]string{stopReplica},
			errant,
		},
		{
			"the primary waits for an acknowledgement of what this pod has: it is no errant transaction, and only replication brings the acknowledgement",
			withErrant.but("db-0.db", func(s *server) { s.committing = "u1:1" }),
			nil,
			following0,
		},
		{"the primary purged what is needed", withPurged, []string{stopReplica}, purged},
		{
			"the primary purged what is received and not applied yet: it is not lost",
			withPurged.but("here", func(s *server) { s.received = "u0:3" }),
			nil,
			following0,
		},
		{"errant and purged: what may be lost comes first", withPurged.but("here", func(s *server) { s.executed += ",u1:1" }), []string{stopReplica}, errant},
		{"stopping it fails: tried again", withErrant.failing("'here: STOP REPLICA'"), []string{stopReplica}, errant + lostConnection + tryingAgain},

		{"the primary is away: the replica waits for it, connecting", fits.following(away, "db-0.db").without("db-0.db"), nil, awayLog + noAnswer},
		{
			"the primary is away, and this pod was started anew: it may start, since what it follows was checked when it was set",
			fits.following(stopped, "db-0.db").without("db-0.db"),
			[]string{start},
			starting + noAnswer,
		},
		{"the primary is away, and it is not configured: it waits", fits.following("", "").without("db-0.db"), nil, "following no other pod" + noAnswer},
		{"the primary takes no writes yet, and it is not configured: it waits", unreadyNow.following("", ""), nil, "following no other pod" + unready},
		{
			"the primary is being moved: it goes on with the former one",
			unreadyNow.following(with(following, "Source_Host", "db-2.db"), "db-2.db"),
			nil,
			"replica: following db-2.db" + unready,
		},
		{
			"the new primary lacks what this pod has, but takes no writes yet: nothing is wrong",
			unreadyNow.but("db-0.db", func(s *server) { s.executed = "" }),
			nil,
			"replica: following db-0.db" + unready,
		},

		{"own transactions cannot be read", fits.without("here"), nil, lostConnection + tryingAgain},
		{"the sets cannot be compared", fits.failing("*GTID_SUBTRACT*"), nil, lostConnection + tryingAgain},
		{"the configuration cannot be read", fits.failing("*slave_master_info*"), nil, lostConnection + tryingAgain},
		{"the status cannot be read", fits.failing("'here: SHOW REPLICA STATUS'"), nil, lostConnection + tryingAgain},
		{
			"setting the source fails: it is not started",
			fits.following(stopped, "").failing("*CHANGE*"),
			[]string{fmt.Sprintf(change, "db-0.db", "")},
			following0 + lostConnection + tryingAgain,
		},
		{"starting fails: tried again", fits.following(stopped, "db-0.db").failing("'here: START REPLICA'"), []string{start}, starting + "\n" + lostConnection + tryingAgain},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, "db-1")
			p.rounds(1)
			test.servers.fake(p)
			assert.Equal(t, test.log, p.loops("replication.sh"))
			assert.Equal(t, test.did, p.changes())
			assert.NotContains(t, p.read("calls"), " pw", "a password on a command line")
			// Without a primary it serves what it has, whether or not it follows another.
			assert.Equal(t, strings.HasSuffix(test.log, noAnswer) || strings.HasSuffix(test.log, unready), p.exists("run/waiting"))
		})
	}

	t.Run("what is asked, in this order: own transactions before the primary's", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.rounds(1)
		fits.fake(p)
		p.loops("replication.sh")
		asked, calls := p.statements(), p.calls("mysql")
		require.Len(t, asked, 8)
		assert.Equal(t, []string{guarding, "here: DO 0"}, asked[:2])
		asked, calls = asked[2:], calls[2:]
		assert.True(t, strings.HasPrefix(asked[0], "here: SELECT CONCAT_WS"))
		assert.True(t, strings.HasPrefix(asked[1], "db-0.db: SELECT CONCAT_WS"))
		assert.Equal(t, []string{fmt.Sprintf(askWanted, "db-0.db", ""), askStatus}, asked[4:])
		for _, call := range calls {
			// In a session with NO_BACKSLASH_ESCAPES '\n' would be no line feed.
			assert.True(t, strings.Contains(call, "--init-command=SET SESSION sql_mode = ''"), call)
		}
		options := strings.Split(p.read("options"), "[client]\n")[1:]
		assert.Equal(t, map[string]string{"user": "root", "password": "root pw"}, optionFile(options[0]))
		assert.Equal(t, map[string]string{"user": "replication", "password": "replication pw"}, optionFile(options[1]))
		assert.Contains(t, calls[0], "--protocol=socket")
		assert.Contains(t, calls[1], "--host=db-0.db --ssl-mode=REQUIRED")
	})
	t.Run("with a CA both connections verify the primary", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.rounds(1)
		p.write("etc/mysql/tls/ca.crt", "x")
		fits.following(stopped, "").fake(p)
		p.loops("replication.sh")
		ca := p.path("etc/mysql/tls/ca.crt")
		assert.Contains(t, p.calls("mysql")[3], "--host=db-0.db --ssl-mode=VERIFY_IDENTITY --ssl-ca="+ca)
		assert.Contains(t, p.statements(), fmt.Sprintf(askWanted, "db-0.db", ca))
		assert.Contains(t, p.statements(), fmt.Sprintf(change, "db-0.db", ", SOURCE_SSL_CA = '"+ca+"', SOURCE_SSL_VERIFY_SERVER_CERT = 1"))
	})
	t.Run("a password that SQL reads differently", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.rounds(1)
		p.write("auth/replication-password", `a'b\c%s`)
		fits.following(stopped, "").fake(p)
		p.loops("replication.sh")
		assert.Contains(t, p.read("statements"), `User_password = 'a\'b\\c%s' AND`)
		assert.Contains(t, p.read("statements"), `SOURCE_PASSWORD = 'a\'b\\c%s',`)
	})
	for _, key := range []string{"root", "replication"} {
		t.Run("the Secret lost the password of "+key+": an empty one is never used", func(t *testing.T) {
			p := newPod(t, Plugin, "db-1")
			p.rounds(1)
			require.NoError(t, os.Remove(p.path("auth/"+key+"-password")))
			fits.following(stopped, "").fake(p)
			assert.Contains(t, p.loops("replication.sh"), "the Secret of auth.secretName has no key "+key+"-password")
			assert.NotContains(t, p.read("statements"), "CHANGE")
			assert.NotContains(t, p.read("options"), `password=""`)
		})
	}
	t.Run("a lasting state is said once", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.rounds(4)
		withErrant.fake(p)
		assert.Equal(t, errant, p.loops("replication.sh"))
	})
	t.Run("a new clone forgets what its donor followed, before anything else", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.rounds(2)
		p.write("state/cloned", "db-0.db\n")
		fits.following(stopped, "db-0.db").fake(p)
		assert.Equal(t, "a new clone: forgetting what its donor db-0.db followed\n"+starting+"\n", p.loops("replication.sh"))
		assert.Equal(t, []string{resetReplica, start, start}, p.changes())
		assert.False(t, p.exists("state/cloned"))
	})
	t.Run("that fails: nothing is started", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.rounds(1)
		p.write("state/cloned", "db-0.db\n")
		fits.following(stopped, "db-0.db").failing("*RESET*").fake(p)
		p.loops("replication.sh")
		assert.Equal(t, []string{resetReplica}, p.changes())
		assert.True(t, p.exists("state/cloned"))
	})
	t.Run("this pod has nothing, and the primary that takes no writes yet has something: not to be read", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.rounds(1)
		unreadyNow.following("", "").but("here", func(s *server) { s.executed = "" }).fake(p)
		assert.Equal(t, "following no other pod"+unready, p.loops("replication.sh"))
		assert.False(t, p.exists("run/waiting"))
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
		"GRANT REPLICATION SLAVE ON *.* TO 'replication'@'%'; GRANT SELECT ON performance_schema.replication_connection_status TO 'replication'@'%'; GRANT BACKUP_ADMIN ON *.* TO 'clone'@'%'; " +
		"GRANT REPLICATION CLIENT ON *.* TO 'probe'@'localhost'; GRANT REPLICATION CLIENT ON *.* TO 'probe'@'127.0.0.1';",
	XtraBackup: "here: SET SESSION sql_mode = ''; CREATE USER IF NOT EXISTS 'replication'@'%'; " +
		"ALTER USER 'replication'@'%' IDENTIFIED BY '<PW>'; GRANT REPLICATION SLAVE ON *.* TO 'replication'@'%';",
}

// asked are the statements that were run, but for what a server says of itself.
func (p *pod) asked() []string {
	p.t.Helper()
	return slices.DeleteFunc(p.statements(), func(s string) bool {
		return strings.Contains(s, "SELECT CONCAT_WS(") || strings.Contains(s, "SELECT EXISTS (")
	})
}

// TestEachPodKeepsItsAccounts: the roads differ. With semi-sync a statement in the
// binary log waits for a replica while it holds the lock that logging in takes: replicas
// that had to log in first never could (seen on a cluster, with a changed password and
// pods that were restarted).
func TestEachPodKeepsItsAccounts(t *testing.T) {
	const denied = "'here: DO 0') [[ -e \"${ROOT}/done\" ]] || { echo 'ERROR 1045 (28000): Access denied' >&2; exit 1; } ;;\n"
	changed := func(before string) string {
		return "here: SET SESSION sql_log_bin = 0; " + before + strings.ReplaceAll(strings.TrimPrefix(accounts[Plugin], "here: "), "<PW>", "replication pw")
	}
	const (
		unguarded = "SET GLOBAL super_read_only = OFF; "
		outside   = "'here: SET SESSION sql_log_bin = 0; '*)"
	)
	ask := "here: SELECT @@GLOBAL.super_read_only"
	replica := servers{at: map[string]server{"here": {uuid: "u1"}, "db-0.db": {uuid: "u0", writes: true}}}
	for _, test := range []struct {
		reason, pod, cases string
		asked              []string
		log                string
	}{
		{
			"the primary: outside the binary log", "db-0",
			denied + "'" + ask + "') echo 0 ;;\n" + outside + " touch \"${ROOT}/done\" ;;\n",
			[]string{"here: DO 0", ask, changed("")},
			"",
		},
		{
			"a replica: the same, and only root may write meanwhile", "db-1",
			denied + "'" + ask + "') echo 1 ;;\n" + outside + " touch \"${ROOT}/done\" ;;\n",
			[]string{guarding, "here: DO 0", ask, changed(unguarded), guarding},
			"",
		},
		{
			"it fails half way: guarded again, and told", "db-1",
			denied + "'" + ask + "') echo 1 ;;\n" + outside + " echo 'ERROR 1819 (HY000): policy' >&2; exit 1 ;;\n",
			[]string{guarding, "here: DO 0", ask, changed(unguarded), guarding},
			"ERROR 1819 (HY000): policy\nthe accounts could not be checked; trying again\n",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, test.pod)
			p.rounds(1)
			servers := replica
			if test.pod == "db-0" {
				p.write(rightFile, "taken by db-0\n")
				servers = servers.but("here", func(s *server) { s.writes = true })
			}
			servers.fake(p, test.cases)
			log := p.loops("replication.sh")
			assert.Contains(t, log, "the account replication is missing or has another password than the Secret: setting up the accounts\n"+test.log)
			asked := p.asked()
			assert.Equal(t, test.asked, asked[:min(len(asked), len(test.asked))])
		})
	}
}

func TestPrimaryKeepsAccounts(t *testing.T) {
	const denied = "|| { echo 'ERROR 1045 (28000): Access denied' >&2; exit 1; }"
	for road, script := range map[Road]string{Plugin: "replication.sh", XtraBackup: "xtrabackup.sh"} {
		sidecar := func(t *testing.T, cases string) *pod {
			p := newPod(t, road, "db-0")
			p.fill("volume/mysql", complete())
			p.rounds(2)
			p.write(rightFile, "taken by db-0\n")
			p.fakeMySQL("'here: SELECT CONCAT_WS('*) echo '0|primary:0|u0|||' ;;\n" + cases)
			return p
		}
		t.Run(string(road)+": the account has the Secret's password: nothing is done", func(t *testing.T) {
			p := sidecar(t, "'here: DO 0') ;;\n*) exit 1 ;;")
			assert.Equal(t, 1, strings.Count(p.loops(script), "primary: the accounts match the Secret\n"))
			assert.Equal(t, []string{"here: DO 0", "here: DO 0"}, p.asked())
			assert.Contains(t, p.read("options"), `password="replication pw"`)
		})
		t.Run(string(road)+": it is missing, or has another password", func(t *testing.T) {
			p := sidecar(t, "'here: DO 0') [[ -e \"${ROOT}/done\" ]] "+denied+" ;;\n*super_read_only) echo 0 ;;\n*) touch \"${ROOT}/done\" ;;")
			p.write("auth/replication-password", `a'b\c%s`)
			log := p.loops(script)
			assert.Contains(t, log, "the account replication is missing or has another password than the Secret: setting up the accounts\n")
			assert.Contains(t, log, "primary: the accounts match the Secret\n")
			change := strings.ReplaceAll(accounts[road], "<PW>", `a\'b\\c%s`)
			asked := []string{"here: DO 0", change, "here: DO 0"}
			if road == Plugin {
				asked = []string{"here: DO 0", "here: SELECT @@GLOBAL.super_read_only", strings.Replace(change, "here: ", "here: SET SESSION sql_log_bin = 0; ", 1), "here: DO 0"}
			}
			assert.Equal(t, asked, p.asked())
			assert.NotContains(t, p.read("calls"), `a'b`, "a password on a command line")
		})
		t.Run(string(road)+": it cannot be made", func(t *testing.T) {
			p := sidecar(t, "'here: DO 0') false "+denied+" ;;\n*super_read_only) echo 0 ;;\n*) echo 'ERROR 1290' >&2; exit 1 ;;")
			assert.Equal(t, 2, strings.Count(p.loops(script), "ERROR 1290\nthe accounts could not be checked; trying again\n"))
		})
		t.Run(string(road)+": it cannot be tried, which says nothing about its password: nothing is done", func(t *testing.T) {
			p := sidecar(t, "*) echo 'ERROR 1040 (HY000): Too many connections' >&2; exit 1 ;;")
			assert.Contains(t, p.loops(script), "the account replication could not be tried: ERROR 1040 (HY000): Too many connections\n")
			assert.Equal(t, []string{"here: DO 0", "here: DO 0"}, p.asked())
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
