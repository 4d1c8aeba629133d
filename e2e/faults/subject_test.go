package faults

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mysqlreplicaset.dev/e2e/harness"
)

// spec is what faults need of a set's spec.
type spec struct {
	Replicas    int         `json:"replicas"`
	Replication replication `json:"replication"`
	Storage     *storage    `json:"storage,omitempty"`
	Config      *config     `json:"config,omitempty"`
}

type replication struct {
	Primary  int  `json:"primary,omitempty"`
	SemiSync bool `json:"semiSync,omitempty"`
}

type storage struct {
	ClassName string `json:"className"`
	Size      string `json:"size"`
}

type config struct {
	Common map[string]any `json:"common"`
}

// String is YAML, too.
func (s spec) String() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// subject is a set that faults are injected into.
type subject struct {
	*harness.Set
	suite  *suite
	disks  *disks
	name   string
	faults []fault
	// spec is what was applied last.
	spec           spec
	writer, reader *client
	figures        figures
	// light sets have little data, so that their volumes are copied in no time.
	light bool
	ordeal
	// failed is the fault that was too much.
	failed string
}

// ordeal is what is known of the fault that is injected now.
type ordeal struct {
	fault fault
	// rewound: it took rows away that only the primary's volume had.
	rewound bool
	// mayStop: the set may need a person.
	mayStop bool
	// accepted is the pod whose history a person accepted after it was reset, or nothing.
	accepted string
}

// begin notes a new one, and when it began.
func (s *subject) begin(t *testing.T, f fault) time.Time {
	t.Helper()
	s.ordeal = ordeal{fault: f, mayStop: f.mayStop}
	return time.Now()
}

func newSubject(name string, faults []fault, spec spec) *subject {
	return &subject{name: name, faults: faults, spec: spec, figures: newFigures()}
}

// deploy makes the set. It does not wait.
func (s *subject) deploy(t *testing.T) {
	namespace := harness.NewNamespace(t, harness.Restricted...)
	t.Logf("the set %s is in the namespace %s", s.name, namespace.Name)
	if s.spec.Storage != nil {
		s.disks.makeVolumes(t, namespace)
	}
	// One Secret for all: a set may meet another that has the same passwords.
	if first := s.suite.subjects[0]; s.suite.history && first != s {
		first.Namespace.CopySecret(t, first.Secret(), namespace)
	}
	s.Set = harness.Deploy(t, harness.ClonePlugin, namespace, rendered(t, s.spec))[0]
}

// waitUp waits until the set is there, and gives it clients and something to clone.
func (s *subject) waitUp(t *testing.T) {
	s.WaitReady(t, s.spec.Replicas)
	s.StartClient(t)
	s.Prepare(t)
	s.Query(t, s.Host(0), "CREATE TABLE test.fill (id INT AUTO_INCREMENT PRIMARY KEY, body LONGBLOB)")
	if s.spec.Storage == nil && !s.light {
		rows := strings.Join(slices.Repeat([]string{"(REPEAT(RANDOM_BYTES(1024), 1024))"}, 16), ", ")
		for range 8 { // 128 MiB, so that a clone takes seconds
			s.Query(t, s.Host(0), "INSERT INTO test.fill (body) VALUES "+rows)
		}
	}
	s.writer = newClient(s.Set, s.Writes(), "INSERT INTO test.numbers (id) VALUES (NUMBER) ON DUPLICATE KEY UPDATE id = id")
	s.reader = newClient(s.Set, s.ReadService(), "SELECT COUNT(*) FROM test.messages")
}

// apply changes the spec.
func (s *subject) apply(t *testing.T, change func(spec *spec)) {
	t.Helper()
	change(&s.spec)
	t.Logf("applying %s", s.spec)
	s.Namespace.Apply(t, rendered(t, s.spec))
	s.Primary = s.spec.Replication.Primary
}

// rendered is the manifest of a spec.
func rendered(t *testing.T, spec spec) string {
	t.Helper()
	return harness.RenderFiles(t, harness.Patched(harness.ClonePlugin.Base, spec.String()))
}

// anyPod is one of all.
func (s *subject) anyPod(random *rand.Rand) int { return random.IntN(s.spec.Replicas) }

// replicas are all but the primary.
func (s *subject) replicas() (ordinals []int) {
	for ordinal := range s.spec.Replicas {
		if ordinal != s.Primary {
			ordinals = append(ordinals, ordinal)
		}
	}
	return ordinals
}

// anyReplica is one of them.
func (s *subject) anyReplica(random *rand.Rand) int {
	replicas := s.replicas()
	return replicas[random.IntN(len(replicas))]
}

// startClients starts writing and reading, and returns once both have begun to.
func (s *subject) startClients(t *testing.T) {
	t.Helper()
	t.Cleanup(s.stopClients)
	s.writer.start()
	s.reader.start()
	s.writer.waitNext(t)
	s.reader.waitNext(t)
}

func (s *subject) stopClients() {
	s.writer.stop()
	s.reader.stop()
}

// waitHealthy waits until the set has healed by itself: all its pods are Ready, it
// takes a row, and every pod gets it.
func (s *subject) waitHealthy(t *testing.T) {
	t.Helper()
	s.WaitReady(t, s.spec.Replicas)
	row := s.writer.waitNext(t)
	s.reader.waitNext(t)
	harness.Wait(t, fmt.Sprintf("row %d is on every pod of %s", row, s.name), func() (string, bool) {
		for ordinal := range s.spec.Replicas {
			rows, err := s.TryQuery(s.Host(ordinal), fmt.Sprintf("SELECT id FROM test.numbers WHERE id = %d", row))
			if err != nil || len(rows) == 0 {
				return "not on " + s.Pod(ordinal), false
			}
		}
		return "", true
	})
	s.WaitReady(t, s.spec.Replicas)
}

// explain prints what an operator would look at first.
func (s *subject) explain(t *testing.T) {
	t.Helper()
	pods, _ := s.Namespace.Try("", "get", "pods", "--output=wide")
	t.Logf("%s is left alone from now on:\n%s", s.name, pods)
	for ordinal := range s.spec.Replicas {
		logs, _ := s.Namespace.Try("", "logs", s.Pod(ordinal), "--all-containers", "--prefix", "--ignore-errors", "--tail=30")
		t.Logf("%s", logs)
	}
}
