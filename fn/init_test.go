package fn_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/fn/mysql"
)

// What init writes builds at once, with kustomize and with kubectl.
func TestInitBuilds(t *testing.T) {
	requireBuilders(t)
	type row struct {
		reason, version string
		flags           []string
		name, namespace string
	}
	rows := []row{
		{"a name and a namespace", "9.7", []string{"--name", "orders", "--namespace", "databases"}, "orders", "databases"},
		{"a name that YAML would take for a boolean", "9.7", []string{"--name", "off"}, "off", ""},
	}
	for _, version := range mysql.Series() {
		rows = append(rows, row{"MySQL " + version, version, []string{"--version", version}, "mysql", ""})
	}
	for _, test := range rows {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "new")
			written := run(t, exec.Command(program, append([]string{"init", dir}, test.flags...)...))
			require.Zero(t, written.exitCode, written.stderr)
			want := []string{"ConfigMap " + test.name, "Service " + test.name, "Service " + test.name + "-read", "StatefulSet " + test.name}
			if test.version != "5.7" { // whose primary is pod 0 for good
				want = append(want, "Service "+test.name+"-primary")
			}
			if test.namespace != "" {
				want = in(test.namespace, want)
			}
			for _, folder := range []string{"base", "overlays/production"} {
				for _, builder := range [][]string{{os.Getenv("KUSTOMIZE"), "build"}, {"kubectl", "kustomize"}} {
					command := exec.Command(builder[0], builder[1], "--enable-alpha-plugins", filepath.Join(dir, folder))
					command.Env = append(os.Environ(), "KUSTOMIZE_PLUGIN_HOME="+pluginHome)
					got := run(t, command)
					require.Zero(t, got.exitCode, "%s of %s: %s", builder[0], folder, got.stderr)
					r := read(t, got.stdout)
					assert.ElementsMatch(t, want, r.ids, "%s of %s", builder[0], folder)
					r.fitTogether(t)
					s := r.statefulSets[0]
					size := s.Spec.VolumeClaimTemplates[0].Spec.Resources.Requests["storage"]
					assert.Equal(t, map[string]string{"base": "10Gi", "overlays/production": "100Gi"}[folder], size.String())
					for _, constraint := range s.Spec.Template.Spec.TopologySpreadConstraints {
						assert.Equal(t, s.Spec.Selector.MatchLabels["app"], constraint.LabelSelector.MatchLabels["app"])
					}
				}
			}
		})
	}
}
