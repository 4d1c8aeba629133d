package fn_test

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/internal/docs"
)

// docs/failures.md promises a test for each way to fail: the names are those of tests
// and cases that exist.
func TestFailuresNameTests(t *testing.T) {
	text, err := os.ReadFile("../docs/failures.md")
	require.NoError(t, err)
	var tests strings.Builder
	for _, root := range []string{".", "../e2e"} {
		require.NoError(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			tests.Write(source)
			return err
		}))
	}
	rows := regexp.MustCompile(`(?m)^\| \d+ \|.*$`).FindAllString(string(text), -1)
	assert.Len(t, rows, 53)
	for _, row := range rows {
		for _, name := range regexp.MustCompile("`(Test\\w+)").FindAllStringSubmatch(row, -1) {
			assert.Contains(t, tests.String(), "\nfunc "+name[1]+"(", row)
		}
		for _, folder := range regexp.MustCompile("`(testdata/[^`]+)`").FindAllStringSubmatch(row, -1) {
			assert.DirExists(t, "../"+folder[1], row)
		}
	}
}

// Every command of README.md and of all other pages, as written: package docs says how
// blocks are marked. Those for a cluster are run by e2e/docs.
func TestDocs(t *testing.T) {
	requireBuilders(t)
	pages, err := docs.Pages("..")
	require.NoError(t, err)
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	kustomize, err := exec.LookPath(os.Getenv("KUSTOMIZE"))
	require.NoError(t, err)
	reader := docs.Reader{Root: root, Program: program, Kustomize: kustomize, Kubeconfig: "/dev/null", Patience: 5 * time.Minute}
	if os.Getenv("FUNCTION_IMAGE") != "" { // make test-image
		reader.Has = append(reader.Has, docs.Container)
		startRegistry(t)
	}
	for _, page := range pages {
		if page.Wants("", docs.Container) {
			t.Run(page.Path, func(t *testing.T) {
				t.Parallel()
				reader.Run(t, page)
			})
		}
	}
}

// startRegistry starts a real one, which podman finds under the name that the pages give
// theirs, registry.example.com: as its proxy, by files that the environment names.
func startRegistry(t *testing.T) {
	t.Helper()
	crane := exec.Command(os.Getenv("CRANE"), "registry", "serve", "--address=127.0.0.1:0")
	log, err := crane.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, crane.Start())
	t.Cleanup(func() {
		assert.NoError(t, crane.Process.Kill())
		_ = crane.Wait() // killed
	})
	lines := bufio.NewReader(log)
	line, err := lines.ReadString('\n')
	require.NoError(t, err)
	_, port, ok := strings.Cut(strings.TrimSpace(line), "serving on port ")
	require.True(t, ok, line)
	go func() { _, _ = io.Copy(io.Discard, lines) }()

	folder := t.TempDir()
	containers, registries := filepath.Join(folder, "containers.conf"), filepath.Join(folder, "registries.conf")
	engine, err := os.ReadFile("../image/containers.conf") // ends in the section of the engine
	require.NoError(t, err)
	engine = fmt.Appendf(engine, "env = [%q, %q]\n", "HTTP_PROXY=http://127.0.0.1:"+port, "HTTPS_PROXY=http://127.0.0.1:"+port)
	require.NoError(t, os.WriteFile(containers, engine, 0o644))
	// Insecure: where HTTPS fails, podman goes on with HTTP.
	require.NoError(t, os.WriteFile(registries, []byte("[[registry]]\nlocation = 'registry.example.com'\ninsecure = true\n"), 0o644))
	t.Setenv("CONTAINERS_CONF", containers)
	t.Setenv("CONTAINERS_REGISTRIES_CONF", registries)
}

// Every link from page to page leads somewhere, to its heading if it names one.
func TestDocsLinks(t *testing.T) {
	problems, err := docs.BrokenLinks("..")
	require.NoError(t, err)
	assert.Empty(t, problems)
}
