package render

import (
	"fmt"
	"hash/fnv"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/internal/node"
	"mysqlreplicaset.dev/fn/manifests"
	"mysqlreplicaset.dev/fn/mysql"
)

// fillConfigMap writes the options of each role and the road's scripts.
func (s *set) fillConfigMap(configMap *yaml.Node) {
	for _, role := range []mysql.Role{mysql.Primary, mysql.Replica} {
		node.Set(configMap, node.String(s.myCnf(role)), "data", string(role)+".cnf")
	}
	for _, script := range manifests.Scripts(s.road) {
		node.Set(configMap, node.String(script.Text), "data", script.Name)
	}
}

// setChecksum makes pods restart when the ConfigMap changes, which alone they
// would not notice. The sum tells changes apart and seals nothing, so it need not
// be cryptographic, only quick: one of 128 bits takes half of all the rendering.
func (s *set) setChecksum(statefulSet, configMap *yaml.Node) {
	sum := fnv.New64a()
	for _, text := range node.Get(configMap, "data").Content {
		fmt.Fprintf(sum, "%d %s\n", len(text.Value), text.Value)
	}
	node.Set(statefulSet, node.String(fmt.Sprintf("fnv64a-%016x", sum.Sum64())),
		"spec", "template", "metadata", "annotations", checksumAnnotation)
}
