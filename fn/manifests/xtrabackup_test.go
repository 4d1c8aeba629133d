package manifests

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSlaveFollows(t *testing.T) {
	following := fixture(t, "show-slave-status.txt")
	stopped := with(following, "Slave_IO_Running", "No", "Slave_SQL_Running", "No")
	away := with(following, "Slave_IO_Running", "Connecting", "Last_IO_Error", "error connecting to master")
	const (
		position = "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=154"
		change   = "here: SET SESSION sql_mode = ''; STOP SLAVE; RESET SLAVE ALL; " + position +
			", MASTER_HOST='db-0.db', MASTER_USER='replication', MASTER_PASSWORD='replication pw', MASTER_CONNECT_RETRY=5, MASTER_HEARTBEAT_PERIOD=2;"
		start       = "here: START SLAVE"
		askStatus   = "here: SHOW SLAVE STATUS"
		sending     = "sending backups on port 3307\n"
		beginning   = "replica: following db-0.db from the clone's position: " + position + "\n"
		starting    = "replica: starting replication (receiver: No, applier: No)  \n"
		failure     = "ERROR 2013 (HY000): Lost connection\n"
		tryingAgain = "replication could not be checked; trying again\n"
	)
	for _, test := range []struct {
		reason string
		in     string // change_master_to.sql.in
		status string // "!": the query fails
		fails  string // the statement that fails, if any
		want   []string
		log    string
	}{
		{"all is well: nothing is done", "", following, "", []string{askStatus}, "replica: following db-0.db\n"},
		{"a fresh clone: the source is set, then started", position, stopped, "", []string{change, askStatus, start}, beginning + starting},
		{"started anew: only started", "", stopped, "", []string{askStatus, start}, starting},
		{"the primary is away", "", away, "", []string{askStatus}, "replica: db-0.db is away; serving what is here, connecting again: error connecting to master\n"},
		{
			"the Secret has another password than the one that is stored: only that is renewed, and the position kept",
			"", with(away, "Last_IO_Errno", "1045"), "",
			[]string{askStatus, "here: SET SESSION sql_mode = ''; STOP SLAVE; CHANGE MASTER TO MASTER_PASSWORD='replication pw'; START SLAVE;"},
			"replica: db-0.db is away; serving what is here, connecting again: error connecting to master\n" +
				"replica: the primary refuses the stored password; taking the Secret's\n",
		},
		{"setting the source fails: not started, and done again later", position, stopped, "CHANGE MASTER", []string{change}, beginning + failure + tryingAgain},
		{"the status cannot be read", "", "!", "", []string{askStatus}, failure + tryingAgain},
		{"starting fails: tried again", "", stopped, "START SLAVE", []string{askStatus, start}, starting + failure + tryingAgain},
		{
			"it follows nothing, and from where is not known: never guessed", "", "", "",
			[]string{askStatus},
			"ERROR: replica: it follows no primary, and the position to follow from is not known. Nothing is changed. Delete this pod's PersistentVolumeClaim and the pod; it is cloned anew\n",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, XtraBackup, "db-1")
			p.fill("volume/mysql", complete())
			p.rounds(1)
			if test.in != "" {
				p.write("volume/mysql/change_master_to.sql.in", test.in)
			}
			const fail = "echo 'ERROR 2013 (HY000): Lost connection' >&2; exit 1 ;;\n"
			cases := ""
			if test.fails != "" {
				cases = "*'" + test.fails + "'*) " + fail
			}
			if test.status == "!" {
				cases += "*'SHOW SLAVE STATUS') " + fail
			}
			p.fakeMySQL(cases + "*'SHOW SLAVE STATUS') " + printing(test.status) + ";;\n*) ;;")
			assert.Equal(t, sending+test.log, p.loops("xtrabackup.sh"))
			assert.Equal(t, test.want, p.statements())
			done := test.in != "" && test.fails != "CHANGE MASTER"
			assert.Equal(t, test.in != "" && !done, p.exists("volume/mysql/change_master_to.sql.in"), "renamed once the statement succeeded, and not before")
			assert.Equal(t, done, p.exists("volume/mysql/change_master_to.sql.orig"))
			assert.NotContains(t, p.read("calls"), " pw", "a password on a command line")
		})
	}
	for _, key := range []string{"root", "replication"} {
		t.Run("the Secret lost the password of "+key+": an empty one is never used", func(t *testing.T) {
			p := newPod(t, XtraBackup, "db-1")
			p.write("volume/mysql/change_master_to.sql.in", position)
			p.rounds(1)
			p.fakeMySQL("*) " + printing(stopped) + ";;")
			require.NoError(t, os.Remove(p.path("auth/"+key+"-password")))
			assert.Contains(t, p.loops("xtrabackup.sh"), "ERROR: the Secret of auth.secretName has no key "+key+"-password")
			assert.Empty(t, p.statements())
			assert.Equal(t, position, p.read("volume/mysql/change_master_to.sql.in"))
		})
	}

	// The server remembers as much as these statements need.
	t.Run("killed at any command: the source is set from the clone's position as often as need be, and never once it was started", func(t *testing.T) {
		t.Parallel()
		atEach(t, everyCommand, func(t *testing.T, n int) bool {
			p := newPod(t, XtraBackup, "db-1")
			p.write("volume/mysql/change_master_to.sql.in", position)
			p.rounds(1)
			p.fakeMySQL(`*'CHANGE MASTER'*)
  if [[ -e "${ROOT}/started" ]]; then touch "${ROOT}/twice"; fi
  touch "${ROOT}/configured" ;;
*'SHOW SLAVE STATUS')
  if [[ -e "${ROOT}/started" ]]; then ` + printing(following) + `
  elif [[ -e "${ROOT}/configured" ]]; then ` + printing(stopped) + `
  fi ;;
*'START SLAVE') touch "${ROOT}/started" ;;`)
			finished := p.killedBefore(n, "source ./xtrabackup.sh")
			p.write("calls", "")
			p.loops("xtrabackup.sh")
			assert.True(t, p.exists("configured"))
			assert.True(t, p.exists("started"))
			assert.False(t, p.exists("twice"))
			assert.True(t, p.exists("volume/mysql/change_master_to.sql.orig"))
			return finished
		})
	})
}

