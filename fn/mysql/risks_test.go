package mysql

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

func TestRiskOf(t *testing.T) {
	const fine = ""
	for _, test := range []struct {
		reason, version, name string
		value                 *string
		want                  string // the beginning of its reason
	}{
		{"a filter", "9.7", "replicate-ignore-db", new("scratch"), "a replica lacks"},
		{"a filter in the primary's log", "5.7", "binlog_ignore_db", new("scratch"), "what it keeps out"},
		{"loose_ is no way round", "9.7", "loose-replicate-do-db", new("shop"), "a replica lacks"},
		{"the name before 8.0.26", "8.0.23", "slave_skip_errors", new("1062"), "a replica goes on"},
		{"which later versions take", "9.7", "slave_skip_errors", new("all"), "a replica goes on"},
		{"its default, written out", "9.7", "replica_skip_errors", new("off"), fine},
		{"the word in any case", "9.7", "replica_exec_mode", new("idempotent"), "a replica that lacks"},
		{"or by its number", "9.7", "replica_exec_mode", new("1"), "a replica that lacks"},
		{"one word of a list", "9.7", "replica_type_conversions", new("ALL_NON_LOSSY,ALL_LOSSY"), "a replica whose table"},
		{"or its bit", "9.7", "replica_type_conversions", new("1"), "a replica whose table"},
		{"what keeps values", "9.7", "replica_type_conversions", new("ALL_NON_LOSSY"), fine},
		{"statements", "9.7", "binlog_format", new("STATEMENT"), "replicas run statements again"},
		{"some statements", "9.7", "binlog_format", new("MIXED"), "replicas run some statements"},
		{"rows", "9.7", "binlog_format", new("row"), fine},
		{"what is in a cluster may have quotes", "9.7", "binlog_format", new(`"ROW"`), fine},
		{"an engine", "8.4", "default_storage_engine", new("MyISAM"), "tables of other engines"},
		{"the engine", "8.4", "default-storage-engine", new("innodb"), fine},
		{"no page is torn", "8.4", "innodb_doublewrite", new("ON"), fine},
		{"a bare option is on", "8.4", "innodb_doublewrite", nil, fine},
		{"a torn page is seen, and not repaired", "8.4", "innodb_doublewrite", new("DETECT_ONLY"), "a crash of the node may"},
		{"a modifier", "5.7", "skip-innodb_doublewrite", nil, "a crash of the node may"},
		{"two of them", "5.7", "disable_innodb_doublewrite", new("0"), fine},
		{"on, in other words", "9.7", "enable-offline-mode", nil, "it throws out"},
		{"off, in other words", "9.7", "skip-offline-mode", nil, fine},
		{"a bare number is 0", "9.7", "sync_binlog", nil, "a crash of the node loses"},
		{"each commit", "9.7", "sync_binlog", new("1"), fine},
		{"every second", "9.7", "innodb_flush_log_at_trx_commit", new("2"), "a crash of the node loses"},
		{"nobody gets in", "9.7", "max_connections", new("1"), "replicas, probes"},
		{"few", "9.7", "max_connections", new("10"), fine},
		{"many", "9.7", "max_connections", new("1K"), fine},
		{"no limit", "9.7", "max_user_connections", new("0"), fine},
		{"no engine", "9.7", "disabled_storage_engines", new(""), fine},
		{"5.7 follows by position", "5.7", "relay_log_info_repository", new("FILE"), "after a crash a replica's position"},
		{"8.0 by GTID", "8.0", "relay_log_info_repository", new("FILE"), fine},
		{"an option like any other", "9.7", "max_allowed_packet", new("1G"), fine},
	} {
		d, err := Lookup(test.version)
		require.NoError(t, err)
		risk, found := RiskOf(d, test.name, test.value)
		assert.Equal(t, test.want != fine, found, test.reason)
		assert.True(t, strings.HasPrefix(risk.Reason, test.want), "%s: %s", test.reason, risk.Reason)
	}
}

