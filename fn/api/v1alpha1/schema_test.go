package v1alpha1

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// The schema that editors use and the decoder judge alike.
func TestSchemaAgreesWithDecoder(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0", 64)
	const (
		good = iota
		bad
		onlyGo // bad, and JSON Schema cannot tell
	)
	tests := []struct {
		reason string
		text   string
		want   int
	}{
		{"the smallest set", head, good},
		{"null for every group", head + "spec: {storage: null, resources: null, config: null, auth: null, tls: null, replication: null, clone: null}", good},
		{"null for leaves", head + "spec: {version: null, image: null, replicas: null, storage: {size: null, retention: {whenDeleted: null}}, auth: {allowEmptyPassword: null}}", good},
		{"no spec", head + "spec: null", good},
		{"no name", strings.Replace(head, "name: mysql", "", 1), bad},
		{"no kind", strings.Replace(head, "kind: MySQLReplicaSet", "", 1), bad},
		{"another kind", strings.Replace(head, "kind: MySQLReplicaSet", "kind: Pod", 1), bad},
		{"another apiVersion", strings.Replace(head, "v1alpha1", "v1", 1), bad},
		{"a list", "[]", bad},
		{"metadata beyond the four fields", strings.Replace(head, "name: mysql", "name: mysql, uid: a", 1), bad},

		{"a name of 52", strings.Replace(head, "name: mysql", "name: "+strings.Repeat("a", 52), 1), good},
		{"a name of 53", strings.Replace(head, "name: mysql", "name: "+strings.Repeat("a", 53), 1), bad},
		{"a name that begins with a digit", strings.Replace(head, "name: mysql", "name: 1a", 1), bad},
		{"a namespace that begins with a digit", strings.Replace(head, "mysql}", "mysql, namespace: 1a}", 1), good},
		{"a namespace with a dot", strings.Replace(head, "mysql}", "mysql, namespace: a.b}", 1), bad},
		{"labels", strings.Replace(head, "mysql}", "mysql, labels: {a.b/C_d: '', e: F.g, h: null}}", 1), good},
		{"a label of the set's own", strings.Replace(head, "mysql}", "mysql, labels: {app: a}}", 1), bad},
		{"a label's key", strings.Replace(head, "mysql}", "mysql, labels: {A.b/c: d}}", 1), bad},
		{"a label's value", strings.Replace(head, "mysql}", "mysql, labels: {a: b c}}", 1), bad},
		{"a label's number", strings.Replace(head, "mysql}", "mysql, labels: {a: 1}}", 1), bad},
		{"annotations", strings.Replace(head, "mysql}", "mysql, annotations: {A.b/c: any text}}", 1), good},
		{"an annotation's key", strings.Replace(head, "mysql}", "mysql, annotations: {a b: c}}", 1), bad},
		{"annotations too large", strings.Replace(head, "mysql}", "mysql, annotations: {a: "+strings.Repeat("b", 1<<18)+"}}", 1), onlyGo},

		{"a field that is not there", head + "spec: {replica: 1}", bad},
		{"a version", head + "spec: {version: '8.4.11'}", good},
		{"a version without quotes", head + "spec: {version: 8.4}", bad},
		{"an image with everything", head + "spec: {image: 'r.example.com:5000/a/b_c:8.4@" + digest + "'}", good},
		{"an image of a registry by address", head + "spec: {clone: {image: '[::1]:5000/a'}}", good},
		{"an image without a tag after its colon", head + "spec: {image: 'a:'}", bad},
		{"an image with a space", head + "spec: {image: a b}", bad},
		{"an image that is empty", head + "spec: {image: ''}", bad},
		{"one pod", head + "spec: {replicas: 1}", good},
		{"no pods", head + "spec: {replicas: 0}", bad},
		{"more pods than an int32 holds", head + "spec: {replicas: 2147483648}", bad},
		{"pods as text", head + "spec: {replicas: '3'}", bad},
		{"half a pod", head + "spec: {replicas: 2.5}", bad},

		{"a size", head + "spec: {storage: {size: 1.5Gi}}", good},
		{"a size with an exponent", head + "spec: {storage: {size: '1e9'}}", good},
		{"a size in bytes", head + "spec: {storage: {size: 1048576}}", good},
		{"a size of too few bytes", head + "spec: {storage: {size: 10}}", bad},
		{"a size of too few bytes, as text", head + "spec: {storage: {size: '10'}}", onlyGo},
		{"a size with a space", head + "spec: {storage: {size: 10 Gi}}", bad},
		{"a size with a unit of its own", head + "spec: {storage: {size: 10GB}}", bad},
		{"a size below zero", head + "spec: {storage: {size: -1Gi}}", bad},
		{"a size that is true", head + "spec: {storage: {size: true}}", bad},
		{"a class", head + "spec: {storage: {className: a.b-c}}", good},
		{"a class with an underscore", head + "spec: {storage: {className: a_b}}", bad},
		{"a policy", head + "spec: {storage: {retention: {whenScaled: Delete}}}", good},
		{"a policy in lower case", head + "spec: {storage: {retention: {whenScaled: delete}}}", bad},
		{"storage as a list", head + "spec: {storage: []}", bad},

		{"requests", head + "spec: {resources: {requests: {cpu: 1, memory: 2Gi, hugepages-2Mi: 4Mi, example.com/a: 1}}}", good},
		{"a request that is null", head + "spec: {resources: {requests: {cpu: null}}}", good},
		{"a resource that is not there", head + "spec: {resources: {requests: {storage: 1Gi}}}", bad},
		{"a request below zero", head + "spec: {resources: {requests: {cpu: -1}}}", bad},
		{"a limit below its request", head + "spec: {resources: {requests: {cpu: 2}, limits: {cpu: 1}}}", onlyGo},

		{"options", head + "spec: {config: {common: {a: b, c: 1, d: 0.5, e: true, f: null}}}", good},
		{"an option's list", head + "spec: {config: {common: {a: []}}}", bad},
		{"options as a list", head + "spec: {config: {common: [a]}}", bad},
		{"options without a role", head + "spec: {config: {a: 1}}", bad},

		{"a Secret", head + "spec: {auth: {secretName: a-b}, tls: {secretName: c}}", good},
		{"a Secret with a capital", head + "spec: {auth: {secretName: A}}", bad},
		{"no passwords and a Secret", head + "spec: {auth: {secretName: a, allowEmptyPassword: true}}", onlyGo},
		{"replication", head + "spec: {replication: {semiSync: true, maxLagSeconds: 1}}", good},
		{"no lag", head + "spec: {replication: {maxLagSeconds: 0}}", bad},
		{"a boolean as text", head + "spec: {replication: {semiSync: 'true'}}", bad},
		{"a frozen primary", head + "spec: {replication: {frozen: true}}", good},
		{"clones with empty tables", head + "spec: {clone: {otherEngines: Empty}}", good},
		{"the same in lower case", head + "spec: {clone: {otherEngines: empty}}", bad},
		{"reasons", head + "spec: {config: {insist: {replicate_ignore_db: it is scratch}}}", good},
		{"a reason that is a number", head + "spec: {config: {insist: {replicate_ignore_db: 1}}}", bad},
		{"nobody to wait for", head + "spec: {replicas: 1, replication: {semiSync: true}}", onlyGo},
	}
	schema := compiledSchema(t)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			set, problems := Parse([]byte(tt.text))
			set.Default()
			problems.Merge(set.Validate())
			assert.Equal(t, tt.want == good, problems.Err() == nil, "the decoder: %v", problems)

			err := schema.Validate(asJSON(t, tt.text))
			assert.Equal(t, tt.want != bad, err == nil, "the schema: %v", err)
		})
	}
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("schema.json", document))
	schema, err := compiler.Compile("schema.json")
	require.NoError(t, err)
	return schema
}

