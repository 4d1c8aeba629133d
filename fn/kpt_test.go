package fn_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// kptCase is .expected/config.yaml, as in the function catalog (krm-functions-catalog,
// CONTRIBUTING.md): how a package is rendered.
type kptCase struct {
	TestType   string `yaml:"testType"` // render, the default, or eval
	ExitCode   int    `yaml:"exitCode"`
	EvalConfig struct {
		ExecPath string `yaml:"execPath"`
	} `yaml:"evalConfig"`
}

// Each folder of hosts/kpt/examples is a package in the catalog's form. The real kpt
// renders it twice, and what has changed then is .expected/diff.patch; what it said
// is .expected/results.yaml.
func TestKpt(t *testing.T) {
	folders, err := filepath.Glob("../hosts/kpt/examples/*")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			expected := filepath.Join(folder, ".expected")
			var c kptCase
			if text, err := os.ReadFile(filepath.Join(expected, "config.yaml")); err == nil {
				require.NoError(t, yaml.Unmarshal(text, &c))
			}
			p := newKptPackage(t, folder)
			for _, again := range []string{"first", "second"} {
				got := p.kpt(t, c)
				require.Equal(t, c.ExitCode, got.exitCode, "%s run: %s", again, got.stderr)
				if again == "first" {
					compare(t, filepath.Join(expected, "results.yaml"), p.results(t))
					p.git(t, "add", "--all")
				}
			}
			assert.Empty(t, p.git(t, "diff"), "the second run changes nothing")
			p.elide(t)
			p.git(t, "add", "--all")
			compare(t, filepath.Join(expected, "diff.patch"), p.git(t, "diff", "--cached"))
		})
	}
}

// kptPackage is a copy of a package, under version control.
type kptPackage struct{ name, folder string }

func newKptPackage(t *testing.T, from string) kptPackage {
	t.Helper()
	p := kptPackage{filepath.Base(from), filepath.Join(t.TempDir(), filepath.Base(from))}
	require.NoError(t, os.CopyFS(p.folder, os.DirFS(from)))
	require.NoError(t, os.RemoveAll(filepath.Join(p.folder, ".expected")))
	p.git(t, "init", "--quiet")
	p.git(t, "add", "--all")
	p.git(t, "commit", "--quiet", "--message", "before")
	return p
}

// kpt renders the package.
func (p kptPackage) kpt(t *testing.T, c kptCase) outcome {
	t.Helper()
	arguments := []string{"fn", "render", p.folder, "--allow-exec"}
	if c.TestType == "eval" {
		arguments = []string{"fn", "eval", p.folder, "--exec", c.EvalConfig.ExecPath}
	}
	command := exec.Command("kpt", append(arguments, "--results-dir", p.folder+"-results")...)
	command.Env = append(os.Environ(), "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
	return run(t, command)
}

// results are what kpt has kept of the run's results, if there were any.
func (p kptPackage) results(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.folder+"-results", "results.yaml"))
	require.NoError(t, err)
	if !strings.Contains(string(text), "results:") {
		return ""
	}
	return string(text)
}

// elide replaces the scripts, as in testdata: one example has them in full.
func (p kptPackage) elide(t *testing.T) {
	t.Helper()
	if p.name == "mysql" {
		return
	}
	require.NoError(t, filepath.WalkDir(p.folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return os.WriteFile(path, []byte(elide(p.name, string(text))), 0o644)
	}))
}

func (p kptPackage) git(t *testing.T, arguments ...string) string {
	t.Helper()
	command := exec.Command("git", append([]string{
		"-C", p.folder, "-c", "user.name=test", "-c", "user.email=test@example.com",
		"-c", "core.abbrev=7", "-c", "diff.noprefix=false", "-c", "core.autocrlf=false",
	}, arguments...)...)
	got := run(t, command)
	require.Zero(t, got.exitCode, got.stderr)
	return got.stdout
}
