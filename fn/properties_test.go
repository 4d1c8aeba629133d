package fn_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"mysqlreplicaset.dev/fn"
)

// Versions of every dialect.
var everyVersion = []string{"5.7", "8.0.23", "8.0.25", "8.0", "8.4", "8.4.11", "9.7", "26.7"}

// The selectors of one set never match the pods of another in the same namespace,
// however alike their names are.
func TestSelectorsOfTwoSetsAreDisjoint(t *testing.T) {
	names := []string{"mysql", "mysql-2", "mysql-0", "mysql-read-2", "mysql-primary-2", "my", "m", "mysqlmysql", "a", "a-auth", "a-a", "aa"}
	sets := map[string]resources{}
	for i, name := range names {
		// Sets of different versions may live side by side.
		sets[name] = expanded(t, fmt.Sprintf("%smetadata: {name: %s}\nspec: {version: %q}\n", set, name, everyVersion[i%len(everyVersion)]))
	}
	for _, one := range names {
		for _, other := range names {
			if one == other {
				continue
			}
			pods := labelsOf(sets[other].statefulSets[0], "0") // of the primary, which every Service leads to
			for owner, selector := range sets[one].selectors(t) {
				assert.False(t, selector.Matches(pods), "%s selects the pods of %s", owner, other)
			}
			for _, id := range sets[one].ids {
				assert.NotContains(t, sets[other].ids, id, "%s and %s share a resource", one, other)
			}
		}
	}
}

// The names that collide are NAME and NAME-read, and NAME and NAME-primary, for the
// read Service of the one, or that of its primary, is the headless Service of the other.
// Whoever has both refuses them.
func TestNamesThatCollide(t *testing.T) {
	for _, other := range []string{"quokka-read", "quokka-primary"} {
		t.Run(other, func(t *testing.T) { namesCollide(t, other) })
	}
	t.Run("5.7 has no Service of the primary", func(t *testing.T) {
		old := expanded(t, quokka+"spec: {version: '5.7'}\n")
		other := expanded(t, strings.Replace(quokka, "quokka", "quokka-primary", 1))
		for _, id := range old.ids {
			assert.NotContains(t, other.ids, id)
		}
	})
}

func namesCollide(t *testing.T, other string) {
	t.Helper()
	want := "renders Service " + other + ", and so does MySQLReplicaSet quokka"
	both := quokka + "---\n" + strings.Replace(quokka, "quokka", other, 1)
	apart := strings.Replace(both, "{name: "+other+"}", "{name: "+other+", namespace: elsewhere}", 1)

	for _, test := range []struct {
		host   string
		expand func(stream string) (stderr string, exitCode int)
	}{
		{"command line", func(stream string) (string, int) {
			command := exec.Command(program)
			command.Stdin = strings.NewReader(stream)
			got := run(t, command)
			return got.stderr, got.exitCode
		}},
		{"Go", func(stream string) (string, int) {
			items, err := (&kio.ByteReader{Reader: strings.NewReader(stream)}).Read()
			require.NoError(t, err)
			if _, err := new(fn.Filter).Filter(items); err != nil {
				return err.Error(), 1
			}
			return "", 0
		}},
		{"KRM function", func(stream string) (string, int) {
			command := exec.Command(program)
			command.Stdin = strings.NewReader(resourceList("", strings.Split(stream, "---\n")...))
			got := run(t, command)
			return got.stderr, got.exitCode
		}},
	} {
		stderr, exitCode := test.expand(both)
		assert.NotZero(t, exitCode, test.host)
		assert.Contains(t, stderr, want, test.host)
		stderr, exitCode = test.expand(apart)
		assert.Zero(t, exitCode, "%s: in two namespaces they do not collide: %s", test.host, stderr)
	}
}

// The trap of README.md: a prefix on the output of one base, twice in a namespace.
// kustomize renames what is rendered and leaves selectors alone. What to do instead
// is in the compositions: a prefix on the spec, or labels with selectors.
func TestPrefixOfOutputLeavesSelectors(t *testing.T) {
	got := buildInProcess(t, composition{files: `-- kustomization.yaml --
resources: [small, big]
-- small/kustomization.yaml --
resources: [../../bases/mysql]
namePrefix: small-
-- big/kustomization.yaml --
resources: [../../bases/mysql]
namePrefix: big-
`})
	require.Zero(t, got.exitCode, got.stderr)
	r := read(t, got.stdout)
	for owner, selector := range r.selectors(t) {
		for _, s := range r.statefulSets {
			assert.True(t, selector.Matches(labelsOf(s, "0")), "%s selects the pods of both", owner)
		}
	}
}

