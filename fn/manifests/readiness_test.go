package manifests

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestReadiness(t *testing.T) {
	replica, slave := fixture(t, "show-replica-status.txt"), fixture(t, "show-slave-status.txt")
	const row = "*************************** 1. row ***************************\n"
	const writes, readOnly = row + "read_only: 0\n", row + "read_only: 1\n"
	for _, test := range []struct {
		reason string
		name   string
		status string
		want   string // why it is not ready
	}{
		{"the primary takes writes", "db-0", writes, ""},
		{"it is to be the primary, and has not the right to take writes yet", "db-0", readOnly, "this pod is to be the primary and takes no writes yet; the container replication says why"},
		{"it is to be the primary, and serves what it has while it follows another", "db-0", readOnly + replica, ""},
		{"it is to be the primary, and is far behind", "db-0", readOnly + with(replica, "Seconds_Behind_Source", "61"), "61 s behind the primary, more than 60"},
		{"a replica that takes writes is none", "db-1", writes, "replication is not configured yet"},
		{"a replica that follows, a little behind", "db-1", readOnly + replica, ""},
		{"exactly as far behind as allowed", "db-1", readOnly + with(replica, "Seconds_Behind_Source", "60"), ""},
		{"further behind than allowed", "db-1", readOnly + with(replica, "Seconds_Behind_Source", "61"), "61 s behind the primary, more than 60"},
		{"the primary is away: reads go on", "db-1", readOnly + with(replica, "Replica_IO_Running", "Connecting", "Seconds_Behind_Source", "NULL"), ""},
		{"the primary is away, and what came before is still applied", "db-1", readOnly + with(replica, "Replica_IO_Running", "Connecting", "Seconds_Behind_Source", "500"), "500 s behind the primary, more than 60"},
		{"connected and never connected before", "db-1", readOnly + with(replica, "Seconds_Behind_Source", "NULL"), ""},
		{"not configured yet, or no longer", "db-1", readOnly, "replication is not configured yet"},
		{"the applier stopped", "db-1", readOnly + with(replica, "Replica_SQL_Running", "No", "Last_SQL_Error", "Duplicate entry '1' for key 'PRIMARY'"), "the applier has stopped: Duplicate entry '1' for key 'PRIMARY'"},
		{"the applier stopped with an error of several lines", "db-1", readOnly + with(replica, "Replica_SQL_Running", "No", "Last_SQL_Error", "first line\nsecond line"), "the applier has stopped: first line"},
		{"the receiver stopped: the primary purged what it needs", "db-1", readOnly + with(replica, "Replica_IO_Running", "No", "Last_IO_Error", "Got fatal error 1236"), "the receiver has stopped: Got fatal error 1236"},
		{"replication was stopped, as the sidecar does where transactions differ", "db-1", readOnly + with(replica, "Replica_IO_Running", "No", "Replica_SQL_Running", "No"), "the applier has stopped: "},

		{"5.7: a replica that follows", "db-1", readOnly + slave, ""},
		{"5.7: too far behind", "db-1", readOnly + with(slave, "Seconds_Behind_Master", "86400"), "86400 s behind the primary, more than 60"},
		{"5.7: the primary is away", "db-1", readOnly + with(slave, "Slave_IO_Running", "Connecting", "Seconds_Behind_Master", "NULL"), ""},
		{"5.7: the applier stopped", "db-1", readOnly + with(slave, "Slave_SQL_Running", "No", "Last_SQL_Error", "x"), "the applier has stopped: x"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, test.name)
			p.env["MAX_LAG_SECONDS"], p.env["PROBE_ACCOUNT"], p.env["SHOW_REPLICA_STATUS"] = "60", "probe", "SHOW REPLICA STATUS"
			p.fakeMySQL("*) " + printing(test.status) + ";;")
			got := p.run("readiness.sh")
			if test.want == "" {
				assert.Equal(t, result{}, got)
			} else {
				assert.Equal(t, result{code: 1, log: "readiness.sh: ERROR: not ready: " + test.want + "\n"}, got)
			}
			assert.Len(t, p.calls("mysql"), 1, "one connection a probe")
		})
	}
	for _, test := range []struct {
		reason  string
		seconds int64
		word    string
		want    string
	}{
		{"the primary answers, and has refused the receiver for longer than allowed", 61, "follows", "db-0.db answers, and the receiver has had no contact with it for "},
		{"for a moment", 5, "follows", ""},
		{"the primary is away", 600, "serves", ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, "db-1")
			p.env["MAX_LAG_SECONDS"], p.env["PROBE_ACCOUNT"], p.env["SHOW_REPLICA_STATUS"] = "60", "probe", "SHOW REPLICA STATUS"
			p.fakeMySQL("*) " + printing(readOnly+with(replica, "Replica_IO_Running", "Connecting", "Last_IO_Error", "access denied")) + ";;")
			now := time.Now().Unix()
			p.write("run/standing", fmt.Sprintf("%d %s db-0.db\n", now, test.word))
			p.write("run/contact", fmt.Sprintf("%d\n", now-test.seconds))
			got := p.run("readiness.sh")
			if test.want == "" {
				assert.Equal(t, result{}, got)
			} else {
				assert.Contains(t, got.log, "ERROR: not ready: "+test.want[:40])
				assert.Equal(t, 1, got.code)
			}
		})
	}
	for _, name := range []string{"db-0", "db-1"} {
		t.Run("no primary takes writes, and it follows nobody: reads go on while the sidecar says so, "+name, func(t *testing.T) {
			p := newPod(t, Plugin, name)
			p.env["MAX_LAG_SECONDS"], p.env["PROBE_ACCOUNT"], p.env["SHOW_REPLICA_STATUS"] = "60", "probe", "SHOW REPLICA STATUS"
			p.fakeMySQL("*) " + printing(readOnly) + ";;")
			stands := func(seconds int64, word string) {
				p.write("run/standing", fmt.Sprintf("%d %s the primary does not answer\n", time.Now().Unix()-seconds, word))
			}
			stands(0, "serves")
			assert.Equal(t, result{}, p.run("readiness.sh"))
			stands(120, "serves")
			assert.Equal(t, 1, p.run("readiness.sh").code, "the sidecar is gone")
			stands(0, "serves")
			p.fakeMySQL("*) " + printing(readOnly+with(replica, "Replica_IO_Running", "No")) + ";;")
			assert.Equal(t, result{}, p.run("readiness.sh"), "there is nobody to follow, and what came before is applied")
			p.fakeMySQL("*) " + printing(readOnly+with(replica, "Replica_SQL_Running", "No")) + ";;")
			assert.Equal(t, 1, p.run("readiness.sh").code, "the applier stopped, and that counts")
			stands(120, "stopped")
			p.fakeMySQL("*) " + printing(readOnly+replica) + ";;")
			got := p.run("readiness.sh")
			assert.Equal(t, result{code: 1, log: "readiness.sh: ERROR: not ready: the primary does not answer\n"}, got, "another pod's history contradicts this one's, whatever its threads do")
		})
	}
	for _, test := range []struct{ reason, name, account, query, password string }{
		{"in the dialect's words", "db-1", "probe", "SELECT @@GLOBAL.read_only AS read_only; SHOW SLAVE STATUS", ""},
		{"5.7 has no account for probes", "db-1", "root", "SELECT @@GLOBAL.read_only AS read_only; SHOW SLAVE STATUS", "root pw"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, test.name)
			p.env["MAX_LAG_SECONDS"], p.env["PROBE_ACCOUNT"], p.env["SHOW_REPLICA_STATUS"] = "60", test.account, "SHOW SLAVE STATUS"
			p.fakeMySQL("*) " + printing(slave) + ";;")
			assert.Equal(t, result{}, p.run("readiness.sh"))
			assert.Equal(t, []string{"here: " + test.query}, p.statements())
			assert.Equal(t, map[string]string{"user": test.account, "password": test.password}, optionFile(p.read("options")))
			// Over TCP: with skip-networking the socket would answer.
			assert.Contains(t, p.calls("mysql")[0], "--host=127.0.0.1 --vertical")
		})
	}
	for _, name := range []string{"db-0", "db-1"} {
		t.Run("a server that does not answer is not ready: "+name, func(t *testing.T) {
			p := newPod(t, Plugin, name)
			p.env["MAX_LAG_SECONDS"], p.env["PROBE_ACCOUNT"], p.env["SHOW_REPLICA_STATUS"] = "60", "probe", "SHOW REPLICA STATUS"
			p.fakeMySQL("*) echo \"ERROR 2003 (HY000): Can't connect\" >&2; exit 1 ;;")
			got := p.run("readiness.sh")
			assert.NotZero(t, got.code)
			assert.Contains(t, got.log, "ERROR 2003")
		})
	}
}
