package manifests

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"regexp"
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

// loopingPod is one of the plugin's road whose loop runs so many times, in a life of its
// server that has begun before.
func loopingPod(t *testing.T, name string, rounds int) *pod {
	t.Helper()
	p := newPod(t, Plugin, name)
	p.rounds(rounds)
	p.alive()
	return p
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
	stopReceiver = "here: STOP REPLICA IO_THREAD"
	resetReplica = "here: STOP REPLICA; RESET REPLICA ALL"
	startApplier = "here: START REPLICA SQL_THREAD"
	closeWrites  = "here: SET GLOBAL super_read_only = ON"
	askStatus    = "here: SHOW REPLICA STATUS"
	// With the host of the source, and the options of verifying it.
	change = "here: STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_HOST = '%s', SOURCE_PORT = 3306, SOURCE_USER = '', SOURCE_PASSWORD = '', " +
		"SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 5, SOURCE_RETRY_COUNT = 0, SOURCE_HEARTBEAT_PERIOD = 2, SOURCE_SSL = 1%s"
	askWanted = "here: SELECT COUNT(*) FROM mysql.slave_master_info WHERE Host = '%s' AND User_name = '' " +
		"AND Enabled_auto_position = 1 AND Enabled_ssl = 1 AND Ssl_ca = '%s'"
)

// takeWrites is how the primary's server is opened: unless it was started meanwhile.
var takeWrites = "here: SET @shut = (SELECT account_locked FROM mysql.user WHERE User = 'receiver' AND Host = '%'); " +
	"SET @statement = IF(@shut = 'N', 'SET GLOBAL super_read_only = OFF', 'the server was started anew'); " +
	"PREPARE open FROM @statement; EXECUTE open; SET GLOBAL read_only = OFF;"

// startReceiver follows a host in that life of its server; empty for one of the release
// before lives. The password is the one of TestPasswordOfLife.
func startReceiver(life string) string {
	account, password := "receiver", passwordOfLife(life)
	if life == "" {
		account, password = "replication", "replication pw"
	}
	return fmt.Sprintf("here: STOP REPLICA IO_THREAD; START REPLICA IO_THREAD USER = '%s' PASSWORD = '%s';", account, password)
}

func passwordOfLife(life string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(life+" replication pw")))[:32]
}

// server is what one says of itself. A transaction is UUID:NUMBER, where a UUID is any
// word, or set: for the set's identity; sets of them are separated by commas.
type server struct {
	writes                                       bool
	frozen                                       bool // super_read_only was turned off, and read_only is left
	takesForPrimary                              string
	uuid, committing, executed, purged, received string
	id                                           string // its server_id, by default its UUID
	// shut is whether it lets nobody follow it, since it was started.
	shut bool
	// What its pod publishes. By default it has spoken, and has the life "life of UUID".
	life, publishedBy, copy, verdict, errant, harmless, unused, wrote, tables string
	// home is the namespace and the name of its set, by default this pod's.
	home string
	// old is a server of the release before: its pod publishes nothing.
	old bool
}

// identity of the set, as a transaction: what is written set: here.
const identity = "00736574-0000-8000-a000-000000000001"

