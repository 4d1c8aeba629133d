package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Level is how much a change does to a set that runs.
type Level int

// The levels, each worse than the one before.
const (
	// Safe: no pod restarts, nothing is lost.
	Safe Level = iota
	// Restart: pods restart, one after another, and no data is lost.
	Restart
	// Impossible: the API server or MySQL refuses the change as it is.
	Impossible
	// Dangerous: data or copies of it may be lost, or the set may stop working.
	Dangerous
)

var levelNames = [...]string{"safe", "restart", "impossible", "dangerous"}

// Levels are the names of the levels, from the least to the worst.
func Levels() []string { return levelNames[:] }

// ParseLevel is the level of that name; false if there is none.
func ParseLevel(name string) (Level, bool) {
	i := slices.Index(levelNames[:], name)
	return Level(max(i, 0)), i >= 0
}

func (l Level) String() string { return levelNames[l] }

// Change is one thing that happens to a set.
type Change struct {
	Level Level
	// Resource is the kind and the name, such as StatefulSet databases/mysql.
	Resource string
	// Field is the path of what changes, such as spec.replicas. Empty if it is the
	// resource as a whole.
	Field string
	// Message says what the change does, in plain words.
	Message string
	// Next says what a person can do. Empty if there is nothing to be done.
	Next string
}

// String is the change in one line, and what can be done about it in another.
func (c Change) String() string {
	parts := []string{c.Level.String(), c.Resource}
	if c.Field != "" {
		parts = append(parts, c.Field)
	}
	text := strings.Join(append(parts, c.Message), ": ")
	if c.Next != "" {
		text += "\n  next: " + c.Next
	}
	return text
}

// Report is all that a change does, by resource, and the worst first.
type Report struct{ Changes []Change }

// Level is that of the worst change; of no change, it is [Safe].
func (r Report) Level() Level {
	level := Safe
	for _, c := range r.Changes {
		level = max(level, c.Level)
	}
	return level
}

// String is the report for people: the changes and, in the last line, how many of
// each level there are.
func (r Report) String() string {
	if len(r.Changes) == 0 {
		return "no change\n"
	}
	var b strings.Builder
	count := make([]int, len(levelNames))
	for _, c := range r.Changes {
		b.WriteString(c.String() + "\n")
		count[c.Level]++
	}
	var counts []string
	for level := Dangerous; level >= Safe; level-- {
		if count[level] > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", count[level], level))
		}
	}
	b.WriteString("in all: " + r.Level().String() + " (" + strings.Join(counts, ", ") + ")\n")
	return b.String()
}

// sort puts the changes into the one order that they have, each once.
func (r *Report) sort() {
	slices.SortFunc(r.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Resource, b.Resource), cmp.Compare(b.Level, a.Level),
			cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message))
	})
	r.Changes = slices.Compact(r.Changes)
}
