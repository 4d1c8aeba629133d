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
