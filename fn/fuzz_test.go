package fn_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/internal/node"
	"mysqlreplicaset.dev/fn/krm"
	"mysqlreplicaset.dev/fn/manifests"
	"mysqlreplicaset.dev/fn/render"
)

// Text that YAML, a shell, SQL or mysqld's reader of options may take for something
// else. go test tries each; make fuzz goes on from here.
var nasty = []string{
	"", " ", "x ", " x", "\t", "a\tb", "a\nb", "a\r\nb", "\n[client]\nuser=root", "x\n!include /etc/passwd", "[mysqld]", "!includedir /tmp",
	"$(id)", "`id`", "${HOME}", "$POD_NAME", "$(POD_NAME)", "'; DROP TABLE x; --", "a'b", `a"b`, `"a"`, `'a'`, `'a`, `"a\"#b"`, `a#b`, `'a'#'b'`, "#", ";", "; x",
	`\`, `\\`, `a\`, `\n`, `\x`, `\s`, `a\"`, "=", "a=b", "==", "a = b", "--x", "-", "on", "yes", "NO", "~", "null", "1e3", "0x10", "012", "1_000", ".5", "2001-12-14",
	"é", "à", "\u00a0", "\u0085", "\u2028", "\ufeff", "\x00", "\x7f", "\x1b[0m", "\xff", "\xc3", "quokka\xa0", "---", "...", "- a", "a: b", "{a: b}", "[a]", "&a", "*a", "!!int 1", "|", ">", "%YAML", "@", "?", "<<",
	strings.Repeat("x", 3990), strings.Repeat("x", 4090), strings.Repeat(`"`, 2000), strings.Repeat("é", 2100),
}

// Any document: the decoder and the renderer never panic, and what they accept is
// right in every respect that [judge] knows.
func FuzzRender(f *testing.F) {
	sets, err := filepath.Glob("../testdata/*/set.yaml")
	require.NoError(f, err)
	require.NotEmpty(f, sets)
	for _, path := range sets {
		document, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(document)
	}
	for _, text := range nasty {
		f.Add([]byte(text))
		f.Add([]byte(quokka + "spec: {config: {common: {loose_x: " + text + "}}}\n"))
	}
	for _, document := range []string{
		quokka + "spec: &spec\n  config: {common: &c {loose_x: &x 1, loose_y: *x}, primary: *c}\n",
		quokka + "spec: {<<: {replicas: 2}}\n",
		set + "metadata: &m {name: quokka, annotations: *m}\n",
		set + "metadata: {name: quokka, name: mysql}\n",
		quokka + "spec: {config: {common: {max_connections: !!binary aGVsbG8=, x: !!str 5, y: !local z}}}\n",
		quokka + "spec: {config: {replica: {skip-innodb-doublewrite: ~}, insist: {innodb_doublewrite: ZFS}}, replication: {frozen: true}, clone: {otherEngines: Empty}}\n",
		quokka + "spec: {replicas: 0x7fffffff, replication: {maxLagSeconds: 0o17}, storage: {size: 1e3}}\n",
		quokka + "spec: {replicas: -1, replication: {maxLagSeconds: 1.5}}\n",
		quokka + "spec: {replicas: 8, replication: {primary: 7}}\n",
		quokka + "spec: {replicas: 0x7fffffff, replication: {primary: 0x7ffffffe}}\n",
		quokka + "spec: {replication: {primary: 3}}\n", quokka + "spec: {replication: {primary: -1}}\n", quokka + "spec: {replication: {primary: ~}}\n",
		quokka + "spec: {replicas: -1, replication: {primary: 0}}\n", quokka + "spec: {replication: {primary: '1'}}\n",
		quokka + "spec: {version: '5.7', replication: {primary: 0}}\n", quokka + "spec: {version: '5.7', replication: {primary: 1}}\n",
		quokka + "spec: {replication: {primary: 2, semiSync: true}, config: {common: {report_user: x, relay_log_recovery: 1, sync_relay_log: 0}}}\n",
		"{\"apiVersion\": \"mysqlreplicaset.dev/v1alpha1\", \"kind\": \"MySQLReplicaSet\", \"metadata\": {\"name\": \"quokka\"}}",
		"%YAML 1.1\n---\n" + quokka + "...\n", quokka + "---\n", quokka + "---\n" + quokka,
	} {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		read, problems := v1alpha1.Parse(document)
		resources, _, err := render.Expand(read) // after problems, too: more may be wrong
		if err != nil {
			require.Empty(t, resources, "nothing is rendered after errors")
		}
		if err == nil && len(problems) == 0 {
			judge(t, read, resources)
		}
	})
}

