package harness

import (
	"fmt"
	"os"
	"testing"
)

// Main is the TestMain of a package of tests: it runs them if the environment is
// that of `make e2e` and the cluster answers, and then what is to be done in the end.
func Main(m *testing.M, finally ...func()) {
	for _, name := range []string{"KUBECONFIG", "KUSTOMIZE", "KUSTOMIZE_PLUGIN_HOME", "MYSQLREPLICASET"} {
		if os.Getenv(name) == "" {
			fmt.Fprintf(os.Stderr, "%s is not set; run `make e2e`, with KUBECONFIG naming a cluster that is there to be tested on\n", name)
			os.Exit(2)
		}
	}
	if _, _, err := kubectl("", "get", "nodes"); err != nil {
		fmt.Fprintf(os.Stderr, "the cluster of KUBECONFIG does not answer: %s\n", err)
		os.Exit(2)
	}
	status := m.Run()
	for _, do := range finally {
		do()
	}
	os.Exit(status)
}
