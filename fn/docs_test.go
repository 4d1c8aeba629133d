package fn_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

// What docs/hosts.md and README.md show of the command line is what one sees.
func TestDocsShowWhatTheProgramSays(t *testing.T) {
	found := 0
	for _, path := range []string{"../docs/hosts.md", "../README.md"} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, block := range regexp.MustCompile("(?s)```console\n\\$ mysqlreplicaset ([^\n]*)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			command := exec.Command(program, strings.Fields(block[1])...)
			command.Dir = ".."
			got := run(t, command)
			assert.Equal(t, block[2], got.stdout+got.stderr, path)
			found++
		}
	}
	assert.Equal(t, 2, found)
}
