package faults

import (
	"math/rand/v2"
	"testing"
	"time"

	"mysqlreplicaset.dev/e2e/harness"
)

// cutNetwork drops packets between the primary and all or one of its replicas for a
// while: those that come INPUT to the primary, those that go OUTPUT from it, or both.
// Clients are not cut off.
func cutNetwork(chains ...string) func(t *testing.T, s *subject, random *rand.Rand) int {
	side := map[string]string{"INPUT": "--source", "OUTPUT": "--destination"}
	return func(t *testing.T, s *subject, random *rand.Rand) int {
		replicas := s.replicas()
		if random.IntN(2) == 0 {
			replicas = []int{s.anyReplica(random)}
		}
		t.Logf("cutting %v between the primary, %d, and %v", chains, s.Primary, replicas)
		pods := s.Pods(t)
		container := harness.Running(pods[s.Pod(s.Primary)], "mysql")
		filter := func(action string) {
			for _, replica := range replicas {
				for _, chain := range chains {
					address := pods[s.Pod(replica)].Status.PodIP
					s.suite.agent.Filter(t, container, action, chain, side[chain], address, "--jump", "DROP")
				}
			}
		}
		filter("--append")
		sleep(t, random, 20*time.Second)
		filter("--delete")
		return 1
	}
}
