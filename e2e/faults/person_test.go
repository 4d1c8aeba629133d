package faults

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

// settle plays the person who is called when the set does not heal by itself: reads what
// the pods say, and does what they name, until nothing needs a person.
func (s *subject) settle(t *testing.T, random *rand.Rand) {
	t.Helper()
	for acts := 0; ; acts++ {
		require.Less(t, acts, 8, "a person came again and again")
		ordinal, message := s.waitMessage(t)
		if message == "" {
			return
		}
		t.Logf("a person reads in the log of %s: %s", s.Pod(ordinal), message)
		s.figures.person(s.fault.name, message)
		assert.True(t, s.mayStop, "the set stopped where no copy was lost or rewound")
		s.act(t, ordinal, message, random)
	}
}

// waitMessage waits until the set is whole, or a pod asks for a person, for some looks: a loop
// sees only in its next round what was done to a server.
func (s *subject) waitMessage(t *testing.T) (ordinal int, message string) {
	t.Helper()
	same, wholes := 0, 0
	harness.Wait(t, s.name+" is whole, or needs a person", func() (string, bool) {
		from := s.writer.nextNumber()
		time.Sleep(3 * time.Second)
		ready := s.served()
		writes := s.writer.nextNumber() > from
		whole := writes
		for ordinal := range s.spec.Replicas {
			whole = whole && ready[s.Pod(ordinal)]
		}
		if whole {
			message, same = "", 0
			wholes++
			return "", wholes == 4
		}
		wholes = 0
		before := message
		ordinal, message = s.message(t, writes)
		if message == "" || message != before {
			same = 0
			return message, false
		}
		same++
		return message, same == 3
	})
	return ordinal, message
}

// message is what a pod says that is stopped until a person acts: the primary first, and the
// replicas once it takes writes. The words are the same in its log, with ERROR. As long as the
// pod that is to be the primary has not been started as such, those that were started anew
// hold the rollout, and what the others say is of before.
func (s *subject) message(t *testing.T, writes bool) (ordinal int, message string) {
	t.Helper()
	anew := s.startedAnew(t)
	ordinals := []int{s.Primary}
	switch {
	case !slices.Contains(anew, s.Primary):
		ordinals = anew
	case writes:
		ordinals = s.replicas()
	}
	for _, ordinal := range ordinals {
		if message := s.asks(ordinal); message != "" {
			return ordinal, message
		}
	}
	return 0, ""
}

// startedAnew are the pods that have the newest template.
func (s *subject) startedAnew(t *testing.T) (ordinals []int) {
	t.Helper()
	set, pods := s.StatefulSet(t), s.Pods(t)
	for ordinal := range s.spec.Replicas {
		if harness.HasNewestTemplate(set, pods[s.Pod(ordinal)]) {
			ordinals = append(ordinals, ordinal)
		}
	}
	return ordinals
}

var standing = regexp.MustCompile(`^\d+ stopped (?:no writes(?: yet)?: )?(.*)`)

