// Package fn expands a MySQLReplicaSet, a spec of about ten lines, into the
// complete resources of a replicated MySQL: a ConfigMap, a headless Service, a
// read Service and a StatefulSet. The spec is documented in
// [mysqlreplicaset.dev/fn/api/v1alpha1].
//
// There are three ways to use it:
//
//   - [Expand] takes a set made in Go.
//   - [ExpandYAML] takes the text of one.
//   - [Filter] is a step in a kyaml pipeline. It expands every set among the
//     resources, as the program does for kustomize's transformers and for kpt.
//
// All give the same resources, with comments, in the order in which they are
// applied, and the same set always gives the same bytes.
//
// The program fn/cmd/mysqlreplicaset does not use this package: kyaml takes
// longer to initialise than the program lives. Both rest on fn/render.
package fn
