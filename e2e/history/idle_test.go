package history

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"mysqlreplicaset.dev/e2e/harness"
)

// subject is a set of three pods, with what does to it what a person cannot.
type subject struct {
	*harness.Set
	node *harness.Agent
	// spec is what it was made of.
	spec string
	// since is when the test began: what logs said before is another's.
	since time.Time
}

// up is a set of bases/mysql with some rows, which all its pods have: one that a test
// left as whole as this, if there is one, since making it takes a minute.
func up(t *testing.T, spec string) *subject {
	t.Helper()
	if spec == "{}" {
		if s := idle.take(); s != nil {
			t.Logf("the set of %s", s.Namespace.Name)
			t.Cleanup(func() { s.leave(t) })
			write(t, s.Set)
			s.CheckData(t)
			s.since = time.Now()
			return s
		}
	}
	s := &subject{Set: &harness.Set{Namespace: harness.LastingNamespace(t, harness.Restricted...)}, spec: spec, since: time.Now()}
	t.Cleanup(func() { s.leave(t) })
	s.node = harness.StartAgentIn(t, harness.LastingNamespace(t))
	s.Set = upIn(t, s.Namespace, spec)
	return s
}

// leave keeps the set for another test, if it is as up would make it, and otherwise ends it.
func (s *subject) leave(t *testing.T) {
	if s.spec == "{}" && s.Primary == 0 && !t.Failed() {
		idle.put(s)
		return
	}
	s.Namespace.End(t)
	if s.node != nil {
		s.node.Namespace.End(t)
	}
}

func upIn(t *testing.T, namespace harness.Namespace, spec string) *harness.Set {
	t.Helper()
	set := harness.Up(t, harness.ClonePlugin, namespace, render(t, spec))
	write(t, set)
	set.CheckData(t)
	return set
}

// idle are the sets that no test uses.
var idle pool

type pool struct {
	lock sync.Mutex
	sets []*subject
}

func (p *pool) take() (s *subject) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if len(p.sets) > 0 {
		s, p.sets = p.sets[0], p.sets[1:]
	}
	return s
}

func (p *pool) put(s *subject) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.sets = append(p.sets, s)
}

func TestMain(m *testing.M) {
	harness.Main(m, func() {
		for s := idle.take(); s != nil; s = idle.take() {
			for _, namespace := range []harness.Namespace{s.Namespace, s.node.Namespace} {
				if err := namespace.Delete(); err != nil {
					fmt.Fprintln(os.Stderr, err)
				}
			}
		}
	})
}
