package faults

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"mysqlreplicaset.dev/e2e/harness"
)

//go:embed watch.sh
var watchScript string

// tooManyLooks is how many looks in a row, two seconds apart and more under load, a pod may
// be in mysql-read with a history that another, which takes writes, contradicts, or take
// writes beside another. A set sees it at its own next look, and the endpoints follow the
// readiness probe. It is no measure of time: what lasts longer, lasts.
const tooManyLooks = 15

// watcher looks at what all pods of a set serve, while a fault lasts.
type watcher struct {
	set    *subject
	begin  time.Time
	inARow int

	mu      sync.Mutex
	looks   int
	longest time.Duration
	faults  []string
}

// watch begins to. finish ends it, and tells for how long a pod served what another
// contradicted.
func (s *subject) watch(t *testing.T) (finish func(t *testing.T) time.Duration) {
	t.Helper()
	hosts := []string{}
	for ordinal := range s.spec.Replicas {
		hosts = append(hosts, s.Host(ordinal))
	}
	w := &watcher{set: s}
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		listen(s.ClientCommand(watchScript, hosts...), quit, func(line string) { w.see(strings.Fields(line)) })
	}()
	once := sync.OnceFunc(func() {
		close(quit)
		<-ended
	})
	t.Cleanup(once)
	return func(t *testing.T) time.Duration {
		t.Helper()
		once()
		w.mu.Lock()
		defer w.mu.Unlock()
		assert.Positive(t, w.looks, "nobody watched")
		assert.Empty(t, w.faults, "a history is served, or takes writes, that another contradicts")
		return w.longest
	}
}

// see judges one look: a word a pod.
func (w *watcher) see(words []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	contradiction := w.contradiction(words)
	if contradiction == "" {
		w.inARow = 0
		return
	}
	if w.inARow++; w.inARow == 1 {
		w.begin = time.Now()
	}
	w.longest = max(w.longest, time.Since(w.begin))
	if w.inARow == tooManyLooks {
		w.faults = append(w.faults, fmt.Sprintf("for %d looks: %s: %s", w.inARow, contradiction, strings.Join(words, " ")))
	}
}

func (w *watcher) contradiction(words []string) string {
	if open := slices.DeleteFunc(slices.Clone(words), func(word string) bool { return !strings.HasPrefix(word, "open") }); len(open) > 1 {
		return "two pods take writes"
	}
	if !slices.ContainsFunc(words, func(word string) bool { return strings.Contains(word, ":") }) {
		return ""
	}
	ready := w.set.served()
	for ordinal, word := range words {
		_, lacks, found := strings.Cut(word, ":")
		if found && ready[w.set.Pod(ordinal)] {
			return fmt.Sprintf("%s is Ready, and has what the pod lacks that takes writes: %s", w.set.Pod(ordinal), lacks)
		}
	}
	return ""
}

// served are the pods that are Ready.
func (s *subject) served() map[string]bool {
	ready := map[string]bool{}
	out, err := s.Namespace.Try("", "get", "pods", `--output=jsonpath={range .items[*]}{.metadata.name} {.metadata.deletionTimestamp} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}`)
	if err != nil {
		return ready
	}
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		ready[words[0]] = len(words) == 2 && words[1] == "True"
	}
	return ready
}

// waitApplied waits until a set's replicas have applied all that they received.
func (s *subject) waitApplied(t *testing.T) {
	t.Helper()
	harness.Wait(t, "the replicas of "+s.name+" have applied what they received", func() (string, bool) {
		states := []string{}
		for _, replica := range s.replicas() {
			rows, err := s.TryQuery(s.Host(replica), "SHOW REPLICA STATUS")
			if err != nil {
				return err.Error(), false
			}
			if len(rows) > 0 && rows[0]["Replica_SQL_Running"] == "Yes" {
				states = append(states, rows[0]["Replica_SQL_Running_State"])
			}
		}
		return strings.Join(states, "; "), !slices.ContainsFunc(states, func(state string) bool {
			return !strings.HasPrefix(state, "Replica has read all relay log")
		})
	})
}
