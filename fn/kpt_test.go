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
// is .expected/results.yaml. With make test-image it calls the image, too.
func TestKpt(t *testing.T) {
	folders, err := filepath.Glob("../hosts/kpt/examples/*")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	images := []string{""}
	if image := os.Getenv("FUNCTION_IMAGE"); image != "" {
		images = append(images, image)
	}
	for _, folder := range folders {
		for _, image := range images {
			name := filepath.Base(folder)
			if image != "" {
				name += " in a container"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				testKpt(t, folder, image)
			})
		}
	}
}

// testKpt renders a package with the program, or with an image of it.
func testKpt(t *testing.T, folder, image string) {
	expected := filepath.Join(folder, ".expected")
	var c kptCase
	if text, err := os.ReadFile(filepath.Join(expected, "config.yaml")); err == nil {
		require.NoError(t, yaml.Unmarshal(text, &c))
	}
	p := newKptPackage(t, folder)
	p.inKptfiles(t, "- exec: mysqlreplicaset\n", "- image: "+image+"\n", image != "")
	for _, again := range []string{"first", "second"} {
		got := p.kpt(t, c, image)
		require.Equal(t, c.ExitCode, got.exitCode, "%s run: %s", again, got.stderr)
		if again == "first" {
			if image == "" {
				compare(t, filepath.Join(expected, "results.yaml"), p.results(t))
			}
			p.git(t, "add", "--all")
		}
	}
	assert.Empty(t, p.git(t, "diff"), "the second run changes nothing")
	p.inKptfiles(t, "- image: "+image+"\n", "- exec: mysqlreplicaset\n", image != "")
	p.elide(t)
	p.git(t, "add", "--all")
	compare(t, filepath.Join(expected, "diff.patch"), p.git(t, "diff", "--cached"))
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
func (p kptPackage) kpt(t *testing.T, c kptCase, image string) outcome {
	t.Helper()
	arguments := []string{"fn", "render", p.folder, "--allow-exec"}
	switch {
	case c.TestType == "eval" && image != "":
		arguments = []string{"fn", "eval", p.folder, "--image", image}
	case c.TestType == "eval":
		arguments = []string{"fn", "eval", p.folder, "--exec", c.EvalConfig.ExecPath}
	}
	if image != "" {
		arguments = append(arguments, "--image-pull-policy", "never")
	}
	command := exec.Command("kpt", append(arguments, "--results-dir", p.folder+"-results")...)
	command.Env = append(os.Environ(), "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
	return run(t, command)
}

// inKptfiles replaces a line of the package's Kptfiles, on a condition.
func (p kptPackage) inKptfiles(t *testing.T, old, new string, when bool) {
	t.Helper()
	if !when {
		return
	}
	require.NoError(t, filepath.WalkDir(p.folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.Name() != "Kptfile" {
			return err
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o644)
	}))
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
