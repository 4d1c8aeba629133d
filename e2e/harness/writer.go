package harness

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

//go:embed writer.sh
var writerScript string

// ledger has the numbers that were acknowledged, in all of a test: whatever happens
// to the set, they must be there.
type ledger struct {
	next         int
	acknowledged []int
}

// Writer is a client that writes numbered rows to the primary all the time, and
// keeps what was acknowledged.
type Writer struct {
	set     *Set
	command *exec.Cmd
	stdin   io.Closer
	stderr  strings.Builder
	started chan struct{} // the first row is acknowledged
	ended   chan struct{} // there is nothing more to read

	// of the goroutine that reads, until ended is closed
	failures   map[string]int
	last       time.Time
	longestGap time.Duration
}

// NextRow is the number of the row that the next writer begins with. None may run.
func (s *Set) NextRow() int { return s.ledger.next }

// GiveUpRows forgets the rows from a number on, which were acknowledged by a pod that a
// person gives up. No writer may run.
func (s *Set) GiveUpRows(t testing.TB, from int) {
	t.Helper()
	before := len(s.ledger.acknowledged)
	s.ledger.acknowledged = slices.DeleteFunc(s.ledger.acknowledged, func(id int) bool { return id >= from })
	t.Logf("%d acknowledged rows are given up", before-len(s.ledger.acknowledged))
}

// StartWriter starts one, and returns once its first row is acknowledged.
func (s *Set) StartWriter(t testing.TB) *Writer {
	t.Helper()
	w := s.BeginWriter(t)
	w.WaitFirst(t)
	return w
}

// BeginWriter starts one. It does not wait for a primary that takes its rows.
func (s *Set) BeginWriter(t testing.TB) *Writer {
	t.Helper()
	w := &Writer{set: s, ended: make(chan struct{}), started: make(chan struct{}), failures: map[string]int{}, last: time.Now()}
	args := append([]string{"--namespace=" + s.Namespace.Name}, s.inClient(writerScript, s.Writes(), strconv.Itoa(s.ledger.next))...)
	w.command = exec.Command("kubectl", args...)
	w.command.Stderr = &w.stderr
	stdin, err := w.command.StdinPipe()
	require.NoError(t, err)
	w.stdin = stdin
	stdout, err := w.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, w.command.Start())
	t.Cleanup(func() { _ = w.stdin.Close() })
	go w.read(stdout)
	return w
}

// WaitFirst waits until its first row is acknowledged, or it has ended, which Stop tells.
func (w *Writer) WaitFirst(t testing.TB) {
	t.Helper()
	select {
	case <-w.started:
	case <-w.ended:
	case <-time.After(patience):
		t.Fatalf("the writer to %s wrote nothing", w.set.Writes())
	}
}

// Wrote tells whether a row of it was acknowledged so far.
func (w *Writer) Wrote() bool {
	select {
	case <-w.started:
		return true
	default:
		return false
	}
}

// errorCode is MySQL's number of an error, as the client program prints it.
var errorCode = regexp.MustCompile(`ERROR (\d+)`)

func (w *Writer) read(stdout io.Reader) {
	defer close(w.ended)
	started := false
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		number, message, _ := strings.Cut(rest, " ")
		id, err := strconv.Atoi(number)
		if err != nil {
			w.failures[lines.Text()]++
			continue
		}
		if word != "acknowledged" {
			kind := message
			if code := errorCode.FindStringSubmatch(message); code != nil {
				kind = code[1]
			}
			w.failures[kind]++
			continue
		}
		w.longestGap = max(w.longestGap, time.Since(w.last))
		w.last = time.Now()
		w.set.ledger.acknowledged = append(w.set.ledger.acknowledged, id)
		w.set.ledger.next = id + 1
		if !started {
			close(w.started)
			started = true
		}
	}
}

// curable are the errors that writing again cures: of connecting, of a connection
// or a server that ends, and the empty message of a client that was too slow.
// https://dev.mysql.com/doc/mysql-errors/9.7/en/
var curable = map[string]string{
	"":     "no answer in 20 s",
	"1053": "server shutdown in progress",
	"1077": "normal shutdown",
	"1290": "read-only: the primary is being moved",
	"2002": "cannot connect",
	"2003": "cannot connect",
	"2005": "unknown host: the pod is not in DNS",
	"2013": "connection lost",
	"1158": "network read failed",
	"1159": "network read timed out",
	"3168": "server is not available yet",
}

// Stop ends it, and fails the test if it met an error that no retry cures. It says
// how it went.
func (w *Writer) Stop(t testing.TB) {
	t.Helper()
	select {
	case <-w.ended:
		require.Fail(t, "the writer ended by itself", "%v %s", w.failures, &w.stderr)
	default:
	}
	require.NoError(t, w.stdin.Close())
	<-w.ended
	_ = w.command.Wait()
	errors := []string{}
	for _, kind := range slices.Sorted(maps.Keys(w.failures)) {
		assert.Contains(t, curable, kind, "the writer met an error that no retry cures")
		errors = append(errors, fmt.Sprintf("%d times %s (%s)", w.failures[kind], kind, curable[kind]))
	}
	t.Logf("the writer: %d rows acknowledged so far, longest pause %s, errors: %s",
		len(w.set.ledger.acknowledged), w.longestGap.Round(100*time.Millisecond), strings.Join(errors, ", "))
}