// Any input of any host: none panics, and what comes out is YAML, or nothing after
// errors.
func FuzzHosts(f *testing.F) {
	changes, err := filepath.Glob("../testdata/diff/*/new.yaml")
	require.NoError(f, err)
	for _, path := range changes {
		old, err := os.ReadFile(filepath.Join(filepath.Dir(path), "old.yaml"))
		require.NoError(f, err)
		new, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(slices.Concat(old, []byte("---\n"), new))
	}
	for _, input := range []string{
		"", quokka, quokka + "---\n" + expand, expand + "---\n" + quokka, expand + "---\n" + quokka + "---\n" + quokka,
		resourceList(quokka, quokka), resourceList(expand, quokka), resourceList("", quokka), resourceList(quokka),
		resourceList("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", quokka),
		"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: &i\n- " + strings.ReplaceAll(quokka, "\n", "\n  ") + "\nfunctionConfig: *i\nresults: *i\n",
		"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: [{kind: MySQLReplicaSet, metadata: *m}]\nmetadata: &m {}\n",
		set + "metadata: {name: quokka, annotations: ~}\n", set + "metadata: {name: quokka, annotations: [a]}\n", set + "metadata: quokka\n",
	} {
		f.Add([]byte(input))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		read := func() []krm.Document {
			documents, _ := krm.Read("", input)
			return documents
		}
		documents := read()
		krm.Diff(documents[:len(documents)/2], documents[len(documents)/2:])
		reports := []krm.Report{krm.Stream(read())}
		if documents := read(); len(documents) > 0 {
			reports = append(reports, krm.Plugin(documents[:1], documents[1:], nil))
		}
		if documents := read(); krm.IsResourceList(documents) {
			report := krm.Function(documents, nil)
			if report.Findings.Failed() { // the items as they were, and the results
				report.Findings = nil
			}
			reports = append(reports, report)
		}
		for _, report := range reports {
			if report.Findings.Failed() {
				require.Empty(t, report.Output)
			}
			if bytes.ContainsRune(input, '*') {
				continue // hosts write no alias from one item to another, which would break
			}
			for reader := yaml.NewDecoder(bytes.NewReader(report.Output)); ; {
				err := reader.Decode(new(yaml.Node))
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err, string(report.Output))
			}
		}
	})
}

// Any option: mysqld reads exactly the name and the value, or the set is refused. It
// is the same whether the set is made in Go or read from YAML.
func FuzzOptionValue(f *testing.F) {
	for _, text := range nasty {
		f.Add("loose_x", text)
		f.Add(text, "1")
		f.Add(text, text)
	}
	for _, name := range []string{"max_connections", "max-connections", "loose-max_connections", "plugin-load-add", "loose_loose_x", "loose_", "skip_x", "binlog_expire_logs_seconds", "loose-mysqlx", "mysqld.x"} {
		f.Add(name, "clone=mysql_clone.so")
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		for _, version := range []string{"5.7", "9.7"} {
			for _, config := range []v1alpha1.Config{
				{Common: v1alpha1.Options{name: &value}},
				{Common: v1alpha1.Options{name: nil, "loose_y": &value}, Primary: v1alpha1.Options{name: &value}, Replica: v1alpha1.Options{"loose-y": nil}},
			} {
				given := newSet()
				given.Spec.Version, given.Spec.Config = version, config
				resources, _, err := render.Expand(given)
				if err != nil {
					continue
				}
				judge(t, given, resources)
				read, problems := v1alpha1.Parse(documentOf(t, given))
				require.Empty(t, problems)
				require.Equal(t, given.Spec.Config.Common, read.Spec.Config.Common)
			}
		}
	})
}

