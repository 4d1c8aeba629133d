package v1alpha1

// The tags next to json feed the generator of schema.json and docs/spec.md,
// fn/internal/docgen, which also explains them. Neither the decoder nor
// [MySQLReplicaSet.Validate] reads them; a test keeps schema and code together.

// Names of the API, as they stand in apiVersion and kind.
const (
	Group      = "mysqlreplicaset.dev"
	Version    = "v1alpha1"
	APIVersion = Group + "/" + Version
	Kind       = "MySQLReplicaSet"
)

// MySQLReplicaSet declares one single-primary MySQL with asynchronous replicas.
// It is expanded into the ConfigMap, the Services and the StatefulSet that run
// it, and never reaches the cluster itself.
type MySQLReplicaSet struct {
	// APIVersion is always mysqlreplicaset.dev/v1alpha1.
	APIVersion string `json:"apiVersion" required:"true" enum:"mysqlreplicaset.dev/v1alpha1"`
	// Kind is always MySQLReplicaSet.
	Kind string `json:"kind" required:"true" enum:"MySQLReplicaSet"`
	// Metadata names the set. Everything in it goes to every resource of the set.
	Metadata Metadata `json:"metadata" required:"true"`
	// Spec says what the set is made of. All of it may be left out. Anything that
	// has no field here is a patch on the output.
	Spec Spec `json:"spec,omitempty"`
}

// Metadata is the part of a Kubernetes ObjectMeta that a set uses.
type Metadata struct {
	// Name is the name of the StatefulSet, the headless Service and the
	// ConfigMap, and the stem of every other name. A DNS-1035 label of at most
	// 52 characters, because Kubernetes derives the names of pods and the values
	// of revision labels from it (kubernetes/kubernetes#64023). With MySQL 5.7 at
	// most 28, because its host names end at 60.
	Name string `json:"name" required:"true" grammar:"name" example:"mysql"`
	// Namespace goes to every resource. Default: none, so that kubectl or
	// kustomize decides. A DNS-1123 label of at most 63 characters.
	Namespace string `json:"namespace,omitempty" grammar:"namespace" example:"databases" brief:"of every resource"`
	// Labels go to the metadata of every resource, next to the set's own. Default:
	// none. The labels app and app.kubernetes.io/name are the set's own and may
	// not be given.
	Labels map[string]string `json:"labels,omitempty" keys:"labelKey" grammar:"labelValue" example:"{\"team\": \"payments\"}" brief:"of every resource, next to the set's own"`
	// Annotations go to the metadata of every resource. Default: none. Those of
	// kustomize, kpt and kubectl (config.kubernetes.io and its relatives) are
	// theirs and stay behind.
	Annotations map[string]string `json:"annotations,omitempty" keys:"annotationKey" example:"{\"example.com/owner\": \"dba\"}" brief:"of every resource"`
}

// Spec is the desired set. A field is here only if it has to reach more than
// one place or needs checking; everything else is a patch on the output.
type Spec struct {
	// Version of MySQL: a series (5.7, 8.0, 8.4, 9.7, 26.7) or a full version of
	// one (8.4.11; of 8.0 from 8.0.23). It decides the image, the statements and
	// options, and how a replica gets its data: the clone plugin, or XtraBackup
	// with 5.7. Default: 9.7, the newest long-term support series. Always in
	// quotes, since YAML reads 8.0 as the number 8.
	Version string `json:"version,omitempty" grammar:"version" default:"9.7" example:"8.4" brief:"a series or a full version, in quotes"`
	// Image runs instead of the official image mysql:VERSION, for a mirror or a
	// build of one's own with the official image's layout. A tag that looks like
	// a MySQL version must agree with version.
	Image string `json:"image,omitempty" grammar:"image" computed:"mysql:VERSION" example:"registry.example.com/library/mysql:9.7.2" brief:"instead of mysql:VERSION"`
	// Replicas is the number of pods: one primary and replicas - 1 replicas. At
	// least 1; default 3.
	Replicas *int32 `json:"replicas,omitempty" minimum:"1" default:"3" example:"5" brief:"pods: one primary and its replicas"`
	// Storage is the volume that each pod keeps its data on, through a
	// PersistentVolumeClaim. A StatefulSet's claims cannot be changed after it was
	// created.
	Storage Storage `json:"storage,omitempty"`
	// Resources of the mysql container. A memory limit also sizes InnoDB's buffer
	// pool: 70 % of what the limit leaves above 512Mi, in steps of 128Mi and at
	// least 128Mi; innodb_buffer_pool_size in config overrides that.
	Resources Resources `json:"resources,omitempty"`
	// Config holds options of the [mysqld] group of my.cnf, by role. An option of a
	// role wins over the same option in common, and both over the set's defaults.
	// Options that the set itself depends on (server_id, datadir, log_bin,
	// super_read_only and so on), options that the chosen version has removed and
	// options that make replicas differ without a word are errors; for some of the
	// last, insist makes an exception.
	Config Config `json:"config,omitempty"`
	// Auth says where the passwords come from.
	Auth Auth `json:"auth,omitempty"`
	// TLS gives the servers certificates of one's own. Not with 5.7.
	TLS TLS `json:"tls,omitempty"`
	// Replication says how replicas follow the primary.
	Replication Replication `json:"replication,omitempty"`
	// Clone says how a new replica gets its data.
	Clone Clone `json:"clone,omitempty"`
}

