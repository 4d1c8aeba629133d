package krm

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/internal/node"
)

// resourceList is a call of a function. Texts are indented into place.
func resourceList(config string, items ...string) string {
	var b strings.Builder
	b.WriteString("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:")
	if len(items) == 0 {
		b.WriteString(" []")
	}
	b.WriteString("\n")
	for _, item := range items {
		b.WriteString("- " + strings.ReplaceAll(strings.TrimSpace(item), "\n", "\n  ") + "\n")
	}
	if config != "" {
		b.WriteString("functionConfig:\n  " + strings.ReplaceAll(strings.TrimSpace(config), "\n", "\n  ") + "\n")
	}
	return b.String()
}

// inFile gives an item the annotations that kpt puts on what it reads.
func inFile(file, item string) string {
	return strings.Replace(item, "spec:", `  annotations:
    config.kubernetes.io/index: '0'
    config.kubernetes.io/path: '`+file+`'
    internal.config.kubernetes.io/index: '0'
    internal.config.kubernetes.io/path: '`+file+`'
spec:`, 1)
}

// copied is how kustomize puts the configuration among a generator's items.
func copied(item string) string {
	return strings.Replace(item, "spec:", `  annotations:
    config.kubernetes.io/local-config: 'true'
    internal.config.kubernetes.io/id: '1'
spec:`, 1)
}

func call(t *testing.T, text string) Report {
	t.Helper()
	d := documents(t, "", text)
	require.True(t, IsResourceList(d))
	return Function(d, nil)
}

// items are those of the ResourceList in a report.
func items(t *testing.T, report Report) (names []string) {
	t.Helper()
	for _, item := range node.Get(documents(t, "", string(report.Output))[0].Node, "items").Content {
		names = append(names, referenceTo(item).String())
	}
	return names
}

const kptConfig = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: function-input}\ndata: {}\n"

func TestFunctionExpands(t *testing.T) {
	for _, test := range []struct {
		reason, config string
		items          []string
		want           []string
	}{
		{"a generator of kustomize: the copy of the configuration goes", mysql, []string{copied(mysql)}, ofMySQL},
		{"a generator without items", mysql, nil, ofMySQL},
		{"other items are passed on, and come first", mysql, []string{other, copied(mysql), orders}, concat([]string{"ConfigMap other", "MySQLReplicaSet orders"}, ofMySQL)},
		{
			"kpt's configPath: the set is a file of the package, and dropping it would delete the file", mysql,
			[]string{inFile("mysql.yaml", mysql), other},
			concat([]string{"MySQLReplicaSet mysql", "ConfigMap other"}, ofMySQL),
		},
		{
			"a transformer expands every set where it stands", transformer,
			[]string{mysql, other, orders},
			concat([]string{"MySQLReplicaSet mysql"}, ofMySQL, []string{"ConfigMap other", "MySQLReplicaSet orders"}, ofOrders),
		},
		{"kpt fn eval without configuration sends an empty ConfigMap", kptConfig, []string{inFile("mysql.yaml", mysql)}, concat([]string{"MySQLReplicaSet mysql"}, ofMySQL)},
		{"kpt fn render without configuration sends none", "", []string{inFile("mysql.yaml", mysql)}, concat([]string{"MySQLReplicaSet mysql"}, ofMySQL)},
	} {
		t.Run(test.reason, func(t *testing.T) {
			report := call(t, resourceList(test.config, test.items...))
			assert.False(t, report.Findings.Failed(), report.Findings.String())
			assert.Equal(t, test.want, items(t, report))
			// Whatever is still a set of the input's files must not be applied.
			list := documents(t, "", string(report.Output))[0].Node
			for _, item := range node.Get(list, "items").Content {
				if source := sourceOf(item, nil); source.kind == "MySQLReplicaSet" && source.File != "" {
					assert.Equal(t, "true", node.Text(item, "metadata", "annotations", localConfigAnnotation))
				}
			}
			assert.Equal(t, test.config != "", node.Get(list, "functionConfig") != nil, "functionConfig is handed back")
		})
	}
}

func TestFunctionKeepsWhatIsNotItsOwn(t *testing.T) {
	input := resourceList(transformer, inFile("mysql.yaml", mysql), other)
	report := call(t, input)
	output := string(report.Output)
	assert.Contains(t, output, "  metadata:\n    name: mysql # ours\n", "comments stay")
	assert.Contains(t, output, "      internal.config.kubernetes.io/path: 'mysql.yaml'\n", "and so do the host's annotations, by which kpt finds the file")
	assert.Contains(t, output, "- "+strings.ReplaceAll(strings.TrimSpace(other), "\n", "\n  ")+"\n")
	assert.Empty(t, report.Findings)
	assert.NotContains(t, output, "results:")
	assert.Equal(t, output, string(call(t, input).Output), "the same bytes every time")

	for _, version := range []string{"v1beta1", "v1alpha1"} {
		older := strings.Replace(input, "config.kubernetes.io/v1\n", "config.kubernetes.io/"+version+"\n", 1)
		assert.Equal(t, strings.Replace(output, "config.kubernetes.io/v1\n", "config.kubernetes.io/"+version+"\n", 1),
			string(call(t, older).Output), "answered in the version of the call")
	}
}

