package mysql

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

var versions = []string{"5.7", "8.0.23", "8.0.26", "8.0", "8.4", "9.7", "26.7"}

func lines(options []Option) string {
	var b strings.Builder
	for _, o := range options {
		b.WriteString(FormatOption(o.Name, o.Value) + "\n")
	}
	return b.String()
}

func TestDefaults(t *testing.T) {
	const with80 = `gtid_mode=ON
enforce_gtid_consistency=ON
replicate_same_server_id=ON
log_bin=binlog
binlog_expire_logs_seconds=604800
log_slave_updates=ON
skip_slave_start=ON
relay_log=relay
slave_net_timeout=10
skip_name_resolve=ON
mysqlx=OFF
plugin_load_add=clone=mysql_clone.so
loose_innodb_numa_interleave=OFF
super_read_only=ON
`
	with84 := strings.NewReplacer("log_slave_updates", "log_replica_updates", "skip_slave_start", "skip_replica_start", "slave_net_timeout", "replica_net_timeout").Replace(with80)
	const with57 = `log_bin=binlog
expire_logs_days=7
log_slave_updates=ON
skip_slave_start=ON
relay_log=relay
slave_net_timeout=10
skip_name_resolve=ON
loose_master_info_repository=TABLE
loose_relay_log_info_repository=TABLE
`
	for version, want := range map[string]string{
		"5.7": with57, "8.0.25": with80, "8.0.26": with84, "8.0": with84, "8.4": with84, "9.7": with84, "26.7": with84,
	} {
		d, err := Lookup(version)
		require.NoError(t, err)
		assert.Equal(t, want, lines(d.Defaults(Primary)), version)
		if version == "5.7" {
			want += "super_read_only=ON\n" // later versions have it on every pod, until the scripts have asked all
		}
		assert.Equal(t, want, lines(d.Defaults(Replica)), version)
	}
}

// A replica has what the primary has, but for being the source.
func TestSemiSyncOfBothRoles(t *testing.T) {
	for version, source := range map[string]string{"8.0.25": "master", "8.0.26": "source", "8.4": "source", "9.7": "source", "26.7": "source"} {
		d, err := Lookup(version)
		require.NoError(t, err)
		primary, enabled := lines(d.SemiSync(Primary)), "loose_rpl_semi_sync_"+source+"_enabled=ON\n"
		assert.Equal(t, 1, strings.Count(primary, enabled), version)
		assert.Equal(t, strings.Replace(primary, enabled, "", 1), lines(d.SemiSync(Replica)), version)
	}
}

func TestSemiSync(t *testing.T) {
	d, _ := Lookup("9.7")
	assert.Equal(t, `plugin_load_add=rpl_semi_sync_source=semisync_source.so
plugin_load_add=rpl_semi_sync_replica=semisync_replica.so
loose_rpl_semi_sync_source_enabled=ON
loose_rpl_semi_sync_replica_enabled=ON
relay_log_recovery=OFF
sync_relay_log=1
loose_rpl_semi_sync_source_timeout=86400000
`, lines(d.SemiSync(Primary)))
	d, _ = Lookup("8.0.25")
	assert.Equal(t, `plugin_load_add=rpl_semi_sync_master=semisync_master.so
plugin_load_add=rpl_semi_sync_slave=semisync_slave.so
loose_rpl_semi_sync_slave_enabled=ON
relay_log_recovery=OFF
sync_relay_log=1
loose_rpl_semi_sync_master_timeout=86400000
`, lines(d.SemiSync(Replica)), "the names before 8.0.26")
}

func TestAsynchronous(t *testing.T) {
	assert.Equal(t, "relay_log_recovery=ON\n", lines(Asynchronous()), "what is lost of a relay log is fetched again")
}

func TestTLS(t *testing.T) {
	assert.Equal(t, "ssl_ca=/etc/tls/ca.crt\nssl_cert=/etc/tls/tls.crt\nssl_key=/etc/tls/tls.key\n", lines(TLS("/etc/tls")))
}

