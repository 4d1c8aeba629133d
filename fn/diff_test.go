package fn_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each folder of testdata/diff is a change: from old.yaml to new.yaml, whose first lines
// say why it is there, and expected.txt is what is said of it.
func TestDiffCases(t *testing.T) {
	changes, err := filepath.Glob("../testdata/diff/*/new.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, changes)
	for _, path := range changes {
		folder := filepath.Dir(path)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.True(t, strings.HasPrefix(string(text), "# "), "the reason")

			command := exec.Command(program, "diff", "old.yaml", "new.yaml")
			command.Dir = folder
			got := run(t, command)
			assert.Empty(t, got.stderr)
			assert.Equal(t, diffCode(got.stdout), got.exitCode, "the exit code tells the worst level")
			compare(t, filepath.Join(folder, "expected.txt"), got.stdout)

			command = exec.Command(program, "diff", "new.yaml", "new.yaml")
			command.Dir = folder
			if !strings.Contains(string(text), "items: []") {
				assert.Equal(t, outcome{stdout: "no change\n"}, run(t, command), "what is the same changes nothing")
			}
		})
	}
}

var inAll = regexp.MustCompile(`(?m)^in all: (\w+) `)

// diffCode is the exit code that goes with a report.
func diffCode(report string) int {
	if report == "no change\n" {
		return 0
	}
	return map[string]int{"safe": 0, "restart": 3, "impossible": 4, "dangerous": 5}[inAll.FindStringSubmatch(report)[1]]
}

// MySQLReplicaSetDiff at the end of a build, in each host. What runs is what the same
// build came to before.
func TestDiffTransformer(t *testing.T) {
	requireBuilders(t)
	const (
		kind   = "apiVersion: mysqlreplicaset.dev/v1alpha1\nkind: MySQLReplicaSetDiff\nmetadata:\n  name: diff\n"
		asExec = kind + "  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: PROGRAM}\n"
		old    = "spec: {old: rendered.yaml}\n"
	)
	const kustomization = "-- kustomization.yaml --\nresources: [../overlays/production]\nnamePrefix: outer-\nnameSuffix: -z\nnamespace: shop\n"
	scaled := func(replicas string) string {
		return "replicas:\n- {name: prod-mysql-eu, count: " + replicas + "}\n"
	}
	before := builders[0].build(t, composition{files: kustomization})
	require.Zero(t, before.exitCode, before.stderr)
	for _, test := range []struct {
		reason, change, config string
		fails                  []string
	}{
		{reason: "names that kustomize follows only at the very end are no change", config: kind + old},
		{reason: "what is safe passes", change: scaled("7"), config: kind + old},
		{reason: "restarts pass, if nothing else is said", change: "images: [{name: mysql, newTag: 9.7.2}]\n", config: kind + old},
		{
			reason: "restarts fail where they are not allowed", change: "images: [{name: mysql, newTag: 9.7.2}]\n",
			config: kind + "spec: {old: rendered.yaml, allow: safe}\n",
			fails: []string{
				"error: MySQLReplicaSetDiff diff: this change is restart, and spec.allow is safe\n",
				"  restart: StatefulSet shop/outer-prod-mysql-eu-z: spec.template: pods restart in the order outer-prod-mysql-eu-z-2, ",
				"changed: image mysql:9.7 to mysql:9.7.2\n", "  in all: restart (1 restart)",
			},
		},
		{
			reason: "what is dangerous fails", change: scaled("1"), config: kind + old,
			fails: []string{
				"error: MySQLReplicaSetDiff diff: this change is dangerous, and spec.allow is restart\n",
				"  dangerous: StatefulSet shop/outer-prod-mysql-eu-z: spec.replicas: ",
			},
		},
		{reason: "unless it is allowed", change: scaled("1"), config: kind + "spec: {old: rendered.yaml, allow: dangerous}\n"},
		{
			reason: "the first time there is nothing to compare with", config: kind + "spec: {old: no.yaml}\n",
			fails: []string{"error: MySQLReplicaSetDiff diff: spec.old: there is no file no.yaml; make the first one by building once without this transformer"},
		},
		{
			reason: "mistakes are told all at once", config: kind + "spec: {olt: rendered.yaml, allow: restarts}\nspecs: {}\n",
			fails: []string{
				"spec.olt: unknown field; did you mean old?", `spec.allow: found "restarts", allowed are safe, restart, impossible, dangerous`,
				"spec.old: missing; name the file with the resources that run, such as rendered.yaml", "specs: unknown field; did you mean spec?",
			},
		},
		{
			reason: "a file that the shell has emptied", config: kind + "spec: {old: empty.yaml}\n",
			fails: []string{"spec.old: empty.yaml is empty; to replace it by the output of this build, write that to another file first"},
		},
		{reason: "as a KRM function", config: asExec + old},
		{
			reason: "as a KRM function, what is dangerous fails", change: scaled("1"), config: asExec + old,
			fails: []string{"error: MySQLReplicaSetDiff diff: this change is dangerous, and spec.allow is restart\n"},
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			for _, b := range builders {
				c := composition{files: kustomization, execEnabled: strings.HasPrefix(test.config, asExec)}
				if c.execEnabled && b.name == kubectl {
					continue
				}
				c.files += test.change
				without := c
				c.files += "transformers: [diff.yaml]\n-- diff.yaml --\n" + test.config + "-- empty.yaml --\n-- rendered.yaml --\n" + before.stdout
				got := b.build(t, c)
				if test.fails == nil {
					require.Zero(t, got.exitCode, "%s: %s", b.name, got.stderr)
					assertSame(t, b.build(t, without).stdout, got.stdout, "%s: resources pass as they are", b.name)
					continue
				}
				assert.NotZero(t, got.exitCode, b.name)
				assert.Empty(t, got.stdout, b.name)
				for _, line := range test.fails {
					assert.Contains(t, got.stderr, line, b.name)
				}
			}
		})
	}
}
