package faults

import (
	"bufio"
	_ "embed"
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mysqlreplicaset.dev/e2e/harness"
)

//go:embed repeat.sh
var repeatScript string

// client runs a statement on a host again and again, each time with the next number in
// it, and keeps the numbers that were acknowledged.
type client struct {
	set             *harness.Set
	host, statement string

	quit, ended chan struct{}

	mu           sync.Mutex
	next         int
	acknowledged map[int]bool
	last         time.Time     // something was acknowledged
	longest      time.Duration // without that, since the client was started
	failures     map[string]int
}

func newClient(set *harness.Set, host, statement string) *client {
	return &client{set: set, host: host, statement: statement, acknowledged: map[int]bool{}, failures: map[string]int{}}
}

// start begins. kubectl ends when the client's pod or the API server does: it is
// started again.
func (c *client) start() {
	c.last, c.longest = time.Now(), 0
	quit, ended := make(chan struct{}), make(chan struct{})
	c.quit, c.ended = quit, ended
	go func() {
		defer close(ended)
		for {
			c.run(quit)
			select {
			case <-quit:
				return
			case <-time.After(time.Second):
			}
		}
	}()
}

// stop ends it, after its statement. A client that is stopped stays so.
func (c *client) stop() {
	if c.quit == nil {
		return
	}
	close(c.quit)
	<-c.ended
	c.quit = nil
}

// run goes on until quit is closed or the script ends.
func (c *client) run(quit chan struct{}) {
	listen(c.set.ClientCommand(repeatScript, c.host, strconv.Itoa(c.nextNumber()), c.statement), quit, c.hear)
}

// listen runs a script in the client pod, which ends when its standard input does, and hears
// its lines until quit is closed or it ends.
func listen(command *exec.Cmd, quit chan struct{}, hear func(line string)) {
	stdin, err := command.StdinPipe()
	if err != nil {
		panic(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := command.Start(); err != nil {
		panic(err)
	}
	ended := make(chan struct{})
	go func() {
		select {
		case <-quit:
		case <-ended:
		}
		_ = stdin.Close()
		select {
		case <-ended:
		// A statement takes 20 s at most; the connection to the pod may be dead.
		case <-time.After(30 * time.Second):
			_ = command.Process.Kill()
		}
	}()
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		hear(lines.Text())
	}
	close(ended)
	_ = command.Wait()
}

// errorCode is MySQL's number of an error, as the client program prints it.
var errorCode = regexp.MustCompile(`ERROR (\d+)`)

func (c *client) hear(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	word, rest, _ := strings.Cut(line, " ")
	number, err := strconv.Atoi(rest)
	switch {
	case word == "acknowledged" && err == nil:
		c.acknowledged[number] = true
		c.next = number + 1
		c.longest = max(c.longest, time.Since(c.last))
		c.last = time.Now()
	case errorCode.MatchString(rest):
		c.failures[errorCode.FindStringSubmatch(rest)[1]]++
	default:
		c.failures[rest]++
	}
}

func (c *client) nextNumber() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.next
}

// waitNext waits until a statement that begins from now on is acknowledged, and gives
// its number.
func (c *client) waitNext(t *testing.T) int {
	t.Helper()
	// The one that runs may have begun before.
	number := c.nextNumber() + 1
	harness.Wait(t, fmt.Sprintf("number %d acknowledged by %s", number, c.host), func() (string, bool) {
		return "", c.nextNumber() > number
	})
	return number
}

func (c *client) longestGap() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.longest
}

// forget takes numbers out of what was acknowledged.
func (c *client) forget(lost []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, number := range lost {
		delete(c.acknowledged, number)
	}
}

// acknowledgedFrom are the numbers from one on that were acknowledged.
func (c *client) acknowledgedFrom(first int) (numbers []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for number := range c.acknowledged {
		if number >= first {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// missing are the numbers that were acknowledged and are not there.
func (c *client) missing(there map[int]bool) (lost []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for number := range maps.Keys(c.acknowledged) {
		if !there[number] {
			lost = append(lost, number)
		}
	}
	return lost
}
