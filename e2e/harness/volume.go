package harness

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

// A volume is a directory on the node here: a `local` or `hostPath` volume. While it is
// away from its place, a pod that wants it stays Pending with FailedMount: it has no
// sandbox, no IP and so no name in DNS, as with a disk that cannot be attached.

// Snapshot is a copy of a volume, as it was at one moment.
type Snapshot struct {
	directory string
}

// Snapshot copies a pod's volume while none of the pod's processes runs, which is what
// a snapshot of a disk would have: what was written by then, and no clean shutdown.
func (a *Agent) Snapshot(t testing.TB, s *Set, ordinal int) Snapshot {
	t.Helper()
	snapshot := Snapshot{directory: fmt.Sprintf("/var/tmp/%s-snapshots/%s-%d", a.Namespace.Name, s.Pod(ordinal), a.snapshots.Add(1))}
	t.Cleanup(func() { a.Run(t, `rm -rf "$1"; rmdir --ignore-fail-on-non-empty "${1%/*}"`, snapshot.directory) })
	a.Run(t, processes+`if [[ -n "$1" ]]; then
  frozen=$(processes "$1")
  trap 'kill -CONT ${frozen} 2>/dev/null || true' EXIT
  kill -STOP ${frozen} || true # one of a probe may have ended
fi
[[ -d "$2" ]] || set -- "$1" "$2.away" "$3"
mkdir -p "${3%/*}"
cp -a --reflink=auto "$2" "$3"`, containers(s.Pods(t)[s.Pod(ordinal)]), s.volume(t, ordinal), snapshot.directory)
	t.Logf("took a snapshot of the volume of %s", s.Pod(ordinal))
	return snapshot
}

// Detach takes the volumes of pods away, and the pods with no grace. Their successors
// stay Pending until Attach.
func (a *Agent) Detach(t testing.TB, s *Set, ordinals ...int) {
	t.Helper()
	before := s.Pods(t)
	for _, ordinal := range ordinals {
		volume := s.volume(t, ordinal)
		a.Run(t, `[[ -e "$1.away" ]] || mv -T "$1" "$1.away"`, volume)
		t.Cleanup(func() { _, _ = a.Try(putBack, volume) })
	}
	s.KillPods(t, ordinals...)
	for _, ordinal := range ordinals {
		a.waitGone(t, before[s.Pod(ordinal)])
		Wait(t, s.Pod(ordinal)+" Pending without its volume", func() (string, bool) {
			pod, there := s.Pods(t)[s.Pod(ordinal)]
			return state(pod), there && pod.UID != before[pod.Name].UID && pod.Status.Phase == corev1.PodPending
		})
	}
}

const putBack = `[[ ! -e "$1.away" ]] || mv -T "$1.away" "$1"`

// Attach puts the volumes of detached pods back. The pods that waited for them are
// deleted, since kubelet lets up to two minutes pass before it tries again.
func (a *Agent) Attach(t testing.TB, s *Set, ordinals ...int) {
	t.Helper()
	for _, ordinal := range ordinals {
		a.Run(t, putBack, s.volume(t, ordinal))
	}
	s.KillPods(t, ordinals...)
}

// Put replaces all that a detached pod's volume holds.
func (a *Agent) Put(t testing.TB, s *Set, ordinal int, snapshot Snapshot) {
	t.Helper()
	a.Run(t, `[[ -d "$1.away" ]]
rm -rf "$1.away"
cp -a --reflink=auto "$2" "$1.away"`, s.volume(t, ordinal), snapshot.directory)
	t.Logf("the volume of %s is a snapshot now", s.Pod(ordinal))
}

// Restore is what a person does who restores a pod's volume from a snapshot.
func (a *Agent) Restore(t testing.TB, s *Set, ordinal int, snapshot Snapshot) {
	t.Helper()
	a.Detach(t, s, ordinal)
	a.Put(t, s, ordinal, snapshot)
	a.Attach(t, s, ordinal)
}

// Copy makes one pod's volume a copy of another's.
func (a *Agent) Copy(t testing.TB, s *Set, from, to int) {
	t.Helper()
	a.Restore(t, s, to, a.Snapshot(t, s, from))
}

// Swap gives each of two pods the other's volume.
func (a *Agent) Swap(t testing.TB, s *Set, one, other int) {
	t.Helper()
	a.Detach(t, s, one, other)
	a.Run(t, `mv -T "$1.away" "$1.other"; mv -T "$2.away" "$1.away"; mv -T "$1.other" "$2.away"`, s.volume(t, one), s.volume(t, other))
	a.Attach(t, s, one, other)
}

// volume is the directory of a pod's volume on the node.
func (s *Set) volume(t testing.TB, ordinal int) string {
	t.Helper()
	name := s.Claims(t)[s.Claim(ordinal)].Spec.VolumeName
	require.NotEmpty(t, name, "%s has a volume", s.Claim(ordinal))
	volume := Get[corev1.PersistentVolume](t, s.Namespace, "persistentvolume", name)
	if volume.Spec.Local != nil {
		return volume.Spec.Local.Path
	}
	require.NotNil(t, volume.Spec.HostPath, "the volume %s is a directory on the node", name)
	return volume.Spec.HostPath.Path
}

// waitGone waits until nothing of a pod runs any more, whatever the API server says.
func (a *Agent) waitGone(t testing.TB, pod corev1.Pod) {
	t.Helper()
	ids := containers(pod)
	if ids == "" {
		return
	}
	Wait(t, "the end of what runs in "+pod.Name, func() (string, bool) {
		_, err := a.Try(processes+`[[ -z $(processes "$1") ]]`, ids)
		return "", err == nil
	})
}
