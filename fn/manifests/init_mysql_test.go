package manifests

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWriteConfiguration(t *testing.T) {
	for _, test := range []struct{ reason, name, role, identity string }{
		{"the primary", "db-0", "primary", "[mysqld]\nserver_id=100\nreport_host=db-0.db\n"},
		{"a replica", "db-1", "replica", "[mysqld]\nserver_id=101\nreport_host=db-1.db\n"},
		{"ordinals of two digits", "team-a-db-12", "replica", "[mysqld]\nserver_id=112\nreport_host=team-a-db-12.team-a-db\n"},
	} {
		for _, road := range roads {
			t.Run(test.reason+" "+string(road), func(t *testing.T) {
				p := newPod(t, road, test.name)
				p.fill("volume/mysql", complete())
				identity := test.identity
				if road == Plugin {
					identity += "report_user=primary:0\ninit_file=" + p.path("etc/mysql/conf.d/start.sql") + "\n"
				}
				for try := range 3 {
					// The options may change between two starts; the role's file is the only one.
					options := fmt.Sprintf("[mysqld]\nmax_connections=%d\n", try)
					p.write("config-map/"+test.role+".cnf", options)
					p.write("etc/mysql/conf.d/of-an-earlier-version.cnf", "[mysqld]\nremoved_option\n")
					got := p.run("init-mysql.sh")
					require.Zero(t, got.code, got.log)
					assert.Contains(t, got.log, "this pod is the "+test.role+": server_id ")
					assert.Equal(t, options, p.read("etc/mysql/conf.d/"+test.role+".cnf"))
					assert.Equal(t, identity, p.read("etc/mysql/conf.d/server-id.cnf"))
					var want []string
					for _, script := range Scripts(road) {
						want = append(want, script.Name)
						assert.Equal(t, p.read("config-map/"+script.Name), p.read("etc/mysql/conf.d/"+script.Name))
					}
					want = append(want, test.role+".cnf", "server-id.cnf")
					if road == Plugin {
						want = append(want, "replicas", "other-engines")
					}
					assert.ElementsMatch(t, want, strings.Fields(p.files("etc/mysql/conf.d")))
				}
			})
		}
	}
}

func TestInitAsksOnlyWhenInDoubt(t *testing.T) {
	for _, test := range []struct {
		reason, name string
		data         map[string]string
	}{
		{"the primary with its data: it starts when DNS is down and no replica answers", "db-0", complete()},
		{"a replica with data", "db-1", complete()},
		{"a replica without data: it is cloned, and never initialised", "db-1", nil},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, test.name)
			p.fill("volume/mysql", test.data)
			before := p.tree("volume/mysql")
			got := p.run("init-mysql.sh")
			require.Zero(t, got.code, got.log)
			assert.NotContains(t, p.read("calls"), "getent")
			assert.Empty(t, p.calls("mysqladmin"))
			assert.Empty(t, p.calls("docker-entrypoint.sh"))
			assert.Equal(t, before, p.tree("volume/mysql"))
		})
	}
	t.Run("the primary with what is no whole data directory", func(t *testing.T) {
		p := newPod(t, Plugin, "db-0")
		p.write("volume/mysql/ibdata1", "the only copy")
		got := p.run("init-mysql.sh")
		assert.Equal(t, 1, got.code)
		assert.Contains(t, got.log, "Nothing is done, since it may be the only copy")
		assert.Empty(t, p.calls("docker-entrypoint.sh"))
		assert.Equal(t, "the only copy", p.read("volume/mysql/ibdata1"))
	})
}

// dns answers getent(1): lines of `getent ahosts db`, and an address for each host.
func dns(p *pod, ahosts string, hosts map[string]string) {
	body := "case \"$*\" in\n'ahosts db') " + printing(ahosts) + ";;\n"
	for host, address := range hosts {
		body += "'hosts " + host + "') echo '" + address + "  " + host + "' ;;\n"
	}
	p.fake("getent", body+"*) exit 2 ;;\nesac")
}

// answering makes mysqladmin reach the servers at these hosts.
func answering(p *pod, hosts ...string) {
	body := "case \"$*\" in\n"
	for _, host := range hosts {
		body += "*--host=" + host + "\\ *) exit 0 ;;\n"
	}
	p.fake("mysqladmin", body+"*) exit 1 ;;\nesac")
}