func TestInsist(t *testing.T) {
	type options = v1alpha1.Options
	for _, test := range []struct {
		reason  string
		replica options
		insist  map[string]string
		want    string // what is wrong, or after "warning: " what is said
	}{
		{
			"refused",
			options{"replicate_ignore_db": new("scratch")},
			nil,
			`spec.config.replica.replicate_ignore_db: is "scratch", but a replica lacks what it leaves out, and may be the next primary, or the donor of a clone; remove it; or insist, and say why: spec.config.insist.replicate_ignore_db`,
		},
		{
			"with what is allowed",
			options{"replica-exec-mode": new("IDEMPOTENT")},
			nil,
			`spec.config.replica.replica-exec-mode: is "IDEMPOTENT", but a replica that lacks a row, or has it already, goes on as if nothing were wrong; remove it, or set it to STRICT; or insist, and say why: spec.config.insist.replica_exec_mode`,
		},
		{
			"insisted on, in whatever spelling",
			options{"loose_replicate-ignore-db": new("scratch")},
			map[string]string{"replicate_ignore_db": "it is made anew every night"},
			`warning: spec.config.replica.loose_replicate-ignore-db: is "scratch", and insisted on ("it is made anew every night"): a replica lacks what it leaves out, and may be the next primary, or the donor of a clone`,
		},
		{
			"a bare option",
			options{"skip-innodb-doublewrite": nil},
			map[string]string{"innodb_doublewrite": "ZFS writes whole pages"},
			`warning: spec.config.replica.skip-innodb-doublewrite: is set, and insisted on ("ZFS writes whole pages"): a crash of the node may leave data that no server starts on`,
		},
		{
			"a trade needs no reason",
			options{"sync_binlog": new("0")},
			nil,
			`warning: spec.config.replica.sync_binlog: is "0", which is a trade: a crash of the node loses commits that were acknowledged, and that replicas may have; remove it, or set it to 1, if that must not be`,
		},
		{
			"nor does it take one",
			options{"sync_binlog": new("0")},
			map[string]string{"sync_binlog": "it is faster"},
			"spec.config.insist.sync_binlog: insists on an option that is not refused as it is set; remove it",
		},
		{
			"what is not refused",
			options{"replica_exec_mode": new("STRICT")},
			map[string]string{"replica_exec_mode": "it was IDEMPOTENT"},
			"spec.config.insist.replica_exec_mode: insists on an option that is not refused as it is set; remove it",
		},
		{
			"what is not set", nil,
			map[string]string{"replica_exec_mode": "one day perhaps"},
			"spec.config.insist.replica_exec_mode: insists on an option that is not set; remove it, or set the option in spec.config.common, primary or replica",
		},
		{
			"what is the set's own", nil,
			map[string]string{"server-id": "it must be 7"},
			"spec.config.insist.server-id: cannot be insisted on, since it is the set's own: it must differ between pods: each gets 100 and its ordinal; remove it",
		},
		{
			"what no set works with",
			options{"offline_mode": new("ON")},
			map[string]string{"offline_mode": "maintenance"},
			`spec.config.replica.offline_mode: is "ON", but it throws out clients, replicas and probes; remove it, or set it to OFF
spec.config.insist.offline_mode: cannot be insisted on: it throws out clients, replicas and probes; remove it`,
		},
		{
			"no reason",
			options{"replicate_ignore_db": new("scratch")},
			map[string]string{"replicate_ignore_db": " "},
			"spec.config.insist.replicate_ignore_db: gives no reason; say in a sentence why it must be",
		},
		{
			"two lines",
			options{"replicate_ignore_db": new("scratch")},
			map[string]string{"replicate_ignore_db": "a\nb"},
			`spec.config.insist.replicate_ignore_db: contains the control character '\n'; allowed are printable characters on one line`,
		},
		{
			"no name", nil,
			map[string]string{"A": "a"},
			`spec.config.insist.A: "A" is no name of an option; allowed are a lower-case letter and then lower-case letters, digits, _, - and .`,
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			s := &set{Metadata: v1alpha1.Metadata{Name: "mysql"}, Spec: v1alpha1.Spec{Version: "9.7"}}
			s.Spec.Config.Replica, s.Spec.Config.Insist = test.replica, test.insist
			d, ps := Check(s)
			got := ps.Error()
			if got == "" {
				got = "warning: " + Warnings(d, s).Error()
			}
			assert.Equal(t, test.want, got)
		})
	}
}

// 5.7 takes names that are cut short, so none may lead round a refusal.
func TestShortNamesOfRisks(t *testing.T) {
	s := &set{Metadata: v1alpha1.Metadata{Name: "mysql"}, Spec: v1alpha1.Spec{Version: "5.7"}}
	s.Spec.Config.Replica = v1alpha1.Options{"slave-skip": new("all")}
	_, ps := Check(s)
	assert.Equal(t, "spec.config.replica.slave-skip: may be short for slave_skip_errors, which is not free to set; write options out", ps.Error())
}

// The page has every option, and what becomes of it.
func TestRisksAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/options.md")
	require.NoError(t, err)
	for _, r := range riskyOptions {
		assert.NotEmpty(t, r.Reason, r.name)
		assert.Equal(t, OptionVariable(r.name), r.name, "names are those of variables")
		assert.Contains(t, string(page), "`"+r.name+"`")
		if r.former != "" {
			assert.Contains(t, string(page), "`"+r.former+"`")
		}
	}
}
