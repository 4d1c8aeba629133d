package harness

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

// Agent is a pod that may do anything on the cluster's node, which the node's own
// programs do: kill from outside what cannot be killed from inside, filter a pod's
// packets, mount a disk, copy a volume.
type Agent struct {
	Namespace Namespace
	snapshots atomic.Int64
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

// StartAgent starts one, in a namespace of its own. It needs a cluster of one node.
func StartAgent(t testing.TB) *Agent {
	t.Helper()
	return StartAgentIn(t, NewNamespace(t))
}

// StartAgentIn starts one in a namespace that lets a privileged pod in.
func StartAgentIn(t testing.TB, namespace Namespace) *Agent {
	t.Helper()
	a := &Agent{Namespace: namespace}
	nodes := Get[corev1.NodeList](t, a.Namespace, "nodes").Items
	require.Len(t, nodes, 1, "faults are injected on a cluster of one node")
	a.Namespace.Apply(t, agentPod)
	a.WaitReady(t)
	return a
}

// WaitReady waits until it runs, also after the node was away.
func (a *Agent) WaitReady(t testing.TB) {
	t.Helper()
	Wait(t, "the agent", func() (string, bool) {
		_, err := a.Try("true")
		return "", err == nil
	})
}

// Try runs a bash script on the node, with $1 and so on as given.
func (a *Agent) Try(script string, args ...string) (string, error) {
	return a.Namespace.Try("", append([]string{"exec", "agent", "--", "chroot", "/host", "bash", "-c", script, "agent"}, args...)...)
}

// Run is Try for what cannot fail.
func (a *Agent) Run(t testing.TB, script string, args ...string) {
	t.Helper()
	_, err := a.Try("set -e\n"+script, args...)
	require.NoError(t, err)
}

// processes defines a function of that name, which prints those of the containers
// $1, a basic regular expression. Every cgroup that a runtime makes for a container has
// its ID in its name.
const processes = `processes() { grep -l -- "$1" /proc/[0-9]*/cgroup 2>/dev/null | cut -d / -f 3; }
`

// Kill sends SIGKILL to all processes of a container, and tells whether there were any.
func (a *Agent) Kill(container string) bool {
	_, err := a.Try(processes+`kill -KILL $(processes "$1")`, container)
	return err == nil
}

// Processes are the names of a container's processes that are there all the time for some
// seconds, with ":Z" where one has ended and process 1 has not reaped it: others come and go.
func (a *Agent) Processes(t testing.TB, container string) string {
	t.Helper()
	out, err := a.Try(processes+`look() {
  for process in $(processes "$1"); do
    sed -E 's/^([0-9]+) \((.*)\) ([A-Z]) .*/\1 \2:\3/; s/:[^Z]$//' "/proc/${process}/stat" 2>/dev/null
  done | sort
}
look "$1" >/tmp/e2e-processes.$$
for _ in 1 2 3 4 5 6; do
  sleep 2
  comm -12 /tmp/e2e-processes.$$ <(look "$1") >/tmp/e2e-processes.$$.new
  mv /tmp/e2e-processes.$$.new /tmp/e2e-processes.$$
done
cut -d " " -f 2 /tmp/e2e-processes.$$ | sort | tr "\n" " "
rm /tmp/e2e-processes.$$`, container)
	require.NoError(t, err)
	return out
}

// CommandLines are the command lines and environments of a container's processes, looked at
// for some seconds.
func (a *Agent) CommandLines(t testing.TB, container string) string {
	t.Helper()
	out, err := a.Try(processes+`for _ in {1..100}; do
  for process in $(processes "$1"); do
    tr "\0" " " <"/proc/${process}/cmdline" && tr "\0" " " <"/proc/${process}/environ" && echo
  done 2>/dev/null
done | sort -u`, container)
	require.NoError(t, err)
	return out
}

// Freeze stops all processes of a pod's container, as a machine under load would, until
// thaw is called or the test ends.
func (a *Agent) Freeze(t testing.TB, s *Set, ordinal int, container string) (thaw func()) {
	t.Helper()
	id := Running(s.Pods(t)[s.Pod(ordinal)], container)
	require.NotEmpty(t, id, "%s of %s runs", container, s.Pod(ordinal))
	a.Run(t, processes+`kill -STOP $(processes "$1")`, id)
	thaw = func() { _, _ = a.Try(processes+`kill -CONT $(processes "$1")`, id) }
	t.Cleanup(thaw)
	return thaw
}

// Deafen drops what comes to a pod's MySQL from other pods, until hear is called: it has
// an address and a name, and does not answer.
func (a *Agent) Deafen(t testing.TB, s *Set, ordinal int) (hear func()) {
	t.Helper()
	container := Running(s.Pods(t)[s.Pod(ordinal)], "mysql")
	require.NotEmpty(t, container, "mysql of %s runs", s.Pod(ordinal))
	filter := func(action string) {
		a.Filter(t, container, action, "INPUT", "!", "--in-interface", "lo", "--protocol", "tcp", "--dport", "3306", "--jump", "DROP")
	}
	filter("--append")
	t.Logf("%s does not answer now", s.Pod(ordinal))
	return func() { t.Helper(); filter("--delete") }
}

// Filter changes the packet filter of the pod that a container is in. The container's
// first process lasts; others may be probes.
func (a *Agent) Filter(t testing.TB, container string, rule ...string) {
	t.Helper()
	a.Run(t, processes+`for process in $(processes "$1"); do
  if grep -qsP '^NSpid:.*\t1$' "/proc/${process}/status"; then break; fi
done
shift
nsenter --target "${process}" --net iptables --wait "$@"`, append([]string{container}, rule...)...)
}

// Running is the ID of a pod's container, or nothing if it does not run.
func Running(pod corev1.Pod, container string) string {
	for _, status := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		if status.Name == container && status.State.Running != nil {
			return containerID(status)
		}
	}
	return ""
}

// containers is a basic regular expression of the IDs of a pod's containers, or empty if
// none was started.
func containers(pod corev1.Pod) string {
	ids := []string{}
	for _, status := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		if id := containerID(status); id != "" {
			ids = append(ids, id)
		}
	}
	return strings.Join(ids, `\|`)
}

func containerID(status corev1.ContainerStatus) string {
	_, id, _ := strings.Cut(status.ContainerID, "://")
	return id
}

// WaitRunning waits until a container runs that is not the one before, and gives its
// ID; or until the whole pod is Ready, and gives nothing.
func (s *Set) WaitRunning(t testing.TB, ordinal int, container, before string) (id string) {
	t.Helper()
	begin := time.Now()
	for {
		pod := s.Pods(t)[s.Pod(ordinal)]
		if id := Running(pod, container); id != "" && id != before {
			return id
		}
		if ReadyAt(pod) != nil && pod.DeletionTimestamp == nil {
			return ""
		}
		require.Less(t, time.Since(begin), patience, "%s of %s does not run", container, s.Pod(ordinal))
		time.Sleep(200 * time.Millisecond)
	}
}
