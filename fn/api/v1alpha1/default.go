package v1alpha1

// The values of fields that are left out.
const (
	DefaultVersion       = "9.7"
	DefaultReplicas      = 3
	DefaultStorageSize   = Quantity("10Gi")
	DefaultCPURequest    = Quantity("500m")
	DefaultMemoryRequest = Quantity("1Gi")
	DefaultPrimary       = 0
	DefaultMaxLagSeconds = 60
)

// Values of [Retention].
const (
	Retain = "Retain"
	Delete = "Delete"
)

// Values of [Clone.OtherEngines].
const (
	Refuse = "Refuse"
	Empty  = "Empty"
)

// Names of the resources that have a meaning of their own here.
const (
	ResourceCPU    = "cpu"
	ResourceMemory = "memory"
)

// Default fills in the fields that are left out. It changes no field that is
// given, and a second call changes nothing. The images stay empty, because they
// depend on the version's dialect.
func (s *MySQLReplicaSet) Default() {
	spec := &s.Spec
	fill(&spec.Version, DefaultVersion)
	fillPointer(&spec.Replicas, DefaultReplicas)
	fill(&spec.Storage.Size, DefaultStorageSize)
	fill(&spec.Storage.Retention.WhenDeleted, Retain)
	fill(&spec.Storage.Retention.WhenScaled, Retain)
	spec.Resources.request(ResourceCPU, DefaultCPURequest)
	spec.Resources.request(ResourceMemory, DefaultMemoryRequest)
	if s.Metadata.Name != "" && !spec.Auth.AllowEmptyPassword {
		fill(&spec.Auth.SecretName, s.defaultSecretName())
	}
	fillPointer(&spec.Replication.Primary, DefaultPrimary)
	fillPointer(&spec.Replication.MaxLagSeconds, DefaultMaxLagSeconds)
	fill(&spec.Clone.OtherEngines, Refuse)
}

func (s *MySQLReplicaSet) defaultSecretName() string { return s.Metadata.Name + "-auth" }

// request asks for an amount unless the resource has a request, or a limit:
// Kubernetes then takes the limit for the request.
func (r *Resources) request(name string, amount Quantity) {
	_, requested := r.Requests[name]
	_, limited := r.Limits[name]
	if requested || limited {
		return
	}
	if r.Requests == nil {
		r.Requests = make(map[string]Quantity, 2)
	}
	r.Requests[name] = amount
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func fillPointer(field **int32, value int32) {
	if *field == nil {
		*field = &value
	}
}
