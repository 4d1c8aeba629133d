package render

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"strconv"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/internal/node"
	"mysqlreplicaset.dev/fn/manifests"
	"mysqlreplicaset.dev/fn/mysql"
)

// Keys of the ConfigMap that are read while a pod runs. They are not in the checksum:
// another value restarts no pod.
const (
	ReplicasKey     = "replicas"      // the number of pods
	FrozenKey       = "frozen"        // whether the primary takes no writes
	OtherEnginesKey = "other-engines" // what a clone does with tables that it leaves empty
)

// Live reports whether a key of the ConfigMap is read while a pod runs.
func Live(key string) bool {
	return key == ReplicasKey || key == FrozenKey || key == OtherEnginesKey
}

// fillConfigMap writes the options of each role, the road's scripts and, on the road of
// the clone plugin, what the scripts read while a pod runs.
func (s *set) fillConfigMap(configMap *yaml.Node) {
	for _, role := range []mysql.Role{mysql.Primary, mysql.Replica} {
		node.Set(configMap, node.String(s.myCnf(role)), "data", string(role)+".cnf")
	}
	for _, script := range manifests.Scripts(s.road) {
		node.Set(configMap, node.String(script.Text), "data", script.Name)
	}
	if s.road == manifests.Plugin {
		node.Set(configMap, node.Quoted(strconv.Itoa(int(*s.Spec.Replicas))), "data", ReplicasKey)
		node.Set(configMap, node.Quoted(strconv.FormatBool(s.Spec.Replication.Frozen)), "data", FrozenKey)
		node.Set(configMap, node.String(s.Spec.Clone.OtherEngines), "data", OtherEnginesKey)
	}
}

// setChecksum makes pods restart when the ConfigMap changes, which alone they
// would not notice. The sum tells changes apart and seals nothing, so it need not
// be cryptographic, only quick: one of 128 bits takes half of all the rendering.
func (s *set) setChecksum(statefulSet, configMap *yaml.Node) {
	sum := fnv.New64a()
	w := bufio.NewWriter(sum)
	for data := node.Get(configMap, "data").Content; len(data) > 0; data = data[2:] {
		if key, text := data[0].Value, data[1].Value; !Live(key) {
			fmt.Fprintf(w, "%d %s\n%d ", len(key), key, len(text))
			w.WriteString(text)
			w.WriteByte('\n')
		}
	}
	w.Flush()
	node.Set(statefulSet, node.String(fmt.Sprintf("fnv64a-%016x", sum.Sum64())),
		"spec", "template", "metadata", "annotations", ChecksumAnnotation)
}
