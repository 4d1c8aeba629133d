// Package harness deploys rendered sets on a real Kubernetes cluster and looks at
// them as their users do: it renders with kustomize, applies with kubectl, and
// asks MySQL over SQL from a pod in the same namespace. So it runs on any cluster
// that KUBECONFIG names, whether or not its pods can be reached from outside.
//
// It prints what it waits for, and when a test fails all that an operator would
// look at: events, descriptions and logs. No test asserts a time; what is measured
// is printed.
package harness
