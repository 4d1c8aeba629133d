package manifests

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCloneAsksOnlyWhenInDoubt holds on both roads.
func TestCloneAsksOnlyWhenInDoubt(t *testing.T) {
	for _, road := range roads {
		for _, test := range []struct {
			reason, name string
			data         map[string]string
			code         int
			log          string
		}{
			{"the primary clones nothing", "db-0", nil, 0, "this pod is the primary: nothing to clone"},
			{"a replica with its data", "db-1", complete(), 0, "data directory is present"},
			{"a replica with what is no whole data directory", "db-1", map[string]string{"ibdata1": "x"}, 1, "Nothing is done, since it may be the only copy"},
		} {
			t.Run(test.reason+" "+string(road), func(t *testing.T) {
				p := newPod(t, road, test.name)
				p.fill("volume/mysql", test.data)
				before := p.tree("volume/mysql")
				got := p.run("clone-mysql.sh")
				assert.Equal(t, test.code, got.code)
				assert.Contains(t, got.log, test.log)
				assert.Equal(t, before, p.tree("volume/mysql"))
				for _, command := range []string{"getent", "mysql", "mysqladmin", "mysqld", "ncat", "socat", "xbstream", "xtrabackup"} {
					assert.Empty(t, p.calls(command), command)
				}
			})
		}
	}
}

// newReplica is a pod of 5.7 with an empty volume. Its donors stream the file
// donors/HOST, which is none until a test writes it; xbstream unpacks the folder of
// that name and xtrabackup prepares it.
func newReplica(t *testing.T, name string) *pod {
	t.Helper()
	p := newPod(t, XtraBackup, name)
	p.fake("socat", `host="${2#TCP:}" && cat "${ROOT}/donors/${host%%:*}"`)
	p.fake("xbstream", `read -r folder && cp -r "${ROOT}/${folder}/." "$3/"`)
	p.fake("xtrabackup", `sed -i 's/full-backuped/full-prepared/' "$(option target-dir)/xtrabackup_checkpoints"`)
	p.fill("whole", complete(
		"xtrabackup_checkpoints", "backup_type = full-backuped\n",
		"xtrabackup_binlog_info", "binlog.000003\t154\n",
		"xtrabackup_slave_info", "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=1234;\n",
	))
	return p
}

// cloned says that the data directory is there, whole, from this host.
func (p *pod) cloned(host, position string) {
	p.t.Helper()
	assert.Equal(p.t, "orders", p.read("volume/mysql/shop/orders.ibd"))
	assert.Equal(p.t, "backup_type = full-prepared\n", p.read("volume/mysql/xtrabackup_checkpoints"))
	assert.Equal(p.t, "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS="+position, p.read("volume/mysql/change_master_to.sql.in"))
	assert.Regexp(p.t, `^cloned from `+host+` by \S+ at \S+Z\n$`, p.read(marker))
	assert.False(p.t, p.exists(work))
}

