package harness

import (
	"fmt"
	"os"
	"testing"
)

// Main is the TestMain of a package of tests: it runs them if the environment is
// that of `make e2e` and the cluster answers.
func Main(m *testing.M) {
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
	os.Exit(m.Run())
}
