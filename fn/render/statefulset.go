package render

import (
	"maps"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/internal/node"
	"mysqlreplicaset.dev/fn/manifests"
)

// podSpec is the pod template's spec.
func podSpec(statefulSet *yaml.Node) *yaml.Node {
	return node.Get(statefulSet, "spec", "template", "spec")
}

// containers are all containers of the pod, in the order in which they start.
func containers(statefulSet *yaml.Node) []*yaml.Node {
	pod := podSpec(statefulSet)
	return slices.Concat(node.Get(pod, "initContainers").Content, node.Get(pod, "containers").Content)
}

func container(statefulSet *yaml.Node, name string) *yaml.Node {
	for _, c := range containers(statefulSet) {
		if node.Text(c, "name") == name {
			return c
		}
	}
	return nil
}

func volume(statefulSet *yaml.Node, name string) *yaml.Node {
	return node.Named(node.Get(podSpec(statefulSet), "volumes"), name)
}

func (s *set) size(statefulSet *yaml.Node) {
	node.Set(statefulSet, node.Int(strconv.Itoa(int(*s.Spec.Replicas))), "spec", "replicas")
}

// setImages: XtraBackup's containers have its image, all others MySQL's.
func (s *set) setImages(statefulSet *yaml.Node) {
	image := s.dialect.Image
	if s.Spec.Image != "" {
		image = s.Spec.Image
	}
	for _, c := range containers(statefulSet) {
		node.Set(c, node.String(image), "image")
	}
	if s.road == manifests.XtraBackup {
		image = s.dialect.CloneImage
		if s.Spec.Clone.Image != "" {
			image = s.Spec.Clone.Image
		}
		node.Set(container(statefulSet, "clone-mysql"), node.String(image), "image")
		node.Set(container(statefulSet, "xtrabackup"), node.String(image), "image")
	}
}

// primary is the ordinal of the primary.
func (s *set) primary() string { return strconv.Itoa(int(*s.Spec.Replication.Primary)) }

// primaryService leads writers to the primary.
func (s *set) primaryService() *yaml.Node {
	service := manifests.ServicePrimary()
	node.Set(service, node.Quoted(s.primary()), "spec", "selector", "apps.kubernetes.io/pod-index")
	return service
}

// setEnvironment tells every script which pod is the primary, where it can be moved,
// and the readiness probe how much lag is allowed, and the words of the version.
func (s *set) setEnvironment(statefulSet *yaml.Node) {
	environment := node.Get(container(statefulSet, "mysql"), "env")
	node.Set(node.Named(environment, "MAX_LAG_SECONDS"), node.Quoted(strconv.Itoa(int(*s.Spec.Replication.MaxLagSeconds))), "value")
	for _, c := range containers(statefulSet) {
		if primary := node.Named(node.Get(c, "env"), "PRIMARY_ORDINAL"); primary != nil {
			node.Set(primary, node.Quoted(s.primary()), "value")
		}
	}
	node.Set(node.Named(environment, "SHOW_REPLICA_STATUS"), node.String(s.dialect.Statements.ShowReplicaStatus), "value")
}

// setResources gives the mysql container its resources, and the init containers
// that run a server as well: Kubernetes counts the larger, not the sum.
func (s *set) setResources(statefulSet *yaml.Node) {
	resources := node.Map()
	for _, kind := range []struct {
		name    string
		amounts map[string]v1alpha1.Quantity
	}{{"limits", s.Spec.Resources.Limits}, {"requests", s.Spec.Resources.Requests}} {
		for _, resource := range slices.Sorted(maps.Keys(kind.amounts)) {
			node.Set(resources, node.String(string(kind.amounts[resource])), kind.name, resource)
		}
	}
	for _, c := range containers(statefulSet) {
		switch name := node.Text(c, "name"); {
		case name == "mysql", s.road == manifests.Plugin && (name == "init-mysql" || name == "clone-mysql"):
			node.Set(c, node.Clone(resources), "resources")
		}
	}
}

// setStorage describes the volume claims. Keeping the volumes is what a
// StatefulSet does by itself, and goes without saying.
func (s *set) setStorage(statefulSet *yaml.Node) {
	storage := s.Spec.Storage
	claim := node.Get(statefulSet, "spec", "volumeClaimTemplates").Content[0]
	node.Set(claim, node.String(string(storage.Size)), "spec", "resources", "requests", "storage")
	if storage.ClassName != "" {
		node.Set(claim, node.String(storage.ClassName), "spec", "storageClassName")
	}
	if storage.Retention.WhenDeleted != v1alpha1.Retain || storage.Retention.WhenScaled != v1alpha1.Retain {
		node.Set(statefulSet, node.String(storage.Retention.WhenDeleted), "spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted")
		node.Set(statefulSet, node.String(storage.Retention.WhenScaled), "spec", "persistentVolumeClaimRetentionPolicy", "whenScaled")
	}
}
