package fn_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"mysqlreplicaset.dev/fn/render"
)

// composition is a kustomization and what must come of it, whoever builds it.
type composition struct {
	reason string
	// files, and those of given, lie in a folder next to bases and overlays. PROGRAM is
	// the program's path.
	files string
	// folder is what is built; without one, that of the files.
	folder string
	// execEnabled is --enable-exec, which kubectl does not have.
	execEnabled bool
	// noPlugins: the plugin home is empty.
	noPlugins bool
	// olderKubectl: kubectl 1.32 has kustomize v5.5, which gives other bytes; the
	// reason says why. What holds must hold for it too.
	olderKubectl bool

	// fails is on standard error, and nothing is built.
	fails string
	// resources are all that is built.
	resources []string
	holds     func(t *testing.T, s *appsv1.StatefulSet, r resources)
}

const set = "apiVersion: mysqlreplicaset.dev/v1alpha1\nkind: MySQLReplicaSet\n"

// quokka is the smallest set, and expand what expands one among the resources.
const (
	quokka = set + "metadata: {name: quokka}\n"
	expand = "apiVersion: mysqlreplicaset.dev/v1alpha1\nkind: MySQLReplicaSetTransformer\nmetadata: {name: expand}\n"
)

// Files that every composition has. Those with exec are KRM functions, the others
// plugins. The sentinel is a patch that does nothing, but wants something to do it to.
const given = "-- quokka.yaml --\n" + quokka + "-- expand.yaml --\n" + expand + `
-- quokka-exec.yaml --
apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata:
  name: quokka
  annotations:
    config.kubernetes.io/function: |
      exec: {path: PROGRAM}
-- expand-exec.yaml --
apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSetTransformer
metadata:
  name: expand
  annotations:
    config.kubernetes.io/function: |
      exec: {path: PROGRAM}
-- sentinel.yaml --
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: quokka}
-- quokka-read.yaml --
apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata: {name: quokka-read}
-- mistake.yaml --
apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata: {name: quokka}
spec: {replica: 3}
`

var (
	ofMySQL  = []string{"ConfigMap mysql", "Service mysql", "Service mysql-primary", "Service mysql-read", "StatefulSet mysql"}
	ofQuokka = []string{"ConfigMap quokka", "Service quokka", "Service quokka-read", "Service quokka-primary", "StatefulSet quokka"}
)

