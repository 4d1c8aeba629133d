package faults

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mysqlreplicaset.dev/e2e/harness"
)

func killMysqld(t *testing.T, s *subject, random *rand.Rand) int {
	return s.kill(t, random, "mysql")
}

func killLoop(t *testing.T, s *subject, random *rand.Rand) int {
	return s.kill(t, random, "replication")
}

// kill kills a container of any pod, among those where it was restarted least often:
// kubelet lets twice as much time pass before each restart, up to five minutes, which
// says nothing of the set.
func (s *subject) kill(t *testing.T, random *rand.Rand, container string) int {
	pods := s.Pods(t)
	restarts := func(ordinal int) int32 {
		for _, status := range pods[s.Pod(ordinal)].Status.ContainerStatuses {
			if status.Name == container {
				return status.RestartCount
			}
		}
		return 0
	}
	ordinals := random.Perm(s.spec.Replicas)
	ordinal := slices.MinFunc(ordinals, func(a, b int) int { return int(restarts(a) - restarts(b)) })
	t.Logf("killing %s of %s, the primary is %s", container, s.Pod(ordinal), s.Pod(s.Primary))
	return s.killed(harness.Running(pods[s.Pod(ordinal)], container))
}

// killed kills a container, and tells how many it killed.
func (s *subject) killed(id string) int {
	if id != "" && s.suite.agent.Kill(id) {
		return 1
	}
	return 0
}

func deletePod(t *testing.T, s *subject, random *rand.Rand) int {
	s.KillPods(t, s.anyPod(random))
	return 1
}

func deleteAllPods(t *testing.T, s *subject, _ *rand.Rand) int {
	s.KillPods(t, append(s.replicas(), s.Primary)...)
	return 1
}

// killClone wipes a replica's volume and kills the clone that follows, up to three
// times.
func killClone(t *testing.T, s *subject, random *rand.Rand) int {
	ordinal := s.anyReplica(random)
	s.wipe(t, ordinal)
	return s.killRepeatedly(t, s.Set, ordinal, "clone-mysql", random)
}

// killInitialisation kills the initialisation of a set of one pod, up to three times.
// That set must come up, with accounts that work.
func killInitialisation(t *testing.T, s *subject, random *rand.Rand) int {
	set := harness.Deploy(t, harness.ClonePlugin, harness.NewNamespace(t, harness.Restricted...), rendered(t, spec{Replicas: 1}))[0]
	kills := s.killRepeatedly(t, set, 0, "init-mysql", random)
	set.WaitReady(t, 1)
	set.StartClient(t)
	set.Prepare(t)
	harness.Wait(t, "the account replication", func() (string, bool) {
		log := set.Logs(t, 0, "replication")
		return log, strings.Contains(log, "the accounts match the Secret")
	})
	return kills
}

// killRepeatedly kills an init container at random moments of its work, once to three
// times, unless it is done before.
func (s *subject) killRepeatedly(t *testing.T, set *harness.Set, ordinal int, container string, random *rand.Rand) (kills int) {
	id := ""
	for range 1 + random.IntN(3) {
		if id = set.WaitRunning(t, ordinal, container, id); id == "" {
			break
		}
		sleep(t, random, 5*time.Second)
		kills += s.killed(id)
		log, _ := set.Namespace.Try("", "logs", set.Pod(ordinal), "--container="+container, "--tail=1")
		t.Logf("%d kills; the last line of %s: %s", kills, container, log)
	}
	return kills
}
