// Package krm holds the hosts of the function: how the command line, kustomize
// and kpt hand over their documents, and how they want them back.
//
// Each host is a pure function from parsed documents to a [Report], which says
// what goes to standard output and what is to be told. What they share, the
// expansion of the sets among a list of resources, is in expand.go.
//
// Neither kyaml nor any package of Kubernetes may be imported here: initialising
// them takes longer than the program lives. A test of fn/cmd/mysqlreplicaset
// guards this.
package krm

// Report is what one run came to.
type Report struct {
	// Output is for standard output. It is all there or, after errors, empty,
	// except that a ResourceList comes back with its items as they were and with
	// the errors as results; see [Function].
	Output []byte
	// Findings are for standard error, in the order of the input.
	Findings Findings
}