func TestServeBackups(t *testing.T) {
	t.Run("one at a time, and started again when it dies", func(t *testing.T) {
		p := newPod(t, XtraBackup, "db-0")
		p.fill("volume/mysql", complete())
		p.rounds(3)
		p.fake("sleep", `/bin/sleep 0.2; [[ $(grep -c '^sleep' "${ROOT}/calls") -lt 3 ]] || kill -TERM "${PPID}"`)
		p.fakeMySQL("*) ;;")
		p.fake("socat", "exit 1")
		log := p.loops("xtrabackup.sh")
		assert.Equal(t, 3, strings.Count(log, "sending backups on port 3307\n"))
		assert.Equal(t, 2, strings.Count(log, "the backup server stopped; starting it again\n"))
		assert.Equal(t, p.named("-U TCP-LISTEN:3307,reuseaddr,fork,max-children=1 EXEC:bash ROOT/config-map/send-backup.sh"), p.calls("socat")[0])
	})
	t.Run("one that runs is left alone", func(t *testing.T) {
		p := newPod(t, XtraBackup, "db-0")
		p.fill("volume/mysql", complete())
		p.rounds(3)
		p.fakeMySQL("*) ;;")
		p.fake("socat", "/bin/sleep 60 & wait")
		p.loops("xtrabackup.sh")
		assert.Len(t, p.calls("socat"), 1)
	})
	t.Run("not before the server answers", func(t *testing.T) {
		p := newPod(t, XtraBackup, "db-0")
		p.fill("volume/mysql", complete())
		p.rounds(2)
		p.fake("mysqladmin", "exit 1")
		assert.Equal(t, "waiting for the server\n", p.loops("xtrabackup.sh"))
		assert.Empty(t, p.calls("socat"))
	})
	t.Run("a backup is the stream and nothing else, with the position that a replica follows from", func(t *testing.T) {
		p := newPod(t, XtraBackup, "db-1")
		p.fake("xtrabackup", `cat "$(option defaults-extra-file)" >"${ROOT}/options"; echo stream`)
		got := p.run("send-backup.sh")
		assert.Equal(t, result{out: "stream\n", log: "send-backup.sh: sending a backup\nsend-backup.sh: backup sent\n"}, got)
		assert.Regexp(t, `^--defaults-extra-file=/dev/shm/\S+ --backup --slave-info --stream=xbstream --host=127.0.0.1 --datadir=/var/lib/mysql$`, p.calls("xtrabackup")[0])
		assert.Equal(t, map[string]string{"user": "root", "password": "root pw"}, optionFile(p.read("options")))
		file, _, _ := strings.Cut(strings.TrimPrefix(p.calls("xtrabackup")[0], "--defaults-extra-file="), " ")
		assert.NoFileExists(t, file)
	})
	t.Run("a backup that fails says so, and not that it was sent", func(t *testing.T) {
		p := newPod(t, XtraBackup, "db-1")
		got := p.run("send-backup.sh")
		assert.Equal(t, result{code: 1, log: "send-backup.sh: sending a backup\n"}, got)
	})
}