var compositions = []composition{
	// The ways to be called.
	{
		reason: "plugin: a file under generators",
		files: `-- kustomization.yaml --
generators: [quokka.yaml]
`,
		resources: ofQuokka,
	},
	{
		reason: "plugin: a directory under generators, whose kustomization changes the spec first",
		files: `-- kustomization.yaml --
generators: [set]
-- set/kustomization.yaml --
resources: [../../bases/mysql/set]
namePrefix: quokka-
patches:
- patch: |-
    apiVersion: mysqlreplicaset.dev/v1alpha1
    kind: MySQLReplicaSet
    metadata: {name: mysql}
    spec: {replicas: 5}
`,
		resources: []string{"ConfigMap quokka-mysql", "Service quokka-mysql", "Service quokka-mysql-primary", "Service quokka-mysql-read", "StatefulSet quokka-mysql"},
		holds: func(t *testing.T, s *appsv1.StatefulSet, _ resources) {
			assert.EqualValues(t, 5, *s.Spec.Replicas)
			assert.Equal(t, "quokka-mysql", s.Spec.Template.Labels["app"])
		},
	},
	{
		reason: "plugin: a transformer expands the spec among the resources, after it was patched like one",
		files: `-- kustomization.yaml --
resources: [quokka.yaml]
transformers: [expand.yaml]
namespace: outback
patches:
- patch: |-
    apiVersion: mysqlreplicaset.dev/v1alpha1
    kind: MySQLReplicaSet
    metadata: {name: quokka}
    spec: {replicas: 2}
`,
		resources: in("outback", ofQuokka),
		holds: func(t *testing.T, s *appsv1.StatefulSet, _ resources) {
			assert.EqualValues(t, 2, *s.Spec.Replicas)
		},
	},
	{
		reason: "plugin: only the top level expands, and overlays below it see the spec",
		files: `-- kustomization.yaml --
resources: [overlay]
transformers: [expand.yaml]
-- overlay/kustomization.yaml --
resources: [../../bases/mysql/set]
namePrefix: quokka-
labels: [{pairs: {habitat: bush}}]
`,
		resources: []string{"ConfigMap quokka-mysql", "Service quokka-mysql", "Service quokka-mysql-primary", "Service quokka-mysql-read", "StatefulSet quokka-mysql"},
		holds: func(t *testing.T, s *appsv1.StatefulSet, _ resources) {
			assert.Equal(t, "bush", s.Labels["habitat"])
			assert.NotContains(t, s.Spec.Template.Labels, "habitat", "labels of the spec are for metadata")
		},
	},
	{
		reason: "exec function, as a generator",
		files: `-- kustomization.yaml --
generators: [quokka-exec.yaml]
`,
		execEnabled: true,
		resources:   ofQuokka,
		holds: func(t *testing.T, s *appsv1.StatefulSet, _ resources) {
			assert.Equal(t, map[string]string{render.OwnerAnnotation: "quokka"}, s.Annotations, "how kustomize calls the function does not reach the cluster")
		},
	},
	{
		reason: "exec function, as a transformer",
		files: `-- kustomization.yaml --
resources: [quokka.yaml]
transformers: [expand-exec.yaml]
`,
		execEnabled: true,
		resources:   ofQuokka,
	},
	{
		reason: "exec function without --enable-exec: the trap. kustomize builds nothing, and calls it a success",
		files: `-- kustomization.yaml --
generators: [quokka-exec.yaml]
`,
		resources: nil,
	},
	{
		reason: "exec function without --enable-exec, but with the sentinel: it fails",
		files: `-- kustomization.yaml --
generators: [quokka-exec.yaml]
patches: [{path: sentinel.yaml}]
`,
		fails: "no matches for Id StatefulSet.v1.apps/quokka",
	},
	{
		reason: "exec function with the sentinel, which changes nothing",
		files: `-- kustomization.yaml --
generators: [quokka-exec.yaml]
patches: [{path: sentinel.yaml}]
`,
		execEnabled: true,
		resources:   ofQuokka,
	},

	// Changes to the output.
	{
		reason: "namePrefix on the output: references follow, selectors stay",
		files: `-- kustomization.yaml --
resources: [../bases/mysql]
namePrefix: quokka-
`,
		resources: []string{"ConfigMap quokka-mysql", "Service quokka-mysql", "Service quokka-mysql-primary", "Service quokka-mysql-read", "StatefulSet quokka-mysql"},
		holds: func(t *testing.T, s *appsv1.StatefulSet, _ resources) {
			assert.Equal(t, "mysql", s.Spec.Template.Labels["app"])
		},
	},
	{
		reason: "nameSuffix on the output: after -read and -primary, the Services for clients",
		files: `-- kustomization.yaml --
resources: [../bases/mysql]
nameSuffix: -quokka
`,
		resources: []string{"ConfigMap mysql-quokka", "Service mysql-quokka", "Service mysql-primary-quokka", "Service mysql-read-quokka", "StatefulSet mysql-quokka"},
	},
	{
		reason: "namePrefix, nameSuffix and namespace on the output of the tutorial's set",
		files: `-- kustomization.yaml --
resources: [../bases/tutorial]
namePrefix: big-
nameSuffix: -quokka
namespace: outback
`,
		resources: in("outback", []string{"ConfigMap big-mysql-quokka", "Service big-mysql-quokka", "Service big-mysql-read-quokka", "StatefulSet big-mysql-quokka"}),
	},
	{
		reason: "namePrefix, nameSuffix and namespace on the spec: before -read and -primary, and selectors follow",
		files: `-- kustomization.yaml --
generators: [set]
-- set/kustomization.yaml --
resources: [../../bases/mysql/set]
namePrefix: big-
nameSuffix: -quokka
namespace: outback
`,
		resources: in("outback", []string{"ConfigMap big-mysql-quokka", "Service big-mysql-quokka", "Service big-mysql-quokka-primary", "Service big-mysql-quokka-read", "StatefulSet big-mysql-quokka"}),
		holds: func(t *testing.T, s *appsv1.StatefulSet, _ resources) {
			assert.Equal(t, "big-mysql-quokka", s.Spec.Template.Labels["app"])
		},
	},
	{
		reason: "labels with selectors: on pods, in every selector, and in the volume claims",
		files: `-- kustomization.yaml --
resources: [../bases/mysql]
labels: [{pairs: {habitat: bush}, includeSelectors: true}]
`,
		resources: ofMySQL,
		holds: func(t *testing.T, s *appsv1.StatefulSet, r resources) {
			assert.Equal(t, "bush", s.Spec.Selector.MatchLabels["habitat"])
			assert.Equal(t, "bush", s.Spec.Template.Labels["habitat"])
			assert.Equal(t, "bush", s.Spec.VolumeClaimTemplates[0].Labels["habitat"])
			for _, service := range r.services {
				assert.Equal(t, "bush", service.Spec.Selector["habitat"])
			}
		},
	},
	{
		reason: "labels on templates: kustomize before v5.8.2 also labels the volume claims (kustomize#5831), which cannot change later",
		files: `-- kustomization.yaml --
resources: [../bases/mysql]
labels: [{pairs: {habitat: bush}, includeTemplates: true}]
`,
		olderKubectl: true,
		resources:    ofMySQL,
		holds: func(t *testing.T, s *appsv1.StatefulSet, _ resources) {
			assert.Equal(t, "bush", s.Spec.Template.Labels["habitat"])
			assert.NotContains(t, s.Spec.Selector.MatchLabels, "habitat")
		},
	},
	{
		reason: "commonLabels on the spec are labels of every resource, and of no selector",
		files: `-- kustomization.yaml --
generators: [set]
-- set/kustomization.yaml --
resources: [../../bases/mysql/set]
commonLabels: {habitat: bush}
commonAnnotations: {tail: short}
`,
		resources: ofMySQL,
		holds: func(t *testing.T, s *appsv1.StatefulSet, r resources) {
			for _, object := range r.all {
				assert.Equal(t, "bush", object.GetLabels()["habitat"])
				assert.Equal(t, "short", object.GetAnnotations()["tail"])
			}
			assert.NotContains(t, s.Spec.Selector.MatchLabels, "habitat")
		},
	},
	{
		reason: "commonLabels on the spec may not take the label that tells sets apart",
		files: `-- kustomization.yaml --
generators: [set]
-- set/kustomization.yaml --
resources: [../../bases/mysql/set]
commonLabels: {app: quokka}
`,
		fails: "error: MySQLReplicaSet mysql: metadata.labels.app: this label is the set's own",
	},
	{
		reason: "replicas on the output: the ConfigMap keeps the number of the spec, which the first start and moving the primary look at",
		files: `-- kustomization.yaml --
resources: [../bases/mysql]
replicas: [{name: mysql, count: 5}]
`,
		resources: ofMySQL,
		holds: func(t *testing.T, s *appsv1.StatefulSet, r resources) {
			assert.EqualValues(t, 5, *s.Spec.Replicas)
			assert.Equal(t, "3", r.configMaps[0].Data["replicas"])
		},
	},
	{
		reason: "replicas on the spec: kustomize does not know it, and says so",
		files: `-- kustomization.yaml --
generators: [set]
-- set/kustomization.yaml --
resources: [../../bases/mysql/set]
replicas: [{name: mysql, count: 5}]
`,
		fails: "resource with name mysql does not match a config",
	},
	{
		reason: "images on the output: all containers that run MySQL",
		files: `-- kustomization.yaml --
resources: [../bases/mysql]
images: [{name: mysql, newName: registry.example.com/mysql, newTag: 9.7.2}]
`,
		resources: ofMySQL,
		holds: func(t *testing.T, s *appsv1.StatefulSet, _ resources) {
			for _, c := range containersOf(s) {
				assert.Equal(t, "registry.example.com/mysql:9.7.2", c.Image, c.Name)
			}
		},
	},
	{
		reason: "a generated Secret's name has a hash, and the StatefulSet follows",
		files: `-- kustomization.yaml --
resources: [../bases/mysql]
namePrefix: quokka-
secretGenerator: [{name: mysql-auth, literals: [root-password=r, replication-password=s]}]
`,
		resources: []string{"ConfigMap quokka-mysql", "Secret quokka-mysql-auth-7dcm9fm72d", "Service quokka-mysql", "Service quokka-mysql-primary", "Service quokka-mysql-read", "StatefulSet quokka-mysql"},
	},
	{
		reason: "a file is added to the ConfigMap by a merge: the name stays, and so does the checksum, so that no pod restarts for it",
		files: `-- kustomization.yaml --
resources: [../bases/mysql]
configMapGenerator: [{name: mysql, behavior: merge, literals: [tail=short]}]
`,
		resources: ofMySQL,
		holds: func(t *testing.T, s *appsv1.StatefulSet, r resources) {
			assert.Equal(t, "short", r.configMaps[0].Data["tail"])
			assert.Contains(t, r.configMaps[0].Data, "init-mysql.sh")
		},
	},
	{
		reason: "a component patches the output",
		files: `-- kustomization.yaml --
resources: [../bases/mysql]
components: [patient]
-- patient/kustomization.yaml --
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
- target: {kind: StatefulSet}
  patch: |-
    - op: replace
      path: /spec/template/spec/terminationGracePeriodSeconds
      value: 600
`,
		resources: ofMySQL,
		holds: func(t *testing.T, s *appsv1.StatefulSet, _ resources) {
			assert.EqualValues(t, 600, *s.Spec.Template.Spec.TerminationGracePeriodSeconds)
		},
	},

	// Levels and numbers.
	{
		reason: "three levels of overlays on the output",
		files: `-- kustomization.yaml --
resources: [two]
nameSuffix: -eu
namespace: outback
-- two/kustomization.yaml --
resources: [one]
namePrefix: big-
images: [{name: mysql, newTag: 9.7.2}]
-- two/one/kustomization.yaml --
resources: [../../../bases/mysql]
namePrefix: quokka-
replicas: [{name: mysql, count: 2}]
`,
		resources: in("outback", []string{"ConfigMap big-quokka-mysql-eu", "Service big-quokka-mysql-eu", "Service big-quokka-mysql-primary-eu", "Service big-quokka-mysql-read-eu", "StatefulSet big-quokka-mysql-eu"}),
		holds: func(t *testing.T, s *appsv1.StatefulSet, _ resources) {
			assert.EqualValues(t, 2, *s.Spec.Replicas)
			assert.Equal(t, "mysql:9.7.2", s.Spec.Template.Spec.Containers[0].Image)
		},
	},
	{
		reason: "three levels of overlays: two on the spec, whose maps merge, and one on the output",
		files: `-- kustomization.yaml --
generators: [two]
namespace: outback
-- two/kustomization.yaml --
resources: [one]
namePrefix: big-
patches:
- target: {kind: MySQLReplicaSet}
  patch: |-
    apiVersion: mysqlreplicaset.dev/v1alpha1
    kind: MySQLReplicaSet
    metadata: {name: any}
    spec: {config: {common: {max_connections: 400}}}
-- two/one/kustomization.yaml --
resources: [../../../bases/mysql/set]
namePrefix: quokka-
patches:
- patch: |-
    apiVersion: mysqlreplicaset.dev/v1alpha1
    kind: MySQLReplicaSet
    metadata: {name: mysql}
    spec: {config: {common: {max_connections: 300, slow_query_log: "ON"}}}
`,
		resources: in("outback", []string{"ConfigMap big-quokka-mysql", "Service big-quokka-mysql", "Service big-quokka-mysql-primary", "Service big-quokka-mysql-read", "StatefulSet big-quokka-mysql"}),
		holds: func(t *testing.T, s *appsv1.StatefulSet, r resources) {
			assert.Contains(t, r.configMaps[0].Data["primary.cnf"], "max_connections=400\nslow_query_log=ON\n")
		},
	},
	{
		reason: "two sets, one whose name begins with the other's",
		files: `-- kustomization.yaml --
generators: [quokka.yaml, quokka-2.yaml]
-- quokka-2.yaml --
apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata: {name: quokka-2}
`,
		resources: []string{
			"ConfigMap quokka", "ConfigMap quokka-2", "Service quokka", "Service quokka-2", "Service quokka-2-primary", "Service quokka-2-read", "Service quokka-primary", "Service quokka-read",
			"StatefulSet quokka", "StatefulSet quokka-2",
		},
	},
	{
		reason: "two sets by one transformer, of different versions",
		files: `-- kustomization.yaml --
resources: [quokka.yaml, old.yaml]
transformers: [expand.yaml]
-- old.yaml --
apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata: {name: old-quokka}
spec: {version: "5.7"}
`,
		resources: []string{
			"ConfigMap old-quokka", "ConfigMap quokka", "Service old-quokka", "Service old-quokka-read", "Service quokka", "Service quokka-primary", "Service quokka-read",
			"StatefulSet old-quokka", "StatefulSet quokka",
		},
	},
	{
		reason: "two sets of one base, prefixed on the output, need labels of their own in the selectors",
		files: `-- kustomization.yaml --
resources: [small, big]
-- small/kustomization.yaml --
resources: [../../bases/mysql]
namePrefix: small-
labels: [{pairs: {app: small-mysql}, includeSelectors: true}]
-- big/kustomization.yaml --
resources: [../../bases/mysql]
namePrefix: big-
labels: [{pairs: {app: big-mysql}, includeSelectors: true}]
`,
		resources: []string{
			"ConfigMap big-mysql", "ConfigMap small-mysql", "Service big-mysql", "Service big-mysql-primary", "Service big-mysql-read", "Service small-mysql", "Service small-mysql-primary", "Service small-mysql-read",
			"StatefulSet big-mysql", "StatefulSet small-mysql",
		},
	},

	// What must not pass.
	{
		reason: "two sets that would share the Service quokka-read: kustomize refuses, in its words",
		files: `-- kustomization.yaml --
generators: [quokka.yaml, quokka-read.yaml]
`,
		fails: "behavior must be merge or replace",
	},
	{
		reason: "two sets that would share the Service quokka-read, by the transformer",
		files: `-- kustomization.yaml --
resources: [quokka.yaml, quokka-read.yaml]
transformers: [expand.yaml]
`,
		fails: "renders Service quokka-read, and so does MySQLReplicaSet quokka",
	},
	{
		reason: "a set with a mistake, by the plugin",
		files: `-- kustomization.yaml --
generators: [mistake.yaml]
`,
		fails: "error: MySQLReplicaSet quokka: spec.replica: unknown field; did you mean replicas?",
	},
	{
		reason: "a set with a mistake, by the transformer",
		files: `-- kustomization.yaml --
resources: [mistake.yaml]
transformers: [expand.yaml]
`,
		fails: "spec.replica: unknown field; did you mean replicas?",
	},
	{
		reason: "a set with a mistake, by exec",
		files: `-- kustomization.yaml --
resources: [mistake.yaml]
transformers: [expand-exec.yaml]
`,
		execEnabled: true,
		fails:       "error: MySQLReplicaSet quokka: spec.replica: unknown field; did you mean replicas?",
	},
	{
		reason: "an overlay's patch of a spec that is rendered already: it would have no effect",
		files: `-- kustomization.yaml --
resources: [../bases/mysql]
patches:
- patch: |-
    apiVersion: mysqlreplicaset.dev/v1alpha1
    kind: MySQLReplicaSet
    metadata: {name: mysql}
    spec: {replicas: 5}
`,
		fails: "no matches for Id MySQLReplicaSet.v1alpha1.mysqlreplicaset.dev/mysql",
	},
	{
		reason: "the plugin is not installed",
		files: `-- kustomization.yaml --
generators: [quokka.yaml]
`,
		noPlugins: true,
		fails:     "expected file with Go object code at", // kustomize's way to say that it is missing
	},

	// What the repository shows.
	{reason: "the default", folder: "bases/mysql", resources: ofMySQL},
	{
		reason:    "the tutorial's own set, whose primary is pod 0 for good",
		folder:    "bases/tutorial",
		resources: []string{"ConfigMap mysql", "Service mysql", "Service mysql-read", "StatefulSet mysql"},
	},
	{
		reason:    "an overlay on the output",
		folder:    "overlays/development",
		resources: in("development", append([]string{"Secret mysql-auth-f86b476cmt"}, ofMySQL...)),
	},
	{
		reason:    "an overlay on the spec",
		folder:    "overlays/staging",
		resources: in("staging", []string{"ConfigMap staging-mysql", "Service staging-mysql", "Service staging-mysql-primary", "Service staging-mysql-read", "StatefulSet staging-mysql"}),
	},
	{
		reason: "an overlay on both",
		folder: "overlays/production",
		resources: in("production", []string{
			"ConfigMap prod-mysql-eu", "PodDisruptionBudget prod-mysql-eu", "Service prod-mysql-eu", "Service prod-mysql-eu-primary", "Service prod-mysql-eu-read",
			"StatefulSet prod-mysql-eu",
		}),
	},
	{
		reason: "two sets of one base",
		folder: "overlays/two-sets",
		resources: in("databases", []string{
			"ConfigMap orders-mysql", "ConfigMap stock-mysql", "Service orders-mysql", "Service orders-mysql-primary", "Service orders-mysql-read",
			"Service stock-mysql", "Service stock-mysql-primary", "Service stock-mysql-read", "StatefulSet orders-mysql", "StatefulSet stock-mysql",
		}),
	},
}

