package mysql

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

type set = v1alpha1.MySQLReplicaSet

func TestCheck(t *testing.T) {
	option := func(version, name string, value *string) func(*set) {
		return func(s *set) {
			s.Spec.Version = version
			s.Spec.Config.Common = v1alpha1.Options{name: value}
		}
	}
	for _, test := range []struct {
		reason string
		change func(*set)
		want   string
	}{
		{"the smallest set", func(*set) {}, ""},
		{"nothing else can be judged", func(s *set) {
			s.Spec.Version = "9.4"
			s.Spec.Clone.Image = "x"
		}, `spec.version: "9.4" was an innovation release and has ended; allowed are 5.7, 8.0 (from 8.0.23), 8.4, 9.7, 26.7; use "9.7", the long-term support series that followed it`},
		{"59 characters of host name", func(s *set) { s.Spec.Version = "5.7"; s.Metadata.Name = strings.Repeat("a", 28) }, ""},
		{
			"61 characters of host name", func(s *set) { s.Spec.Version = "5.7"; s.Metadata.Name = strings.Repeat("a", 29) },
			`metadata.name: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa" has 29 characters; with MySQL 5.7 it may have 28, since host names end at 60 there; choose a shorter name or a later version`,
		},
		{"later versions take 255", func(s *set) { s.Metadata.Name = strings.Repeat("a", 52) }, ""},
		{
			"5.7 copies over a plain port", func(s *set) { s.Spec.Version = "5.7"; s.Spec.TLS.SecretName = "t" },
			"spec.tls.secretName: is not available with MySQL 5.7, whose data is copied over a port without TLS; remove it, or use 8.0 or later",
		},
		{
			"5.7 and semi-sync", func(s *set) { s.Spec.Version = "5.7"; s.Spec.Replication.SemiSync = true },
			"spec.replication.semiSync: is not available with MySQL 5.7; set it to false, or use 8.0 or later",
		},
		{
			"5.7 and another primary", func(s *set) { s.Spec.Version = "5.7"; s.Spec.Replication.Primary = new(int32(1)) },
			"spec.replication.primary: is 1, but with MySQL 5.7, which replicates by file and position, the primary stays pod 0; remove it, or use 8.0 or later",
		},
		{"later versions move it", func(s *set) { s.Spec.Replication.Primary = new(int32(1)) }, ""},
		{
			"what pods tell one another", func(s *set) { s.Spec.Config.Common = v1alpha1.Options{"report_user": new("me")} },
			"spec.config.common.report_user: is the set's own: it tells other pods which one this pod takes for the primary; remove it",
		},
		{
			"what shuts out who knew a former life", option("9.7", "init-file", new("/x")),
			"spec.config.common.init-file: is the set's own: the set's own file is executed when a server starts: it shuts out receivers and clones that knew a former life of it; remove it",
		},
		{"5.7 has no such file", option("5.7", "init-file", new("/x")), ""},
		{
			"own transactions come back", option("8.0.23", "replicate-same-server-id", new("OFF")),
			"spec.config.common.replicate-same-server-id: is the set's own: a pod whose own former transactions come back to it must apply them; remove it",
		},
		{
			"with 5.7 they cannot", option("5.7", "replicate_same_server_id", new("ON")),
			"spec.config.common.replicate_same_server_id: is the set's own: mysqld 5.7 does not start with it and log_slave_updates; remove it",
		},
		{
			"5.7 cannot be frozen from the spec", func(s *set) { s.Spec.Version = "5.7"; s.Spec.Replication.Frozen = true },
			"spec.replication.frozen: is not available with MySQL 5.7; set it to false, or use 8.0 or later",
		},
		{
			"XtraBackup leaves no table empty", func(s *set) { s.Spec.Version = "5.7"; s.Spec.Clone.OtherEngines = "Empty" },
			"spec.clone.otherEngines: is Empty, but with MySQL 5.7 XtraBackup makes the clones, and copies MyISAM as well; remove it, or use 8.0 or later",
		},
		{"the default says nothing", func(s *set) { s.Spec.Version = "5.7"; s.Spec.Clone.OtherEngines = "Refuse" }, ""},
		{"5.7 tells nothing by it", option("5.7", "report_user", new("me")), ""},
		{
			"semi-sync counts on the relay log", func(s *set) {
				s.Spec.Replication.SemiSync, s.Spec.Replicas = true, new(int32(3))
				s.Spec.Config.Common = v1alpha1.Options{"sync_relay_log": new("0")}
			},
			"spec.config.common.sync_relay_log: is the set's own: a replica that acknowledged a transaction must still have it after a crash; remove it",
		},
		{"without it that is a matter of taste", func(s *set) { s.Spec.Config.Common = v1alpha1.Options{"sync_relay_log": new("0")} }, ""},
		{"robust without defaults", func(s *set) { s.Spec.Replicas = nil; s.Spec.Replication.SemiSync = true }, ""},
		{
			"no second image", func(s *set) { s.Spec.Clone.Image = "percona/percona-xtrabackup:8.4" },
			`spec.clone.image: is "percona/percona-xtrabackup:8.4", but MySQL 9.7 clones with its own plugin and uses no second image; remove it`,
		},
		{"XtraBackup of one's own", func(s *set) { s.Spec.Version = "5.7"; s.Spec.Clone.Image = "percona/percona-xtrabackup:2.4.29" }, ""},

		{"an ordinary option", option("9.7", "max_connections", new("500")), ""},
		{
			"removed, with a successor", option("9.7", "tx-isolation", new("READ-COMMITTED")),
			`spec.config.common.tx-isolation: was removed in MySQL 8.0.3, and spec.version is "9.7"; use transaction_isolation`,
		},
		{
			"removed, without", option("8.4.11", "query_cache_size", new("0")),
			`spec.config.common.query_cache_size: was removed in MySQL 8.0.3, and spec.version is "8.4.11"; remove it`,
		},
		{
			"removed, release unknown", option("9.7", "innodb_log_file_size", new("1G")),
			`spec.config.common.innodb_log_file_size: was removed by MySQL 9.7, and spec.version is "9.7"; use innodb_redo_log_capacity`,
		},
		{"not removed yet", option("8.4", "innodb_log_file_size", new("1G")), ""},
		{"removed in a later patch", option("8.0.29", "myisam_repair_threads", new("1")), ""},
		{
			"the series is its newest patch", option("8.0", "myisam_repair_threads", new("1")),
			`spec.config.common.myisam_repair_threads: was removed in MySQL 8.0.30, and spec.version is "8.0"; remove it`,
		},
		{"the server only warns", option("9.7", "loose_query_cache_size", new("0")), ""},
		{
			"with skip_", option("9.7", "skip-partition", nil),
			`spec.config.common.skip-partition: was removed in MySQL 8.0.0, and spec.version is "9.7"; remove it`,
		},
		{
			"an option with skip_ in its name", option("9.7", "skip-host-cache", nil),
			`spec.config.common.skip-host-cache: was removed in MySQL 8.3.0, and spec.version is "9.7"; use host_cache_size=0`,
		},
		{
			"not there yet", option("8.0.25", "replica_parallel_workers", new("8")),
			`spec.config.common.replica_parallel_workers: came with MySQL 8.0.26, and spec.version is "8.0.25"; use slave_parallel_workers`,
		},
		{
			"not there yet, and no other", option("5.7", "partial_revokes", new("ON")),
			`spec.config.common.partial_revokes: came with MySQL 8.0, and spec.version is "5.7"; remove it`,
		},
		{"the old name is still taken", option("9.7", "slave_parallel_workers", new("8")), ""},

		{
			"owned", option("9.7", "server-id", new("1")),
			"spec.config.common.server-id: is the set's own: it must differ between pods: each gets 100 and its ordinal; remove it",
		},
		{
			"owned, loose_ or not", option("9.7", "loose_skip_networking", nil),
			"spec.config.common.loose_skip_networking: is the set's own: replicas and clients come over the network; remove it",
		},
		{
			"owned, with a field for it", option("9.7", "rpl_semi_sync_source_enabled", new("ON")),
			"spec.config.common.rpl_semi_sync_source_enabled: is the set's own: it follows the pod's role; set spec.replication.semiSync",
		},
		{
			"owned, with another option for it", option("9.7", "plugin_load", new("x.so")),
			"spec.config.common.plugin_load: is the set's own: it would replace the plugins that the set loads; use plugin_load_add",
		},
		{"5.7 may run without GTID or with", option("5.7", "gtid_mode", new("ON")), ""},
		{
			"later versions need it", option("9.7", "gtid_mode", new("OFF")),
			"spec.config.common.gtid_mode: is the set's own: replicas find their place by GTID; remove it",
		},
		{"certificates by hand", option("9.7", "ssl_ca", new("/x")), ""},
		{"certificates by field and by hand", func(s *set) {
			s.Spec.TLS.SecretName = "t"
			s.Spec.Config.Replica = v1alpha1.Options{"ssl-ca": new("/x")}
		}, "spec.config.replica.ssl-ca: is the set's own: it comes from spec.tls.secretName; remove it"},
		{
			"5.7 takes short names", option("5.7", "datad", new("/x")),
			"spec.config.common.datad: may be short for datadir, which is not free to set; write options out",
		},
		{
			"5.7, with a modifier", option("5.7", "skip-netw", nil),
			"spec.config.common.skip-netw: may be short for networking, which is not free to set; write options out",
		},
		{"an option that begins another", option("5.7", "skip-innodb", nil), ""},
		{"an option that only looks like a later one cut short", option("5.7", "innodb_doublewrite", new("ON")), ""},
		{"later versions do not", option("9.7", "datad", new("/x")), ""},
		{
			"must not differ", func(s *set) { s.Spec.Config.Primary = v1alpha1.Options{"lower-case-table-names": new("1")} },
			"spec.config.primary.lower-case-table-names: must be the same on every pod; move it to spec.config.common",
		},
		{"does not differ", option("9.7", "lower-case-table-names", new("1")), ""},

		{"two spellings", func(s *set) {
			s.Spec.Config.Replica = v1alpha1.Options{"max-connections": new("100"), "max_connections": new("200")}
		}, "spec.config.replica.max_connections: is the same option as max-connections; keep one of them"},
		{"a role may override", func(s *set) {
			s.Spec.Config.Common = v1alpha1.Options{"max-connections": new("100")}
			s.Spec.Config.Primary = v1alpha1.Options{"max_connections": new("200")}
		}, ""},
		{
			"a second option in a name", option("9.7", "a=1\nb", nil),
			"spec.config.common[\"a=1\\nb\"]: \"a=1\\nb\" is no name of an option; allowed are a lower-case letter and then lower-case letters, digits, _, - and .",
		},
		{
			"a group", option("9.7", "[mysqld]", nil),
			`spec.config.common["[mysqld]"]: "[mysqld]" is no name of an option; allowed are a lower-case letter and then lower-case letters, digits, _, - and .`,
		},
		{"a component's", option("9.7", "validate_password.policy", new("STRONG")), ""},
		{
			"a second line", option("9.7", "init_connect", new("a\nb")),
			`spec.config.common.init_connect: contains the control character '\n'; allowed are printable characters on one line`,
		},
		{
			"not text", option("9.7", "init_connect", new("\xff")),
			"spec.config.common.init_connect: is not valid UTF-8; allowed are printable characters on one line",
		},
		{
			"quotes count twice", option("9.7", "init_connect", new(strings.Repeat(`"`, 1995))),
			"spec.config.common.init_connect: makes a line of 4005 bytes in my.cnf; mysqld reads at most 4000 as one option; shorten it",
		},
		{"the longest line", option("9.7", "init_connect", new(strings.Repeat("x", 4000-len("init_connect=")))), ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			s := &set{Metadata: v1alpha1.Metadata{Name: "mysql"}, Spec: v1alpha1.Spec{Version: "9.7", Replicas: new(int32(3))}}
			test.change(s)
			_, ps := Check(s)
			assert.Equal(t, test.want, ps.Error())
		})
	}
}

