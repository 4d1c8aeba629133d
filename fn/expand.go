package fn

import (
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/krm"
	"mysqlreplicaset.dev/fn/render"
)

// Expand returns the resources of a set. Fields that are empty have their
// defaults, and the set is left as it is.
//
// The error is of the type [v1alpha1.Problems] and has everything that is wrong
// with the set; there are no resources then. Warnings are what an operator should
// know about a set that is right, such as a version without support.
func Expand(set *v1alpha1.MySQLReplicaSet) (resources []*yaml.RNode, warnings v1alpha1.Problems, err error) {
	nodes, warnings, err := render.Expand(set)
	return wrap(nodes), warnings, err
}

// ExpandYAML expands a document with one set, as [Expand] does. Unknown fields and
// wrong types are errors.
func ExpandYAML(document []byte) (resources []*yaml.RNode, warnings v1alpha1.Problems, err error) {
	nodes, warnings, err := render.Decoded(v1alpha1.Parse(document))
	return wrap(nodes), warnings, err
}

// Filter expands every MySQLReplicaSet among resources; what it expands to comes
// right after it. The set itself stays, with the annotation
// config.kubernetes.io/local-config, so that nobody applies it; see
// [krm.Transform]. It is an error if there is none, or if two things are the same
// resource.
type Filter struct {
	// Warnings are those of the last run.
	Warnings krm.Findings
}

var _ kio.Filter = (*Filter)(nil)

// Filter implements [kio.Filter]. After errors the resources are unchanged.
func (f *Filter) Filter(resources []*yaml.RNode) ([]*yaml.RNode, error) {
	nodes := make([]*yaml.Node, len(resources))
	for i, resource := range resources {
		nodes[i] = resource.YNode()
	}
	expanded, found := krm.Transform(nodes)
	if err := found.Err(); err != nil {
		return nil, err
	}
	f.Warnings = found
	return wrap(expanded), nil
}

// wrap is free: kyaml's Node is an alias of yaml.v3's.
func wrap(nodes []*yaml.Node) []*yaml.RNode {
	var resources []*yaml.RNode
	for _, n := range nodes {
		resources = append(resources, yaml.NewRNode(n))
	}
	return resources
}
