package faults

import (
	"math/rand/v2"
	"testing"
	"time"
)

func rollBack(t *testing.T, s *subject, random *rand.Rand) int {
	return s.forwardAndBack(t, random, map[string]any{"max_connections": 200 + random.IntN(100)})
}

// rollBackBroken: mysqld does not start on data with another page size.
func rollBackBroken(t *testing.T, s *subject, random *rand.Rand) int {
	return s.forwardAndBack(t, random, map[string]any{"innodb_page_size": "8k"})
}

// forwardAndBack applies other options, and after a random time of the rollout the
// former ones.
func (s *subject) forwardAndBack(t *testing.T, random *rand.Rand, options map[string]any) int {
	s.apply(t, func(spec *spec) { spec.Config = &config{Common: options} })
	sleep(t, random, 30*time.Second)
	s.apply(t, func(spec *spec) { spec.Config = nil })
	return 1
}
