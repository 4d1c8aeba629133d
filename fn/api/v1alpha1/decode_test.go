package v1alpha1

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// head begins every document of the tests that does not test it.
const head = "apiVersion: mysqlreplicaset.dev/v1alpha1\nkind: MySQLReplicaSet\nmetadata: {name: mysql}\n"

func TestDecode(t *testing.T) {
	set := func(change func(*MySQLReplicaSet)) *MySQLReplicaSet {
		s := &MySQLReplicaSet{APIVersion: APIVersion, Kind: Kind, Metadata: Metadata{Name: "mysql"}}
		change(s)
		return s
	}
	options := func(o Options) *MySQLReplicaSet {
		return set(func(s *MySQLReplicaSet) { s.Spec.Config.Common = o })
	}
	tests := []struct {
		reason string
		text   string
		want   *MySQLReplicaSet
	}{
		{
			reason: "the smallest document has a name and nothing else",
			text:   head,
			want:   set(func(*MySQLReplicaSet) {}),
		},
		{
			reason: "every kind of value",
			text: head + `
spec:
  version: "8.4"
  replicas: 5
  storage: {size: 20Gi, className: fast, retention: {whenScaled: Delete}}
  resources: {limits: {memory: 4Gi}}
  auth: {allowEmptyPassword: true}
`,
			want: set(func(s *MySQLReplicaSet) {
				s.Spec = Spec{
					Version:   "8.4",
					Replicas:  new(int32(5)),
					Storage:   Storage{Size: "20Gi", ClassName: "fast", Retention: Retention{WhenScaled: "Delete"}},
					Resources: Resources{Limits: map[string]Quantity{"memory": "4Gi"}},
					Auth:      Auth{AllowEmptyPassword: true},
				}
			}),
		},
		{
			reason: "null is absent, whatever the type",
			text:   head + "spec: {version: null, replicas: ~, storage: , resources: {requests: {cpu: null}}, auth: {allowEmptyPassword: null}}",
			want:   set(func(s *MySQLReplicaSet) { s.Spec.Resources.Requests = map[string]Quantity{} }),
		},
		{
			reason: "quantities keep the text of a number",
			text:   head + "spec: {resources: {requests: {cpu: 2, memory: 1e9}, limits: {cpu: 2.50}}}",
			want: set(func(s *MySQLReplicaSet) {
				s.Spec.Resources.Requests = map[string]Quantity{"cpu": "2", "memory": "1e9"}
				s.Spec.Resources.Limits = map[string]Quantity{"cpu": "2.50"}
			}),
		},
		{
			reason: "an option's value may be a string or a number, as it is written",
			text:   head + "spec: {config: {common: {sql_mode: '', max_connections: 500, long_query_time: 0.50}}}",
			want:   options(Options{"sql_mode": new(""), "max_connections": new("500"), "long_query_time": new("0.50")}),
		},
		{
			reason: "an option's true and false are ON and OFF, but not within quotes",
			text:   head + `spec: {config: {common: {a: true, b: FALSE, c: "true", d: yes}}}`,
			want:   options(Options{"a": new("ON"), "b": new("OFF"), "c": new("true"), "d": new("yes")}),
		},
		{
			reason: "an option that is null is bare",
			text:   head + "spec: {config: {common: {skip_name_resolve: null}}}",
			want:   options(Options{"skip_name_resolve": nil}),
		},
		{
			reason: "an option's value that looks like a date is text",
			text:   head + "spec: {config: {common: {a: 2026-01-02}}}",
			want:   options(Options{"a": new("2026-01-02")}),
		},
		{
			reason: "aliases are followed",
			text:   head + "spec: {config: {primary: &o {a: 1}, replica: *o}}",
			want: set(func(s *MySQLReplicaSet) {
				s.Spec.Config.Primary = Options{"a": new("1")}
				s.Spec.Config.Replica = Options{"a": new("1")}
			}),
		},
		{
			reason: "integers may be written in all of YAML's ways",
			text:   head + "spec: {replicas: 0x_5, replication: {maxLagSeconds: +1_000}}",
			want: set(func(s *MySQLReplicaSet) {
				s.Spec.Replicas = new(int32(5))
				s.Spec.Replication.MaxLagSeconds = new(int32(1000))
			}),
		},
		{
			reason: "an empty document next to ours does not count",
			text:   "---\n" + head + "---\n# nothing\n",
			want:   set(func(*MySQLReplicaSet) {}),
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			got, problems := Parse([]byte(tt.text))
			require.NoError(t, problems.Err())
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestDecodeProblems(t *testing.T) {
	tests := []struct {
		reason string
		text   string
		want   string // one line for each problem
	}{
		// The document.
		{"no document", "# nothing\n", "found no YAML document, expected one with kind: MySQLReplicaSet"},
		{"two documents", head + "---\n" + head, "found more than one YAML document, expected one with kind: MySQLReplicaSet"},
		{"not YAML", "a: [", "not YAML: line 1: did not find expected node content"},
		{"a list", "[]", "found a list, expected a map of apiVersion, kind, metadata and spec"},
		{"nothing in it", "{}", "apiVersion: missing, expected mysqlreplicaset.dev/v1alpha1\nkind: missing, expected MySQLReplicaSet\nmetadata.name: missing; give the set a name, such as mysql"},
		{
			"another version of ours", strings.Replace(head, "v1alpha1", "v1", 1),
			`apiVersion: found version "v1" of mysqlreplicaset.dev, but this program knows only v1alpha1; write mysqlreplicaset.dev/v1alpha1, or take a program that knows "v1"`,
		},
		{
			"another group", strings.Replace(head, "mysqlreplicaset.dev", "example.com", 1),
			`apiVersion: found "example.com/v1alpha1", expected mysqlreplicaset.dev/v1alpha1`,
		},
		{
			"another kind, or a typo in ours", strings.Replace(head, "Set", "set", 1) + "spec: {replica: 1}",
			"spec.replica: unknown field; did you mean replicas?\nkind: found \"MySQLReplicaset\", expected MySQLReplicaSet",
		},
		{
			"something else altogether: its fields do not matter", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {}}",
			"apiVersion: found \"apps/v1\", expected mysqlreplicaset.dev/v1alpha1\nkind: found \"Deployment\", expected MySQLReplicaSet",
		},
		{"no name", strings.Replace(head, "name: mysql", "", 1), "metadata.name: missing; give the set a name, such as mysql"},

		// Fields.
		{"a typo", head + "spec: {replicsa: 3}", "spec.replicsa: unknown field; did you mean replicas?"},
		{"other separators", head + "spec: {replication: {max_lag_seconds: 3}}", "spec.replication.max_lag_seconds: unknown field; did you mean maxLagSeconds?"},
		{"at the wrong place", head + "spec: {size: 1Gi}", "spec.size: unknown field; it is spec.storage.size"},
		{"at the wrong place, and there are two right ones", head + "spec: {secretName: a}", "spec.secretName: unknown field; it is spec.auth.secretName or spec.tls.secretName"},
		{"outside of spec", head + "replicas: 3", "replicas: unknown field; it is spec.replicas"},
		{"Kubernetes' own name for it", head + "spec: {storage: {storageClassName: a}}", "spec.storage.storageClassName: unknown field; did you mean className?"},
		{"something that is not there", head + "spec: {storage: {colour: red}}", "spec.storage.colour: unknown field; allowed are size, className and retention"},
		{"an empty name", head + "spec: {tls: {\"\": red}}", "spec.tls[\"\"]: unknown field; allowed are secretName"},
		{
			"an option without a role", head + "spec: {config: {max_connections: 5}}",
			"spec.config.max_connections: unknown field; allowed are common, primary, replica and insist; an option for every pod goes into spec.config.common",
		},
		{"given twice", head + "spec: {replicas: 1, replicas: 2}", "spec.replicas: given more than once; keep one"},
		{"a label given twice", head + "spec: {config: {common: {a: 1, a: 2}}}", "spec.config.common.a: given more than once; keep one"},
		{"a merge key", head + "spec: {<<: {replicas: 1}}", `spec["<<"]: merge keys are not supported; write the fields out`},
		{"a key that is no string", head + "spec: {config: {common: {1: a}}}", "spec.config.common.1: found the number 1 as a key, expected a string; write it in quotes"},
		{
			"a field's path with a key of odd characters", strings.Replace(head, "mysql}", "mysql, labels: {a.b/c: 1}}", 1),
			`metadata.labels["a.b/c"]: found the number 1, expected a string; write "1" in quotes`,
		},

		// Types.
		{"a list for a map", head + "spec: {storage: []}", "spec.storage: found a list, expected a map of size, className and retention"},
		{"a list for options", head + "spec: {config: {common: [a]}}", "spec.config.common: found a list, expected a map of my.cnf options, such as max_connections: 500"},
		{"a string for a map of quantities", head + "spec: {resources: {limits: 4Gi}}", `spec.resources.limits: found the string "4Gi", expected a map of quantities by resource name, such as memory: 1Gi`},
		{"a map for a string", head + "spec: {image: {name: a}}", "spec.image: found a map, expected a string"},
		{"a number for a string", head + "spec: {image: 5}", `spec.image: found the number 5, expected a string; write "5" in quotes`},
		{"a boolean for a string", head + "spec: {image: true}", `spec.image: found the boolean true, expected a string; write "true" in quotes`},
		{
			"a version without quotes", head + "spec: {version: 8.0}",
			`spec.version: found the number 8.0, expected a string; write "8.0" in quotes, because YAML reads 8.0 as the number 8, and nothing after kustomize, which passes documents on as JSON, can tell them apart`,
		},
		{
			"a version without quotes, as kustomize passes it on", head + "spec: {version: 8}",
			`spec.version: found the number 8, expected a string; write "8.0" in quotes, because YAML reads 8.0 as the number 8, and nothing after kustomize, which passes documents on as JSON, can tell them apart`,
		},
		{"an empty string", head + `spec: {image: ""}`, "spec.image: found an empty string; give a value, or remove the field"},
		{"a string for an integer", head + `spec: {replicas: "3"}`, `spec.replicas: found the string "3", expected a whole number of at most 2147483647; write 3 without quotes`},
		{"a float for an integer", head + "spec: {replicas: 3.0}", "spec.replicas: found the number 3.0, expected a whole number of at most 2147483647"},
		{"an integer out of range", head + "spec: {replicas: 3000000000}", "spec.replicas: found the number 3000000000, expected a whole number of at most 2147483647"},
		{"a string for a boolean", head + `spec: {replication: {semiSync: "true"}}`, `spec.replication.semiSync: found the string "true", expected true or false; write true without quotes`},
		{"YAML 1.1's boolean", head + "spec: {replication: {semiSync: yes}}", `spec.replication.semiSync: found the string "yes", expected true or false`},
		{"a boolean for a quantity", head + "spec: {storage: {size: true}}", "spec.storage.size: found the boolean true, expected a quantity, such as 10Gi"},
		{"a list for an option's value", head + "spec: {config: {common: {a: [1]}}}", "spec.config.common.a: found a list, expected a string, a number, true, false or null"},
		{"a tag that YAML does not know", head + "spec: {image: !secret a}", `spec.image: found a value with the tag "!secret", expected a string; write "a" in quotes`},
		{"a tag that lies", head + "spec: {replicas: !!int three}", "spec.replicas: found the number three, expected a whole number of at most 2147483647"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			set, problems := Parse([]byte(tt.text))
			require.NotNil(t, set)
			assert.Equal(t, tt.want, problems.Error())
		})
	}
}

// One run tells everything: what decoding finds and what validation finds in
// what could be decoded, and nothing twice.
func TestAllProblemsAtOnce(t *testing.T) {
	set, problems := Parse([]byte(`
apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata: {name: My_DB, labels: {app: x, team: -a}}
spec:
  version: 8.0
  replicas: zero
  size: 1Gi
  storage: {size: 10 Gi, retention: {whenDeleted: retain, whenScald: Delete}}
  resources: {requests: {memory: 2Gi, cpu: true}, limits: {memory: 1Gi, memroy: 1Gi}}
  auth: {secretName: a_b, allowEmptyPassword: true}
  replication: {maxLagSeconds: 0, maxLagSeconds: 10}
  tls: []
`))
	set.Default()
	problems.Merge(set.Validate())

	var fields []string
	for _, p := range problems {
		fields = append(fields, p.Field)
	}
	assert.Equal(t, []string{
		"spec.version",
		"spec.replicas",
		"spec.size",
		"spec.storage.retention.whenScald",
		"spec.resources.requests.cpu",
		"spec.replication.maxLagSeconds", // given twice
		"spec.tls",
		"metadata.name",
		"metadata.labels.app",
		"metadata.labels.team",
		"spec.storage.size",
		"spec.storage.retention.whenDeleted",
		"spec.resources.limits.memroy",
		"spec.resources.limits.memory", // below its request
		"spec.auth.allowEmptyPassword",
		"spec.auth.secretName",
	}, fields)
}

func TestDecodeNeedsNoTidyTree(t *testing.T) {
	cycle := &yaml.Node{Kind: yaml.AliasNode}
	cycle.Alias = cycle
	document := &yaml.Node{Kind: yaml.DocumentNode}
	document.Content = []*yaml.Node{document}
	tests := []struct {
		reason string
		node   *yaml.Node
	}{
		{"no node", nil},
		{"the zero node", &yaml.Node{}},
		{"an empty document", &yaml.Node{Kind: yaml.DocumentNode}},
		{"a document within itself", document},
		{"an alias of itself", cycle},
		{"an alias of nothing", &yaml.Node{Kind: yaml.AliasNode}},
		{"a key without a value", &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{}}}},
		{"no nodes within", &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{nil, nil}}},
		{"a key that is an alias of itself", &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{cycle, cycle}}},
		{"a map that is its own key and value", ownKeyAndValue()},
		{"a kind that does not exist", &yaml.Node{Kind: 77}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			set, problems := Decode(tt.node)
			assert.NotNil(t, set)
			assert.NotEmpty(t, problems)
		})
	}
}