func TestOwnOptionsFitTheirVersion(t *testing.T) {
	for _, version := range versions {
		d, err := Lookup(version)
		require.NoError(t, err)
		for _, options := range [][]Option{
			append(d.Defaults(Primary), Asynchronous()...), append(d.Defaults(Primary), d.SemiSync(Primary)...),
			append(d.Defaults(Replica), Asynchronous()...), append(d.Defaults(Replica), d.SemiSync(Replica)...),
		} {
			seen := map[string]bool{}
			for _, o := range options {
				assert.NotEmpty(t, o.Reason, o.Name)
				assert.NotContains(t, o.Reason, "\n", "it becomes a comment")
				assert.False(t, seen[o.Name] && !Repeatable(o.Name), "%s twice", o.Name)
				seen[o.Name] = true
				if strings.HasPrefix(o.Name, "loose_") {
					continue
				}
				if c, ok := findChange(removed, o.Name); ok {
					assert.False(t, d.AtLeast(c.version), "%s: %s is gone", version, o.Name)
				}
				if c, ok := findChange(added, o.Name); ok {
					assert.True(t, d.AtLeast(c.version), "%s: %s is not there yet", version, o.Name)
				}
			}
		}
	}
}

func TestRemoved(t *testing.T) {
	for _, test := range []struct{ reason, series, has, lacks string }{
		{"an option that a series never had", "8.0", "query_cache_size", "myisam_repair_threads"},
		{"one that went in the middle of the series before", "8.4", "myisam_repair_threads", "query_cache_size"},
		{"the newest LTS", "9.7", "language", "expire_logs_days"},
	} {
		assert.Contains(t, Removed(test.series), test.has, test.reason)
		assert.NotContains(t, Removed(test.series), test.lacks, test.reason)
	}
	assert.Empty(t, Removed("5.7"), "the table is relative to it")
	assert.Empty(t, Removed("26.7"), "it removed nothing that 9.7 had")
}

func TestCanonicalOption(t *testing.T) {
	for name, want := range map[string]string{
		"log-bin": "log_bin", "loose-log_bin": "log_bin", "loose_loose_x": "x", "skip-log-bin": "skip_log_bin",
		"validate_password.policy": "validate_password.policy", "loose": "loose",
	} {
		assert.Equal(t, want, CanonicalOption(name))
	}
	for name, want := range map[string]string{
		"skip-log-bin": "log_bin", "loose_skip_networking": "networking", "enable-loose-skip-x": "x",
		"maximum_sort_buffer_size": "sort_buffer_size", "disable_log_bin": "log_bin", "skip_": "",
	} {
		assert.Equal(t, want, OptionVariable(name))
	}
}

// A row that no lookup reaches, or that contradicts another, is a mistake.
func TestTables(t *testing.T) {
	for _, changes := range [][]change{removed, added} {
		seen := map[string]bool{}
		for _, c := range changes {
			assert.False(t, seen[c.name], "%s twice", c.name)
			seen[c.name] = true
			assert.Equal(t, CanonicalOption(c.name), c.name)
			v, rest := parseNumbers(c.version)
			assert.True(t, rest == "" && (len(v) == 2 || len(v) == 3), "%s: %s", c.name, c.version)
			found, _ := findChange(changes, c.name)
			assert.Equal(t, c, found)
		}
	}
	for _, o := range ownedOptions {
		assert.Equal(t, OptionVariable(o.name), o.name, "owned names are those of variables")
		assert.NotEmpty(t, o.reason, o.name)
	}
}

func TestOwned(t *testing.T) {
	d, _ := Lookup("9.7")
	for _, name := range []string{
		"server-id", "skip-networking", "loose_skip_grant_tables", "skip-log-bin", "disable_log_bin", "skip-replica-start",
		"super-read-only", "datadir", "clone", "plugin-load", "relay_log_purge", "init_file", "replicate-same-server-id",
	} {
		_, ok := ownedOption(d, &v1alpha1.MySQLReplicaSet{}, name)
		assert.True(t, ok, name)
	}
	for _, name := range []string{
		"skip-name-resolve", "plugin-load-add", "server_id_bits", "tmpdir", "secure_file_priv",
		"require_secure_transport", "mysqlx", "ssl_ca", "log_bin_trust_function_creators", "admin_port", "log",
	} {
		_, ok := ownedOption(d, &v1alpha1.MySQLReplicaSet{}, name)
		assert.False(t, ok, name)
	}
}
