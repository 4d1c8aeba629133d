package fn_test

import (
	"fmt"
	"os"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"mysqlreplicaset.dev/fn"
	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

func ExampleExpand() {
	resources, _, err := fn.Expand(&v1alpha1.MySQLReplicaSet{
		APIVersion: v1alpha1.APIVersion,
		Kind:       v1alpha1.Kind,
		Metadata:   v1alpha1.Metadata{Name: "orders", Namespace: "shop"},
		Spec:       v1alpha1.Spec{Replicas: new(int32(5))},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, resource := range resources {
		fmt.Println(resource.GetKind(), resource.GetNamespace()+"/"+resource.GetName())
	}
	replicas, err := resources[4].Pipe(yaml.Lookup("spec", "replicas"))
	fmt.Println("replicas:", yaml.GetValue(replicas), err)
	// Output:
	// ConfigMap shop/orders
	// Service shop/orders
	// Service shop/orders-read
	// Service shop/orders-primary
	// StatefulSet shop/orders
	// replicas: 5 <nil>
}

// Everything that is wrong is told at once, and nothing is expanded.
func ExampleExpandYAML() {
	_, _, err := fn.ExpandYAML([]byte(`
apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata:
  name: orders
spec:
  replcas: 5
  storage:
    retention: {whenDeleted: Never}
`))
	fmt.Println(err)
	// Output:
	// spec.replcas: unknown field; did you mean replicas?
	// spec.storage.retention.whenDeleted: found "Never", expected Retain or Delete
}

// A set that an operator should look at is expanded all the same.
func ExampleExpandYAML_warnings() {
	resources, warnings, err := fn.ExpandYAML([]byte(`
apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata:
  name: orders
spec:
  version: "5.7"
`))
	fmt.Println(len(resources), err)
	for _, warning := range warnings {
		fmt.Println(warning.Field)
	}
	// Output:
	// 4 <nil>
	// spec.version
}

// The set stays among the resources, marked so that nobody applies it.
func ExampleFilter() {
	var output strings.Builder
	err := kio.Pipeline{
		Inputs: []kio.Reader{&kio.ByteReader{OmitReaderAnnotations: true, Reader: strings.NewReader(`
apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata:
  name: orders # ours
spec: {}
---
apiVersion: v1
kind: Namespace
metadata:
  name: shop
`)}},
		Filters: []kio.Filter{&fn.Filter{}, kio.FilterFunc(namesOnly)},
		Outputs: []kio.Writer{kio.ByteWriter{Writer: &output}},
	}.Execute()
	fmt.Fprint(os.Stdout, output.String(), err)
	// Output:
	// apiVersion: mysqlreplicaset.dev/v1alpha1
	// kind: MySQLReplicaSet
	// metadata:
	//   name: orders # ours
	//   annotations:
	//     config.kubernetes.io/local-config: "true"
	// spec: {}
	// ---
	// kind: ConfigMap
	// metadata:
	//   name: orders
	// ---
	// kind: Service
	// metadata:
	//   name: orders
	// ---
	// kind: Service
	// metadata:
	//   name: orders-read
	// ---
	// kind: Service
	// metadata:
	//   name: orders-primary
	// ---
	// kind: StatefulSet
	// metadata:
	//   name: orders
	// ---
	// apiVersion: v1
	// kind: Namespace
	// metadata:
	//   name: shop
	// <nil>
}

// namesOnly shortens what the example shows.
func namesOnly(resources []*yaml.RNode) ([]*yaml.RNode, error) {
	for i, resource := range resources {
		switch resource.GetKind() {
		case "ConfigMap", "Service", "StatefulSet":
			short := fmt.Sprintf("kind: %s\nmetadata:\n  name: %s\n", resource.GetKind(), resource.GetName())
			resources[i] = yaml.MustParse(short)
		}
	}
	return resources, nil
}