func asJSON(t *testing.T, text string) any {
	var value any
	require.NoError(t, yaml.Unmarshal([]byte(text), &value))
	data, err := json.Marshal(value)
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	return document
}

// What only the package fn/mysql refuses, the schema does as well.
func TestSchemaKnowsVersions(t *testing.T) {
	const old = "config: {common: {query_cache_size: 0}}"
	schema := compiledSchema(t)
	for _, test := range []struct {
		reason, text string
		valid        bool
	}{
		{"a series that has the option", head + "spec: {version: '5.7', " + old + "}", true},
		{"a series that lacks it", head + "spec: {version: '8.0', " + old + "}", false},
		{"a full version of a later one", head + "spec: {version: '8.4.11', " + old + "}", false},
		{"the default version", head + "spec: {" + old + "}", false},
		{"null for the version", head + "spec: {version: null, " + old + "}", false},
		{"dashes", head + "spec: {config: {replica: {query-cache-size: 0}}}", false},
		{"an option that begins so", head + "spec: {config: {common: {query_cache_size_x: 0}}}", true},
		{"loose_, which the server may ignore", head + "spec: {config: {common: {loose_query_cache_size: 0}}}", true},
		{"gone in the middle of 8.0, in an early version", head + "spec: {version: 8.0.28, config: {common: {myisam_repair_threads: 1}}}", true},
		{"the same, in what follows", head + "spec: {version: '8.4', config: {common: {myisam_repair_threads: 1}}}", false},
		{"an ended version", head + "spec: {version: '8.1'}", false},
	} {
		err := schema.Validate(asJSON(t, test.text))
		assert.Equal(t, test.valid, err == nil, "%s: %v", test.reason, err)
	}
}

// The defaults and examples that the schema shows are valid themselves.
func TestSchemaDefaultsAndExamplesAreValid(t *testing.T) {
	var walk func(path string, schema map[string]any, compiled *jsonschema.Schema)
	walk = func(path string, schema map[string]any, compiled *jsonschema.Schema) {
		examples, _ := schema["examples"].([]any)
		if value, ok := schema["default"]; ok {
			examples = append(examples, value)
		}
		for _, example := range examples {
			assert.NoError(t, compiled.Validate(example), path)
		}
		properties, _ := schema["properties"].(map[string]any)
		for name, property := range properties {
			walk(FieldPath(path, name), property.(map[string]any), compiled.Properties[name])
		}
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	require.NoError(t, err)
	walk("", document.(map[string]any), compiledSchema(t))
}
