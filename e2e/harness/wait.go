package harness

import (
	"testing"
	"time"
)

// Wait looks again and again until what it waits for is there. It prints what that
// is, every change of what was seen meanwhile, and how long it took.
func Wait(t testing.TB, what string, look func() (seen string, done bool)) time.Duration {
	t.Helper()
	t.Logf("waiting: %s", what)
	begin, last := time.Now(), ""
	for {
		seen, done := look()
		took := time.Since(begin)
		if done {
			t.Logf("after %s: %s", took.Round(time.Second), what)
			return took
		}
		if seen != last {
			t.Logf("  %3.0f s: %s", took.Seconds(), seen)
			last = seen
		}
		if took > patience {
			t.Fatalf("not after %s: %s; last seen: %s", patience, what, seen)
		}
		// A look costs a tenth of a second of a core, for kubectl and what it runs.
		time.Sleep(time.Second)
	}
}

// Hold looks again and again for a while, and fails the test if once something is no
// longer so: what must never happen cannot be waited for. The test goes on.
func Hold(t testing.TB, while time.Duration, what string, look func() (seen string, holds bool)) {
	t.Helper()
	t.Logf("watching for %s: %s", while, what)
	for begin := time.Now(); time.Since(begin) < while; time.Sleep(2 * time.Second) {
		if seen, holds := look(); !holds {
			t.Errorf("after %s no longer so: %s; seen: %s", time.Since(begin).Round(time.Second), what, seen)
			return
		}
	}
}