// Each composition is built by kustomize in process, by its binary and by kubectl.
// All must come to the same, and what is built must fit together.
func TestCompose(t *testing.T) {
	requireBuilders(t)
	for _, c := range compositions {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			var first string
			for _, b := range builders {
				if c.execEnabled && b.name == kubectl {
					continue
				}
				got := b.build(t, c)
				if c.fails != "" {
					assert.NotZero(t, got.exitCode, b.name)
					assert.Contains(t, got.stderr, c.fails, b.name)
					assert.Empty(t, got.stdout, b.name)
					continue
				}
				require.Zero(t, got.exitCode, "%s: %s", b.name, got.stderr)
				r := read(t, got.stdout)
				assert.ElementsMatch(t, c.resources, r.ids, b.name)
				r.fitTogether(t)
				if c.holds != nil {
					c.holds(t, r.statefulSets[0], r)
				}
				if first == "" {
					first = got.stdout
				}
				if !c.olderKubectl || b.name != kubectl {
					assertSame(t, first, got.stdout, "%s gives the same bytes as %s", b.name, builders[0].name)
				}
			}
		})
	}
}

// assertSame shows the first line that differs, not all of the thousand.
func assertSame(t testing.TB, want, got string, message ...any) {
	t.Helper()
	theirs := strings.Split(got, "\n")
	for i, line := range strings.Split(want, "\n") {
		if i >= len(theirs) || line != theirs[i] {
			require.Equal(t, line, strings.Join(theirs[min(i, len(theirs)):min(i+1, len(theirs))], ""), message...)
		}
	}
	require.Len(t, got, len(want), message...)
}