// Any value in any field: it is refused, or it stays where it belongs.
func FuzzFieldValue(f *testing.F) {
	for _, text := range append(nasty, "quokka", "outback", "8.4.11", "mysql:9.7", "registry.example.com:5000/a/b:c", "10Gi", "1.5", "0", "+1Gi", "1E3", "Delete", "example.com/x") {
		f.Add(text)
	}
	quantities := func(name, value string) map[string]v1alpha1.Quantity {
		return map[string]v1alpha1.Quantity{name: v1alpha1.Quantity(value)}
	}
	f.Fuzz(func(t *testing.T, value string) {
		if !utf8.ValidString(value) {
			return // from Go only: no YAML has it, and whoever writes the resources refuses it
		}
		for _, put := range []func(s *v1alpha1.MySQLReplicaSet){
			func(s *v1alpha1.MySQLReplicaSet) { s.Metadata.Name = value },
			func(s *v1alpha1.MySQLReplicaSet) { s.Metadata.Namespace = value },
			func(s *v1alpha1.MySQLReplicaSet) { s.Metadata.Labels = map[string]string{value: "x"} },
			func(s *v1alpha1.MySQLReplicaSet) { s.Metadata.Labels = map[string]string{"x": value} },
			func(s *v1alpha1.MySQLReplicaSet) { s.Metadata.Annotations = map[string]string{value: "x"} },
			func(s *v1alpha1.MySQLReplicaSet) { s.Metadata.Annotations = map[string]string{"x": value} },
			func(s *v1alpha1.MySQLReplicaSet) { s.Spec.Version = value },
			func(s *v1alpha1.MySQLReplicaSet) { s.Spec.Image = value },
			func(s *v1alpha1.MySQLReplicaSet) { s.Spec.Storage.Size = v1alpha1.Quantity(value) },
			func(s *v1alpha1.MySQLReplicaSet) { s.Spec.Storage.ClassName = value },
			func(s *v1alpha1.MySQLReplicaSet) { s.Spec.Storage.Retention.WhenDeleted = value },
			func(s *v1alpha1.MySQLReplicaSet) { s.Spec.Storage.Retention.WhenScaled = value },
			func(s *v1alpha1.MySQLReplicaSet) { s.Spec.Resources.Limits = quantities("memory", value) },
			func(s *v1alpha1.MySQLReplicaSet) { s.Spec.Resources.Requests = quantities("cpu", value) },
			func(s *v1alpha1.MySQLReplicaSet) { s.Spec.Resources.Requests = quantities(value, "1") },
			func(s *v1alpha1.MySQLReplicaSet) { s.Spec.Auth.SecretName = value },
			func(s *v1alpha1.MySQLReplicaSet) { s.Spec.TLS.SecretName = value },
			func(s *v1alpha1.MySQLReplicaSet) { s.Spec.Version, s.Spec.Clone.Image = "5.7", value },
		} {
			given := newSet()
			put(given)
			if resources, _, err := render.Expand(given); err == nil {
				judge(t, given, resources)
			}
		}
	})
}

// judge holds the resources of an accepted set against the set and the manifests.
func judge(t *testing.T, given *v1alpha1.MySQLReplicaSet, nodes []*yaml.Node) {
	t.Helper()
	r := decoded(t, nodes)
	statefulSet, road, count := r.statefulSets[0], manifests.Plugin, 5
	if given.Spec.Version == "5.7" || strings.HasPrefix(given.Spec.Version, "5.7.") {
		road, count = manifests.XtraBackup, 4
	}
	require.Len(t, r.all, count)
	judgePrimary(t, given, road, r)

	for _, object := range r.all {
		for key, value := range given.Metadata.Labels {
			require.Equal(t, value, object.GetLabels()[key], "label %s", key)
		}
		for key, value := range object.GetAnnotations() {
			if key == render.OwnerAnnotation {
				require.Equal(t, given.Metadata.Name, value)
				continue
			}
			require.Equal(t, given.Metadata.Annotations[key], value, "annotation %s", key)
		}
		require.Equal(t, given.Metadata.Namespace, object.GetNamespace())
	}

	// Nothing of the spec is shell: the scripts are the files, and what runs them is
	// as the manifest has it.
	scripts := map[string]string{}
	for _, script := range manifests.Scripts(road) {
		scripts[script.Name] = script.Text
	}
	configMap := maps.Clone(r.configMaps[0].Data)
	maps.DeleteFunc(configMap, func(name, _ string) bool { return strings.HasSuffix(name, ".cnf") })
	if road == manifests.Plugin {
		scripts["replicas"] = fmt.Sprint(*statefulSet.Spec.Replicas)
		scripts["frozen"] = fmt.Sprint(given.Spec.Replication.Frozen)
		scripts["other-engines"] = cmp.Or(given.Spec.Clone.OtherEngines, v1alpha1.Refuse)
	}
	require.Equal(t, scripts, configMap)
	require.Len(t, r.configMaps[0].Data, len(scripts)+2)
	require.Equal(t, shellOfManifests()[road], shellOf(statefulSet))

	// Each my.cnf has the set's own options, as without a config, and the given ones.
	plain := given.DeepCopy()
	plain.Spec.Config = v1alpha1.Config{}
	nodes, _, err := render.Expand(plain)
	require.NoError(t, err)
	for role, options := range map[string]v1alpha1.Options{"primary": given.Spec.Config.Primary, "replica": given.Spec.Config.Replica} {
		own := readMyCnf(t, node.Text(nodes[0], "data", role+".cnf"))
		text := r.configMaps[0].Data[role+".cnf"]
		require.ElementsMatch(t, combined(own, given.Spec.Config.Common, options), readMyCnf(t, text), text)
	}
}

