package mysql

import (
	"slices"
	"strings"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// owned is an option that the set itself depends on, by its variable.
type owned struct {
	name   string
	reason string
	// instead is what to do; "remove it" if empty.
	instead string
	// when limits the rule.
	when condition
}

type condition int

const (
	always condition = iota
	withClonePlugin
	withXtraBackup
	withSemiSync
	withTLSSecret
	withoutTLSSecret // and with the clone plugin
)

func (c condition) holds(d Dialect, set *v1alpha1.MySQLReplicaSet) bool {
	secret := set.Spec.TLS.SecretName != ""
	switch c {
	case withClonePlugin:
		return d.CloneMethod == ClonePlugin
	case withXtraBackup:
		return d.CloneMethod == XtraBackup
	case withSemiSync:
		return set.Spec.Replication.SemiSync
	case withTLSSecret:
		return secret
	case withoutTLSSecret:
		return d.CloneMethod == ClonePlugin && !secret
	default:
		return true
	}
}

const (
	onVolume  = "it must lie in the data directory, or a clone is incomplete and a new pod loses it"
	byProbes  = "probes, peers and Services reach the server where the set expects it"
	byInit    = "the set decides when a data directory is initialised, so that no data is lost"
	byRole    = "it follows the pod's role"
	notInFile = "it is for the command line, and would replace the set's configuration"
	oneShot   = "it would make the server exit instead of serving"
	byTLS     = "it comes from spec.tls.secretName"
	byScripts = "the set's scripts open a server for writes, and close it"
	byOwnFile = "the set's own file is executed when a server starts: it shuts out receivers and clones that knew a former life of it"
	useTLS    = "set spec.tls.secretName"
	useSemi   = "set spec.replication.semiSync"
	useFrozen = "remove it; spec.replication.frozen closes the primary"
	useRole   = "put options of one role into spec.config.primary or spec.config.replica"
)

// ownedOptions, sorted by concern.
var ownedOptions = []owned{
	// Who a pod is.
	{name: "server_id", reason: "it must differ between pods: each gets 100 and its ordinal"},
	{name: "report_host", reason: "it is the pod's own name"},
	{name: "report_user", reason: "it tells other pods which one this pod takes for the primary", when: withClonePlugin},
	{name: "report_port", reason: "it is the port of the set's Services"},

	// Where it listens and what its containers share.
	{name: "bind_address", reason: "probes use 127.0.0.1 and peers the pod's address"},
	{name: "port", reason: byProbes, instead: "remove it, and change the port of the Service with a patch"},
	{name: "socket", reason: byProbes},
	{name: "networking", reason: "replicas and clients come over the network"},
	{name: "pid_file", reason: "it lies where the pod's security context allows it"},
	{name: "user", reason: "the pod's security context decides", instead: "remove it, and patch runAsUser"},
	{name: "chroot", reason: "the container is already one, and has its paths outside"},
	{name: "daemonize", reason: "the container ends when its first process does"},
	{name: "grant_tables", reason: "without grants everybody is root, and replication has no user"},

	// Where data lies. What is outside the volume is gone with the pod, and what
	// is outside the data directory is not in a clone.
	{name: "datadir", reason: "it is the mount of the set's volume"},
	{name: "basedir", reason: "it is the image's", instead: "set spec.image for another build"},
	{name: "plugin_dir", reason: "it is the image's, and the set loads plugins from it", instead: "set spec.image for another build"},
	{name: "innodb_data_home_dir", reason: onVolume},
	{name: "innodb_log_group_home_dir", reason: onVolume},
	{name: "innodb_undo_directory", reason: onVolume},
	{name: "innodb_doublewrite_dir", reason: onVolume},
	{name: "initialize", reason: byInit},
	{name: "initialize_insecure", reason: byInit},
	{name: "bootstrap", reason: byInit},
	{name: "init_file", reason: byOwnFile, when: withClonePlugin},

	// Logs for replication, the same on both roles.
	{name: "log_bin", reason: "replicas read the binary log, by one name on every pod"},
	{name: "log_bin_index", reason: "it belongs to log_bin"},
	{name: "relay_log", reason: "it has one name on every pod, so that it survives a clone"},
	{name: "relay_log_index", reason: "it belongs to relay_log"},
	{name: "relay_log_recovery", reason: "it follows from spec.replication.semiSync, which needs what a relay log holds"},
	{name: "sync_relay_log", reason: "a replica that acknowledged a transaction must still have it after a crash", when: withSemiSync},
	// refman, relay_log_recovery: without purging, recovery risks consistency.
	{name: "relay_log_purge", reason: "relay_log_recovery is only safe if relay logs are purged"},
	{name: "log_replica_updates", reason: "any replica can become the source"},
	{name: "log_slave_updates", reason: "any replica can become the source"},
	{name: "gtid_mode", reason: "replicas find their place by GTID", when: withClonePlugin},
	{name: "enforce_gtid_consistency", reason: "gtid_mode=ON requires it", when: withClonePlugin},
	{name: "replicate_same_server_id", reason: "a pod whose own former transactions come back to it must apply them", when: withClonePlugin},
	// sql/mysqld.cc: "impossible, it would lead to infinite loops in this server".
	{name: "replicate_same_server_id", reason: "mysqld 5.7 does not start with it and log_slave_updates", when: withXtraBackup},

	// What follows from the role.
	{name: "super_read_only", reason: byScripts, instead: useFrozen, when: withClonePlugin},
	{name: "read_only", reason: byScripts, instead: useFrozen, when: withClonePlugin},
	{name: "super_read_only", reason: byRole + ": ON on replicas", when: withXtraBackup},
	{name: "read_only", reason: byRole + ": ON on replicas", when: withXtraBackup},
	{name: "replica_start", reason: "the set starts replication, after its checks"},
	{name: "slave_start", reason: "the set starts replication, after its checks"},
	{name: "rpl_semi_sync_source_enabled", reason: byRole, instead: useSemi},
	{name: "rpl_semi_sync_replica_enabled", reason: byRole, instead: useSemi},
	{name: "rpl_semi_sync_master_enabled", reason: byRole, instead: useSemi},
	{name: "rpl_semi_sync_slave_enabled", reason: byRole, instead: useSemi},

	// Plugins and TLS that cloning and replication need.
	{name: "plugin_load", reason: "it would replace the plugins that the set loads", instead: "use plugin_load_add"},
	{name: "clone", reason: "new replicas clone from every pod", when: withClonePlugin},
	{name: "ssl_ca", reason: byTLS, when: withTLSSecret},
	{name: "ssl_cert", reason: byTLS, when: withTLSSecret},
	{name: "ssl_key", reason: byTLS, when: withTLSSecret},
	{name: "ssl", reason: "cloning and replication require TLS", when: withClonePlugin},
	{name: "auto_generate_certs", reason: "cloning and replication require TLS", instead: useTLS + " for certificates of your own", when: withoutTLSSecret},

	// What is no setting.
	{name: "help", reason: oneShot},
	{name: "version", reason: oneShot},
	{name: "validate_config", reason: oneShot},
	{name: "print_defaults", reason: oneShot},
	{name: "no_defaults", reason: notInFile},
	{name: "defaults_file", reason: notInFile, instead: useRole},
	{name: "defaults_extra_file", reason: notInFile, instead: useRole},
	{name: "defaults_group_suffix", reason: notInFile, instead: useRole},
}

// ownedOption finds the rule for an option.
func ownedOption(d Dialect, set *v1alpha1.MySQLReplicaSet, name string) (owned, bool) {
	variable := OptionVariable(name)
	for _, o := range ownedOptions {
		if o.name == variable && o.when.holds(d, set) {
			return o, true
		}
	}
	return owned{}, false
}

// shortFor finds an owned or risky option that a name may be short for. MySQL 5.7 takes
// a name that is cut short, as long as it is unambiguous; whether it is depends on the
// build, so there every beginning of such a name counts.
func shortFor(d Dialect, set *v1alpha1.MySQLReplicaSet, name string) (long string, ok bool) {
	variable := OptionVariable(name)
	short := func(long string) bool { return strings.HasPrefix(long, variable) && long != variable }
	if d.Series != "5.7" || slices.Contains(wholeNames, variable) {
		return "", false
	}
	for _, o := range ownedOptions {
		if short(o.name) && o.when.holds(d, set) {
			return o.name, true
		}
	}
	for _, r := range riskyOptions {
		switch {
		case short(r.name):
			return r.name, true
		case short(r.former):
			return r.former, true
		}
	}
	return "", false
}

// wholeNames are options of 5.7 that only look like owned ones cut short.
var wholeNames = []string{"innodb", "innodb_doublewrite", "ssl"}

// sameOnAll are options that may not differ between pods. innodb_*: a clone
// requires equal values on both sides (refman, clone-plugin-remote);
// lower_case_table_names: replication does (refman, replication-features).
var sameOnAll = []string{"innodb_data_file_path", "innodb_page_size", "lower_case_table_names"}

// FixedAtInitialisation reports whether an option can never change: the data
// directory is made with it, and mysqld does not start on it with another value
// (refman, innodb-init-startup-configuration and identifier-case-sensitivity).
func FixedAtInitialisation(name string) bool {
	return slices.Contains([]string{"innodb_page_size", "lower_case_table_names"}, OptionVariable(name))
}
