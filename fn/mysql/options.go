package mysql

import "strings"

// Role of a pod in the set.
type Role string

const (
	Primary Role = "primary"
	Replica Role = "replica"
)

// Option is one line of my.cnf that the set writes.
type Option struct {
	// Name in the dialect's words, with underscores.
	Name string
	// Value; nil is a bare option.
	Value *string
	// Reason fits a comment in my.cnf: one line.
	Reason string
}

// Defaults are the options that every pod of a role gets. Config may override
// those that [Check] does not refuse.
//
// Both roles log, keep and name alike, so that any replica can become the source.
func (d Dialect) Defaults(role Role) []Option {
	var os []Option
	if d.CloneMethod == XtraBackup {
		os = []Option{
			// 5.7 manual: a bare log-bin is called after the host.
			{"log_bin", new("binlog"), "not named after the pod: a clone keeps the name"},
			// 5.7 manual: 0, the default, never purges.
			{"expire_logs_days", new("7"), "7 days; 5.7 never purges by default"},
			{"log_slave_updates", new("ON"), "any replica can become the source"},
			{"skip_slave_start", new("ON"), "the set starts replication, after its checks"},
			{"relay_log", new("relay"), "not named after the pod: a clone keeps the name"},
			{"slave_net_timeout", new("10"), "seconds; a primary that moved has another address"},
			{"skip_name_resolve", new("ON"), "pods have no reverse DNS worth waiting for"},
			// WL#6959: with FILE a crash loses the position. loose_, because other
			// builds (MariaDB) lack them; missing they do no harm.
			{"loose_master_info_repository", new("TABLE"), "crash-safe replica: the position is in a table"},
			{"loose_relay_log_info_repository", new("TABLE"), "crash-safe replica: the position is in a table"},
		}
	} else {
		os = []Option{
			{"gtid_mode", new("ON"), "replicas find their place by GTID; OFF by default in 8.0 and 8.4"},
			{"enforce_gtid_consistency", new("ON"), "gtid_mode=ON requires it"},
			// refman, replication-options-replica: beside log_replica_updates only
			// with gtid_mode=ON, which skips what has been applied; no loops.
			{"replicate_same_server_id", new("ON"), "a pod applies its own former transactions, if it lost them"},
			{"log_bin", new("binlog"), "not named after the pod: a clone keeps the name"},
			{"binlog_expire_logs_seconds", new("604800"), "7 days: how long a replica may be away without a new clone"},
			{d.pick("log_replica_updates", "log_slave_updates"), new("ON"), "any replica can become the source"},
			{d.pick("skip_replica_start", "skip_slave_start"), new("ON"), "the set starts replication, after its checks"},
			{"relay_log", new("relay"), "not named after the pod: a clone keeps the name"},
			// Also the time that one try to connect may take (sql/rpl_replica.cc,
			// safe_connect): with the default of 60 a replica hangs for a minute at
			// the address that the primary's pod had before.
			{d.pick("replica_net_timeout", "slave_net_timeout"), new("10"), "seconds; a primary that moved has another address"},
			{"skip_name_resolve", new("ON"), "pods have no reverse DNS worth waiting for"},
			{"mysqlx", new("OFF"), "nothing in the set speaks the X protocol"},
			{"plugin_load_add", new("clone=mysql_clone.so"), "new replicas clone from this one"},
			// percona/percona-server-mysql-operator K8SPS-682. loose_, because
			// builds without NUMA lack it.
			{"loose_innodb_numa_interleave", new("OFF"), "ON, the default from 8.4, is not permitted in a restricted pod"},
		}
	}
	switch {
	case role == Replica:
		os = append(os, Option{"super_read_only", new("ON"), "writes belong on the primary, even root's"})
	case d.CloneMethod == ClonePlugin:
		os = append(os, Option{"super_read_only", new("ON"), "the set lets it take writes once it has asked every pod"})
	}
	return os
}

// Asynchronous are the options of asynchronous replication.
func Asynchronous() []Option {
	return []Option{
		{"relay_log_recovery", new("ON"), "a crash may tear the relay log: fetch it again"},
	}
}

// SemiSync are the options of semi-synchronous replication. Both plugins are on both
// roles, so that any replica can become the source, and a pod that is to be the primary
// acknowledges while it still follows another. loose_, because mysqld --initialize
// loads no plugins and would refuse their options.
//
// What a replica acknowledged is in its relay log alone until it is applied. So the
// relay log is synced, and never thrown away; cybozu-go/moco, pkg/mycnf, has
// relay_log_recovery=OFF for the same reason.
func (d Dialect) SemiSync(role Role) []Option {
	source, replica := d.pick("source", "master"), d.pick("replica", "slave")
	os := []Option{
		{"plugin_load_add", new("rpl_semi_sync_" + source + "=semisync_" + source + ".so"), "a source waits for a replica"},
		{"plugin_load_add", new("rpl_semi_sync_" + replica + "=semisync_" + replica + ".so"), "a replica acknowledges"},
	}
	if role == Primary {
		os = append(os, Option{"loose_rpl_semi_sync_" + source + "_enabled", new("ON"), "this is the source"})
	}
	return append(
		os,
		Option{"loose_rpl_semi_sync_" + replica + "_enabled", new("ON"), "whoever follows acknowledges"},
		Option{"relay_log_recovery", new("OFF"), "what was acknowledged stays in the relay log until it is applied"},
		Option{"sync_relay_log", new("1"), "and is there after a crash"},
		// As in cybozu-go/moco, pkg/mycnf. Milliseconds; the default is 10 s.
		Option{"loose_rpl_semi_sync_" + source + "_timeout", new("86400000"), "24 h: a commit waits rather than go on unprotected"},
	)
}

// TLS are the options for certificates in a directory with the keys of a
// kubernetes.io/tls Secret.
func TLS(dir string) []Option {
	return []Option{
		{"ssl_ca", new(dir + "/ca.crt"), "from spec.tls.secretName"},
		{"ssl_cert", new(dir + "/tls.crt"), "from spec.tls.secretName"},
		{"ssl_key", new(dir + "/tls.key"), "from spec.tls.secretName"},
	}
}

// pick chooses the name that the dialect knows.
func (d Dialect) pick(source, master string) string {
	if d.sourceNames() {
		return source
	}
	return master
}

// Repeatable reports whether each line of an option adds to those before it, so
// that one in config does not stand for the set's own.
func Repeatable(name string) bool { return CanonicalOption(name) == "plugin_load_add" }

// CanonicalOption makes spellings of one option equal: underscores for dashes,
// without loose_.
func CanonicalOption(name string) string {
	name = strings.ReplaceAll(name, "-", "_")
	for strings.HasPrefix(name, "loose_") {
		name = name[len("loose_"):]
	}
	return name
}

// OptionVariable is what an option is about, without all the modifiers that
// mysqld strips (mysys/my_getopt.cc, special_opt_prefix): log_bin of skip-log-bin.
// Only for comparing: skip_networking is an option, networking is not.
func OptionVariable(name string) string {
	name = CanonicalOption(name)
	for {
		stripped := name
		for _, modifier := range [...]string{"loose_", "skip_", "disable_", "enable_", "maximum_"} {
			stripped = strings.TrimPrefix(stripped, modifier)
		}
		if stripped == name {
			return name
		}
		name = stripped
	}
}
