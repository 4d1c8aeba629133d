package harness

// Road is one of the two ways that sets clone and replicate, with what a test must
// know of it. Everything else about a set is the same.
type Road struct {
	// Name is the version of MySQL.
	Name string
	// Base is the kustomize base, from the project's directory.
	Base string
	// Image has the client program that the tests use.
	Image string
	// Labels are those of a namespace that its pods are admitted to.
	Labels []string
	// Sidecar is the container that a person runs statements in as root.
	Sidecar string
	// Probe is a file that the readiness probe needs, in the container mysql.
	Probe string
	// Open sets let root in from everywhere, without a password.
	Open bool

	showReplicaStatus, showReplicas string
	// Fields of what showReplicaStatus answers.
	sourceHost, receiver, applier string
}

// Restricted is the label of a namespace that enforces, and warns of, the Pod
// Security Standard of that name.
var Restricted = []string{
	"pod-security.kubernetes.io/enforce=restricted",
	"pod-security.kubernetes.io/warn=restricted",
}

// ClonePlugin is the road of 8.0.23 and later: the clone plugin, GTIDs, passwords.
var ClonePlugin = Road{
	Name:    "9.7",
	Base:    "bases/mysql",
	Image:   "mysql:9.7",
	Labels:  Restricted,
	Sidecar: "replication",
	// The page moves /usr/bin/mysql, but the root file system is read-only here.
	Probe: "/etc/mysql/conf.d/readiness.sh",

	showReplicaStatus: "SHOW REPLICA STATUS",
	showReplicas:      "SHOW REPLICAS",
	sourceHost:        "Source_Host",
	receiver:          "Replica_IO_Running",
	applier:           "Replica_SQL_Running",
}

// XtraBackup is the tutorial's road: XtraBackup, file and position, no passwords.
var XtraBackup = Road{
	Name:    "5.7",
	Base:    "bases/tutorial",
	Image:   "mysql:5.7",
	Sidecar: "xtrabackup",
	Probe:   "/usr/bin/mysql",
	Open:    true,

	showReplicaStatus: "SHOW SLAVE STATUS",
	showReplicas:      "SHOW SLAVE HOSTS",
	sourceHost:        "Master_Host",
	receiver:          "Slave_IO_Running",
	applier:           "Slave_SQL_Running",
}

// Roads are both.
var Roads = []Road{ClonePlugin, XtraBackup}
