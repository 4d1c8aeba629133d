package manifests

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rightFile is the right to take writes, as the sidecar sees it.
const rightFile = "state/primary"

// names are in DNS for all pods, and the headless Service publishes them.
func names(p *pod) {
	p.fake("getent", `case "$*" in
'ahosts db') printf '10.0.0.%d STREAM\n' 1 2 3 ;;
*db-0.db) echo '10.0.0.1 db-0.db' ;;
*db-1.db) echo '10.0.0.2 db-1.db' ;;
*db-2.db) echo '10.0.0.3 db-2.db' ;;
*) exit 2 ;;
esac`)
}

// TestRight: what init-mysql makes of the right, before the server starts.
func TestRight(t *testing.T) {
	const right = "volume/.mysqlreplicaset/primary"
	for _, test := range []struct {
		reason   string
		name     string
		primary  string
		right    bool
		identity string
		left     bool
		log      string
	}{
		{
			"the primary, with the right: no licence, it asks first", "db-1", "1", true,
			"server_id=101\nreport_host=db-1.db\nreport_user=primary:1\n", true, "this pod has the right to take writes, and asks the other pods first: taken\n",
		},
		{
			"the primary, without", "db-1", "1", false,
			"server_id=101\nreport_host=db-1.db\nreport_user=primary:1\n", false, "this pod is to be the primary; it takes writes once all other pods of the set agree",
		},
		{
			"a replica", "db-0", "1", false,
			"server_id=100\nreport_host=db-0.db\nreport_user=primary:1\n", false, "this pod is the replica",
		},
		{
			"no longer the primary: the right is given up", "db-0", "1", true,
			"server_id=100\nreport_host=db-0.db\nreport_user=primary:1\n", false, "this pod is no longer the primary: giving up the right to take writes (taken)",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, test.name)
			p.env["PRIMARY_ORDINAL"] = test.primary
			p.fill("volume/mysql", complete())
			p.write("config-map/primary.cnf", "[mysqld]\nloose_rpl_semi_sync_source_enabled=ON\nloose_rpl_semi_sync_source_timeout=1\n")
			p.write("volume/mysql/auto.cnf", "[auto]\nserver-uuid=of an earlier life\n")
			if test.right {
				p.write(right, "taken\n")
				p.write("volume/.mysqlreplicaset/frozen", "by hand\n")
			}
			for range 2 {
				got := p.run("init-mysql.sh")
				require.Zero(t, got.code, got.log)
				if test.left == test.right {
					assert.Contains(t, got.log, test.log)
				}
				assert.Equal(t, "[mysqld]\n"+test.identity+"init_file="+p.path("etc/mysql/conf.d/start.sql")+"\n", p.read("etc/mysql/conf.d/server-id.cnf"))
				assert.False(t, p.exists("volume/mysql/auto.cnf"), "a pod that starts has a server UUID of its own")
				assert.Equal(t, test.left, p.exists("volume/.mysqlreplicaset/frozen"))
				assert.Equal(t, test.left, p.exists(right))
			}
			if test.name == "db-1" {
				// Semi-sync would have the applier wait for replicas that do not follow yet.
				assert.NotContains(t, p.read("etc/mysql/conf.d/primary.cnf"), "source_enabled")
				assert.Contains(t, p.read("etc/mysql/conf.d/primary.cnf"), "source_timeout")
			}
		})
	}
	t.Run("a new database has no right, whatever its volume was before", func(t *testing.T) {
		p := firstStart(t, Plugin)
		p.write(right, "taken\n")
		got := p.run("init-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.False(t, p.exists(right))
	})
	t.Run("a volume that was another pod's, or is a copy of it: its data, and not its right", func(t *testing.T) {
		p := newPod(t, Plugin, "db-0")
		p.fill("volume/mysql", complete())
		p.write(marker, "initialised by db-1 at 2026-11-26T00:00:00Z\n")
		p.write(right, "taken by db-1\n")
		p.write("volume/.mysqlreplicaset/verdict", "kind=differs\n")
		got := p.run("init-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.Contains(t, got.log, "this volume was another pod's, or is a copy of it: initialised by db-1 at 2026-11-26T00:00:00Z. The data is kept")
		assert.False(t, p.exists(right))
		assert.True(t, p.exists("volume/.mysqlreplicaset/verdict"), "what is known of the data stays with it")
		assert.Regexp(t, `^initialised by db-1 at 2026-11-26T00:00:00Z, found by db-0 at \S+Z\n$`, p.read(marker))
		assert.NotContains(t, p.run("init-mysql.sh").log, "another pod's", "it is this pod's now")
	})
	t.Run("5.7: the primary is pod 0 for good, and takes writes from the start", func(t *testing.T) {
		p := newPod(t, XtraBackup, "db-0")
		p.fill("volume/mysql", complete())
		got := p.run("init-mysql.sh")
		require.Zero(t, got.code, got.log)
		assert.Equal(t, "[mysqld]\nserver_id=100\nreport_host=db-0.db\n", p.read("etc/mysql/conf.d/server-id.cnf"))
		assert.False(t, p.exists(right))
	})
}
