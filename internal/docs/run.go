package docs

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Reader is somebody who follows a page, with a clone of the repository and a home of
// their own.
type Reader struct {
	// Root is the repository.
	Root string
	// Program and Kustomize are mysqlreplicaset and kustomize on their PATH.
	Program, Kustomize string
	// Has are the places they can run blocks at, beside everywhere.
	Has []string
	// Kubeconfig is the cluster's, if they have one.
	Kubeconfig string
	// Patience ends a page that hangs.
	Patience time.Duration
}

// Wants tells whether a page has anything to run at one of these places.
func (p Page) Wants(places ...string) bool {
	return slices.ContainsFunc(p.Blocks, func(b Block) bool { return b.command() && slices.Contains(places, b.Where) })
}

// Run runs a page's blocks from the first to the last, and reports each.
func (r Reader) Run(t *testing.T, p Page) {
	t.Helper()
	if os.Getenv(within) != "" {
		t.Skip("a page may run the tests, which then run no page: that would never end")
	}
	scratch, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	blocks := slices.DeleteFunc(slices.Clone(p.Blocks), func(b Block) bool {
		return b.File == "" && (!b.command() || b.Where != "" && !slices.Contains(r.Has, b.Where))
	})
	script := filepath.Join(scratch, "page.sh")
	require.NoError(t, os.WriteFile(script, []byte(r.script(scratch, blocks)), 0o644))

	ctx, cancel := context.WithTimeout(t.Context(), r.Patience)
	defer cancel()
	command := exec.CommandContext(ctx, "bash", script)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.Dir, command.Env = r.clone(t, scratch), r.environment(t, scratch)
	if p.Path == starter { // stands where its reader does
		command.Dir = filepath.Join(command.Dir, filepath.Dir(p.Path))
	}
	// Those who read a page that does not tell how to install the program have done it.
	if !p.installs() {
		install := exec.Command(r.Program, "install")
		install.Env = command.Env
		output, err := install.CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
	failed := command.Run()

	for i, block := range blocks {
		t.Run(fmt.Sprintf("line %d", block.Line), func(t *testing.T) {
			printed, err := os.ReadFile(output(scratch, i))
			if err != nil {
				t.Fatal("not run, because of a block before it")
			}
			if _, err := os.Stat(output(scratch, i+1)); err != nil && failed != nil {
				t.Fatalf("%s:%d: %s\n%s%s", p.Path, block.Line, failed, block.Text, printed)
			}
			if block.Language == "console" {
				assert.Regexp(t, pattern(block.Text), string(printed), "%s:%d: what it prints\n%s", p.Path, block.Line, printed)
			}
		})
	}
}

// within is set for the commands of a page.
const within = "WITHIN_A_PAGE"

// starter is the page that mysqlreplicaset init writes.
const starter = "fn/cmd/internal/starter/files/README.md"

func (p Page) installs() bool {
	return slices.ContainsFunc(p.Blocks, func(b Block) bool {
		return b.Language == "sh" && regexp.MustCompile(`(?m)^(make|mysqlreplicaset) install`).MatchString(b.Text)
	})
}

func output(scratch string, i int) string { return filepath.Join(scratch, "output-"+strconv.Itoa(i)) }

// script is the page as one script. The output of each block is a file, which is there
// when the block was reached.
func (r Reader) script(scratch string, blocks []Block) string {
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	for i, block := range blocks {
		fmt.Fprintf(&script, "exec >%s 2>&1\n", output(scratch, i))
		switch {
		case block.File != "":
			fmt.Fprintf(&script, "mkdir -p \"$(dirname %s)\"\ncat >%[1]s <<'END OF FILE'\n%sEND OF FILE\n", block.File, block.Text)
		case block.Language == "console":
			for line := range strings.Lines(block.Text) {
				if command, ok := strings.CutPrefix(line, "$ "); ok {
					// What it prints decides, not how it exits.
					fmt.Fprintf(&script, "cat <<'END OF LINE'\n%sEND OF LINE\nset +e\n%sset -e\n", line, command)
				}
			}
		default:
			script.WriteString(block.Text)
		}
	}
	fmt.Fprintf(&script, "exec >%s 2>&1\n", output(scratch, len(blocks)))
	return script.String()
}

// pattern is what a console block shows. An ellipsis stands for any text of its line,
// and on a line of its own for any lines.
func pattern(text string) string {
	text = regexp.QuoteMeta(text)
	text = regexp.MustCompile(`(?m)^\\\.\\\.\\\.\n`).ReplaceAllString(text, `(?:.*\n)*`)
	return `\A` + strings.ReplaceAll(text, `\.\.\.`, `.*`) + `\z`
}

// clone is the repository as it is in the working tree, with nothing that make has put
// there but its tools. Its main branch has no other history.
func (r Reader) clone(t *testing.T, scratch string) string {
	t.Helper()
	directory := filepath.Join(scratch, "mysqlreplicaset")
	require.NoError(t, os.Mkdir(directory, 0o755))
	entries, err := os.ReadDir(r.Root)
	require.NoError(t, err)
	arguments := []string{"-R"}
	for _, entry := range entries {
		if name := entry.Name(); !slices.Contains([]string{".git", ".tools", "bin", "dist"}, name) {
			arguments = append(arguments, filepath.Join(r.Root, name))
		}
	}
	copied, err := exec.Command("cp", append(arguments, directory)...).CombinedOutput()
	require.NoError(t, err, "%s", copied)
	for _, arguments := range [][]string{
		{"init", "--quiet", "--initial-branch=main"},
		{"add", "--all"},
		{"-c", "user.name=reader", "-c", "user.email=reader@example.com", "-c", "commit.gpgSign=false", "commit", "--quiet", "--message=all"},
		{"update-ref", "refs/remotes/origin/main", "HEAD"},
	} {
		git := exec.Command("git", arguments...)
		git.Dir = directory
		output, err := git.CombinedOutput()
		require.NoError(t, err, "git %s: %s", arguments, output)
	}
	require.NoError(t, os.Symlink(filepath.Join(r.Root, ".tools"), filepath.Join(directory, ".tools")))
	return directory
}

// environment has nothing of the user's but their Go and their container engine.
func (r Reader) environment(t *testing.T, scratch string) []string {
	t.Helper()
	bin, home := filepath.Join(scratch, "bin"), filepath.Join(scratch, "home")
	require.NoError(t, os.Mkdir(bin, 0o755))
	require.NoError(t, os.Mkdir(home, 0o755))
	require.NoError(t, os.Symlink(r.Program, filepath.Join(bin, "mysqlreplicaset")))
	require.NoError(t, os.Symlink(r.Kustomize, filepath.Join(bin, "kustomize")))
	environment := []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + home, "KUBECONFIG=" + r.Kubeconfig, "LANG=C.UTF-8", within + "=yes"}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS"} {
		value, err := exec.Command("go", "env", name).Output()
		require.NoError(t, err)
		environment = append(environment, name+"="+strings.TrimSpace(string(value)))
	}
	for _, name := range []string{"CONTAINERS_CONF", "CONTAINERS_REGISTRIES_CONF", "KPT_FN_RUNTIME", "KRM_FN_RUNTIME"} {
		if value, ok := os.LookupEnv(name); ok {
			environment = append(environment, name+"="+value)
		}
	}
	return environment
}