func (s server) answer(own bool) string {
	flag := map[bool]string{true: "1", false: "0"}
	shut := "-"
	if own {
		shut = map[bool]string{true: "Y", false: "N"}[s.shut]
	}
	if s.life == "" && !s.old {
		s.life = "life of " + s.uuid
	}
	if s.publishedBy == "" && !s.old {
		s.publishedBy = s.uuid
	}
	if s.home == "" && !s.old {
		s.home = "ns/db"
	}
	if s.id == "" {
		s.id = "id of " + s.uuid
	}
	return strings.ReplaceAll(strings.Join([]string{
		shut, flag[!s.writes || s.frozen], flag[!s.writes], s.takesForPrimary, s.uuid, s.id, s.committing, s.executed, s.purged, s.received,
		s.life, s.publishedBy, s.home, s.copy, s.verdict, s.errant, s.harmless, s.unused, s.wrote, s.tables, "",
	}, "|"), "set:", identity+":")
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
	// events are those of the binary log of "here" since the last look.
	events string
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
		cases.WriteString("'" + host + ": SELECT CONCAT_WS('*) echo '" + server.answer(host == "here") + "' ;;\n")
	}
	semiSync, stuck := "", "0"
	if s.stuck {
		stuck = "1"
	}
	if s.semiSync || s.stuck {
		semiSync = "rpl_semi_sync_source_enabled"
	}
	stored := ""
	if s.status != "" {
		stored = statusField(s.status, "Source_Host")
	}
	p.fakeMySQL(cases.String() + `'here: '*GTID_SUBTRACT*)
  [[ "${statement}" =~ GTID_SUBTRACT\(\'([^\']*)\',\ \'([^\']*)\'\),\ \'([^\']*)\' ]]
  left=''
  IFS=, read -ra all <<<"${BASH_REMATCH[1]}"
  for one in "${all[@]}"; do
    [[ -z "${one}" || ",${left}," == *",${one},"* || ",${BASH_REMATCH[2]},${BASH_REMATCH[3]}," == *",${one},"* ]] || left+=",${one}"
  done
  echo "${left#,}" ;;
*"mysql.slave_master_info WHERE Host = '` + s.wanted + `'"*) echo 1 ;;
*"mysql.slave_master_info WHERE Host = "*) echo 0 ;;
*"SELECT Host FROM mysql.slave_master_info"*) ` + printing(stored) + `;;
*"COMMAND LIKE 'Binlog Dump"*) ;;
*performance_schema.processlist*) echo ` + stuck + ` ;;
'here: FLUSH OPTIMIZER_COSTS') ;;
*performance_schema.global_variables*) ` + printing(semiSync) + `;;
*TABLE_TYPE*) echo '' ;;
*performance_schema.log_status) echo 'binlog.000001 4' ;;
'here: SHOW BINLOG EVENTS '*) ` + printing(s.events) + `;;
'here: SHOW REPLICA STATUS') ` + printing(s.status) + `;;
'here: SELECT @@GLOBAL.super_read_only') echo 1 ;;
'here: SET SESSION sql_log_bin = 0;'*) ;;
'here: SET GTID_NEXT'*) ;;
'here: DO 0') ;;
'here: SET @shut'*) ;;
'here: '*'STOP REPLICA'* | 'here: START REPLICA'* | 'here: SET GLOBAL '*) ;;
*) ` + lost)
}

// statusField is a field of SHOW REPLICA STATUS.
func statusField(status, name string) string {
	return regexp.MustCompile(`(?m)^ *` + name + `: (.*)$`).FindStringSubmatch(status)[1]
}

// changes are the statements that change anything but accounts, of those that were run.
func (p *pod) changes() (changes []string) {
	p.t.Helper()
	for _, statement := range p.statements() {
		switch {
		case strings.Contains(statement, "SET @shut"):
		case strings.Contains(statement, "SELECT"), statement == askStatus, statement == "here: DO 0",
			statement == closeWrites, strings.HasPrefix(statement, "here: SHOW BIN"), strings.HasPrefix(statement, "here: SET SESSION sql_log_bin = 0;"):
			continue
		}
		changes = append(changes, statement)
	}
	return changes
}

const (
	tryingAgain    = "this pod could not be looked after; trying again\n"
	lostConnection = "ERROR 2013 (HY000): Lost connection\n"
)

// alive is a pod whose server's life the loop has begun before, and whose attributes
// the others know.
func (p *pod) alive() {
	p.t.Helper()
	p.write("run/life", "life of here\n")
}

// accounts are the statements that make the accounts, as the fake client sees them.
var accounts = map[Road]string{
	Plugin: "SET SESSION sql_mode = ''; " +
		"CREATE USER IF NOT EXISTS 'replication'@'%'; CREATE USER IF NOT EXISTS 'clone'@'%'; " +
		"CREATE USER IF NOT EXISTS 'probe'@'localhost'; CREATE USER IF NOT EXISTS 'probe'@'127.0.0.1'; " +
		"ALTER USER 'replication'@'%' IDENTIFIED BY '<PW>' REQUIRE SSL; ALTER USER 'clone'@'%' IDENTIFIED BY '<PW>' REQUIRE SSL; " +
		"GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'replication'@'%'; GRANT SELECT ON performance_schema.replication_connection_status TO 'replication'@'%'; GRANT BACKUP_ADMIN ON *.* TO 'clone'@'%'; " +
		"GRANT REPLICATION CLIENT ON *.* TO 'probe'@'localhost'; GRANT REPLICATION CLIENT ON *.* TO 'probe'@'127.0.0.1';",
	XtraBackup: "SET SESSION sql_mode = ''; CREATE USER IF NOT EXISTS 'replication'@'%'; " +
		"ALTER USER 'replication'@'%' IDENTIFIED BY '<PW>'; GRANT REPLICATION SLAVE ON *.* TO 'replication'@'%';",
}