// No folder is left out.
func TestComposeHasEveryFolder(t *testing.T) {
	shown, err := filepath.Glob("../[bo][av]*s/*/kustomization.yaml")
	require.NoError(t, err)
	var folders []string
	for _, c := range compositions {
		if c.folder != "" {
			folders = append(folders, filepath.Join("..", c.folder, "kustomization.yaml"))
		}
	}
	assert.ElementsMatch(t, shown, folders)
}

// The builders.
const (
	inProcess  = "krusty"
	standalone = "kustomize"
	kubectl    = "kubectl"
)

var builders = []struct {
	name  string
	build func(*testing.T, composition) outcome
}{
	{inProcess, buildInProcess},
	{standalone, func(t *testing.T, c composition) outcome {
		args := []string{"build", "--enable-alpha-plugins"}
		if c.execEnabled {
			args = append(args, "--enable-exec")
		}
		return buildWith(t, c, os.Getenv("KUSTOMIZE"), args...)
	}},
	{kubectl, func(t *testing.T, c composition) outcome {
		return buildWith(t, c, "kubectl", "kustomize", "--enable-alpha-plugins")
	}},
}

func requireBuilders(t *testing.T) {
	t.Helper()
	require.NotEmpty(t, os.Getenv("KUSTOMIZE"), "KUSTOMIZE must name kustomize v5.8.2: run make test")
	_, err := exec.LookPath("kubectl")
	require.NoError(t, err, "kubectl must be on the PATH: https://kubernetes.io/docs/tasks/tools/")
}

