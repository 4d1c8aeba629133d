package harness

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"
)

// Set is one that was rendered, in a namespace of its own or next to others.
type Set struct {
	Road      Road
	Namespace Namespace
	// Name is the StatefulSet's.
	Name string
	// Primary is the ordinal of the primary.
	Primary int

	selector       string
	readService    string
	primaryService string
	secret         string
	appPassword    string // of the tests' own account
	ledger         ledger
}

// Sets reads what was rendered, and gives its sets in their order there.
func Sets(t testing.TB, road Road, namespace Namespace, rendered string) (sets []*Set) {
	t.Helper()
	var services []corev1.Service
	for document := range strings.SplitSeq(rendered, "\n---\n") {
		var meta metav1.TypeMeta
		require.NoError(t, yaml.Unmarshal([]byte(document), &meta))
		switch meta.Kind {
		case "Service":
			var service corev1.Service
			require.NoError(t, yaml.UnmarshalStrict([]byte(document), &service))
			services = append(services, service)
		case "StatefulSet":
			var statefulSet appsv1.StatefulSet
			require.NoError(t, yaml.UnmarshalStrict([]byte(document), &statefulSet))
			sets = append(sets, newSet(t, road, namespace, services, statefulSet))
		}
	}
	require.NotEmpty(t, sets, "no StatefulSet was rendered")
	return sets
}

// newSet finds what belongs to a StatefulSet among the Services before it. Names are
// looked up, not made: the suffix of an overlay stands behind "-read".
func newSet(t testing.TB, road Road, namespace Namespace, services []corev1.Service, statefulSet appsv1.StatefulSet) *Set {
	t.Helper()
	selector := statefulSet.Spec.Selector
	set := &Set{Road: road, Namespace: namespace, Name: statefulSet.Name, selector: metav1.FormatLabelSelector(selector)}
	for _, service := range services {
		if service.Spec.Selector["app"] != selector.MatchLabels["app"] {
			continue
		}
		if service.Labels["readonly"] == "true" {
			set.readService = service.Name
		}
		if index, ok := service.Spec.Selector[appsv1.PodIndexLabel]; ok {
			set.primaryService = service.Name
			_, err := fmt.Sscan(index, &set.Primary)
			require.NoError(t, err)
		}
	}
	require.NotEmpty(t, set.readService)
	for _, volume := range statefulSet.Spec.Template.Spec.Volumes {
		if volume.Name == "auth" {
			set.secret = volume.Secret.SecretName
		}
	}
	return set
}

// Deploy does what the README says: the Secret of each set, unless it is there, then all
// that was rendered, unmodified. It does not wait.
func Deploy(t testing.TB, road Road, namespace Namespace, rendered string) []*Set {
	t.Helper()
	sets := Sets(t, road, namespace, rendered)
	for _, set := range sets {
		if set.secret != "" && namespace.Kubectl(t, "get", "secret", set.secret, "--ignore-not-found") == "" {
			namespace.Kubectl(t, "create", "secret", "generic", set.secret,
				"--from-literal=root-password="+password(), "--from-literal=replication-password="+password())
		}
	}
	namespace.Apply(t, rendered)
	return sets
}

// Up deploys one set, waits until all its pods are Ready and gives it a client.
func Up(t testing.TB, road Road, namespace Namespace, rendered string) *Set {
	t.Helper()
	set := Deploy(t, road, namespace, rendered)[0]
	set.WaitReady(t, set.Replicas(t))
	set.StartClient(t)
	set.Prepare(t)
	return set
}

// Pod is the name of the pod with that ordinal.
func (s *Set) Pod(ordinal int) string { return fmt.Sprintf("%s-%d", s.Name, ordinal) }

// Host is the short name by which a client in the same namespace reaches it.
func (s *Set) Host(ordinal int) string { return s.Pod(ordinal) + "." + s.Name }

// ReadService is the host that reads go to.
func (s *Set) ReadService() string { return s.readService }

