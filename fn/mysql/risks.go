package mysql

import (
	"slices"
	"strconv"
	"strings"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// Risk is an option, by its variable, that makes pods differ or lose what was
// acknowledged, and no server says so.
type Risk struct {
	// name is the one of today, former the one before 8.0.26, if it had another.
	name, former string
	// fits reports whether a value, in upper case, is none; "" is a bare option.
	fits func(value string) bool
	// allowed is such a value in words; empty if the option has none.
	allowed string
	// Reason is what comes of the option; it goes on after "but".
	Reason  string
	verdict verdict
	// Loses reports whether acknowledged rows are gone after a crash.
	Loses bool
	// only limits the rule to one way of cloning.
	only Method
}

type verdict int

const (
	refused  verdict = iota // a person may insist, with a reason
	hopeless                // nobody may: the set does not work with it
	trade                   // it may be what one wants, and is said
)

const (
	leftOut    = "a replica lacks what it leaves out, and may be the next primary, or the donor of a clone"
	notLogged  = "what it keeps out of the binary log reaches no replica, and is gone when the primary moves"
	crowded    = "replicas, probes and the set's own scripts hold connections, before any client does"
	tornCrash  = "a crash of the node may leave data that no server starts on"
	lostTail   = "a crash of the node loses commits that were acknowledged, and that replicas may have"
	damage     = "damaged data is read, and passed on, unnoticed"
	oldPlace   = "after a crash a replica's position is older than its data, and it applies transactions again"
	alone      = "what it writes is on that replica alone"
	leastSlots = 10
)

// riskyOptions: of several rows for an option the first that the value does not fit
// decides. Sources: the refman's pages of each option, and mysqld 9.7.4 for what it
// makes of bare options, modifiers and words.
var riskyOptions = []Risk{
	// What no set can live with.
	{name: "innodb_force_recovery", fits: is("0"), allowed: "0", verdict: hopeless, Reason: "it is for dumping what is left of a broken database, not for serving it"},
	{name: "innodb_read_only", fits: off, allowed: "OFF", verdict: hopeless, Reason: "then no pod can write, not even a replica what it receives"},
	{name: "offline_mode", fits: off, allowed: "OFF", verdict: hopeless, Reason: "it throws out clients, replicas and probes"},
	{name: "max_connections", fits: least(leastSlots), allowed: "10 or more", verdict: hopeless, Reason: crowded},
	{name: "max_user_connections", fits: either(is("0"), least(leastSlots)), allowed: "0, which is no limit, or 10 or more", verdict: hopeless, Reason: crowded},
	{name: "binlog_error_action", fits: is("ABORT_SERVER"), allowed: "ABORT_SERVER", verdict: hopeless, Reason: "a primary that cannot write its binary log goes on without one, and replicas never get what it commits"},

	// What forks replicas, or loses a pod's data.
	{name: "binlog_do_db", fits: none, Reason: notLogged},
	{name: "binlog_ignore_db", fits: none, Reason: notLogged},
	{name: "replicate_do_db", fits: none, Reason: leftOut},
	{name: "replicate_ignore_db", fits: none, Reason: leftOut},
	{name: "replicate_do_table", fits: none, Reason: leftOut},
	{name: "replicate_ignore_table", fits: none, Reason: leftOut},
	{name: "replicate_wild_do_table", fits: none, Reason: leftOut},
	{name: "replicate_wild_ignore_table", fits: none, Reason: leftOut},
	{name: "replicate_rewrite_db", fits: none, Reason: "a replica has data under another name, and may be the next primary, or the donor of a clone"},
	{name: "replica_skip_errors", former: "slave_skip_errors", fits: is("OFF"), allowed: "OFF", Reason: "a replica goes on after a transaction that failed, and lacks its rows"},
	{name: "replica_exec_mode", former: "slave_exec_mode", fits: is("STRICT"), allowed: "STRICT", Reason: "a replica that lacks a row, or has it already, goes on as if nothing were wrong"},
	{name: "replica_type_conversions", former: "slave_type_conversions", fits: lossless, allowed: "ALL_NON_LOSSY", Reason: "a replica whose table differs cuts values short instead of stopping"},
	{name: "binlog_format", fits: is("ROW", "MIXED"), allowed: "ROW", Reason: "replicas run statements again, and many come to other rows there"},
	{name: "default_storage_engine", fits: is("INNODB"), allowed: "InnoDB", Reason: "tables of other engines lose rows in a crash, and the clone plugin leaves them empty"},
	{name: "disabled_storage_engines", fits: is(""), Reason: "replicas restart before the primary, and stop at a CREATE TABLE that it still allows"},
	{name: "innodb_doublewrite", fits: either(on, is("DETECT_AND_RECOVER")), allowed: "ON", Reason: tornCrash},
	{name: "innodb_flush_method", fits: not(is("NOSYNC", "LITTLESYNC")), allowed: "O_DIRECT or fsync", Reason: tornCrash},
	{name: "master_info_repository", fits: is("TABLE"), allowed: "TABLE", Reason: oldPlace, only: XtraBackup},
	{name: "relay_log_info_repository", fits: is("TABLE"), allowed: "TABLE", Reason: oldPlace, only: XtraBackup},

	// What is a trade. Any pod may become the primary, so replicas are no exception.
	{name: "sync_binlog", fits: is("1"), allowed: "1", verdict: trade, Loses: true, Reason: lostTail},
	{name: "innodb_flush_log_at_trx_commit", fits: is("1"), allowed: "1", verdict: trade, Loses: true, Reason: lostTail},
	{name: "binlog_format", fits: is("ROW"), allowed: "ROW", verdict: trade, Reason: "replicas run some statements again, and one whose rows differ does not stop at them"},
	{name: "replica_preserve_commit_order", former: "slave_preserve_commit_order", fits: on, allowed: "ON", verdict: trade, Reason: "readers of a replica see states that the primary never had"},
	{name: "binlog_order_commits", fits: on, allowed: "ON", verdict: trade, Reason: "readers of the primary see states that no replica ever has"},
	{name: "binlog_checksum", fits: is("CRC32"), allowed: "CRC32", verdict: trade, Reason: damage},
	{name: "replica_sql_verify_checksum", former: "slave_sql_verify_checksum", fits: on, allowed: "ON", verdict: trade, Reason: damage},
	{name: "innodb_checksum_algorithm", fits: not(is("NONE", "STRICT_NONE")), allowed: "crc32", verdict: trade, Reason: damage},
	{name: "innodb_log_checksums", fits: on, allowed: "ON", verdict: trade, Reason: damage},
	{name: "default_tmp_storage_engine", fits: is("INNODB"), allowed: "InnoDB", verdict: trade, Reason: "ROLLBACK leaves what a transaction wrote to its temporary tables"},
	{name: "init_replica", former: "init_slave", fits: is(""), verdict: trade, Reason: alone},
}

// mysqld takes these words for booleans, and a bare option for ON.
var (
	on  = is("", "1", "ON", "TRUE")
	off = is("0", "OFF", "FALSE")
)

func none(string) bool { return false }

func is(words ...string) func(string) bool {
	return func(value string) bool { return slices.Contains(words, value) }
}

func not(fits func(string) bool) func(string) bool {
	return func(value string) bool { return !fits(value) }
}

func either(one, other func(string) bool) func(string) bool {
	return func(value string) bool { return one(value) || other(value) }
}

// least is a number, perhaps with the unit K, M or G.
func least(n int) func(string) bool {
	return func(value string) bool {
		number := strings.TrimRight(value, "KMGTPE")
		found, err := strconv.Atoi(number)
		return err == nil && (found >= n || found > 0 && number != value)
	}
}

func lossless(value string) bool {
	words := strings.Split(value, ",")
	return !slices.Contains(words, "ALL_LOSSY") && (value == "" || value[0] > '9') // numbers are bits
}

// RiskOf finds the rule that an option breaks; value is nil for a bare one.
func RiskOf(d Dialect, name string, value *string) (Risk, bool) {
	variable, word := OptionVariable(name), effective(name, value)
	for _, r := range riskyOptions {
		if (r.name == variable || r.former == variable) && (r.only == "" || r.only == d.CloneMethod) && !r.fits(word) {
			return r, true
		}
	}
	return Risk{}, false
}

// effective is the word that mysqld goes by: skip_x and disable_x are x=0, and so is
// a bare number (mysys/my_getopt.cc; sync_binlog, tried with 9.7.4).
func effective(name string, value *string) string {
	word := ""
	if value != nil {
		word = strings.ToUpper(strings.Trim(*value, ` "'`))
	}
	negate := map[bool]string{true: "1", false: "0"}
	for name = CanonicalOption(name); ; {
		modifier, rest, _ := strings.Cut(name, "_")
		switch modifier {
		case "skip", "disable":
			word = negate[word == "0"]
		case "enable":
			word = negate[word != "0"]
		case "loose", "maximum":
		default:
			return word
		}
		name = rest
	}
}

// Trade reports whether the option may be set without insisting.
func (r Risk) Trade() bool { return r.verdict == trade }

// Instead is what to do.
func (r Risk) Instead() string {
	if r.allowed == "" {
		return "remove it"
	}
	return "remove it, or set it to " + r.allowed
}

// riskProblem says why an option is refused, or nothing.
func riskProblem(d Dialect, set *v1alpha1.MySQLReplicaSet, name string, value *string) string {
	r, ok := RiskOf(d, name, value)
	_, insisted := insistedOn(set, name)
	switch {
	case !ok, r.verdict == trade, r.verdict == refused && insisted:
		return ""
	case r.verdict == hopeless:
		return isValue(value) + ", but " + r.Reason + "; " + r.Instead()
	}
	return isValue(value) + ", but " + r.Reason + "; " + r.Instead() +
		"; or insist, and say why: " + v1alpha1.FieldPath("spec.config.insist", OptionVariable(name))
}

// riskWarning is what is said of an option at every rendering, or nothing.
func riskWarning(d Dialect, set *v1alpha1.MySQLReplicaSet, name string, value *string) string {
	r, ok := RiskOf(d, name, value)
	why, insisted := insistedOn(set, name)
	switch {
	case ok && r.verdict == trade:
		return isValue(value) + ", which is a trade: " + r.Reason + "; " + r.Instead() + ", if that must not be"
	case ok && r.verdict == refused && insisted:
		return isValue(value) + ", and insisted on (" + strconv.Quote(why) + "): " + r.Reason
	}
	return ""
}

func isValue(value *string) string {
	if value == nil {
		return "is set"
	}
	return "is " + strconv.Quote(*value)
}

// insistedOn looks an option up in spec.config.insist, whatever its spelling.
func insistedOn(set *v1alpha1.MySQLReplicaSet, name string) (why string, ok bool) {
	for insisted, why := range set.Spec.Config.Insist {
		if OptionVariable(insisted) == OptionVariable(name) {
			return why, true
		}
	}
	return "", false
}