// judgePrimary: the Service of the primary and every container have the ordinal of the
// spec, which one of the pods has.
func judgePrimary(t *testing.T, given *v1alpha1.MySQLReplicaSet, road manifests.Road, r resources) {
	t.Helper()
	primary := int32(0)
	if given.Spec.Replication.Primary != nil {
		primary = *given.Spec.Replication.Primary
	}
	require.GreaterOrEqual(t, primary, int32(0))
	require.Less(t, primary, *r.statefulSets[0].Spec.Replicas)
	service, told := r.service(given.Metadata.Name+"-primary"), map[string]string{}
	if road == manifests.XtraBackup {
		require.Zero(t, primary)
		require.Nil(t, service)
	} else {
		require.NotNil(t, service)
		want := map[string]string{"app": given.Metadata.Name, "apps.kubernetes.io/pod-index": fmt.Sprint(primary)}
		require.Equal(t, want, service.Spec.Selector)
		for _, name := range []string{"init-mysql", "clone-mysql", "mysql", "replication"} {
			told[name] = fmt.Sprint(primary)
		}
	}
	require.Equal(t, told, toldPrimary(r.statefulSets[0]))
}

var shellOfManifests = sync.OnceValue(func() map[manifests.Road]map[string]any {
	found := map[manifests.Road]map[string]any{}
	for _, road := range []manifests.Road{manifests.Plugin, manifests.XtraBackup} {
		var b bytes.Buffer
		if err := node.Encode(&b, manifests.StatefulSet(road)); err != nil {
			panic(err) // an embedded file
		}
		object, _, err := strictDecoder().Decode(b.Bytes(), nil, nil)
		if err != nil {
			panic(err)
		}
		found[road] = shellOf(object.(*appsv1.StatefulSet))
	}
	return found
})

// shellOf is all that runs in a pod, and the environment that it has; what the spec
// decides there is digits or one of a few words.
func shellOf(s *appsv1.StatefulSet) map[string]any {
	found := map[string]any{}
	for _, c := range containersOf(s) {
		var environment []corev1.EnvVar
		for _, e := range c.Env {
			digits := strings.Trim(e.Value, "0123456789") == ""
			switch {
			case slices.Contains([]string{"MAX_LAG_SECONDS", "PRIMARY_ORDINAL"}, e.Name) && digits:
				e.Value = "digits"
			case e.Name == "SHOW_REPLICA_STATUS" && slices.Contains([]string{"SHOW REPLICA STATUS", "SHOW SLAVE STATUS"}, e.Value):
				e.Value = "a statement"
			case e.Name == "MYSQL_ALLOW_EMPTY_PASSWORD" && e.Value == "1":
				continue
			}
			environment = append(environment, e)
		}
		mounts := slices.DeleteFunc(slices.Clone(c.VolumeMounts), func(m corev1.VolumeMount) bool {
			return m.Name == "auth" || m.Name == "tls" && m.MountPath == "/etc/mysql/tls"
		})
		c.Env, c.VolumeMounts, c.Image, c.Resources = environment, mounts, "", corev1.ResourceRequirements{}
		found[c.Name] = c
	}
	return found
}