// Writes is the host that writes go to, whichever pod is the primary. (The tutorial's
// road has no Service for it.)
func (s *Set) Writes() string {
	if s.primaryService == "" {
		return s.Host(s.Primary)
	}
	return s.primaryService
}

// Claim is the name of its PersistentVolumeClaim.
func (s *Set) Claim(ordinal int) string { return "data-" + s.Pod(ordinal) }

// Secret is the name of the Secret with its passwords.
func (s *Set) Secret() string { return s.secret }

// Password is the one of a key of the Secret, as it is now.
func (s *Set) Password(t testing.TB, key string) string {
	t.Helper()
	return string(Get[corev1.Secret](t, s.Namespace, "secret", s.secret).Data[key])
}

// StatefulSet is what the API server has.
func (s *Set) StatefulSet(t testing.TB) appsv1.StatefulSet {
	t.Helper()
	return Get[appsv1.StatefulSet](t, s.Namespace, "statefulset", s.Name)
}

// HasNewestTemplate tells whether a pod was started with it, which the controller has to
// have seen.
func HasNewestTemplate(set appsv1.StatefulSet, pod corev1.Pod) bool {
	return set.Status.ObservedGeneration == set.Generation &&
		pod.Labels[appsv1.ControllerRevisionHashLabelKey] == set.Status.UpdateRevision
}

// Replicas is the number of pods asked for.
func (s *Set) Replicas(t testing.TB) int {
	t.Helper()
	return int(*s.StatefulSet(t).Spec.Replicas)
}

// Pods are the set's pods by name.
func (s *Set) Pods(t testing.TB) map[string]corev1.Pod {
	t.Helper()
	pods := map[string]corev1.Pod{}
	for _, pod := range Get[corev1.PodList](t, s.Namespace, "pods", "--selector="+s.selector).Items {
		pods[pod.Name] = pod
	}
	return pods
}

// Claims are the set's PersistentVolumeClaims by name.
func (s *Set) Claims(t testing.TB) map[string]corev1.PersistentVolumeClaim {
	t.Helper()
	claims := map[string]corev1.PersistentVolumeClaim{}
	for _, claim := range Get[corev1.PersistentVolumeClaimList](t, s.Namespace, "persistentvolumeclaims", "--selector="+s.selector).Items {
		claims[claim.Name] = claim
	}
	return claims
}

// Scale asks for another number of pods, and waits for them.
func (s *Set) Scale(t testing.TB, replicas int) time.Duration {
	t.Helper()
	s.Namespace.Kubectl(t, "scale", "statefulset", s.Name, fmt.Sprintf("--replicas=%d", replicas))
	return s.WaitReady(t, replicas)
}

// WaitReady waits until the set has that many pods, all Ready and of the newest
// revision, and no other.
func (s *Set) WaitReady(t testing.TB, replicas int) time.Duration {
	t.Helper()
	return Wait(t, fmt.Sprintf("%d pods of %s Ready", replicas, s.Name), func() (string, bool) {
		set := s.StatefulSet(t)
		pods := s.Pods(t)
		done := set.Status.ObservedGeneration == set.Generation && len(pods) == replicas
		states := []string{}
		for _, name := range slices.Sorted(maps.Keys(pods)) {
			pod := pods[name]
			done = done && ReadyAt(pod) != nil && pod.DeletionTimestamp == nil &&
				HasNewestTemplate(set, pod)
			states = append(states, name+" "+state(pod))
		}
		return strings.Join(states, ", "), done
	})
}

// DeletePod deletes a pod and waits until one with its name is Ready again.
func (s *Set) DeletePod(t testing.TB, ordinal int) time.Duration {
	t.Helper()
	before := s.Pods(t)[s.Pod(ordinal)]
	require.NotEmpty(t, before.UID)
	begin := time.Now()
	s.Namespace.Kubectl(t, "delete", "pod", s.Pod(ordinal))
	Wait(t, s.Pod(ordinal)+" Ready again", func() (string, bool) {
		pod, there := s.Pods(t)[s.Pod(ordinal)]
		if !there || pod.UID == before.UID {
			return "not there yet", false
		}
		return state(pod), ReadyAt(pod) != nil
	})
	return time.Since(begin)
}

