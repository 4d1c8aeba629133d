package render

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/internal/node"
)

// The label that tells one set from another in a namespace; it is in every
// selector. The others, app.kubernetes.io/name and readonly, stand in the
// manifests and are the same for all sets.
const setLabel = "app"

// OwnerAnnotation is on every resource, with the name of its set as the spec has it.
// By it kpt's next run knows what this one rendered, and a reader where to make a
// change.
const OwnerAnnotation = v1alpha1.Group + "/owner"

// ChecksumAnnotation is on the pods of every set, and on nothing else.
const ChecksumAnnotation = v1alpha1.Group + "/config-checksum"

// setNames gives every resource its name, and makes references and selectors agree.
// The manifests are those of a set "mysql". The headless Service and the StatefulSet
// have the same name, which the scripts rely on: it is all they know of the set, from
// the pod's own name.
func (s *set) setNames(configMap *yaml.Node, services []*yaml.Node, statefulSet *yaml.Node) {
	name := s.Metadata.Name
	set := func(resource *yaml.Node, value string, path ...string) {
		node.Set(resource, node.String(value), path...)
	}
	for _, resource := range slices.Concat([]*yaml.Node{configMap, statefulSet}, services) {
		set(resource, name+strings.TrimPrefix(node.Text(resource, "metadata", "name"), "mysql"), "metadata", "name")
		// The tutorial's StatefulSet has no labels of its own.
		if node.Get(resource, "metadata", "labels") != nil {
			set(resource, name, "metadata", "labels", setLabel)
		}
	}
	for _, service := range services {
		set(service, name, "spec", "selector", setLabel)
	}
	set(statefulSet, name, "spec", "serviceName")
	set(statefulSet, name, "spec", "selector", "matchLabels", setLabel)
	set(statefulSet, name, "spec", "template", "metadata", "labels", setLabel)
	set(volume(statefulSet, "config-map"), name, "configMap", "name")
}

// setMetadata hands the set's namespace, labels and annotations to a resource.
func (s *set) setMetadata(resource *yaml.Node) {
	if s.Metadata.Namespace != "" {
		node.Set(resource, node.String(s.Metadata.Namespace), "metadata", "namespace")
	}
	for _, key := range slices.Sorted(maps.Keys(s.Metadata.Labels)) {
		node.Set(resource, node.String(s.Metadata.Labels[key]), "metadata", "labels", key)
	}
	for _, key := range slices.Sorted(maps.Keys(s.Metadata.Annotations)) {
		if !ofTools(key) {
			node.Set(resource, node.String(s.Metadata.Annotations[key]), "metadata", "annotations", key)
		}
	}
	node.Set(resource, node.String(s.Metadata.Name), "metadata", "annotations", OwnerAnnotation)
}

// ofTools reports whether an annotation is how kustomize, kpt, kubectl or Argo CD
// treat the set itself. On a resource it would do harm: local-config, for one,
// makes kustomize drop it.
func ofTools(annotation string) bool {
	domain, _, _ := strings.Cut(annotation, "/")
	switch domain {
	case "config.kubernetes.io", "internal.config.kubernetes.io", "config.k8s.io", "internal.config.k8s.io",
		"kustomize.config.k8s.io", "internal.kustomize.config.k8s.io", "internal.kpt.dev", "kubectl.kubernetes.io":
		return true
	}
	return false
}
