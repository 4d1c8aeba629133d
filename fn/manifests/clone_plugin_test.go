package manifests

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newPluginReplica is a pod with an empty volume whose throw-away server works, and
// clones from the servers at hosts. Those in broken answer, and the clone from them
// fails half way.
func newPluginReplica(t *testing.T, name string, hosts, broken []string) *pod {
	t.Helper()
	set := servers{at: map[string]server{}}
	for _, host := range slices.Concat(hosts, broken) {
		set.at[host] = server{uuid: "of " + host, executed: "set:1,u0:1"}
	}
	return newPluginReplicaOf(t, name, set, broken...)
}

func newPluginReplicaOf(t *testing.T, name string, set servers, broken ...string) *pod {
	t.Helper()
	p := newPod(t, Plugin, name)
	p.fill("donor", complete())
	p.fake("mysqld", `socket=$(option socket)
[[ "$*" != *--initialize-insecure ]] || { mkdir "$(option datadir)"; exit; }
trap 'rm -f "${socket}"; exit 0' TERM
touch "${socket}"
/bin/sleep 60 & wait`)
	p.fake("mysqladmin", `[[ "$*" == *--socket=* && -e "$(option socket)" ]]`)
	dns(p, "", map[string]string{"db-3.db": "10.0.0.4", "db-4.db": "10.0.0.5"})
	cases := "*REQUIRE\\ SSL*) work=\"${statement##*DATA DIRECTORY = \\'}\"; work=\"${work%%\\'*}\" ;;&\n"
	for _, host := range broken {
		cases += "*\"FROM 'donor'@'" + host + "'\"*) mkdir -p \"${work}/mysql\"; echo half >\"${work}/leftover\"; echo 'ERROR 3862 (HY000): Clone Donor Error' >&2; exit 1 ;;\n"
	}
	for host := range set.at {
		cases += "*\"@'" + host + "':3306\"*) mkdir \"${work}\" && cp -r \"${ROOT}/donor/.\" \"${work}/\"; exit ;;\n"
	}
	set.fake(p, cases)
	return p
}

// deaf makes hosts whose names begin so not answer before they were asked so often.
func (p *pod) deaf(host string, times int) {
	p.t.Helper()
	require.NoError(p.t, os.Rename(p.path("bin/mysql"), p.path("bin/hears")))
	p.fake("mysql", fmt.Sprintf(`[[ "$*" != *--host=%s* || $(grep -c -e '^mysql .*--host=%[1]s' "${ROOT}/calls") -ge %d ]] || exit 1
exec "${ROOT}/bin/hears" "$@"`, host, times))
}

// clones are the statements that clone.
func (p *pod) clones() (clones []string) {
	p.t.Helper()
	for _, statement := range p.statements() {
		if strings.Contains(statement, "CLONE INSTANCE FROM") {
			clones = append(clones, statement)
		}
	}
	return clones
}

// donors are the hosts that were asked for a clone, in order.
func (p *pod) donors() string {
	p.t.Helper()
	hosts := []string{}
	for _, statement := range p.clones() {
		_, rest, _ := strings.Cut(statement, "'@'")
		host, _, _ := strings.Cut(rest, "'")
		hosts = append(hosts, host)
	}
	return strings.Join(hosts, " ")
}

