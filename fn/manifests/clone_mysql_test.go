package manifests

import (
	"os"
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

// newPluginReplica is a pod with an empty volume whose throw-away server works, and
// clones from the servers at hosts. Those in broken answer, and the clone from them
// fails half way.
func newPluginReplica(t *testing.T, name string, hosts, broken []string) *pod {
	t.Helper()
	p := newPod(t, Plugin, name)
	p.fill("donor", complete())
	p.fake("mysqld", `socket=$(option socket)
[[ "$*" != *--initialize-insecure ]] || { mkdir "$(option datadir)"; exit; }
trap 'rm -f "${socket}"; exit 0' TERM
touch "${socket}"
/bin/sleep 60 & wait`)
	dns(p, "", map[string]string{"db-2.db": "10.0.0.3", "db-3.db": "10.0.0.4", "db-4.db": "10.0.0.5"})
	admin := "case \"$*\" in\n*--socket=*) [[ -e \"$(option socket)\" ]]; exit ;;\n"
	cases := "*REQUIRE\\ SSL*) work=\"${statement##*DATA DIRECTORY = \\'}\"; work=\"${work%%\\'*}\" ;;&\n"
	for _, host := range append(hosts, broken...) {
		admin += "*--host=" + host + "\\ *) exit 0 ;;\n"
	}
	for _, host := range hosts {
		cases += "*\"FROM 'clone'@'" + host + "':3306\"*) mkdir \"${work}\" && cp -r \"${ROOT}/donor/.\" \"${work}/\"; exit ;;\n"
	}
	for _, host := range broken {
		cases += "*\"FROM 'clone'@'" + host + "'\"*) mkdir -p \"${work}/mysql\"; echo half >\"${work}/leftover\"; echo 'ERROR 3862 (HY000): Clone Donor Error' >&2; exit 1 ;;\n"
	}
	p.fake("mysqladmin", admin+"*) exit 1 ;;\nesac")
	p.fakeMySQL(cases + "*) exit 1 ;;")
	return p
}

func TestCloneByPlugin(t *testing.T) {
	// donors are the hosts that were asked for a clone, in order.
	donors := func(p *pod) (hosts string) {
		for _, statement := range p.statements() {
			_, rest, ok := strings.Cut(statement, "CLONE INSTANCE FROM 'clone'@'")
			require.True(p.t, ok, statement)
			host, _, _ := strings.Cut(rest, "'")
			hosts += " " + host
		}
		return strings.TrimSpace(hosts)
	}
	for _, test := range []struct {
		reason        string
		name          string
		hosts, broken []string
		asked         string
		want          string // the donor that did it; none: it fails
	}{
		{"the pod before it, which spares the primary", "db-2", []string{"db-0.db", "db-1.db"}, nil, "db-1.db", "db-1.db"},
		{"the first replica has only the primary", "db-1", []string{"db-0.db"}, nil, "db-0.db", "db-0.db"},
		{"then those before it", "db-2", []string{"db-0.db"}, nil, "db-0.db", "db-0.db"},
		{"a donor that answers and fails, then the next", "db-2", []string{"db-0.db"}, []string{"db-1.db"}, "db-1.db db-0.db", "db-0.db"},
		{"then those after it that exist: the primary's volume may be lost", "db-1", []string{"db-2.db", "db-3.db"}, nil, "db-2.db", "db-2.db"},
		{"nobody answers", "db-2", nil, nil, "", ""},
		{"all fail", "db-2", nil, []string{"db-0.db", "db-1.db"}, "db-1.db db-0.db", ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPluginReplica(t, test.name, test.hosts, test.broken)
			got := p.run("clone-mysql.sh")
			assert.Equal(t, test.asked, donors(p), got.log)
			assert.False(t, p.exists(work))
			for _, host := range test.broken {
				assert.Contains(t, got.log, "the clone from "+host+" failed, for the reason above")
				assert.Contains(t, got.log, "ERROR 3862")
			}
			if test.want == "" {
				assert.Equal(t, 1, got.code)
				assert.Contains(t, got.log, "ERROR: no pod of the set could be cloned; the lines above say why for each. Nothing is changed; trying again")
				assert.False(t, p.exists("volume/mysql"))
				assert.False(t, p.exists(marker))
				return
			}
			require.Zero(t, got.code, got.log)
			assert.Equal(t, strings.ReplaceAll(p.tree("donor"), "/donor", "/volume/mysql"), p.tree("volume/mysql"))
			assert.Regexp(t, `^cloned from `+test.want+` by `+test.name+` at \S+Z\n$`, p.read(marker))
			assert.Empty(t, p.files("tmp"), "the throw-away server")
		})
	}
	t.Run("each host that does not answer is named", func(t *testing.T) {
		got := newPluginReplica(t, "db-2", nil, nil).run("clone-mysql.sh")
		assert.Contains(t, got.log, "db-1.db does not answer; trying again\n")
		assert.Contains(t, got.log, "db-0.db does not answer; trying again\n")
	})
	t.Run("all pods start at once: it waits for the pod before it, which is being cloned itself", func(t *testing.T) {
		p := newPluginReplica(t, "db-2", []string{"db-0.db", "db-1.db"}, nil)
		p.env["CLONE_TIMEOUT_SECONDS"], p.env["DONOR_TIMEOUT_SECONDS"] = "60", "60"
		p.fake("mysqladmin", `[[ "$*" == *--host=* ]] || { [[ -e "$(option socket)" ]]; exit; }
[[ "$*" == *--host=db-0.db* || $(grep -c -e --host=db-1.db "${ROOT}/calls") -ge 3 ]]`)
		got := p.run("clone-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.Equal(t, "db-1.db", donors(p))
		assert.Equal(t, 1, strings.Count(got.log, "db-1.db does not answer; trying again\n"))
	})
	t.Run("a donor that answers and fails is not waited for", func(t *testing.T) {
		p := newPluginReplica(t, "db-2", []string{"db-0.db"}, []string{"db-1.db"})
		p.env["CLONE_TIMEOUT_SECONDS"], p.env["DONOR_TIMEOUT_SECONDS"] = "60", "60"
		got := p.run("clone-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.Equal(t, "db-1.db db-1.db db-0.db", donors(p))
	})
	t.Run("the sidecar is told that what the donor followed comes with the clone", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
		require.Zero(t, p.run("clone-mysql.sh").code)
		assert.Equal(t, "db-0.db\n", p.read("volume/.mysqlreplicaset/cloned"))
	})
	t.Run("what the recipient is told", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
		p.write("auth/replication-password", `a'b\c`)
		require.Zero(t, p.run("clone-mysql.sh").code)
		assert.Equal(t, []string{p.named(`here: SET SESSION sql_mode = ''; SET GLOBAL clone_valid_donor_list = 'db-0.db:3306'; ` +
			`CLONE INSTANCE FROM 'clone'@'db-0.db':3306 IDENTIFIED BY 'a\'b\\c' DATA DIRECTORY = 'ROOT/` + work + `' REQUIRE SSL;`)}, p.statements())
	})
	t.Run("with a CA the donor is verified", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
		p.write("etc/mysql/tls/ca.crt", "x")
		require.Zero(t, p.run("clone-mysql.sh").code)
		assert.Contains(t, p.statements()[0], p.named("SET GLOBAL clone_ssl_ca = 'ROOT/etc/mysql/tls/ca.crt'; CLONE INSTANCE"))
	})
	t.Run("no password on a command line", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
		p.write("auth/replication-password", "needle")
		require.Zero(t, p.run("clone-mysql.sh").code)
		assert.Contains(t, p.read("statements"), "needle")
		assert.NotContains(t, p.read("calls"), "needle")
	})
	t.Run("the recipient listens on a socket only, outside the volume", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
		require.Zero(t, p.run("clone-mysql.sh").code)
		calls := p.calls("mysqld")
		require.Len(t, calls, 2)
		for _, call := range calls {
			assert.Contains(t, call, p.named("--datadir=ROOT/tmp/"))
			assert.Contains(t, call, "--skip-networking --skip-log-bin")
			assert.NotContains(t, call, p.path("volume"))
		}
	})
	for _, test := range []struct{ reason, body string }{
		{"the recipient cannot be initialised", "exit 1"},
		{"the recipient stops", `[[ "$*" == *--initialize-insecure ]]`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
			p.fake("mysqld", test.body)
			got := p.run("clone-mysql.sh")
			assert.Equal(t, 1, got.code, got.log)
			assert.Empty(t, p.statements())
			assert.False(t, p.exists("volume/mysql"))
		})
	}
	t.Run("an earlier try's recipient goes: an emptyDir must not fill with them", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", nil, nil)
		for range 3 {
			assert.Equal(t, 1, p.run("clone-mysql.sh").code)
			assert.Len(t, strings.Fields(p.files("tmp")), 1)
		}
	})
	t.Run("it tries again until the deadline", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
		p.env["CLONE_TIMEOUT_SECONDS"] = "60"
		p.fake("mysqladmin", `[[ "$*" == *--host=* ]] || { [[ -e "$(option socket)" ]]; exit; }
[[ $(grep -c -e --host= "${ROOT}/calls") -ge 3 ]]`)
		got := p.run("clone-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.Equal(t, "orders", p.read("volume/mysql/shop/orders.ibd"))
	})
	t.Run("without its password nothing is begun", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
		require.NoError(t, os.Remove(p.path("auth/replication-password")))
		got := p.run("clone-mysql.sh")
		assert.Equal(t, 1, got.code)
		assert.Contains(t, got.log, "no key replication-password")
		assert.Empty(t, p.calls("mysqld"))
	})
}

// TestCloneByPluginKilled: wherever it is killed.
func TestCloneByPluginKilled(t *testing.T) {
	t.Parallel()
	atEach(t, everyThird, func(t *testing.T, n int) bool {
		p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
		return p.killedAndRunAgain(n, "clone-mysql.sh", "donor")
	})
}