func TestCheckOrder(t *testing.T) {
	s := &set{Spec: v1alpha1.Spec{
		Version: "9.7", Image: "mysql:8.4",
		Config: v1alpha1.Config{Common: v1alpha1.Options{"socket": nil, "datadir": nil, "port": nil}, Replica: v1alpha1.Options{"user": nil}},
		Clone:  v1alpha1.Clone{Image: "x"},
	}}
	_, ps := Check(s)
	var fields []string
	for _, p := range ps {
		fields = append(fields, p.Field)
	}
	assert.Equal(t, []string{
		"spec.image", "spec.config.common.datadir", "spec.config.common.port", "spec.config.common.socket",
		"spec.config.replica.user", "spec.clone.image",
	}, fields, "as in the spec, names sorted")
}

func TestCheckImage(t *testing.T) {
	for _, test := range []struct {
		reason, version, image, want string
	}{
		{"none", "8.4", "", ""},
		{"no tag", "8.4", "registry:5000/mysql", ""},
		{"a digest alone", "8.4", "mysql@sha256:8.0", ""},
		{"a less exact tag", "8.4.11", "mysql:8.4", ""},
		{"a more exact tag", "8.4", "r.example.com:5000/library/mysql:8.4.11@sha256:00", ""},
		{"with what it is built on", "8.4", "mysql:8.4.11-oraclelinux9", ""},
		{"the official tag for 8.4", "8.4.11", "mysql:8", ""},
		{"tags that are no version", "8.4", "mysql:latest", ""},
		{"tags that are no version", "8.4", "mysql:lts", ""},
		{"somebody's own numbers", "8.4", "mysql:prod-17", ""},
		{"somebody's own numbers", "8.4", "mysql:1.4.2", ""},
		{"a date", "8.4", "mysql:2026.07", ""},
		{
			"another patch", "8.4.11", "mysql:8.4.10",
			`spec.image: "mysql:8.4.10" has MySQL 8.4.10 by its tag, but spec.version is "8.4.11"; set spec.version to "8.4.10", or choose an image of 8.4.11`,
		},
		{
			"another series", "9.7", "mysql:8.4-debian",
			`spec.image: "mysql:8.4-debian" has MySQL 8.4 by its tag, but spec.version is "9.7"; set spec.version to "8.4", or choose an image of 9.7`,
		},
		{
			"8 has not been 8.0 since 2024", "8.0", "mysql:8",
			`spec.image: "mysql:8" has MySQL 8.4 by its tag, but spec.version is "8.0"; set spec.version to "8.4", or choose an image of 8.0`,
		},
		{
			"a version that is not supported", "5.7", "mysql:5.6.51",
			`spec.image: "mysql:5.6.51" has MySQL 5.6.51 by its tag, but spec.version is "5.7"; choose an image of 5.7`,
		},
		{
			"a calendar version", "9.7", "mysql:26.7.0",
			`spec.image: "mysql:26.7.0" has MySQL 26.7.0 by its tag, but spec.version is "9.7"; set spec.version to "26.7.0", or choose an image of 9.7`,
		},
		{
			"8.0 speaks the newest 8.0's words", "8.0", "mysql:8.0.25",
			`spec.image: "mysql:8.0.25" has MySQL 8.0.25 by its tag, but spec.version is "8.0"; set spec.version to "8.0.25", or choose an image of 8.0`,
		},
	} {
		d, err := Lookup(test.version)
		assert.NoError(t, err)
		var ps v1alpha1.Problems
		checkImage(d, test.image, &ps)
		assert.Equal(t, test.want, ps.Error(), "%s: %s with %s", test.reason, test.image, test.version)
	}
}
