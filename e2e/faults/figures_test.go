package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// figures are what a set went through.
type figures struct {
	kinds map[string]*kind
	// lost rows were acknowledged, and were not on a lost volume only; those are unsent.
	lost, unsent int
	// givenUp were acknowledged by a pod whose copy a person gave up.
	givenUp int
	// diverged replicas, and primaries that took writes and lacked acknowledged rows.
	diverged, emptyPrimaries int
	// persons has the messages for a person, with how often each was needed.
	persons []string
}

// kind is what one kind of fault did.
type kind struct {
	injected          int
	healed            []time.Duration
	noWrites, noReads time.Duration
	// contradicted is how long a pod served what another contradicted.
	contradicted time.Duration
}

func newFigures() figures { return figures{kinds: map[string]*kind{}} }

func (f *figures) kind(name string) *kind {
	if f.kinds[name] == nil {
		f.kinds[name] = &kind{}
	}
	return f.kinds[name]
}

func (f *figures) countInjected(name string, injected int) { f.kind(name).injected += injected }

func (f *figures) countHealed(name string, after time.Duration) {
	kind := f.kind(name)
	kind.healed = append(kind.healed, after)
}

func (f *figures) countGaps(name string, writes, reads time.Duration) {
	kind := f.kind(name)
	kind.noWrites, kind.noReads = max(kind.noWrites, writes), max(kind.noReads, reads)
}

func (f *figures) countServed(name string, contradicted time.Duration) {
	kind := f.kind(name)
	kind.contradicted = max(kind.contradicted, contradicted)
}

func (f *figures) person(fault, message string) {
	f.persons = append(f.persons, fmt.Sprintf("%s: %s", fault, strings.TrimSpace(message)))
}

// longest is the kind of fault with the longest time of a sort, and that time.
func (f *figures) longest(of func(kind *kind) time.Duration) string {
	if len(f.kinds) == 0 {
		return "-"
	}
	name := slices.MaxFunc(slices.Sorted(maps.Keys(f.kinds)), func(a, b string) int { return int(of(f.kinds[a]) - of(f.kinds[b])) })
	return fmt.Sprintf("%s (%s)", seconds(of(f.kinds[name])), name)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// printFigures prints a table of the faults, a column of each set, and one of the rest.
func (s *suite) printFigures(t *testing.T, duration time.Duration) {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(title string, cell func(s *subject) string) {
		fmt.Fprint(table, title)
		for _, subject := range s.subjects {
			fmt.Fprint(table, "\t", cell(subject))
		}
		fmt.Fprintln(table)
	}
	row("", func(s *subject) string { return s.name })
	total := 0
	for _, fault := range s.kinds() {
		row(fault.name, func(s *subject) string {
			kind := s.figures.kinds[fault.name]
			if kind == nil {
				return ""
			}
			total += kind.injected
			switch {
			case len(kind.healed) > 0:
				return fmt.Sprintf("%d, healed in %s, at most %s", kind.injected, seconds(median(kind.healed)), seconds(slices.Max(kind.healed)))
			case kind.injected > 0:
				return fmt.Sprintf("%d, not healed", kind.injected)
			}
			return "hit, too"
		})
	}
	row("acknowledged rows", func(s *subject) string { return fmt.Sprint(len(s.writer.acknowledged) + s.figures.unsent) })
	row("lost, with a primary's volume that had not sent them", func(s *subject) string { return fmt.Sprint(s.figures.unsent) })
	row("given up by a person", func(s *subject) string { return fmt.Sprint(s.figures.givenUp) })
	row("lost otherwise", func(s *subject) string { return fmt.Sprint(s.figures.lost) })
	row("diverged replicas", func(s *subject) string { return fmt.Sprint(s.figures.diverged) })
	row("empty primaries", func(s *subject) string { return fmt.Sprint(s.figures.emptyPrimaries) })
	row("needed a person", func(s *subject) string { return fmt.Sprint(len(s.figures.persons)) })
	row("did not heal, or not right", func(s *subject) string { return s.failed })
	row("longest without writes", func(s *subject) string { return s.figures.longest(func(k *kind) time.Duration { return k.noWrites }) })
	row("longest without reads", func(s *subject) string { return s.figures.longest(func(k *kind) time.Duration { return k.noReads }) })
	row("longest with a history served that another contradicts", func(s *subject) string {
		return s.figures.longest(func(k *kind) time.Duration { return k.contradicted })
	})
	row("errors that the writer met", func(s *subject) string { return fmt.Sprint(s.writer.failures) })
	row("errors that the reader met", func(s *subject) string { return fmt.Sprint(s.reader.failures) })
	_ = table.Flush()
	t.Logf("MEASURED %d faults in %s, E2E_SEED=%d\n%s", total, duration, s.seed, &text)
	for _, subject := range s.subjects {
		for _, message := range subject.figures.persons {
			t.Logf("%s needed a person: %s", subject.name, message)
		}
	}
	if nodeRestart() == "" {
		t.Log("E2E_NODE_RESTART is not set: the node was not stopped")
	}
}

// kinds are the faults of all sets, each once.
func (s *suite) kinds() (kinds []fault) {
	for _, subject := range s.subjects {
		for _, f := range subject.faults {
			if !slices.ContainsFunc(kinds, func(known fault) bool { return known.name == f.name }) {
				kinds = append(kinds, f)
			}
		}
	}
	return kinds
}

func median(times []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(times))[len(times)/2]
}