// combined are the own options that no given one stands in for, and the given ones,
// those of the role before those in common.
func combined(own []myCnfOption, common, role v1alpha1.Options) (want []myCnfOption) {
	canonical := func(name string) string {
		name = strings.ReplaceAll(name, "-", "_")
		for strings.HasPrefix(name, "loose_") {
			name = strings.TrimPrefix(name, "loose_")
		}
		return name
	}
	given := map[string]myCnfOption{}
	for _, options := range []v1alpha1.Options{common, role} {
		for name, value := range options {
			o := myCnfOption{name: name, bare: value == nil}
			if value != nil {
				o.value = *value
			}
			given[canonical(name)] = o
		}
	}
	for _, o := range own {
		// Each plugin_load_add adds to those before it.
		if _, ok := given[canonical(o.name)]; !ok || canonical(o.name) == "plugin_load_add" {
			want = append(want, o)
		}
	}
	return slices.AppendSeq(want, maps.Values(given))
}

type myCnfOption struct {
	name, value string
	bare        bool
}

// readMyCnf reads an option file as mysqld does (mysys/my_default.cc,
// search_default_file_with_ext), and wants it to be one group [mysqld] without
// directives.
func readMyCnf(t *testing.T, file string) (options []myCnfOption) {
	t.Helper()
	const space = " \t\n\v\f\r\xa0" // what latin1 calls so: single bytes
	trim := func(s string) string {
		for s != "" && strings.IndexByte(space, s[0]) >= 0 {
			s = s[1:]
		}
		for s != "" && strings.IndexByte(space, s[len(s)-1]) >= 0 {
			s = s[:len(s)-1]
		}
		return s
	}
	var groups []string
	for line := range strings.Lines(file) {
		require.Less(t, len(line), 4095, "mysqld would read the rest as another line")
		line = trim(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		require.NotEqual(t, byte('!'), line[0], "a directive")
		if line[0] == '[' {
			groups = append(groups, line)
			continue
		}
		name, value, valued := strings.Cut(trim(line[:commentAt(line)]), "=")
		value = trim(value)
		if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[0] == value[n-1] {
			value = value[1 : n-1]
		}
		options = append(options, myCnfOption{trim(name), escapes.Replace(value), !valued})
	}
	require.Equal(t, []string{"[mysqld]"}, groups)
	return options
}

// escapes are undone in one pass from the left; a backslash before anything else
// stands for itself.
var escapes = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r", `\b`, "\b", `\s`, " ", `\"`, `"`, `\'`, "'", `\\`, `\`)

// commentAt is where a comment begins after an option: at a # outside of quotes.
func commentAt(line string) int {
	quote, escaped := byte(0), false
	for i := range len(line) {
		switch c := line[i]; {
		case c == '#' && quote == 0:
			return i
		case (c == '"' || c == '\'') && !escaped && quote == 0:
			quote = c
		case c == quote && !escaped:
			quote = 0
		}
		escaped = quote != 0 && line[i] == '\\' && !escaped
	}
	return len(line)
}

// decoded writes and strictly decodes each resource.
func decoded(t *testing.T, nodes []*yaml.Node) resources {
	t.Helper()
	var objects []runtime.Object
	for _, n := range nodes {
		var b bytes.Buffer
		require.NoError(t, node.Encode(&b, n))
		object, _, err := strictDecoder().Decode(b.Bytes(), nil, nil)
		require.NoError(t, err, b.String())
		objects = append(objects, object)
	}
	return sorted(t, objects)
}

func newSet() *v1alpha1.MySQLReplicaSet {
	return &v1alpha1.MySQLReplicaSet{APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.Kind, Metadata: v1alpha1.Metadata{Name: "quokka"}}
}

// documentOf writes a set with options in common as YAML.
func documentOf(t *testing.T, s *v1alpha1.MySQLReplicaSet) []byte {
	t.Helper()
	text, err := yaml.Marshal(s.Spec.Config.Common)
	require.NoError(t, err)
	return fmt.Appendf(nil, "%sspec:\n  version: %q\n  config:\n    common:\n      %s", quokka, s.Spec.Version, strings.ReplaceAll(string(text), "\n", "\n      "))
}
