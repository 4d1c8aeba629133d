package mysql

// Method is how a new replica gets its first copy of the data.
type Method string

const (
	// XtraBackup streams a backup from another pod's port 3307, as in the
	// Kubernetes tutorial. 5.7 only: the server has no means of its own.
	XtraBackup Method = "XtraBackup"
	// ClonePlugin is CLONE INSTANCE, part of the server since 8.0.17.
	ClonePlugin Method = "ClonePlugin"
)

// Newest is the Patch of a version that names a series only.
const Newest = -1

// Dialect is one version of MySQL, resolved.
type Dialect struct {
	// Series such as 9.7: what an upgrade changes.
	Series string
	// Patch is the third part of the version, or [Newest].
	Patch int
	// Image is the official image, mysql:VERSION, where VERSION is as it was asked for.
	Image string
	// CloneMethod decides between the two roads that a replica's data can take.
	CloneMethod Method
	// CloneImage has XtraBackup; empty with [ClonePlugin].
	CloneImage string
	// EndOfLife is the day, as YYYY-MM-DD, after which there were no fixes any
	// more. Empty while there are: it never depends on today's date.
	EndOfLife string
	// Statements are the words for replication.
	Statements Statements
}

// Statements are the words of a dialect for replication, without arguments.
type Statements struct {
	// ChangeSource tells a replica its source.
	ChangeSource string
	// SourceOption begins each option of ChangeSource: SOURCE_ or MASTER_.
	SourceOption string
	// StartReplica and StopReplica act on both threads, receiver and applier.
	StartReplica, StopReplica string
	// ResetReplicaAll forgets the source, its user and the relay logs.
	ResetReplicaAll string
	// ShowReplicaStatus is one row for each source, none on a primary.
	ShowReplicaStatus string
	// ShowBinaryLogStatus is the end of the binary log.
	ShowBinaryLogStatus string
	// ResetBinaryLogs deletes all binary logs and empties gtid_executed.
	ResetBinaryLogs string
}

// series is one row of the table of versions.
type series struct {
	name       string
	minPatch   int
	method     Method
	cloneImage string
	endOfLife  string
	statements *Statements
}

// allowed is the table in words, for errors.
const allowed = "5.7, 8.0 (from 8.0.23), 8.4, 9.7, 26.7"

// Series are the names of all that is in the table, the oldest first.
func Series() []string {
	names := make([]string, len(table))
	for i := range table {
		names[i] = table[i].name
	}
	return names
}

// newestLTS is the series that errors recommend.
const newestLTS = "9.7"

// table has the oldest series first. Dates: endoflife.date, products/mysql.md.
// 9.0 to 9.6 were innovation releases and ended with the next one; 26.7 is a
// calendar version (YY.M), the numbering that followed 9.7.
var table = []series{
	// The image is the one of the Kubernetes tutorial, XtraBackup 2.4.4.
	{name: "5.7", method: XtraBackup, cloneImage: "gcr.io/google-samples/xtrabackup:1.0", endOfLife: "2023-10-31", statements: &statements57},
	// 8.0.23 brought CHANGE REPLICATION SOURCE TO (WL#14189), 8.0.22 REPLICA for SLAVE (WL#14171).
	{name: "8.0", minPatch: 23, method: ClonePlugin, endOfLife: "2026-04-30", statements: &statements80},
	{name: "8.4", method: ClonePlugin, statements: &statements84},
	{name: "9.7", method: ClonePlugin, statements: &statements84},
	{name: "26.7", method: ClonePlugin, statements: &statements84},
}

var statements57 = Statements{
	ChangeSource:        "CHANGE MASTER TO",
	SourceOption:        "MASTER_",
	StartReplica:        "START SLAVE",
	StopReplica:         "STOP SLAVE",
	ResetReplicaAll:     "RESET SLAVE ALL",
	ShowReplicaStatus:   "SHOW SLAVE STATUS",
	ShowBinaryLogStatus: "SHOW MASTER STATUS",
	ResetBinaryLogs:     "RESET MASTER",
}

// The two words that 8.0 still lacks came with 8.2.
var statements80 = Statements{
	ChangeSource:        "CHANGE REPLICATION SOURCE TO",
	SourceOption:        "SOURCE_",
	StartReplica:        "START REPLICA",
	StopReplica:         "STOP REPLICA",
	ResetReplicaAll:     "RESET REPLICA ALL",
	ShowReplicaStatus:   "SHOW REPLICA STATUS",
	ShowBinaryLogStatus: "SHOW MASTER STATUS",
	ResetBinaryLogs:     "RESET MASTER",
}

// From 8.4 the old words are syntax errors (8.4.0 release notes).
var statements84 = Statements{
	ChangeSource:        "CHANGE REPLICATION SOURCE TO",
	SourceOption:        "SOURCE_",
	StartReplica:        "START REPLICA",
	StopReplica:         "STOP REPLICA",
	ResetReplicaAll:     "RESET REPLICA ALL",
	ShowReplicaStatus:   "SHOW REPLICA STATUS",
	ShowBinaryLogStatus: "SHOW BINARY LOG STATUS",
	ResetBinaryLogs:     "RESET BINARY LOGS AND GTIDS",
}