// Storage describes the PersistentVolumeClaim of each pod.
type Storage struct {
	// Size of each pod's volume, in bytes: a Kubernetes quantity of at least 1Mi.
	// Default 10Gi.
	Size Quantity `json:"size,omitempty" grammar:"size" default:"10Gi" example:"100Gi"`
	// ClassName is the StorageClass of the volumes. Default: none, the cluster's
	// default class.
	ClassName string `json:"className,omitempty" grammar:"object" example:"fast-ssd"`
	// Retention says what becomes of the volumes: it is the StatefulSet's
	// persistentVolumeClaimRetentionPolicy.
	Retention Retention `json:"retention,omitempty"`
}

// Retention is the StatefulSet's persistentVolumeClaimRetentionPolicy.
type Retention struct {
	// WhenDeleted: Retain keeps the volumes when the StatefulSet is deleted,
	// Delete destroys them and the data with them. Default Retain.
	WhenDeleted string `json:"whenDeleted,omitempty" enum:"Retain,Delete" default:"Retain" example:"Delete"`
	// WhenScaled: Retain keeps the volumes of pods that scaling down removes,
	// Delete destroys them, so that scaling up again clones anew. Default Retain.
	WhenScaled string `json:"whenScaled,omitempty" enum:"Retain,Delete" default:"Retain" example:"Delete"`
}

// Resources are a container's requests and limits by resource name.
type Resources struct {
	// Requests by resource name. Default: cpu 500m and memory 1Gi, each unless it
	// has a limit or a request of its own.
	Requests map[string]Quantity `json:"requests,omitempty" keys:"resource" default:"{\"cpu\": \"500m\", \"memory\": \"1Gi\"}" example:"{\"cpu\": \"2\", \"memory\": \"4Gi\"}" brief:"of the mysql container"`
	// Limits by resource name; none may be below its request. Default: none.
	Limits map[string]Quantity `json:"limits,omitempty" keys:"resource" example:"{\"memory\": \"4Gi\"}" brief:"of the mysql container; memory sizes the buffer pool"`
}

// Config holds my.cnf options by role, and what is insisted on.
type Config struct {
	// Common options go to every pod. Default: none.
	Common Options `json:"common,omitempty" example:"{\"max_connections\": 500}" brief:"options of every pod"`
	// Primary options go to the primary only. Default: none.
	Primary Options `json:"primary,omitempty" example:"{\"innodb_flush_log_at_trx_commit\": 1}" brief:"options of the primary"`
	// Replica options go to the replicas only. Default: none.
	Replica Options `json:"replica,omitempty" example:"{\"replica_parallel_workers\": 8}" brief:"options of the replicas"`
	// Insist allows options in common, primary and replica that would be refused
	// because replicas may differ or a crash may lose data, such as
	// replicate_ignore_db: the option's name, and in a sentence why it must be. The
	// sentence is repeated, as a warning, at every rendering. Options that no set
	// works with cannot be insisted on, and to insist on what is not refused is an
	// error; docs/options.md has them all. Default: none.
	Insist map[string]string `json:"insist,omitempty" example:"{\"replicate_ignore_db\": \"scratch is made anew every night\"}" brief:"options that are refused otherwise, and why they must be"`
}

