package docs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	page, err := parse("page.md", "Say `a/b.yaml`:\n\n```yaml\na: 1\n```\n\n```yaml\n# c.yaml\nc: 1\n```\n\n"+
		"```sh elsewhere: no cluster\nkubectl\n```\n```yaml\nd: 1\n```\n```sh cluster\nkubectl\n```\n")
	require.NoError(t, err)
	assert.Equal(t, []Block{
		{Line: 3, Language: "yaml", Text: "a: 1\n", File: "a/b.yaml"},
		{Line: 7, Language: "yaml", Text: "# c.yaml\nc: 1\n", File: "c.yaml"},
		{Line: 12, Language: "sh", Where: Elsewhere, Why: "no cluster", Text: "kubectl\n"},
		{Line: 15, Language: "yaml", Text: "d: 1\n"},
		{Line: 18, Language: "sh", Where: Cluster, Text: "kubectl\n"},
	}, page.Blocks)
	assert.True(t, page.Wants(Cluster))
	assert.False(t, page.Wants("", Container))
}

// A command that no test would run is no command of a page.
func TestParseRefuses(t *testing.T) {
	for _, info := range []string{"", "bash", "shell", "console somewhere", "sh elsewhere", "sh elsewhere: ", "yaml cluster"} {
		_, err := parse("page.md", "```"+info+"\nls\n```\n")
		assert.Error(t, err, info)
	}
	_, err := parse("page.md", "- a list\n  ```sh\n  ls\n  ```\n")
	require.EqualError(t, err, "page.md:2: a block that is indented")
	_, err = parse("page.md", "```sh\nls\n")
	require.EqualError(t, err, "page.md:1: a block without an end")
}

func TestPattern(t *testing.T) {
	shown := pattern("$ ls\n...\nb ... d\n")
	assert.Regexp(t, shown, "$ ls\nb c d\n")
	assert.Regexp(t, shown, "$ ls\na\na\nb c d\n")
	assert.NotRegexp(t, shown, "$ ls\nb c d\ne\n")
	assert.NotRegexp(t, shown, "$ ls\nb c\nd\n")
}

func TestBrokenLinks(t *testing.T) {
	root := t.TempDir()
	page := "# A `title`, twice\n\n# A title twice\n\n[a](#a-title-twice) [b](#a-title-twice-1) [c](page.md#there) [d](gone.md) [e](https://x.y#z)\n\n" +
		"```yaml\n# There\na: \"[f](gone.md)\"\n```\n"
	require.NoError(t, os.WriteFile(filepath.Join(root, "page.md"), []byte(page), 0o600))
	broken, err := BrokenLinks(root)
	require.NoError(t, err)
	assert.Equal(t, []string{"page.md: page.md#there", "page.md: gone.md"}, broken)
}