// asks is the line of a pod's log that asks for a person, if that is why it is stopped now.
func (s *subject) asks(ordinal int) string {
	if log, err := s.Namespace.Try("", "logs", s.Pod(ordinal), "--container=init-mysql", "--tail=1"); err == nil && strings.Contains(log, "NOT initialised") {
		return strings.TrimSpace(log)
	}
	out, err := s.Namespace.Try("", "exec", s.Pod(ordinal), "--container=replication", "--", "cat", "/var/run/mysqld/standing")
	if err != nil {
		return ""
	}
	stopped := standing.FindStringSubmatch(strings.TrimSpace(out))
	if stopped == nil {
		return ""
	}
	log, err := s.Namespace.Try("", "logs", s.Pod(ordinal), "--container=replication")
	if err != nil {
		return ""
	}
	lines := slices.Collect(strings.Lines(log))
	slices.Reverse(lines)
	for _, line := range lines {
		if _, words, found := strings.Cut(line, "ERROR: "); found && (strings.Contains(stopped[1], strings.TrimSpace(words)) || strings.Contains(stopped[1], "; see the log")) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

const smaller = "this pod's history is smaller than it was"

// Messages of the primary that name another pod.
var (
	resetElsewhere = regexp.MustCompile(`the history of (\S+?)\.\S+ was reset`)
	writtenThere   = regexp.MustCompile(`(\S+?)\.\S+ has transactions of its own that it never sent`)
	diverged       = regexp.MustCompile(`this pod has diverged from (\S+?)\.`)
	moreThere      = regexp.MustCompile(`(\S+?)\.\S+ has transactions that this pod lacks`)
)

// act does what the message of a pod says.
func (s *subject) act(t *testing.T, ordinal int, message string, random *rand.Rand) {
	t.Helper()
	named := func(by *regexp.Regexp) int { return s.ordinalOf(t, by.FindStringSubmatch(message)[1]) }
	wasReset := strings.Contains(message, smaller)
	switch {
	case ordinal != s.Primary:
		s.rebuild(t, ordinal, wasReset)
	case resetElsewhere.MatchString(message):
		s.rebuild(t, named(resetElsewhere), true)
	case writtenThere.MatchString(message):
		s.rebuild(t, named(writtenThere), false)
	case diverged.MatchString(message) && s.hasAll(t, ordinal):
		s.rebuild(t, named(diverged), false)
	case s.accepted == s.Pod(ordinal) && moreThere.MatchString(message):
		s.rebuild(t, named(moreThere), false)
	case wasReset && random.IntN(2) == 0 && s.hasAll(t, ordinal):
		out := s.Namespace.Kubectl(t, "exec", s.Pod(ordinal), "--container=replication", "--", "bash", "-c", "bash /etc/mysql/conf.d/accept-history.sh 2>&1")
		require.Contains(t, out, "accepted: the history of this pod is what it has now")
		s.accepted = s.Pod(ordinal)
	default:
		s.appointHeir(t, wasReset)
	}
}

// hasAll tells whether a pod has all rows that were acknowledged.
func (s *subject) hasAll(t *testing.T, ordinal int) bool {
	t.Helper()
	numbers, err := s.numbers(ordinal)
	require.NoError(t, err)
	return len(s.writer.missing(numbers)) == 0
}

func (s *subject) ordinalOf(t *testing.T, pod string) int {
	t.Helper()
	ordinal, err := strconv.Atoi(strings.TrimPrefix(pod, s.Name+"-"))
	require.NoError(t, err)
	return ordinal
}

// rebuild gives up a pod's copy, as docs/operations.md says. What only this pod has may go
// if its history was reset while it took writes.
func (s *subject) rebuild(t *testing.T, ordinal int, mayGiveUp bool) {
	t.Helper()
	until := s.writer.nextNumber()
	there, err := s.numbers(s.Primary)
	require.NoError(t, err)
	kept, err := s.numbers(ordinal)
	require.NoError(t, err)
	s.giveUp(t, until, there, kept, mayGiveUp)
	t.Logf("a person has %s cloned anew", s.Pod(ordinal))
	s.LoseVolume(t, ordinal)
}

// appointHeir makes the replica the primary that has the most rows, and whose history was
// not reset.
func (s *subject) appointHeir(t *testing.T, mayGiveUp bool) {
	t.Helper()
	s.waitApplied(t)
	heir, rows := -1, map[int]bool{}
	for _, replica := range s.replicas() {
		numbers, err := s.numbers(replica)
		require.NoError(t, err)
		if !strings.Contains(s.asks(replica), smaller) && len(numbers) >= len(rows) {
			heir, rows = replica, numbers
		}
	}
	require.NotEqual(t, -1, heir, "no replica can be the primary")
	former, _ := s.numbers(s.Primary) // it may have none, and not even the table
	s.giveUp(t, s.writer.nextNumber(), rows, former, mayGiveUp)
	s.apply(t, func(spec *spec) { spec.Replication.Primary = heir })
}

// giveUp forgets acknowledged rows up to a number that are not there: unsent, if no other
// pod had them either, or else given up by a person, which must have been for a reason.
func (s *subject) giveUp(t *testing.T, until int, there, elsewhere map[int]bool, may bool) {
	t.Helper()
	missing := slices.DeleteFunc(s.writer.missing(there), func(number int) bool { return number >= until })
	known := 0
	for _, number := range missing {
		if elsewhere[number] {
			known++
		}
	}
	if !may {
		assert.Zero(t, known, "acknowledged rows that a surviving volume has are given up")
	}
	if !s.rewound {
		assert.Equal(t, known, len(missing), "acknowledged rows that no pod has")
	}
	t.Logf("%d acknowledged rows are given up, which another pod has; %d were not sent", known, len(missing)-known)
	s.figures.givenUp += known
	s.figures.unsent += len(missing) - known
	s.writer.forget(missing)
}
