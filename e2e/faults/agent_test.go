package faults

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"mysqlreplicaset.dev/e2e/harness"
)

// agent is a pod that may do anything on the cluster's node, which the node's own
// programs do: kill from outside what cannot be killed from inside, filter a pod's
// packets, mount a disk.
type agent struct {
	namespace harness.Namespace
}

// Mounts that are made under /host appear on the node and in the pods there.
const agentPod = `apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  hostPID: true
  terminationGracePeriodSeconds: 0
  automountServiceAccountToken: false
  containers:
  - name: agent
    image: mysql:9.7
    command: [sleep, infinity]
    securityContext: {privileged: true, runAsUser: 0}
    volumeMounts: [{name: host, mountPath: /host, mountPropagation: Bidirectional}]
  volumes: [{name: host, hostPath: {path: /}}]
`

func startAgent(t *testing.T) *agent {
	a := &agent{namespace: harness.NewNamespace(t)}
	nodes := harness.Get[corev1.NodeList](t, a.namespace, "nodes").Items
	require.Len(t, nodes, 1, "faults are injected on a cluster of one node")
	a.namespace.Apply(t, agentPod)
	a.waitReady(t)
	return a
}

func (a *agent) waitReady(t *testing.T) {
	t.Helper()
	harness.Wait(t, "the agent", func() (string, bool) {
		_, err := a.try("true")
		return "", err == nil
	})
}

// try runs a bash script on the node, with $1 and so on as given.
func (a *agent) try(script string, args ...string) (string, error) {
	return a.namespace.Try("", append([]string{"exec", "agent", "--", "chroot", "/host", "bash", "-c", script, "agent"}, args...)...)
}

// run is try for what cannot fail.
func (a *agent) run(t *testing.T, script string, args ...string) {
	t.Helper()
	_, err := a.try("set -e\n"+script, args...)
	require.NoError(t, err)
}

// processes defines a function of that name, which prints those of the container $1.
// Every cgroup that a runtime makes for a container has its ID in its name.
const processes = `processes() { grep -l -- "$1" /proc/[0-9]*/cgroup 2>/dev/null | cut -d / -f 3; }
`

// kill sends SIGKILL to all processes of a container, and tells whether there were any.
func (a *agent) kill(container string) bool {
	_, err := a.try(processes+`kill -KILL $(processes "$1")`, container)
	return err == nil
}

// filter changes the packet filter of the pod that a container is in. The container's
// first process lasts; others may be probes.
func (a *agent) filter(t *testing.T, container string, rule ...string) {
	t.Helper()
	a.run(t, processes+`for process in $(processes "$1"); do
  if grep -qsP '^NSpid:.*\t1$' "/proc/${process}/status"; then break; fi
done
shift
nsenter --target "${process}" --net iptables --wait "$@"`, append([]string{container}, rule...)...)
}

// running is the ID of a pod's container, or nothing if it does not run.
func running(pod corev1.Pod, container string) string {
	for _, status := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		if status.Name == container && status.State.Running != nil {
			_, id, _ := strings.Cut(status.ContainerID, "://")
			return id
		}
	}
	return ""
}

// waitRunning waits until a container runs that is not the one before, and gives its
// ID; or until the whole pod is Ready, and gives nothing.
func waitRunning(t *testing.T, set *harness.Set, ordinal int, container, before string) (id string) {
	t.Helper()
	begin := time.Now()
	for {
		pod := set.Pods(t)[set.Pod(ordinal)]
		if id := running(pod, container); id != "" && id != before {
			return id
		}
		if harness.ReadyAt(pod) != nil && pod.DeletionTimestamp == nil {
			return ""
		}
		require.Less(t, time.Since(begin), 10*time.Minute, "%s of %s does not run", container, set.Pod(ordinal))
		time.Sleep(200 * time.Millisecond)
	}
}