// KillPods deletes pods with no grace, so that the API server forgets them before they
// have ended. It does not wait for others.
func (s *Set) KillPods(t testing.TB, ordinals ...int) {
	t.Helper()
	args := []string{"delete", "pod", "--grace-period=0", "--force", "--ignore-not-found"}
	for _, ordinal := range ordinals {
		args = append(args, s.Pod(ordinal))
	}
	t.Logf("kubectl %q, the primary is %s", args, s.Pod(s.Primary))
	s.Namespace.Kubectl(t, args...)
}

// RestartPods deletes pods, all at once, and waits until others with their names run,
// whether or not they become Ready.
func (s *Set) RestartPods(t testing.TB, ordinals ...int) {
	t.Helper()
	before := s.Pods(t)
	args := []string{"delete", "pod"}
	for _, ordinal := range ordinals {
		args = append(args, s.Pod(ordinal))
	}
	s.Namespace.Kubectl(t, args...)
	for _, ordinal := range ordinals {
		Wait(t, s.Pod(ordinal)+" runs again", func() (string, bool) {
			pod := s.Pods(t)[s.Pod(ordinal)]
			return state(pod), pod.UID != before[pod.Name].UID && Running(pod, s.Road.Sidecar) != "" && Running(pod, "mysql") != ""
		})
	}
}

// LoseVolume takes a pod's volume away, and the pod, as a lost disk would.
func (s *Set) LoseVolume(t testing.TB, ordinal int) {
	t.Helper()
	before := s.DeleteClaim(t, ordinal)
	s.Namespace.Kubectl(t, "delete", "pod", s.Pod(ordinal))
	s.WaitNewVolume(t, ordinal, before)
}

// DeleteClaim deletes the claim of a pod's volume, which stays for as long as the pod.
// It returns the claim's UID, for WaitNewVolume.
func (s *Set) DeleteClaim(t testing.TB, ordinal int) types.UID {
	t.Helper()
	claim := s.Claims(t)[s.Claim(ordinal)]
	require.NotEmpty(t, claim.UID)
	s.Namespace.Kubectl(t, "delete", "persistentvolumeclaim", claim.Name, "--wait=false")
	return claim.UID
}

// WaitNewVolume waits until a pod has another volume than that of the claim before.
//
// The scheduler may know of the deletion later than the controller of StatefulSets. Then
// it gives the new pod its node for the former volume, no volume is made for the new
// claim, and the pod waits for ever (kubernetes#74374). Another pod mends it: see
// docs/operations.md, "Rebuild a replica".
func (s *Set) WaitNewVolume(t testing.TB, ordinal int, before types.UID) {
	t.Helper()
	Wait(t, "another volume for "+s.Pod(ordinal), func() (string, bool) {
		// The pod first: when it has a node, its claim has the node's name already.
		pod, there := s.Pods(t)[s.Pod(ordinal)]
		claim := s.Claims(t)[s.Claim(ordinal)]
		if claim.UID == before || !there || pod.Spec.NodeName == "" || pod.DeletionTimestamp != nil {
			return "not there", false
		}
		if claim.Status.Phase == corev1.ClaimBound {
			return "", true
		}
		if claim.UID != "" && claim.Annotations["volume.kubernetes.io/selected-node"] == "" {
			t.Logf("%s got a node before %s had a volume: deleted once more (kubernetes#74374)", pod.Name, claim.Name)
			s.Namespace.Kubectl(t, "delete", "pod", pod.Name, "--wait=false")
		}
		return "not bound", false
	})
}

// Logs are a container's.
func (s *Set) Logs(t testing.TB, ordinal int, container string) string {
	t.Helper()
	return s.Namespace.Kubectl(t, "logs", s.Pod(ordinal), "--container="+container)
}
