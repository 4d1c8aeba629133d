package fn_test

import (
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
	assert.Len(t, rows, 32)
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

// Every link from page to page leads somewhere, to its heading if it names one.
func TestDocsLinks(t *testing.T) {
	problems, err := docs.BrokenLinks("..")
	require.NoError(t, err)
	assert.Empty(t, problems)
}
