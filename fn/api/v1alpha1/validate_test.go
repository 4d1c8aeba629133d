package v1alpha1

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestValidate(t *testing.T) {
	name := func(n string) func(*MySQLReplicaSet) { return func(s *MySQLReplicaSet) { s.Metadata.Name = n } }
	labels := func(l map[string]string) func(*MySQLReplicaSet) {
		return func(s *MySQLReplicaSet) { s.Metadata.Labels = l }
	}
	annotations := func(a map[string]string) func(*MySQLReplicaSet) {
		return func(s *MySQLReplicaSet) { s.Metadata.Annotations = a }
	}
	requests := func(name string, q Quantity) func(*MySQLReplicaSet) {
		return func(s *MySQLReplicaSet) { s.Spec.Resources.Requests = map[string]Quantity{name: q} }
	}
	size := func(q Quantity) func(*MySQLReplicaSet) { return func(s *MySQLReplicaSet) { s.Spec.Storage.Size = q } }
	const valid = ""
	tests := []struct {
		reason string
		change func(*MySQLReplicaSet)
		want   string // one line for each problem
	}{
		{"the default set", func(*MySQLReplicaSet) {}, valid},

		{"a name of 52", name(strings.Repeat("a", 52)), valid},
		{
			"a name of 53", name(strings.Repeat("a", 53)),
			`metadata.name: "` + strings.Repeat("a", 53) + `" has 53 characters, allowed are at most 52, because Kubernetes adds a hash of 11 to it for the label controller-revision-hash, which ends at 63; choose a shorter one`,
		},
		{"no name", name(""), "metadata.name: missing; give the set a name, such as mysql"},
		{
			"a name with capitals and underscores", name("My_DB"),
			`metadata.name: found "My_DB", expected lower case letters, digits and dashes, with a letter first and a letter or digit last, such as my-db`,
		},
		{
			"a name that begins with a digit, which a Service may not", name("1db"),
			`metadata.name: found "1db", expected lower case letters, digits and dashes, with a letter first and a letter or digit last`,
		},
		{"a namespace", func(s *MySQLReplicaSet) { s.Metadata.Namespace = "1-a" }, valid},
		{
			"a namespace with a dot", func(s *MySQLReplicaSet) { s.Metadata.Namespace = "a.b" },
			`metadata.namespace: found "a.b", expected lower case letters, digits and dashes, with a letter or digit at both ends, such as a-b`,
		},

		{"labels", labels(map[string]string{"team": "", "example.com/Part_of": "A.b"}), valid},
		{
			"the set's own labels", labels(map[string]string{"app": "a", "app.kubernetes.io/name": "a"}),
			"metadata.labels.app: this label is the set's own, its Services select by it; remove it, or use another key\n" +
				`metadata.labels["app.kubernetes.io/name"]: this label is the set's own, its Services select by it; remove it, or use another key`,
		},
		{
			"a label's key with two slashes", labels(map[string]string{"a/b/c": ""}),
			`metadata.labels["a/b/c"]: found "b/c", expected letters, digits, dashes, underscores and dots, with a letter or digit at both ends`,
		},
		{"a label without a key", labels(map[string]string{"": ""}), `metadata.labels[""]: found no name, expected letters, digits, dashes, underscores and dots`},
		{
			"a label's value with a space", labels(map[string]string{"a": "b c"}),
			`metadata.labels.a: found the value "b c", expected letters, digits, dashes, underscores and dots, with a letter or digit at both ends`,
		},
		{"an annotation's domain in capitals, which Kubernetes does not mind", annotations(map[string]string{"Example.com/a": "any text"}), valid},
		{
			"an annotation's key with a space", annotations(map[string]string{"a b": ""}),
			`metadata.annotations["a b"]: found "a b", expected letters, digits, dashes, underscores and dots, with a letter or digit at both ends`,
		},
		{"annotations of 256 KiB", annotations(map[string]string{"a": strings.Repeat("b", 1<<18-1)}), valid},
		{
			"annotations beyond 256 KiB", annotations(map[string]string{"a": strings.Repeat("b", 1<<18)}),
			"metadata.annotations: found 262145 bytes in all, allowed are at most 262144; move the long ones elsewhere",
		},

		{"an image with everything", func(s *MySQLReplicaSet) {
			s.Spec.Image = "registry.example.com:5000/a/b:8.4@sha256:" + strings.Repeat("a", 64)
		}, valid},
		{
			"an image with a space", func(s *MySQLReplicaSet) { s.Spec.Image = "mysql :8" },
			`spec.image: found "mysql :8", with white space or a control character in it; expected [registry[:port]/]repository[:tag][@digest], such as mysql:9.7`,
		},
		{
			"an image without a tag after its colon", func(s *MySQLReplicaSet) { s.Spec.Clone.Image = "mysql:" },
			`spec.clone.image: found "mysql:", whose tag "" is not valid; expected [registry[:port]/]repository[:tag][@digest], such as mysql:9.7`,
		},
		{
			"an image in capitals", func(s *MySQLReplicaSet) { s.Spec.Image = "MySQL" },
			`spec.image: found "MySQL", whose repository "MySQL" is not valid; expected [registry[:port]/]repository[:tag][@digest], such as mysql:9.7`,
		},

		{"one pod", func(s *MySQLReplicaSet) { s.Spec.Replicas = new(int32(1)) }, valid},
		{"no pods", func(s *MySQLReplicaSet) { s.Spec.Replicas = new(int32(0)) }, "spec.replicas: found 0, expected at least 1"},

		{"a size", size("1Mi"), valid},
		{
			"a size with a space", size("10 Gi"),
			`spec.storage.size: found "10 Gi", expected a quantity: a number, then nothing, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi or Ei, such as 10Gi or 500m`,
		},
		{"a size of nothing", size("0"), `spec.storage.size: found "0", expected at least 1Mi, such as 10Gi`},
		{"a size below nothing", size("-1Gi"), `spec.storage.size: found "-1Gi", expected zero or more`},
		{"a size without a unit", size("10"), `spec.storage.size: found "10", which is less than 1Mi; the unit is bytes, did you forget Mi or Gi?`},
		{"a size in thousandths", size("500m"), `spec.storage.size: found "500m", which is less than 1Mi; m is a thousandth of a byte, did you mean 500Mi?`},
		{
			"a class in capitals", func(s *MySQLReplicaSet) { s.Spec.Storage.ClassName = "Fast" },
			`spec.storage.className: found "Fast", expected lower case letters, digits, dashes and dots, with a letter or digit at both ends of each part`,
		},
		{
			"a policy in lower case", func(s *MySQLReplicaSet) { s.Spec.Storage.Retention.WhenDeleted = "delete" },
			`spec.storage.retention.whenDeleted: found "delete", expected Retain or Delete; did you mean Delete?`,
		},
		{
			"a policy that does not exist", func(s *MySQLReplicaSet) { s.Spec.Storage.Retention.WhenScaled = "Recycle" },
			`spec.storage.retention.whenScaled: found "Recycle", expected Retain or Delete`,
		},

		{"a request of nothing", requests("memory", "0"), valid},
		{"a request of thousandths of a CPU", requests("cpu", "250m"), valid},
		{"a device", requests("example.com/gpu", "1"), valid},
		{
			"a request of half a byte", requests("memory", "500m"),
			`spec.resources.requests.memory: found "500m", which is less than 1Mi; m is a thousandth of a byte, did you mean 500Mi?`,
		},
		{
			"an empty request", requests("cpu", ""),
			`spec.resources.requests.cpu: found "", expected a quantity: a number, then nothing, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi or Ei, such as 10Gi or 500m`,
		},
		{"a typo in a resource", requests("memroy", "1Gi"), "spec.resources.requests.memroy: unknown resource; did you mean memory?"},
		{
			"no resource of a container", requests("storage", "1Gi"),
			"spec.resources.requests.storage: unknown resource; allowed are cpu, memory, ephemeral-storage, hugepages-SIZE and names with a domain, such as example.com/device",
		},
		{"a limit that equals its request in another unit", func(s *MySQLReplicaSet) {
			s.Spec.Resources = Resources{Requests: map[string]Quantity{"memory": "1Gi"}, Limits: map[string]Quantity{"memory": "1024Mi"}}
		}, valid},
		{"a limit below its request", func(s *MySQLReplicaSet) {
			s.Spec.Resources = Resources{Requests: map[string]Quantity{"memory": "1Gi"}, Limits: map[string]Quantity{"memory": "1G"}}
		}, `spec.resources.limits.memory: found "1G", which is below the request, "1Gi"; raise the limit or lower spec.resources.requests`},

		{"no passwords", func(s *MySQLReplicaSet) { s.Spec.Auth = Auth{AllowEmptyPassword: true} }, valid},
		{
			"no passwords and a Secret with passwords", func(s *MySQLReplicaSet) { s.Spec.Auth = Auth{AllowEmptyPassword: true, SecretName: "a"} },
			`spec.auth.allowEmptyPassword: found true together with secretName "a", but without passwords no Secret is read; remove one of the two`,
		},
		{
			"a Secret's name", func(s *MySQLReplicaSet) { s.Spec.TLS.SecretName = "a_b" },
			`spec.tls.secretName: found "a_b", expected lower case letters, digits, dashes and dots, with a letter or digit at both ends of each part`,
		},

		{
			"semi-synchronous replication without a replica", func(s *MySQLReplicaSet) { s.Spec.Replicas, s.Spec.Replication.SemiSync = new(int32(1)), true },
			"spec.replication.semiSync: found true with spec.replicas 1, but no replica can acknowledge a commit; raise spec.replicas to 2 or more, or set it to false",
		},
		{
			"the primary's pod must exist", func(s *MySQLReplicaSet) { s.Spec.Replicas, s.Spec.Replication.Primary = new(int32(3)), new(int32(3)) },
			"spec.replication.primary: found 3 with spec.replicas 3, but the highest ordinal is then 2; lower it, or raise spec.replicas",
		},
		{"any of them may be it", func(s *MySQLReplicaSet) { s.Spec.Replicas, s.Spec.Replication.Primary = new(int32(3)), new(int32(2)) }, valid},
		{
			"ordinals begin at 0", func(s *MySQLReplicaSet) { s.Spec.Replication.Primary = new(int32(-1)) },
			"spec.replication.primary: found -1, expected at least 0",
		},
		{
			"no lag at all, which no replica can keep", func(s *MySQLReplicaSet) { s.Spec.Replication.MaxLagSeconds = new(int32(0)) },
			"spec.replication.maxLagSeconds: found 0, expected at least 1",
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			set := &MySQLReplicaSet{Metadata: Metadata{Name: "mysql"}}
			tt.change(set)
			set.Default()
			assert.Equal(t, tt.want, set.Validate().Error())
		})
	}
}

func TestValidateTakesAnEmptySet(t *testing.T) {
	assert.Equal(t, "metadata.name: missing; give the set a name, such as mysql", new(MySQLReplicaSet).Validate().Error())
}