func TestRefuseIfPeersExist(t *testing.T) {
	const address = "10.0.0.1       STREAM db\n10.0.0.1       DGRAM\n10.0.0.1       RAW\n"
	const others = address + "10.0.0.2       STREAM\n10.0.0.2       DGRAM\n10.0.0.3       STREAM\n"
	// holds is the refusal that names these pods, with what can be done on the road.
	holds := func(pods string) func(Road) string {
		return func(road Road) string {
			cure := "Make a pod that holds data the primary, with spec.replication.primary: its ordinal; this pod is then cloned from it"
			if road == XtraBackup {
				cure = "Restore this pod's volume from a backup or from a copy of a replica's"
			}
			return "ERROR: the primary's volume is empty, but " + pods + " of this set run with data. A new, empty primary is NOT initialised. " +
				cure + ". Or, if all data of the set may go, scale it to 0 and delete its PersistentVolumeClaims\n"
		}
	}
	// silent is about pods that do not answer. Where the primary can move, a new database
	// is made, which takes no writes.
	silent := func(addresses string) func(Road) string {
		return func(road Road) string {
			if road == Plugin {
				return ""
			}
			return "ERROR: the primary's volume is empty, and other pods of the set exist that do not answer (" + addresses + "), so it cannot be told whether they hold data. Nothing is initialised."
		}
	}
	unseen := func(own string) func(Road) string {
		return func(Road) string {
			return "ERROR: the primary's volume is empty, and DNS does not show this pod (" + own + ") under the headless Service 'db', so it cannot be told whether replicas hold data. Nothing is initialised. Check the Service (publishNotReadyAddresses) and the cluster's DNS"
		}
	}
	alone := func(Road) string { return "" }
	hosts := map[string]string{"db-0.db": "10.0.0.1", "db-1.db": "10.0.0.2", "db-2.db": "10.0.0.3"}
	for _, test := range []struct {
		reason    string
		own       string
		dns       string
		answering []string
		want      func(Road) string // of the log, if it refuses
	}{
		{"this pod and nobody else: the set's first start", "10.0.0.1", address, nil, alone},
		{"both families, and both are this pod's", "10.0.0.1,fd00::1", address + "fd00::1 STREAM db\n", nil, alone},
		{"the other family alone shows this pod", "10.0.0.1,fd00::1", "fd00::1 STREAM db\n", nil, alone},
		{"replicas hold the data: the primary's volume was lost", "10.0.0.1", others, []string{"10.0.0.2", "10.0.0.3"}, holds("db-1 db-2")},
		{"one replica holds it, another does not answer", "10.0.0.1", others, []string{"10.0.0.3"}, holds("db-2")},
		{"a server that DNS has no name for", "10.0.0.1", address + "10.0.0.9 STREAM\n", []string{"10.0.0.9"}, holds("10.0.0.9")},
		{"a replica answers before DNS shows this pod", "10.0.0.1", "10.0.0.2 STREAM db\n", []string{"10.0.0.2"}, holds("db-1")},
		{"replicas exist and may hold data", "10.0.0.1", others, nil, silent("10.0.0.2 10.0.0.3")},
		{"a pod whose address only begins like this one's", "10.0.0.1", address + "10.0.0.11 STREAM\n", nil, silent("10.0.0.11")},
		{"DNS knows nothing", "10.0.0.1", "", nil, unseen("10.0.0.1")},
		{"DNS shows another pod only: its record is old", "10.0.0.1", "10.0.0.2 STREAM db\n", nil, unseen("10.0.0.1")},
		{"DNS shows the address this pod had before", "10.0.0.7", address, nil, unseen("10.0.0.7")},
	} {
		for _, road := range roads {
			t.Run(test.reason+" "+string(road), func(t *testing.T) {
				p := newPod(t, road, "db-0")
				p.env["POD_IPS"] = test.own
				dns(p, test.dns, hosts)
				answering(p, test.answering...)
				p.fake("docker-entrypoint.sh", "exit 3")
				got := p.run("init-mysql.sh")
				assert.Equal(t, 1, got.code)
				assert.False(t, p.exists("volume/mysql"))
				assert.False(t, p.exists(marker))
				if want := test.want(road); want != "" {
					assert.Contains(t, got.log, want)
					assert.Empty(t, p.calls("docker-entrypoint.sh"))
					return
				}
				assert.Regexp(t, "no other pod of the set (exists: this is its first start|answers: this is its first start, or else the database that is made now takes no writes, since all pods are asked before)\n", got.log)
				assert.Len(t, p.calls("docker-entrypoint.sh"), 1)
			})
		}
	}

	t.Run("DNS fails", func(t *testing.T) {
		p := newPod(t, Plugin, "db-0")
		p.fake("getent", "exit 2")
		got := p.run("init-mysql.sh")
		assert.Equal(t, 1, got.code)
		assert.Contains(t, got.log, unseen("10.0.0.1")(Plugin))
	})
	t.Run("a missing POD_IPS stops it", func(t *testing.T) {
		p := newPod(t, Plugin, "db-0")
		delete(p.env, "POD_IPS")
		dns(p, address, hosts)
		got := p.run("init-mysql.sh")
		assert.NotZero(t, got.code)
		assert.Contains(t, got.log, "POD_IPS")
		assert.Empty(t, p.calls("docker-entrypoint.sh"))
	})
	t.Run("it waits for DNS, and for peers to answer or to go", func(t *testing.T) {
		p := newPod(t, XtraBackup, "db-0")
		p.env["PEER_TIMEOUT_SECONDS"] = "60"
		// Nothing at first; then a pod that does not answer; then only this one.
		p.fake("getent", `case "$(grep -c getent "${ROOT}/calls")" in
1) exit 2 ;;
2) echo '10.0.0.1 STREAM db'; echo '10.0.0.2 STREAM' ;;
*) echo '10.0.0.1 STREAM db' ;;
esac`)
		p.fake("docker-entrypoint.sh", "exit 3")
		got := p.run("init-mysql.sh")
		assert.Contains(t, got.log, "this is its first start")
		assert.Len(t, p.calls("getent"), 3)
		assert.Len(t, p.calls("sleep"), 3, "two rounds, and one for the server")
	})
}