// The list is written piece by piece; yaml.v3 would write the same.
func TestFunctionWritesYAML(t *testing.T) {
	const odd = `# before
apiVersion: v1
kind: ConfigMap # beside
metadata: {name: odd, annotations: {a: 'b', c: "d\te"}}
data:
  # within
  blank: |2

      indented first

    less
  folded: >-
    one
    two
  long: "` + "word word word word word word word word word word word word word word word word word word word word" + `"
  strip: |-
    no line end
  keep: |+
    line ends

list: &anchor
- - nested
-
  # first key
  a: b
alias: *anchor
`
	report := call(t, resourceList(transformer, mysql, odd, orders))
	list := documents(t, "", string(report.Output))[0].Node
	var want bytes.Buffer
	encoder := yaml.NewEncoder(&want)
	encoder.SetIndent(2)
	encoder.CompactSeqIndent()
	require.NoError(t, encoder.Encode(list))
	assert.Equal(t, want.String(), string(report.Output))

	original := documents(t, "", odd)[0].Node
	var before, after any
	require.NoError(t, original.Decode(&before))
	for _, item := range node.Get(list, "items").Content {
		if node.Text(item, "metadata", "name") == "odd" {
			require.NoError(t, item.Decode(&after))
		}
	}
	assert.Equal(t, before, after)
}

func TestFunctionMarksAnAliasedAnnotation(t *testing.T) {
	set := strings.Replace(mysql, "spec:", "  labels: &same {team: a}\n  annotations: *same\nspec:", 1)
	report := call(t, resourceList("", set))
	require.Empty(t, report.Findings)
	assert.Contains(t, string(report.Output), "labels: &same {team: a}\n", "the mark is an annotation and no label")
	assert.Contains(t, string(report.Output), localConfigAnnotation)
}

func TestFunctionWarns(t *testing.T) {
	report := call(t, resourceList("", inFile("db/orders.yaml", orders)))
	assert.False(t, report.Findings.Failed())
	assert.True(t, strings.HasPrefix(report.Findings.String(), "warning: db/orders.yaml: MySQLReplicaSet orders: spec.version: MySQL 5.7 "), "for kustomize")
	assert.Equal(t, concat([]string{"MySQLReplicaSet orders"}, ofOrders), items(t, report))

	var list struct{ Results []map[string]any }
	require.NoError(t, yaml.Unmarshal(report.Output, &list))
	require.Len(t, list.Results, 1, "for kpt")
	assert.Contains(t, list.Results[0]["message"], "MySQL 5.7 ")
	delete(list.Results[0], "message")
	assert.Equal(t, map[string]any{
		"severity":    "warning",
		"resourceRef": map[string]any{"apiVersion": "mysqlreplicaset.dev/v1alpha1", "kind": "MySQLReplicaSet", "name": "orders"},
		"field":       map[string]any{"path": "spec.version"},
		"file":        map[string]any{"path": "db/orders.yaml", "index": 0},
	}, list.Results[0])
}

// What is wrong with a set is told on standard error and in results; the items are
// those of the input.
func TestFunctionReportsProblemsAsResults(t *testing.T) {
	for _, test := range []struct {
		reason, input string
		want, results string
	}{
		{
			"a set in a file of kpt", resourceList(kptConfig, mysql, inFile("db/broken.yaml", broken)),
			`error: db/broken.yaml: MySQLReplicaSet broken: spec.stroage: unknown field; did you mean storage?
error: db/broken.yaml: MySQLReplicaSet broken: spec.replicas: found -1, expected at least 1
`, `results:
- message: "unknown field; did you mean storage?"
  severity: error
  resourceRef:
    apiVersion: mysqlreplicaset.dev/v1alpha1
    kind: MySQLReplicaSet
    name: broken
  field:
    path: spec.stroage
  file:
    path: db/broken.yaml
    index: 0
- message: "found -1, expected at least 1"
  severity: error
  resourceRef:
    apiVersion: mysqlreplicaset.dev/v1alpha1
    kind: MySQLReplicaSet
    name: broken
  field:
    path: spec.replicas
  file:
    path: db/broken.yaml
    index: 0
`,
		},
		{
			"a set as functionConfig", resourceList(strings.Replace(broken, "  stroage: {}\n", "", 1), other),
			"error: MySQLReplicaSet broken: spec.replicas: found -1, expected at least 1\n", `results:
- message: "found -1, expected at least 1"
  severity: error
  resourceRef:
    apiVersion: mysqlreplicaset.dev/v1alpha1
    kind: MySQLReplicaSet
    name: broken
  field:
    path: spec.replicas
`,
		},
		{
			"no set to expand", resourceList(transformer, other),
			"error: found no MySQLReplicaSet among 1 resource; put one among them, or remove this step\n", `results:
- message: "found no MySQLReplicaSet among 1 resource; put one among them, or remove this step"
  severity: error
`,
		},
		{
			"settings where there are none", resourceList(strings.Replace(kptConfig, "{}", "{replicas: \"5\"}", 1), mysql),
			"error: ConfigMap function-input: data: a ConfigMap has no settings here; remove it, and set the fields of the MySQLReplicaSet instead\n", `results:
- message: "a ConfigMap has no settings here; remove it, and set the fields of the MySQLReplicaSet instead"
  severity: error
  resourceRef:
    apiVersion: v1
    kind: ConfigMap
    name: function-input
  field:
    path: data
`,
		},
		{
			"a resource that is there already is named with its file", resourceList("", mysql, inFile("web.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: mysql\nspec: {}\n")),
			"error: MySQLReplicaSet mysql: metadata.name: renders Service mysql, and there is one already in web.yaml; rename one of the two, or remove it, or have it replaced, with the annotation mysqlreplicaset.dev/owner: mysql\n", `results:
- message: "renders Service mysql, and there is one already in web.yaml; rename one of the two, or remove it, or have it replaced, with the annotation mysqlreplicaset.dev/owner: mysql"
  severity: error
  resourceRef:
    apiVersion: mysqlreplicaset.dev/v1alpha1
    kind: MySQLReplicaSet
    name: mysql
  field:
    path: metadata.name
`,
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			report := call(t, test.input)
			assert.True(t, report.Findings.Failed())
			assert.Equal(t, test.want, report.Findings.String())
			assert.Equal(t, test.input+test.results, string(report.Output), "the input, and results")
		})
	}
}