func buildWith(t *testing.T, c composition, builder string, args ...string) outcome {
	t.Helper()
	command := exec.Command(builder, append(args, c.lay(t))...)
	command.Env = append(os.Environ(), "KUSTOMIZE_PLUGIN_HOME="+c.plugins(t))
	return run(t, command)
}

// kustomize has its plugin home from the environment, and gives functions its own
// standard error, so that there can be only one at a time in this process.
var oneInProcess sync.Mutex

func buildInProcess(t *testing.T, c composition) outcome {
	t.Helper()
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified
	options.PluginConfig = types.EnabledPluginConfig(types.BploUseStaticallyLinked)
	options.PluginConfig.FnpLoadingOptions.EnableExec = c.execEnabled
	folder, home := c.lay(t), c.plugins(t)
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	require.NoError(t, err)
	defer stderr.Close()

	oneInProcess.Lock()
	before, homeBefore := os.Stderr, os.Getenv("KUSTOMIZE_PLUGIN_HOME")
	os.Stderr = stderr
	os.Setenv("KUSTOMIZE_PLUGIN_HOME", home)
	built, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	os.Stderr = before
	os.Setenv("KUSTOMIZE_PLUGIN_HOME", homeBefore)
	oneInProcess.Unlock()

	told, readErr := os.ReadFile(stderr.Name())
	require.NoError(t, readErr)
	if err != nil {
		return outcome{stderr: string(told) + err.Error(), exitCode: 1}
	}
	text, err := built.AsYaml()
	require.NoError(t, err)
	return outcome{stdout: string(text), stderr: string(told)}
}

// lay writes a composition's files next to the repository's bases and overlays, and
// returns the folder to build.
func (c composition) lay(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, folder := range []string{"bases", "overlays"} {
		require.NoError(t, os.CopyFS(filepath.Join(root, folder), os.DirFS(filepath.Join("..", folder))))
	}
	for _, file := range txtar.Parse([]byte(strings.ReplaceAll(given+c.files, "PROGRAM", program))).Files {
		path := filepath.Join(root, "here", file.Name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, file.Data, 0o644))
	}
	if c.folder != "" {
		return filepath.Join(root, c.folder)
	}
	return filepath.Join(root, "here")
}

func (c composition) plugins(t *testing.T) string {
	t.Helper()
	if c.noPlugins {
		return t.TempDir()
	}
	return pluginHome
}

// in puts resources into a namespace: Service mysql becomes Service shop/mysql.
func in(namespace string, names []string) []string {
	var moved []string
	for _, name := range names {
		kind, name, _ := strings.Cut(name, " ")
		moved = append(moved, fmt.Sprintf("%s %s/%s", kind, namespace, name))
	}
	return moved
}
