package harness

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// LieInDNS makes a host's name lead to another address in a pod, as a stale answer of
// DNS would, or an address that another pod has got since. The truth comes back with
// tell, or when a container of the pod starts: kubelet then writes /etc/hosts anew.
func (a *Agent) LieInDNS(t testing.TB, s *Set, ordinal int, host, address string) (tell func()) {
	t.Helper()
	pod := s.Pods(t)[s.Pod(ordinal)]
	require.NotEmpty(t, pod.UID)
	// In place: the file is mounted into the containers.
	hosts := "/var/lib/kubelet/pods/" + string(pod.UID) + "/etc-hosts"
	a.Run(t, `printf '%s\t%s\n' "$2" "$3" >>"$1"`, hosts, address, host)
	t.Logf("in %s the name %s leads to %s now", pod.Name, host, address)
	return func() {
		t.Helper()
		a.Run(t, `[[ -e "$1" ]] || exit 0 # the pod is gone
truth=$(grep -vP "^\Q$2\E\t\Q$3\E$" "$1"); printf '%s\n' "${truth}" >"$1"`, hosts, address, host)
		t.Logf("in %s the name %s leads to its pod again", pod.Name, host)
	}
}

// SilenceDNS makes every name that a pod asks for fail with EAI_AGAIN, "Temporary failure
// in name resolution", as a DNS that has too much to do does, until speak is called.
func (a *Agent) SilenceDNS(t testing.TB, s *Set, ordinal int) (speak func()) {
	t.Helper()
	container := Running(s.Pods(t)[s.Pod(ordinal)], "mysql")
	require.NotEmpty(t, container, "mysql of %s runs", s.Pod(ordinal))
	filter := func(action string) {
		for _, protocol := range []string{"udp", "tcp"} {
			a.Filter(t, container, action, "OUTPUT", "--protocol", protocol, "--dport", "53", "--jump", "REJECT")
		}
	}
	filter("--append")
	t.Logf("%s gets no answer from DNS now", s.Pod(ordinal))
	return func() { t.Helper(); filter("--delete") }
}
