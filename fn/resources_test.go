package fn_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// resources are the objects of a stream, by kind.
type resources struct {
	all          []metav1.Object
	ids          []string // Service shop/mysql
	configMaps   []*corev1.ConfigMap
	secrets      []*corev1.Secret
	services     []*corev1.Service
	budgets      []*policyv1.PodDisruptionBudget
	statefulSets []*appsv1.StatefulSet
}

// read decodes a stream strictly.
func read(t testing.TB, stream string) (r resources) {
	t.Helper()
	if stream == "" {
		return r
	}
	return sorted(t, decodeStrictly(t, stream))
}

func sorted(t testing.TB, objects []runtime.Object) (r resources) {
	t.Helper()
	for _, object := range objects {
		switch o := object.(type) {
		case *corev1.ConfigMap:
			r.configMaps = append(r.configMaps, o)
		case *corev1.Secret:
			r.secrets = append(r.secrets, o)
		case *corev1.Service:
			r.services = append(r.services, o)
		case *policyv1.PodDisruptionBudget:
			r.budgets = append(r.budgets, o)
		case *appsv1.StatefulSet:
			r.statefulSets = append(r.statefulSets, o)
		default:
			require.Failf(t, "a kind that no set has", "%T", object)
		}
		meta := object.(metav1.Object)
		name := meta.GetName()
		if meta.GetNamespace() != "" {
			name = meta.GetNamespace() + "/" + name
		}
		r.all = append(r.all, meta)
		r.ids = append(r.ids, object.GetObjectKind().GroupVersionKind().Kind+" "+name)
	}
	return r
}

// selectors are all that a build selects pods by, with who does.
func (r resources) selectors(t testing.TB) map[string]labels.Selector {
	t.Helper()
	found := map[string]labels.Selector{}
	add := func(owner string, s *metav1.LabelSelector) {
		selector, err := metav1.LabelSelectorAsSelector(s)
		require.NoError(t, err)
		require.False(t, selector.Empty(), "%s selects every pod", owner)
		found[owner] = selector
	}
	for _, s := range r.services {
		add("Service "+s.Name, &metav1.LabelSelector{MatchLabels: s.Spec.Selector})
	}
	for _, b := range r.budgets {
		add("PodDisruptionBudget "+b.Name, b.Spec.Selector)
	}
	for _, s := range r.statefulSets {
		add("StatefulSet "+s.Name, s.Spec.Selector)
		for _, c := range s.Spec.Template.Spec.TopologySpreadConstraints {
			add("the spread over "+c.TopologyKey+" of StatefulSet "+s.Name, c.LabelSelector)
		}
	}
	return found
}