// firstStart is a primary on the set's first start, with an image that works.
func firstStart(t *testing.T, road Road) *pod {
	t.Helper()
	p := newPod(t, road, "db-0")
	dns(p, "10.0.0.1 STREAM db\n", nil)
	p.fake("mysqladmin", `[[ -e "$(option socket)" ]]`)
	// The entrypoint runs servers of its own while it initialises, then becomes one.
	p.fake("docker-entrypoint.sh", `data=$(option datadir)
printf '%s' "${MYSQL_ROOT_PASSWORD}@${MYSQL_ROOT_HOST}" >"${ROOT}/root-account"
mkdir -p "${data}"
cp -r "${ROOT}/image/." "${data}/"
exec "$@"`)
	p.fake("mysqld", `socket=$(option socket)
trap 'rm -f "${socket}"; exit 0' TERM
touch "${socket}"
/bin/sleep 60 & wait`)
	p.fakeMySQL("*) ;;")
	p.fill("image", complete())
	return p
}

func TestInitialise(t *testing.T) {
	for _, road := range roads {
		t.Run(string(road), func(t *testing.T) {
			p := firstStart(t, road)
			got := p.run("init-mysql.sh")
			require.Zero(t, got.code, got.log)
			assert.Equal(t, strings.ReplaceAll(p.tree("image"), "/image", "/volume/mysql"), p.tree("volume/mysql"))
			assert.Regexp(t, `^initialised by db-0 at \S+Z\n$`, p.read(marker))
			assert.False(t, p.exists(work))
			assert.Equal(t, "root pw@localhost", p.read("root-account"))
			assert.Equal(t, map[string]string{"user": "root", "password": "root pw"}, optionFile(strings.Split(p.read("options"), "[client]\n")[1]))
			if road == Plugin {
				require.Len(t, p.statements(), 2)
				assert.Regexp(t, `SET GLOBAL gtid_purged = '00736574-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}:1';`, p.statements()[0], "the set's identity")
				assert.Contains(t, p.statements()[1], "here: SELECT CONCAT('schema '", "what it consists of")
				assert.True(t, p.exists("volume/.mysqlreplicaset/initial"))
			} else {
				require.Len(t, p.statements(), 1)
			}
			assert.Regexp(t, `^here: SET SESSION sql_mode = ''; CREATE USER IF NOT EXISTS 'replication'@'%';.*ALTER USER 'replication'@'%' IDENTIFIED BY 'replication pw'`, p.statements()[0])
			assert.Contains(t, p.statements()[0], "ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY 'root pw';")
			assert.NotContains(t, p.read("calls"), " pw", "a password on a command line")
			assert.Regexp(t, `^mysqld --datadir=\S+/work --socket=\S+ --pid-file=\S+ --skip-networking --skip-log-bin --super-read-only=OFF --read-only=OFF$`, p.calls("docker-entrypoint.sh")[0])
			assert.Empty(t, p.files("tmp"))

			again := p.run("init-mysql.sh")
			assert.Zero(t, again.code, again.log)
			assert.Len(t, p.calls("docker-entrypoint.sh"), 1)
		})
	}
	t.Run("the tutorial's open setting", func(t *testing.T) {
		p := firstStart(t, XtraBackup)
		p.env["MYSQL_ALLOW_EMPTY_PASSWORD"] = "1"
		require.NoError(t, os.RemoveAll(p.path("auth")))
		got := p.run("init-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.Equal(t, "@%", p.read("root-account"))
		assert.Contains(t, p.statements()[0], "IDENTIFIED BY '';")
		assert.NotContains(t, p.statements()[0], "'root'@", "root@'%' is there and has none")
	})
	for _, test := range []struct{ reason, command, body, want string }{
		{"the entrypoint fails at once", "docker-entrypoint.sh", "exit 3", "the image's entrypoint stopped before the server was ready"},
		{"the entrypoint is killed when half is made", "docker-entrypoint.sh", `mkdir -p "$(option datadir)/mysql"
kill -KILL $$`, "the image's entrypoint stopped before the server was ready"},
		{"the server fails", "mysqld", "exit 1", "the image's entrypoint stopped before the server was ready"},
		{"the accounts cannot be made", "mysql", "cat >/dev/null; echo 'ERROR 1045 (28000): Access denied' >&2; exit 1", "ERROR 1045"},
		{"the server does not shut down cleanly", "mysqld", `trap 'exit 1' TERM
touch "$(option socket)"
/bin/sleep 60 & wait`, "the new server did not shut down cleanly"},
		{"what was made is no data directory", "docker-entrypoint.sh", `mkdir -p "$(option datadir)"
exec "$@"`, "the new data directory has no system tables; it is not used"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := firstStart(t, Plugin)
			whole := p.read("bin/" + test.command)
			p.fake(test.command, test.body)
			got := p.run("init-mysql.sh")
			assert.NotZero(t, got.code)
			assert.Contains(t, got.log, test.want)
			assert.False(t, p.exists("volume/mysql"))
			assert.False(t, p.exists(marker))

			p.write("bin/"+test.command, whole)
			again := p.run("init-mysql.sh")
			assert.Zero(t, again.code, "the next try: %s", again.log)
			assert.Equal(t, "orders", p.read("volume/mysql/shop/orders.ibd"))
		})
	}
	for _, key := range []string{"root", "replication"} {
		t.Run("without the password of "+key+" nothing is begun", func(t *testing.T) {
			p := firstStart(t, Plugin)
			require.NoError(t, os.Remove(p.path("auth/"+key+"-password")))
			got := p.run("init-mysql.sh")
			assert.Equal(t, 1, got.code)
			assert.Contains(t, got.log, "no key "+key+"-password")
			assert.Empty(t, p.calls("docker-entrypoint.sh"))
		})
	}
}

// TestInitialiseKilled: wherever init-mysql.sh is killed, the primary
// has a whole data directory or none, and the next start ends well.
func TestInitialiseKilled(t *testing.T) {
	t.Parallel()
	atEach(t, everyThird, func(t *testing.T, n int) bool {
		p := firstStart(t, Plugin)
		return p.killedAndRunAgain(n, "init-mysql.sh", "image")
	})
}
