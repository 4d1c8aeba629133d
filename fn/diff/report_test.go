package diff

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLevels(t *testing.T) {
	assert.Equal(t, []string{"safe", "restart", "impossible", "dangerous"}, Levels())
	for i, name := range Levels() {
		level, ok := ParseLevel(name)
		assert.True(t, ok)
		assert.Equal(t, Level(i), level)
		assert.Equal(t, name, level.String())
	}
	_, ok := ParseLevel("fine")
	assert.False(t, ok)
	assert.Equal(t, Safe, Report{}.Level(), "no change")
}

// The JSON is written by hand, and must be read by anybody.
func TestJSON(t *testing.T) {
	for _, r := range []Report{
		{},
		{Changes: []Change{{Dangerous, "StatefulSet mysql", `metadata.annotations["a/b"]`, "quotes \" \\ \n\t\x00\x7f é \u2028", "next"}}},
		{Changes: []Change{{Safe, "a", "", "", ""}, {Restart, "b", "c", "d", "e"}}},
	} {
		var read struct {
			Level   string              `json:"level"`
			Changes []map[string]string `json:"changes"`
		}
		require.NoError(t, json.Unmarshal([]byte(r.JSON()), &read), r.JSON())
		assert.Equal(t, r.Level().String(), read.Level)
		require.NotNil(t, read.Changes, "a list, also if it is empty")
		require.Len(t, read.Changes, len(r.Changes))
		for i, c := range r.Changes {
			assert.Equal(t, map[string]string{"level": c.Level.String(), "resource": c.Resource, "field": c.Field, "message": c.Message, "next": c.Next}, read.Changes[i])
		}
	}
}

// What is the same is said once, in one order: by resource, the worst first.
func TestReport(t *testing.T) {
	r := Report{Changes: []Change{
		{Level: Restart, Resource: "b", Message: "z"},
		{Level: Safe, Resource: "a", Message: "y"},
		{Level: Dangerous, Resource: "b", Field: "f", Message: "x", Next: "do"},
		{Level: Restart, Resource: "b", Message: "z"},
	}}
	r.sort()
	assert.Equal(t, "safe: a: y\ndangerous: b: f: x\n  next: do\nrestart: b: z\nin all: dangerous (1 dangerous, 1 restart, 1 safe)\n", r.String())
	assert.Equal(t, "no change\n", Report{}.String())
}
