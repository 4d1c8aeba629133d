package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

// suite is one run.
type suite struct {
	seed     uint64
	end      time.Time
	only     *regexp.Regexp
	agent    *harness.Agent
	subjects []*subject
	// history is set where a person is played, and it is watched what the pods serve.
	history bool
	// quiet is held by a fault that hits all sets, and shared by the others.
	quiet sync.RWMutex
}

// TestFaults injects faults into three sets at once, each on its own, until the time
// is over, and prints the figures. A set in which something went wrong is left alone
// from then on.
func TestFaults(t *testing.T) {
	s := newSuite(t)
	disks := makeDisks(t, s.agent, 2)
	s.subjects = []*subject{
		newSubject("async", faults, spec{Replicas: 3}),
		newSubject("semisync", faults, spec{Replicas: 3, Replication: replication{SemiSync: true}}),
		newSubject("disk", diskFaults, spec{Replicas: 2, Replication: replication{SemiSync: true}, Storage: disks.storage()}),
	}
	for _, subject := range s.subjects {
		subject.disks = disks
	}
	s.run(t)
}

func newSuite(t *testing.T) *suite {
	return &suite{seed: seed(t), only: regexp.MustCompile(os.Getenv("E2E_FAULTS")), agent: harness.StartAgent(t)}
}

// run makes the sets, and injects faults into all of them at once until the time is over.
func (s *suite) run(t *testing.T) {
	s.subjects = slices.DeleteFunc(s.subjects, func(subject *subject) bool { return len(s.cards(subject)) == 0 })
	require.NotEmpty(t, s.subjects, "no fault is called %s", s.only)
	for _, subject := range s.subjects {
		subject.suite = s
		subject.deploy(t)
	}
	for _, subject := range s.subjects {
		subject.waitUp(t)
	}

	duration := duration(t)
	s.end = time.Now().Add(duration)
	t.Cleanup(func() { s.printFigures(t, duration) })
	var sets sync.WaitGroup
	for i, subject := range s.subjects {
		sets.Go(func() { t.Run(subject.name, func(t *testing.T) { s.deal(t, i, subject) }) })
	}
	sets.Wait()
}

func seed(t *testing.T) uint64 {
	seed := rand.Uint64()
	if text := os.Getenv("E2E_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, "E2E_SEED")
	}
	t.Logf("E2E_SEED=%d repeats these faults and moments", seed)
	return seed
}

func duration(t *testing.T) time.Duration {
	text := os.Getenv("E2E_DURATION")
	if text == "" {
		return 10 * time.Minute
	}
	duration, err := time.ParseDuration(text)
	require.NoError(t, err, "E2E_DURATION")
	return duration
}

// cards has each fault of a set as often as its weight says.
func (s *suite) cards(subject *subject) (cards []fault) {
	for _, f := range subject.faults {
		if s.only.MatchString(f.name) && (!f.shared || nodeRestart() != "") {
			cards = append(cards, slices.Repeat([]fault{f}, f.weight)...)
		}
	}
	return cards
}

// deal deals faults to a set: all cards in random order, and again. The randomness of
// each fault is its own, so that how much one needs never changes what comes after it.
func (s *suite) deal(t *testing.T, set int, subject *subject) {
	random := func(number uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, uint64(set)<<32|number)) }
	dealer, cards := random(0), s.cards(subject)
	for number := 1; time.Now().Before(s.end); number++ {
		next := (number - 1) % len(cards)
		if next == 0 {
			dealer.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
		}
		f := cards[next]
		healed := t.Run(fmt.Sprintf("%03d %s", number, f.name), func(t *testing.T) {
			s.strike(t, f, subject, random(uint64(number)))
		})
		if !healed {
			return
		}
	}
}

// strike injects one fault, waits until the sets that it hit have healed, with a person
// where one is needed, and compares their pods.
func (s *suite) strike(t *testing.T, f fault, subject *subject, random *rand.Rand) {
	hit := s.hit(t, f, subject)
	for _, subject := range hit {
		subject.startClients(t)
	}
	sleep(t, random, 3*time.Second)
	begin, finish := subject.begin(t, f), func(*testing.T) time.Duration { return 0 }
	if s.history {
		finish = subject.watch(t)
	}
	subject.figures.countInjected(f.name, f.inject(t, subject, random))
	if s.history {
		subject.settle(t, random)
	}
	for _, subject := range hit {
		subject.waitHealthy(t)
	}
	subject.figures.countHealed(f.name, time.Since(begin))
	t.Logf("healed after %s", time.Since(begin).Round(time.Second))
	subject.figures.countServed(f.name, finish(t))
	for _, subject := range hit {
		subject.stopClients()
		subject.figures.countGaps(f.name, subject.writer.longestGap(), subject.reader.longestGap())
		subject.compare(t)
	}
}

// hit are the sets that a fault hits, which it has for itself until the test ends.
func (s *suite) hit(t *testing.T, f fault, one *subject) []*subject {
	lock, unlock := s.quiet.RLock, s.quiet.RUnlock
	if f.shared {
		lock, unlock = s.quiet.Lock, s.quiet.Unlock
	}
	lock()
	t.Cleanup(func() {
		if t.Failed() {
			one.failed = f.name
			one.explain(t)
		}
		unlock()
	})
	if !f.shared {
		return []*subject{one}
	}
	return slices.DeleteFunc(slices.Clone(s.subjects), func(s *subject) bool { return s.failed != "" })
}