// fitTogether checks what must hold for the resources of any sets, however they
// were composed.
func (r resources) fitTogether(t testing.TB) {
	t.Helper()
	assert.Len(t, slices.Compact(slices.Sorted(slices.Values(r.ids))), len(r.ids), "two resources have the same name: %v", r.ids)
	for _, object := range r.all {
		assert.Equal(t, r.all[0].GetNamespace(), object.GetNamespace(), "namespace of %s", object.GetName())
	}
	for owner, selector := range r.selectors(t) {
		var selected []string
		for _, s := range r.statefulSets {
			if selector.Matches(labelsOf(s, primaryOf(s))) {
				selected = append(selected, s.Name)
			}
		}
		assert.Len(t, selected, 1, "%s selects the pods of one set", owner)
	}
	for _, s := range r.statefulSets {
		selector, err := metav1.LabelSelectorAsSelector(s.Spec.Selector)
		require.NoError(t, err)
		assert.True(t, selector.Matches(labels.Set(s.Spec.Template.Labels)), "StatefulSet %s selects its own pods", s.Name)

		// The scripts find the other pods by this: ${POD_NAME%-*}.
		assert.Equal(t, s.Name, s.Spec.ServiceName, "the StatefulSet and its Service have the same name")
		headless := r.service(s.Name)
		require.NotNil(t, headless, "the Service of StatefulSet %s is there", s.Name)
		assert.Equal(t, corev1.ClusterIPNone, headless.Spec.ClusterIP)
		assert.True(t, headless.Spec.PublishNotReadyAddresses, "an empty primary must see its replicas")

		for _, v := range s.Spec.Template.Spec.Volumes {
			if v.ConfigMap != nil {
				assert.True(t, slices.ContainsFunc(r.configMaps, func(c *corev1.ConfigMap) bool { return c.Name == v.ConfigMap.Name }),
					"the ConfigMap %s is there", v.ConfigMap.Name)
			}
			if v.Secret != nil && len(r.secrets) > 0 {
				assert.True(t, slices.ContainsFunc(r.secrets, func(c *corev1.Secret) bool { return c.Name == v.Secret.SecretName }),
					"the Secret %s is there", v.Secret.SecretName)
			}
		}
	}
	clients, expected := map[string]int{}, map[string]int{} // Services for clients, by the pods of a set that they lead to
	for _, service := range r.services {
		if service.Spec.ClusterIP == corev1.ClusterIPNone {
			continue
		}
		assert.False(t, service.Spec.PublishNotReadyAddresses, "clients go to pods that are Ready")
		for _, s := range r.statefulSets {
			var pods []string
			for ordinal := range 9 { // more than any set here has, so that one pod and all are told apart
				if labels.SelectorFromSet(service.Spec.Selector).Matches(labelsOf(s, fmt.Sprint(ordinal))) {
					pods = append(pods, fmt.Sprint(ordinal))
				}
			}
			if len(pods) > 0 {
				clients[s.Name+" "+strings.Join(pods, "")]++
			}
		}
	}
	for _, s := range r.statefulSets {
		expected[s.Name+" 012345678"]++ // the read Service
		if told := toldPrimary(s); len(told) > 0 {
			assert.Len(t, told, len(containersOf(s)), "every container of %s is told the primary", s.Name)
			assert.Len(t, slices.Compact(slices.Sorted(maps.Values(told))), 1, "and the same one: %v", told)
			expected[s.Name+" "+primaryOf(s)]++ // the Service of the primary
		}
	}
	assert.Equal(t, expected, clients, "each set has one read Service and, where the primary moves, one that leads to it alone")
	r.runWithoutNames(t)
}

// labelsOf are those of a pod, as Kubernetes makes them.
func labelsOf(s *appsv1.StatefulSet, ordinal string) labels.Set {
	set := maps.Clone(labels.Set(s.Spec.Template.Labels))
	set[appsv1.PodIndexLabel] = ordinal
	return set
}

// primaryOf is the ordinal that the server is told, or 0.
func primaryOf(s *appsv1.StatefulSet) string {
	return cmp.Or(toldPrimary(s)["mysql"], "0")
}

// toldPrimary is which ordinal is the primary's, by the container that is told so.
func toldPrimary(s *appsv1.StatefulSet) map[string]string {
	told := map[string]string{}
	for _, c := range containersOf(s) {
		for _, e := range c.Env {
			if e.Name == "PRIMARY_ORDINAL" {
				told[c.Name] = e.Value
			}
		}
	}
	return told
}

// runWithoutNames: what runs in a pod knows neither the set's name nor its
// namespace, so that it stays right whatever an overlay makes of them. The name
// mysql is the exception, for it is also the program's.
func (r resources) runWithoutNames(t testing.TB) {
	t.Helper()
	for _, s := range r.statefulSets {
		for _, name := range []string{s.Name, s.Namespace} {
			// These are words of the scripts, too.
			if slices.Contains([]string{"", "mysql", "off"}, name) {
				continue
			}
			for _, c := range containersOf(s) {
				text, err := json.Marshal(c)
				require.NoError(t, err)
				assert.NotContains(t, string(text), name, "container %s", c.Name)
			}
			for _, c := range r.configMaps {
				for _, key := range slices.Sorted(maps.Keys(c.Data)) {
					assert.NotContains(t, c.Data[key], name, "%s of ConfigMap %s", key, c.Name)
				}
			}
		}
	}
}

func (r resources) service(name string) *corev1.Service {
	for _, s := range r.services {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// containersOf are all containers of a pod, in the order in which they start.
func containersOf(s *appsv1.StatefulSet) []corev1.Container {
	return slices.Concat(s.Spec.Template.Spec.InitContainers, s.Spec.Template.Spec.Containers)
}