const (
	// What a pod's own account answers when it has another password than the Secret.
	denied = "echo 'ERROR 1045 (28000): Access denied' >&2; exit 1"
	// Outside the binary log, and on a server that is read-only with only root let in.
	unguarded = "here: SET SESSION sql_log_bin = 0; "
	guarded   = unguarded + "SET GLOBAL super_read_only = OFF; "
)

// altered are the statements that change accounts.
func (p *pod) altered() (altered []string) {
	p.t.Helper()
	for _, statement := range p.statements() {
		if strings.HasPrefix(statement, "here: SET SESSION sql_log_bin = 0;") || strings.HasPrefix(statement, "here: SET SESSION sql_mode = ''; CREATE USER") {
			altered = append(altered, statement)
		}
	}
	return altered
}

// TestEachPodKeepsItsAccounts: the roads differ. With semi-sync a statement in the
// binary log waits for a replica while it holds the lock that logging in takes: replicas
// that had to log in first never could (seen on a cluster, with a changed password and
// pods that were restarted).
func TestEachPodKeepsItsAccounts(t *testing.T) {
	const failsFirst = "'here: DO 0') [[ -e \"${ROOT}/done\" ]] || { " + denied + "; } ;;\n"
	for _, test := range []struct {
		reason, pod, cases, begins, log string
	}{
		{
			"the primary that takes writes: outside the binary log", "db-0",
			failsFirst + "'here: SELECT @@GLOBAL.super_read_only') echo 0 ;;\n'here: SET SESSION sql_log_bin = 0; '*CREATE*) touch \"${ROOT}/done\" ;;\n", unguarded, "",
		},
		{
			"a replica: the same, and only root may write meanwhile, of which a file tells if this is killed", "db-1",
			failsFirst + "'here: SET SESSION sql_log_bin = 0; '*CREATE*) [[ -e \"${ROOT}/run/guard\" ]] && touch \"${ROOT}/done\" \"${ROOT}/told\" ;;\n", guarded, "",
		},
		{
			"it fails half way: guarded again, and told", "db-1",
			failsFirst + "'here: SET SESSION sql_log_bin = 0; '*CREATE*) echo 'ERROR 1819 (HY000): policy' >&2; exit 1 ;;\n", guarded,
			"ERROR 1819 (HY000): policy\nthe accounts could not be checked; trying again\n",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := loopingPod(t, test.pod, 1)
			servers := replicas(t)
			if test.pod == "db-0" {
				p.write(rightFile, "taken by db-0\n")
				servers = writing()
			}
			servers.fake(p, test.cases)
			log := p.loops("replication.sh")
			assert.Contains(t, log, "the account replication is missing or has another password than the Secret: setting up the accounts\n"+test.log)
			assert.Equal(t, test.begins+strings.ReplaceAll(accounts[Plugin], "<PW>", "replication pw"), p.altered()[0])
			if test.begins == guarded {
				assert.Contains(t, p.statements(), closeWrites)
				assert.False(t, p.exists("run/guard"))
			}
			assert.Equal(t, strings.Contains(test.cases, "/told"), p.exists("told"))
		})
	}
}