// Input that is no proper call of the function has no output at all.
func TestFunctionRefuses(t *testing.T) {
	const version = `apiVersion: found version "v9" of mysqlreplicaset.dev, but this program knows only v1alpha1; write mysqlreplicaset.dev/v1alpha1, or take a program that knows "v9"`
	for _, test := range []struct {
		reason, input, want string
	}{
		{
			"a missing functionConfig", resourceList("", other),
			"error: ResourceList: functionConfig is missing, and there is no MySQLReplicaSet among the items; give a MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1 as one of the two",
		},
		{
			"a null one is missing as well", resourceList("", other) + "functionConfig: null\n",
			"error: ResourceList: functionConfig is missing, and there is no MySQLReplicaSet among the items; give a MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1 as one of the two",
		},
		{
			"a ResourceList without anything", "kind: ResourceList\napiVersion: config.kubernetes.io/v1\n",
			"error: ResourceList: functionConfig is missing, and there is no MySQLReplicaSet among the items; give a MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1 as one of the two",
		},
		{
			"a ResourceList of the future", strings.Replace(resourceList(mysql), "config.kubernetes.io/v1", "config.kubernetes.io/v2", 1),
			`error: ResourceList: apiVersion: found "config.kubernetes.io/v2", expected config.kubernetes.io/v1`,
		},
		{
			"a wrong kind", resourceList(strings.Replace(mysql, "kind: MySQLReplicaSet", "kind: MySQLReplicaset", 1)),
			"error: functionConfig: found kind MySQLReplicaset of mysqlreplicaset.dev/v1alpha1, expected MySQLReplicaSet, MySQLReplicaSetTransformer or MySQLReplicaSetDiff of mysqlreplicaset.dev/v1alpha1, or a ConfigMap without data",
		},
		{
			"no kind", resourceList("metadata: {name: mysql}"),
			"error: functionConfig: found a document without a kind, expected MySQLReplicaSet, MySQLReplicaSetTransformer or MySQLReplicaSetDiff of mysqlreplicaset.dev/v1alpha1, or a ConfigMap without data",
		},
		{"a wrong version", resourceList(strings.Replace(mysql, "v1alpha1", "v9", 1)), "error: MySQLReplicaSet mysql: " + version},
		{
			"a wrong group", resourceList(strings.Replace(mysql, "mysqlreplicaset.dev", "example.com", 1)),
			`error: MySQLReplicaSet mysql: apiVersion: found "example.com/v1alpha1", expected mysqlreplicaset.dev/v1alpha1`,
		},
		{
			"a wrong version of a set among the items", resourceList(transformer, strings.Replace(inFile("m.yaml", mysql), "v1alpha1", "v9", 1)),
			"error: m.yaml: MySQLReplicaSet mysql: " + version,
		},
		{
			"items that are no list", "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: {}\n",
			"error: ResourceList: items: found a document without a kind, expected a list of resources",
		},
		{
			"an item that is no resource", "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: [a]\n",
			"error: ResourceList: items[0]: found text that is no resource, expected a resource",
		},
		{
			"something after the ResourceList", resourceList(mysql) + "---\n" + other,
			"error: line 11: found another document after the ResourceList, expected it alone",
		},
	} {
		t.Run(test.reason, func(t *testing.T) { refused(t, call(t, test.input), test.want) })
	}
}