// Neither a script nor the environment nor a command of any output contains the name
// of the set or its namespace. The compositions check the same for what overlays
// make of them.
func TestPodsKnowNoNames(t *testing.T) {
	const full = `, labels: {team: payments}, annotations: {example.com/owner: dba}}
spec:
  version: %q
  replicas: 7
  resources: {limits: {memory: 8Gi}}
  storage: {className: fast, retention: {whenScaled: Delete}}
  config: {common: {max_connections: 500}, primary: {sync_binlog: 1}, replica: {sync_binlog: 0}}
  auth: {secretName: passwords}
  replication: {maxLagSeconds: 5`
	for _, version := range everyVersion {
		rest := ", semiSync: true}\n  tls: {secretName: certificates}\n"
		if version == "5.7" { // has neither
			rest = "}\n"
		}
		for reason, spec := range map[string]string{
			"the smallest set":   "}\nspec: {version: %q}\n",
			"open":               "}\nspec: {version: %q, auth: {allowEmptyPassword: true}}\n",
			"with all it can be": full + rest,
		} {
			text := set + "metadata: {name: quokka, namespace: outback" + fmt.Sprintf(spec, version)
			r := expanded(t, text)
			want := in("outback", ofQuokka)
			if version == "5.7" { // its primary is pod 0 for good
				want = slices.DeleteFunc(want, func(id string) bool { return strings.HasSuffix(id, "-primary") })
			}
			assert.Equal(t, want, r.ids, "%s, %s", reason, version)
			r.fitTogether(t)
		}
	}
}

// expanded reads what a document expands to.
func expanded(t testing.TB, document string) resources {
	t.Helper()
	nodes, _, err := fn.ExpandYAML([]byte(document))
	require.NoError(t, err, document)
	return read(t, written(t, nodes))
}

func written(t testing.TB, nodes []*yaml.RNode) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, kio.ByteWriter{Writer: &b}.Write(nodes))
	return b.String()
}

// resourceList is how kustomize and kpt call a function.
func resourceList(config string, items ...string) string {
	indented := func(first, text string) string {
		return first + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
	}
	list := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
	if config != "" {
		list += "functionConfig:\n" + indented("  ", config)
	}
	list += "items:\n"
	for _, item := range items {
		list += indented("- ", item)
	}
	return list
}

// Scaling restarts no pod: the pod template, with the checksum, does not know how many
// there are, and the two places that do are all that differs. Freezing the primary and
// what a clone does with other engines restart none either. Moving the primary
// restarts all, so that each agrees.
func TestWhatRestartsPods(t *testing.T) {
	for _, version := range everyVersion {
		spec := func(rest string) resources {
			return expanded(t, quokka+fmt.Sprintf("spec: {version: %q, %s}\n", version, rest))
		}
		three, five := spec("replicas: 3"), spec("replicas: 5")
		template := three.statefulSets[0].Spec.Template
		assert.Regexp(t, "^fnv64a-[0-9a-f]{16}$", template.Annotations["mysqlreplicaset.dev/config-checksum"])
		assert.Equal(t, template, five.statefulSets[0].Spec.Template, version)
		assert.NotEqual(t, template, spec("replicas: 3, config: {common: {max_connections: 50}}").statefulSets[0].Spec.Template, version)

		assert.EqualValues(t, 5, *five.statefulSets[0].Spec.Replicas)
		five.statefulSets[0].Spec.Replicas = three.statefulSets[0].Spec.Replicas
		if version != "5.7" {
			assert.Equal(t, "5", five.configMaps[0].Data["replicas"])
			five.configMaps[0].Data["replicas"] = "3"
			live := spec("replicas: 3, replication: {frozen: true}, clone: {otherEngines: Empty}")
			assert.Equal(t, template, live.statefulSets[0].Spec.Template, version)
			assert.Equal(t, "true", live.configMaps[0].Data["frozen"])
			assert.Equal(t, "Empty", live.configMaps[0].Data["other-engines"])
			moved := spec("replicas: 3, replication: {primary: 1}").statefulSets[0].Spec.Template
			assert.NotEqual(t, template.Spec, moved.Spec, version)
		}
		assert.Equal(t, three, five, "%s: nothing else differs", version)
	}
}

// What a replica acknowledged must not be thrown away: with semi-synchronous
// replication each file has one line for the relay log's recovery, and it says so.
func TestRelayLogIsKeptWithSemiSync(t *testing.T) {
	for _, version := range everyVersion[1:] {
		for semiSync, want := range map[bool][]string{
			false: {"relay_log_recovery=ON"},
			true:  {"relay_log_recovery=OFF", "sync_relay_log=1"},
		} {
			r := expanded(t, quokka+fmt.Sprintf("spec: {version: %q, replication: {semiSync: %t}}\n", version, semiSync))
			for _, file := range []string{"primary.cnf", "replica.cnf"} {
				var got []string
				for line := range strings.Lines(r.configMaps[0].Data[file]) {
					if strings.HasPrefix(line, "relay_log_recovery") || strings.HasPrefix(line, "sync_relay_log") {
						got = append(got, strings.TrimSuffix(line, "\n"))
					}
				}
				assert.Equal(t, want, got, "%s of %s, semiSync %t", file, version, semiSync)
			}
		}
	}
}