// TestLife: the accounts with which others follow and clone a server are locked when it
// starts, and get the password of a new life then; and whenever those who knew the life
// before have to look anew.
func TestLife(t *testing.T) {
	locked := replicas(t).but("here", func(s *server) { s.shut = true })
	life := func(p *pod) string { return strings.TrimSpace(p.read("run/life")) }
	t.Run("the server has just started: the life is published while the accounts are locked, then they are opened", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.rounds(1)
		p.write("run/life", "the life before\n")
		locked.fake(p)
		assert.Contains(t, p.loops("replication.sh"), "the server has begun a life of its own")
		altered := p.altered()
		require.Len(t, altered, 3)
		assert.Contains(t, altered[0], "ALTER USER 'receiver'@'%' ACCOUNT LOCK; ALTER USER 'donor'@'%' ACCOUNT LOCK;")
		assert.Contains(t, altered[1], `ALTER USER 'replication'@'%' ATTRIBUTE '{"life": "`+life(p)+`", "uuid": "u1"`)
		assert.Contains(t, altered[2], "ALTER USER 'receiver'@'%' IDENTIFIED BY '"+passwordOfLife(life(p))+"' REQUIRE SSL ACCOUNT UNLOCK")
		assert.NotEqual(t, "the life before", life(p))
	})
	t.Run("a life that goes on is only published", func(t *testing.T) {
		p := loopingPod(t, "db-1", 3)
		replicas(t).fake(p)
		p.loops("replication.sh")
		require.Len(t, p.altered(), 1, "once, and not in each round")
		assert.Contains(t, p.altered()[0], `"life": "life of here"`)
	})
	t.Run("wherever it is killed, what is opened in the end is what is published", func(t *testing.T) {
		t.Parallel()
		atEach(t, everyThird, func(t *testing.T, n int) bool {
			p := newPod(t, Plugin, "db-1")
			p.rounds(1)
			locked.fake(p)
			finished := p.killedBefore(n, "source ./replication.sh")
			if altered := p.altered(); len(altered) > 0 && strings.Contains(altered[len(altered)-1], "UNLOCK") {
				assert.Contains(t, altered[len(altered)-1], passwordOfLife(life(p)))
				assert.Contains(t, strings.Join(altered, "\n"), `"life": "`+life(p)+`"`)
			}
			return finished
		})
	})
	t.Run("the Secret has another password: a new life, since its password comes from there", func(t *testing.T) {
		p := loopingPod(t, "db-1", 1)
		replicas(t).fake(p, "'here: DO 0') [[ -e \"${ROOT}/done\" ]] || { "+denied+"; } ;;\n'here: SET SESSION sql_log_bin = 0; '*CREATE*) touch \"${ROOT}/done\" ;;\n")
		p.loops("replication.sh")
		assert.NotEqual(t, "life of here", life(p))
	})
}

func TestPrimaryKeepsAccounts(t *testing.T) {
	for road, script := range map[Road]string{Plugin: "replication.sh", XtraBackup: "xtrabackup.sh"} {
		sidecar := func(t *testing.T, cases string) *pod {
			p := newPod(t, road, "db-0")
			p.fill("volume/mysql", complete())
			p.rounds(1)
			p.alive()
			p.write(rightFile, "taken by db-0\n")
			writing().fake(p, cases)
			return p
		}
		t.Run(string(road)+": the account has the Secret's password: nothing is done", func(t *testing.T) {
			p := sidecar(t, "")
			assert.Equal(t, 1, strings.Count(p.loops(script), "primary: the accounts match the Secret\n"))
			assert.NotContains(t, p.read("statements"), "CREATE USER")
			assert.Contains(t, p.read("options"), `password="replication pw"`)
		})
		t.Run(string(road)+": it is missing, or has another password", func(t *testing.T) {
			p := sidecar(t, "'here: DO 0') [[ -e \"${ROOT}/done\" ]] || { "+denied+"; } ;;\n*'CREATE USER'*) touch \"${ROOT}/done\" ;;\n")
			p.write("auth/replication-password", `a'b\c%s`)
			assert.Contains(t, p.loops(script), "the account replication is missing or has another password than the Secret: setting up the accounts\n")
			assert.Contains(t, p.altered()[0], strings.ReplaceAll(accounts[road], "<PW>", `a\'b\\c%s`))
			assert.NotContains(t, p.read("calls"), `a'b`, "a password on a command line")
		})
		t.Run(string(road)+": it cannot be made", func(t *testing.T) {
			p := sidecar(t, "'here: DO 0') "+denied+" ;;\n*'CREATE USER'*) echo 'ERROR 1290' >&2; exit 1 ;;\n")
			assert.Contains(t, p.loops(script), "ERROR 1290\nthe accounts could not be checked; trying again\n")
		})
		t.Run(string(road)+": it cannot be tried, which says nothing about its password: nothing is done", func(t *testing.T) {
			p := sidecar(t, "'here: DO 0') echo 'ERROR 1040 (HY000): Too many connections' >&2; exit 1 ;;\n")
			assert.Contains(t, p.loops(script), "the account replication could not be tried: ERROR 1040 (HY000): Too many connections\n")
			assert.NotContains(t, p.read("statements"), "CREATE USER")
		})
		for _, key := range []string{"root", "replication"} {
			t.Run(string(road)+": the Secret lost the password of "+key+": an empty one is never set", func(t *testing.T) {
				p := sidecar(t, "'here: DO 0') "+denied+" ;;\n")
				require.NoError(t, os.Remove(p.path("auth/"+key+"-password")))
				assert.Contains(t, p.loops(script), "has no key "+key+"-password")
				assert.NotContains(t, p.read("statements"), "IDENTIFIED BY")
				assert.NotContains(t, p.read("options"), `password=""`)
			})
		}
	}
}