func TestCloneByPlugin(t *testing.T) {
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
			assert.Equal(t, test.asked, p.donors(), got.log)
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
			assert.False(t, p.exists("tmp/recipient"), "the throw-away server")
		})
	}
	t.Run("each host that does not answer is named", func(t *testing.T) {
		got := newPluginReplica(t, "db-2", nil, nil).run("clone-mysql.sh")
		assert.Contains(t, got.log, "db-1.db is not cloned: does not answer: ERROR 2013 (HY000): Lost connection\n")
		assert.Contains(t, got.log, "db-0.db is not cloned: does not answer: ERROR 2013 (HY000): Lost connection\n")
	})
	t.Run("all pods start at once: it waits for the pod before it, which is being cloned itself", func(t *testing.T) {
		p := newPluginReplica(t, "db-2", []string{"db-0.db", "db-1.db"}, nil)
		p.env["CLONE_TIMEOUT_SECONDS"], p.env["DONOR_TIMEOUT_SECONDS"] = "60", "60"
		p.deaf("db-1.db", 3)
		got := p.run("clone-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.Equal(t, "db-1.db", p.donors())
		assert.Equal(t, 1, strings.Count(got.log, "db-1.db is not cloned: does not answer"))
	})
	t.Run("a donor that answers and fails is not waited for", func(t *testing.T) {
		p := newPluginReplica(t, "db-2", []string{"db-0.db"}, []string{"db-1.db"})
		p.env["CLONE_TIMEOUT_SECONDS"], p.env["DONOR_TIMEOUT_SECONDS"] = "60", "60"
		got := p.run("clone-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.Equal(t, "db-1.db db-1.db db-0.db", p.donors())
	})
	t.Run("the sidecar is told that what the donor followed comes with the clone", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
		require.Zero(t, p.run("clone-mysql.sh").code)
		assert.Equal(t, "db-0.db\n", p.read("volume/.mysqlreplicaset/cloned"))
	})
	t.Run("what the recipient is told", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
		require.Zero(t, p.run("clone-mysql.sh").code)
		assert.Equal(t, []string{p.named(`here: SET SESSION sql_mode = ''; SET GLOBAL clone_valid_donor_list = 'db-0.db:3306'; ` +
			`CLONE INSTANCE FROM 'donor'@'db-0.db':3306 IDENTIFIED BY '` + passwordOfLife("life of of db-0.db") + `' DATA DIRECTORY = 'ROOT/` + work + `' REQUIRE SSL;`)}, p.clones())
	})
	t.Run("with a CA the donor is verified", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
		p.write("etc/mysql/tls/ca.crt", "x")
		p.env["TLS_DIRECTORY"] = p.path("etc/mysql/tls")
		require.Zero(t, p.run("clone-mysql.sh").code)
		assert.Contains(t, p.clones()[0], p.named("SET GLOBAL clone_ssl_ca = 'ROOT/etc/mysql/tls/ca.crt'; CLONE INSTANCE"))
	})
	t.Run("no password on a command line", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
		require.Zero(t, p.run("clone-mysql.sh").code)
		assert.NotContains(t, p.read("calls"), passwordOfLife("life of of db-0.db"))
		assert.NotContains(t, p.read("calls"), "replication pw")
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
			assert.Empty(t, p.clones())
			assert.False(t, p.exists("volume/mysql"))
		})
	}
	t.Run("an earlier try's recipient goes: an emptyDir must not fill with them", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", nil, nil)
		for range 3 {
			assert.Equal(t, 1, p.run("clone-mysql.sh").code)
			assert.Equal(t, "recipient", p.files("tmp"))
		}
	})
	t.Run("it tries again until the deadline", func(t *testing.T) {
		p := newPluginReplica(t, "db-1", []string{"db-0.db"}, nil)
		p.env["CLONE_TIMEOUT_SECONDS"] = "60"
		p.deaf("", 6)
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

// TestDonor: whose data may be cloned.
func TestDonor(t *testing.T) {
	const other = "00736574-0000-8000-a000-000000000002"
	for _, test := range []struct {
		reason string
		before server // db-1, the pod before; db-0 is the primary
		log    string
	}{
		{"it has diverged", server{verdict: "differs db-0.db u1:1"}, "it has diverged: differs db-0.db u1:1"},
		{"its history was reset", server{verdict: "reset db-1 u0:1"}, "its history was reset"},
		{"the primary lacks what it has", server{executed: "set:1,u0:1,u1:1"}, "the primary db-0.db lacks what it has: u1:1"},
		{"it has just started, or is a new clone itself", server{publishedBy: "another"}, "has just started"},
		{"its database was never used, and another has data", server{unused: "yes", executed: other + ":1"}, "its database was never used, and db-0.db have data"},
		{"the name leads to another set", server{home: "other/db"}, "ERROR: it is of another set, other/db, and this pod is of ns/db"},
		{"it has tables that a clone would leave empty", server{tables: "shop.log (MyISAM)"}, "ERROR: it has tables that the clone plugin does not copy, since their engine is not InnoDB: shop.log (MyISAM)"},
	} {
		t.Run("the pod before is none, the primary is: "+test.reason, func(t *testing.T) {
			test.before.uuid = "u1"
			if test.before.executed == "" {
				test.before.executed = "set:1,u0:1"
			}
			p := newPluginReplicaOf(t, "db-2", servers{at: map[string]server{"db-0.db": {uuid: "u0", executed: "set:1,u0:1", writes: true}, "db-1.db": test.before}})
			got := p.run("clone-mysql.sh")
			assert.Contains(t, got.log, "db-1.db is not cloned: "+test.log)
			assert.Equal(t, "db-0.db", p.donors(), got.log)
		})
	}
	t.Run("tables of other engines, and the spec accepts that they are empty: said", func(t *testing.T) {
		p := newPluginReplicaOf(t, "db-1", servers{at: map[string]server{"db-0.db": {uuid: "u0", executed: "set:1", tables: "shop.log (MyISAM)"}}})
		p.write("config-map/other-engines", "Empty\n")
		got := p.run("clone-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.Contains(t, got.log, "empty in the clone, as spec.clone.otherEngines says, are shop.log (MyISAM)")
	})
	t.Run("the primary lost its data, and is no measure", func(t *testing.T) {
		p := newPluginReplicaOf(t, "db-2", servers{at: map[string]server{"db-0.db": {uuid: "u0", executed: other + ":1", unused: "yes"}, "db-1.db": {uuid: "u1", executed: "set:1,u0:1"}}})
		got := p.run("clone-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.Equal(t, "db-1.db", p.donors())
	})
	t.Run("two identities: it refuses, and names both", func(t *testing.T) {
		p := newPluginReplicaOf(t, "db-2", servers{at: map[string]server{"db-0.db": {uuid: "u0", executed: other + ":1,u0:1"}, "db-1.db": {uuid: "u1", executed: "set:1,u0:1"}}})
		got := p.run("clone-mysql.sh")
		assert.Equal(t, 1, got.code)
		assert.Contains(t, got.log, "ERROR: the pods that answer are of different sets: "+other+" "+identity)
		assert.Empty(t, p.clones())
	})
	t.Run("a donor of the release before lives", func(t *testing.T) {
		p := newPluginReplicaOf(t, "db-1", servers{at: map[string]server{"db-0.db": {uuid: "u0", executed: "u0:1", old: true}}})
		require.Zero(t, p.run("clone-mysql.sh").code)
		assert.Contains(t, p.clones()[0], "CLONE INSTANCE FROM 'clone'@'db-0.db':3306 IDENTIFIED BY 'replication pw'")
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

// TestSetAside: a database that was initialised here and never used gives place to a clone,
// when the set turns out to live elsewhere.
func TestSetAside(t *testing.T) {
	const mark = "initialised by db-0 at 2026-11-26T00:00:00Z\n"
	elsewhere := servers{at: map[string]server{
		"db-1.db": {uuid: "u1", executed: "set:1,u0:1", takesForPrimary: "primary:1"},
		"db-2.db": {uuid: "u2", executed: "set:1,u0:1", takesForPrimary: "primary:1"},
	}}
	prepared := func(t *testing.T, set servers, inventory string) *pod {
		p := newPluginReplicaOf(t, "db-0", set)
		p.env["PRIMARY_ORDINAL"] = "1"
		p.fill("volume/mysql", complete())
		p.write("volume/mysql/of", "db-0")
		p.write(marker, mark)
		p.write("volume/.mysqlreplicaset/initial", "schema mysql\n")
		require.NoError(t, os.Rename(p.path("bin/mysql"), p.path("bin/others")))
		p.fake("mysql", `if [[ "$*" == *fd/3* && "$*" == *--socket=* ]]; then printf '`+inventory+`'; else exec "${ROOT}/bin/others" "$@"; fi`)
		return p
	}
	t.Run("never used: kept beside, and cloned", func(t *testing.T) {
		p := prepared(t, elsewhere, `schema mysql\n`)
		got := p.run("clone-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.Contains(t, got.log, "this pod's database was never used, and the set has its data on db-1.db db-2.db: setting it aside as ")
		assert.False(t, p.exists("volume/mysql/of"))
		assert.Regexp(t, `^cloned from db-1.db by db-0 at `, p.read(marker))
		aside, err := filepath.Glob(p.path("volume/.mysqlreplicaset/aside-*/of"))
		require.NoError(t, err)
		assert.Len(t, aside, 1)
	})
	for _, test := range []struct {
		reason, inventory string
		change            func(p *pod)
		set               servers
	}{
		{"something was added", `schema mysql\nschema shop\n`, func(*pod) {}, elsewhere},
		{"it was a primary's", `schema mysql\n`, func(p *pod) { p.write("volume/.mysqlreplicaset/wrote", "u0\n") }, elsewhere},
		{"it has the right to take writes", `schema mysql\n`, func(p *pod) { p.write("volume/.mysqlreplicaset/primary", "taken by db-0\n") }, elsewhere},
		{"what it began with is not known: an older release made it", `schema mysql\n`, func(p *pod) {
			require.NoError(p.t, os.Remove(p.path("volume/.mysqlreplicaset/initial")))
		}, elsewhere},
		{"nobody else has data", `schema mysql\n`, func(*pod) {}, servers{}},
	} {
		t.Run("it stays: "+test.reason, func(t *testing.T) {
			p := prepared(t, test.set, test.inventory)
			test.change(p)
			got := p.run("clone-mysql.sh")
			require.Zero(t, got.code, got.log)
			assert.Equal(t, "db-0", p.read("volume/mysql/of"))
			assert.Equal(t, mark, p.read(marker))
		})
	}
}
