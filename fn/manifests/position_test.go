package manifests

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Forms of facts/mysql.md, 6.5, and of Percona's and MariaDB's sources.
func TestPositionOfBackup(t *testing.T) {
	const (
		uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
		none = ""
		// The donor's own position, which counts on the primary only.
		own = "db-1-bin.000009\t999\n"
	)
	for _, test := range []struct {
		reason      string
		donor       string
		binlog      string
		slave       string
		want        string // the statement; else it refuses
		wantRefusal string
	}{
		{"the primary", "0", "binlog.000003\t154\n", none, "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=154", ""},
		{"the primary, and XtraBackup wrote an empty slave_info", "0", "binlog.000003\t154", "\n", "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=154", ""},
		{"with GTIDs a third column follows", "0", "binlog.000003\t154\t" + uuid + ":1-5\n", none, "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=154", ""},
		{"a set of GTIDs goes on over more lines", "0", "binlog.000003\t154\t" + uuid + ":1-5,\n" + uuid + ":7\n", none, "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=154", ""},
		{"MariaDB's GTIDs", "0", "mysql-bin.000002\t330\t0-100-7\n", none, "CHANGE MASTER TO MASTER_LOG_FILE='mysql-bin.000002', MASTER_LOG_POS=330", ""},
		{"a position beyond 4 GiB", "0", "binlog.999999\t4294967297\n", none, "CHANGE MASTER TO MASTER_LOG_FILE='binlog.999999', MASTER_LOG_POS=4294967297", ""},
		{"a quote in the name of the log stays inside its string", "0", "it's.000001\t4\n", none, "CHANGE MASTER TO MASTER_LOG_FILE='it\\'s.000001', MASTER_LOG_POS=4", ""},
		{"the primary once was a replica: what it followed does not count", "0", "binlog.000003\t154\n", "CHANGE MASTER TO MASTER_LOG_FILE='old.000001', MASTER_LOG_POS=4;\n", "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=154", ""},
		{"the primary has no binary log", "0", none, none, "", "the backup of the primary has no usable xtrabackup_binlog_info: ''. Does the primary write a binary log?"},
		{"a file name without a position", "0", "binlog.000003\n", none, "", "no usable xtrabackup_binlog_info"},
		{"a position that is no number", "0", "binlog.000003\tx\n", none, "", "no usable xtrabackup_binlog_info"},

		{"a replica, XtraBackup 2.4.4: no semicolon", "1", own, "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=1234", "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=1234", ""},
		{"a replica, XtraBackup 2.4.29: with one", "1", own, "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=1234;\n", "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=1234", ""},
		{"a replica of two digits", "10", own, "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=1234;\n", "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=1234", ""},
		{"the words of later versions", "1", own, "CHANGE REPLICATION SOURCE TO SOURCE_LOG_FILE='binlog.000003', SOURCE_LOG_POS=1234;\n", "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=1234", ""},
		{"mariadb-backup, file and position", "1", own, "CHANGE MASTER TO MASTER_LOG_FILE='mysql-bin.000002', MASTER_LOG_POS=330;\n", "CHANGE MASTER TO MASTER_LOG_FILE='mysql-bin.000002', MASTER_LOG_POS=330", ""},
		{"mariadb-backup adds the GTID as a comment", "1", own, "-- GTID: 0-100-7\nCHANGE MASTER TO MASTER_LOG_FILE='mysql-bin.000002', MASTER_LOG_POS=330;\n", "CHANGE MASTER TO MASTER_LOG_FILE='mysql-bin.000002', MASTER_LOG_POS=330", ""},
		{"other white space", "1", own, "CHANGE MASTER TO MASTER_LOG_FILE = 'binlog.000003',\n  MASTER_LOG_POS = 1234 ;\n", "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=1234", ""},
		{"a replica that follows by GTID has no position", "1", own, "SET GLOBAL gtid_purged='" + uuid + ":1-5';\nCHANGE MASTER TO MASTER_AUTO_POSITION=1;\n", "", "the backup of pod 1 has no usable xtrabackup_slave_info: 'SET GLOBAL gtid_purged="},
		{"the same with a set of several lines", "1", own, "SET GLOBAL gtid_purged='" + uuid + ":1-5,\n" + uuid + ":7';\nCHANGE MASTER TO MASTER_AUTO_POSITION=1\n", "", "no usable xtrabackup_slave_info"},
		{"MariaDB by GTID", "1", own, "SET GLOBAL gtid_slave_pos = '0-100-7';\nCHANGE MASTER TO master_use_gtid = slave_pos;\n", "", "no usable xtrabackup_slave_info"},
		{"a named channel is not the primary's", "1", own, "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=1234 FOR CHANNEL 'audit';\n", "", "no usable xtrabackup_slave_info"},
		{"several channels: which one is the primary's is a guess", "1", own, "CHANGE MASTER TO MASTER_LOG_FILE='a.1', MASTER_LOG_POS=1;\nCHANGE MASTER TO MASTER_LOG_FILE='b.1', MASTER_LOG_POS=2;\n", "", "no usable xtrabackup_slave_info"},
		{"a replica that follows nothing: its own position is another log's", "1", own, "", "", "the backup of pod 1 has no usable xtrabackup_slave_info: ''. Does that pod follow the primary, by file and position?"},
		{"an empty file name: it never connected", "1", own, "CHANGE MASTER TO MASTER_LOG_FILE='', MASTER_LOG_POS=4;\n", "", "no usable xtrabackup_slave_info"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, XtraBackup, "db-2")
			for name, text := range map[string]string{"xtrabackup_binlog_info": test.binlog, "xtrabackup_slave_info": test.slave} {
				if text != none {
					p.write("backup/"+name, text)
				}
			}
			got := p.bash(lib+`source ./position.sh
position=$(position_of_backup "${ROOT}/backup" "$1") || exit 1
change_source_sql "${position}"`, test.donor)
			assert.Equal(t, test.want, got.out)
			if test.want == "" {
				assert.Equal(t, 1, got.code)
				assert.Contains(t, got.log, test.wantRefusal)
			} else {
				assert.Zero(t, got.code, got.log)
			}
		})
	}
}