// Options are my.cnf options by name, with dashes or underscores. A value is a
// string, a number or a boolean (true is ON, false is OFF). null, which is nil
// in Go, is a bare option, without a value.
type Options map[string]*string

// Auth says where the passwords come from.
type Auth struct {
	// SecretName is the Secret with the keys root-password and
	// replication-password, mounted as files. The latter may have 32 bytes, which
	// is what MySQL takes for replication. Default: the set's name with -auth.
	SecretName string `json:"secretName,omitempty" grammar:"object" computed:"NAME-auth" example:"mysql-auth"`
	// AllowEmptyPassword leaves every account without a password and root open
	// to the network, as in the Kubernetes tutorial. Excludes secretName. Default
	// false.
	AllowEmptyPassword bool `json:"allowEmptyPassword,omitempty" default:"false" example:"true" brief:"the tutorial's setting; excludes secretName"`
}

// TLS gives the servers certificates of one's own.
type TLS struct {
	// SecretName is a Secret of the type kubernetes.io/tls that also has ca.crt.
	// Replicas then verify the primary against it, by its host name: the
	// certificate must name SET-0.SET, and the other pods' names as well, each by
	// itself. *.SET is not enough: OpenSSL takes no wildcard with a single dot.
	// Default: none, MySQL's own self-signed certificates encrypt and nothing is
	// verified.
	SecretName string `json:"secretName,omitempty" grammar:"object" example:"mysql-tls"`
}

// Replication says how replicas follow the primary.
type Replication struct {
	// Primary is the ordinal of the pod that is the primary: the others follow it,
	// and the Service <name>-primary leads to it. Another value moves the primary:
	// the pod takes writes once all other pods agree and it has all of their
	// transactions. Below replicas; with 5.7 always 0. A new set may begin with any.
	// Default 0.
	Primary *int32 `json:"primary,omitempty" minimum:"0" default:"0" example:"1" brief:"ordinal of the primary; another value moves it"`
	// SemiSync holds back a commit's acknowledgement until at least one replica
	// has the transaction. Needs replicas to be 2 or more;
	// not with 5.7. Default false.
	SemiSync bool `json:"semiSync,omitempty" default:"false" example:"true" brief:"a commit waits for a replica to have it"`
	// MaxLagSeconds is how far, in seconds, a replica may be behind the primary
	// and still be Ready, that is, serve reads. At least 1; default 60.
	MaxLagSeconds *int32 `json:"maxLagSeconds,omitempty" minimum:"1" default:"60" example:"10" brief:"a replica further behind is not Ready"`
	// Frozen lets the primary take no writes, not even root's, as for the last dump
	// before a move. It stays Ready, and serves reads; replicas follow. Another value
	// restarts no pod: it is in force as soon as the file of the ConfigMap has reached
	// the primary, after a minute or so. Not with 5.7. Default false.
	Frozen bool `json:"frozen,omitempty" default:"false" example:"true" brief:"the primary takes no writes, as for a last dump"`
}

// Clone says how a new replica gets its data.
type Clone struct {
	// Image has XtraBackup 2.4, which clones a MySQL 5.7. With 5.7 only: later
	// versions clone with MySQL's own plugin. Default: the tutorial's
	// gcr.io/google-samples/xtrabackup:1.0.
	Image string `json:"image,omitempty" grammar:"image" computed:"gcr.io/google-samples/xtrabackup:1.0" example:"percona/percona-xtrabackup:2.4.29" brief:"XtraBackup 2.4, with version 5.7 only"`
	// OtherEngines is about tables of engines other than InnoDB, MEMORY included,
	// which MySQL's clone plugin leaves empty. Refuse: a replica is not cloned from a
	// pod that has some, and says which. Empty: it is, and has those tables without
	// their rows; each clone says so. Another value restarts no pod. Not with 5.7,
	// whose XtraBackup copies MyISAM as well. Default Refuse.
	OtherEngines string `json:"otherEngines,omitempty" enum:"Refuse,Empty" default:"Refuse" example:"Empty" brief:"tables that a clone leaves empty: Refuse or Empty"`
}

// Quantity is an amount in Kubernetes' notation: a number, then nothing, m for
// thousandths, k, M, G, T, P or E for powers of 1000, or Ki, Mi, Gi, Ti, Pi or Ei
// for powers of 1024. 500m is half a CPU, 10Gi are ten gibibytes.
type Quantity string