func TestCloneFromABackup(t *testing.T) {
	for _, test := range []struct {
		reason         string
		name           string
		donors         map[string]string
		want, position string // the donor that did it
		asked          string
	}{
		{"the pod before it, which spares the primary", "db-2", map[string]string{"db-0.db": "whole", "db-1.db": "whole"}, "db-1.db", "1234", "db-1.db"},
		{"the first replica has only the primary", "db-1", map[string]string{"db-0.db": "whole"}, "db-0.db", "154", "db-0.db"},
		{"then those before it, one by one", "db-3", map[string]string{"db-0.db": "whole"}, "db-0.db", "154", "db-2.db db-1.db db-0.db"},
		{"ordinals of two digits", "db-11", map[string]string{"db-9.db": "whole"}, "db-9.db", "1234", "db-10.db db-9.db"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newReplica(t, test.name)
			for host, folder := range test.donors {
				p.write("donors/"+host, folder+"\n")
			}
			got := p.run("clone-mysql.sh")
			require.Zero(t, got.code, got.log)
			p.cloned(test.want, test.position)
			var asked []string
			for _, call := range p.calls("socat") {
				asked = append(asked, strings.TrimSuffix(strings.TrimPrefix(call, "-u TCP:"), ":3307,connect-timeout=10 STDOUT"))
			}
			assert.Equal(t, test.asked, strings.Join(asked, " "))
		})
	}

	half := map[string]string{"ibdata1": "half", "mysql/user.frm": "x", "sys/x": "x"}
	for _, test := range []struct {
		reason string
		broken map[string]string // what db-1 sends
		fake   [2]string
		want   string
	}{
		{"the donor is not there", nil, [2]string{}, "the stream from db-1.db broke off, or could not be unpacked"},
		{"the stream breaks off", half, [2]string{"socat", `host="${2#TCP:}" && cat "${ROOT}/donors/${host%%:*}"
[[ "${host}" != db-1* ]]`}, "the stream from db-1.db broke off, or could not be unpacked"},
		{"the stream cannot be unpacked", half, [2]string{"xbstream", `read -r folder && cp -r "${ROOT}/${folder}/." "$3/"
[[ "${folder}" != broken ]]`}, "the stream from db-1.db broke off, or could not be unpacked"},
		{"the stream just ends, which looks like success", half, [2]string{}, "the backup from db-1.db is not complete: it ended before xtrabackup_checkpoints"},
		{"the last file came empty", complete("xtrabackup_checkpoints", ""), [2]string{}, "is not complete"},
		{"preparing fails", complete("xtrabackup_checkpoints", "backup_type = full-backuped\n"), [2]string{"xtrabackup", `folder=$(option target-dir)
[[ -e "${folder}/xtrabackup_binlog_info" ]] || { echo "xtrabackup: cannot prepare" >&2; exit 1; }
sed -i 's/full-backuped/full-prepared/' "${folder}/xtrabackup_checkpoints"`}, "xtrabackup: cannot prepare"},
		{"preparing says nothing and does not", complete("xtrabackup_checkpoints", "backup_type = incremental\n"), [2]string{}, "the backup from db-1.db could not be prepared: backup_type = incremental"},
		{"the donor follows nothing", complete("xtrabackup_checkpoints", "backup_type = full-backuped\n", "xtrabackup_binlog_info", "db-1-bin.000001\t4\n"), [2]string{}, "the backup of pod 1 has no usable xtrabackup_slave_info"},
	} {
		t.Run(test.reason+": the next donor", func(t *testing.T) {
			p := newReplica(t, "db-2")
			p.write("donors/db-0.db", "whole\n")
			if test.broken != nil {
				p.write("donors/db-1.db", "broken\n")
				p.fill("broken", test.broken)
				// Nothing of it may be in what the next donor gives.
				p.write("broken/leftover", "x")
			}
			if test.fake[0] != "" {
				p.fake(test.fake[0], test.fake[1])
			}
			got := p.run("clone-mysql.sh")
			require.Zero(t, got.code, got.log)
			assert.Contains(t, got.log, test.want)
			p.cloned("db-0.db", "154")
			assert.False(t, p.exists("volume/mysql/leftover"))
		})
		t.Run(test.reason+": and no other donor", func(t *testing.T) {
			p := newReplica(t, "db-2")
			if test.broken != nil {
				p.write("donors/db-1.db", "broken\n")
				p.fill("broken", test.broken)
			}
			if test.fake[0] != "" {
				p.fake(test.fake[0], test.fake[1])
			}
			got := p.run("clone-mysql.sh")
			assert.Equal(t, 1, got.code)
			assert.Contains(t, got.log, test.want)
			assert.Contains(t, got.log, "ERROR: no pod before this one could be cloned; the lines above say why for each. Nothing is changed; trying again")
			assert.False(t, p.exists("volume/mysql"))
			assert.False(t, p.exists(marker))
			assert.False(t, p.exists(work))
		})
	}
	t.Run("it tries again until the deadline", func(t *testing.T) {
		p := newReplica(t, "db-1")
		p.env["CLONE_TIMEOUT_SECONDS"] = "60"
		p.write("donors/db-0.db", "whole\n")
		p.fake("socat", `[[ $(grep -c socat "${ROOT}/calls") -ge 3 ]] && cat "${ROOT}/donors/db-0.db"`)
		got := p.run("clone-mysql.sh")
		require.Zero(t, got.code, got.log)
		p.cloned("db-0.db", "154")
		assert.Len(t, p.calls("socat"), 3)
	})
	t.Run("the tutorial's image has ncat and no socat", func(t *testing.T) {
		p := newReplica(t, "db-1")
		p.write("donors/db-0.db", "whole\n")
		p.lacks("socat")
		p.fake("ncat", `cat "${ROOT}/donors/$4"`)
		got := p.run("clone-mysql.sh")
		require.Zero(t, got.code, got.log)
		p.cloned("db-0.db", "154")
		assert.Equal(t, []string{"--recv-only --wait 10 db-0.db 3307"}, p.calls("ncat"))
	})
}

// TestCloneFromABackupKilled: wherever it is killed.
func TestCloneFromABackupKilled(t *testing.T) {
	t.Parallel()
	atEach(t, everyThird, func(t *testing.T, n int) bool {
		p := newReplica(t, "db-1")
		p.write("donors/db-0.db", "whole\n")
		finished := p.killedBefore(n, "source ./clone-mysql.sh")
		if p.exists("volume/mysql") {
			assert.NotEmpty(t, p.read("volume/mysql/change_master_to.sql.in"))
		} else {
			assert.False(t, p.exists(marker))
		}
		again := p.run("clone-mysql.sh")
		require.Zero(t, again.code, again.log)
		assert.Equal(t, "orders", p.read("volume/mysql/shop/orders.ibd"))
		assert.Equal(t, "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=154", p.read("volume/mysql/change_master_to.sql.in"))
		assert.NotEmpty(t, p.read(marker))
		assert.False(t, p.exists(work))
		return finished
	})
}