func ownKeyAndValue() *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode}
	spec := &yaml.Node{Kind: yaml.ScalarNode, Value: "spec"}
	node.Content = []*yaml.Node{spec, node, node, node}
	return node
}

func TestFieldPath(t *testing.T) {
	assert.Equal(t, "spec", FieldPath("", "spec"))
	assert.Equal(t, "a.b-c_d", FieldPath("a", "b-c_d"))
	assert.Equal(t, `a["b.c/d"]`, FieldPath("a", "b.c/d"))
	assert.Equal(t, `a[""]`, FieldPath("a", ""))
}

func TestMerge(t *testing.T) {
	problems := Problems{{"spec.storage", "1"}}
	problems.Merge(Problems{{"spec.storage", "2"}, {"spec.storage.size", "3"}, {"spec.storageClass", "4"}, {"spec", "5"}, {"spec", "6"}})
	assert.Equal(t, Problems{{"spec.storage", "1"}, {"spec.storageClass", "4"}, {"spec", "5"}, {"spec", "6"}}, problems)
	assert.NoError(t, Problems{}.Err())
	assert.EqualError(t, Problems{{"a", "b"}, {"", "c"}}.Err(), "a: b\nc")
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		head, "a: &a [*a]", "&a {*a : *a}", "? {a: 1}\n: b", head + "spec: {<<: *x}", head + "spec: &s {storage: *s}",
		head + "spec: {replicas: !!int a, version: !!float x, tls: !!map b}", "!!str", "---\n---\n", head + "spec: {resources: {requests: {cpu: .inf}}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, problems := Parse(data)
		if set == nil {
			t.Fatal("no set")
		}
		set.Default()
		problems.Merge(set.Validate())
		for _, p := range problems {
			if p.Message == "" || strings.HasSuffix(p.Message, ".") || strings.Contains(p.Message, "\n") {
				t.Errorf("bad message %q", p.Message)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	node := new(yaml.Node)
	require.NoError(b, yaml.Unmarshal([]byte(head+`
spec:
  version: "8.4"
  storage: {size: 20Gi, className: fast}
  resources: {limits: {memory: 4Gi}}
  config: {common: {max_connections: 500}}
`), node))
	for b.Loop() {
		set, _ := Decode(node)
		set.Default()
		set.Validate()
	}
}
