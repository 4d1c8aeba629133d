package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

func TestGeneratedFilesAreUpToDate(t *testing.T) {
	root, err := moduleRoot()
	require.NoError(t, err)
	files, err := generate(root)
	require.NoError(t, err)
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		// Not assert.Equal: the difference would swamp the advice.
		assert.True(t, string(want) == string(got), "%s is stale: run make generate", path)
	}
}

// The example on top of the reference is a set: as it stands the default one,
// and, with what is commented out, one that gives every field.
func TestOverviewIsValid(t *testing.T) {
	root, err := moduleRoot()
	require.NoError(t, err)
	files, err := generate(root)
	require.NoError(t, err)
	_, text, _ := strings.Cut(string(files["docs/spec.md"]), "the default:\n\n```yaml\n")
	text, _, _ = strings.Cut(text, "```")

	set, problems := v1alpha1.Parse([]byte(text))
	set.Default()
	problems.Merge(set.Validate())
	require.NoError(t, problems.Err())
	smallest := &v1alpha1.MySQLReplicaSet{APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.Kind}
	smallest.Metadata.Name = "mysql"
	smallest.Default()
	assert.Equal(t, smallest, set, "the lines that are not commented out are the defaults")

	uncommented := regexp.MustCompile(`(?m)^( *)# `).ReplaceAllString(text, "$1")
	set, problems = v1alpha1.Parse([]byte(uncommented))
	set.Default()
	problems.Merge(set.Validate())
	require.NoError(t, problems.Err())
	assert.NotEmpty(t, set.Spec.Clone.Image, "the example with everything gives the last field too")
}
