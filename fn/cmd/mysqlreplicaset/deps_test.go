package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The whole run for one set may take twice as long as a Go program that copies
// its input, about 2.6 ms. These packages spend that before main begins.
func TestDependenciesAreLight(t *testing.T) {
	output, err := exec.Command("go", "list", "-deps", ".").CombinedOutput()
	require.NoError(t, err, string(output))
	packages := strings.Fields(string(output))
	require.Contains(t, packages, "mysqlreplicaset.dev/fn/render")
	for heavy, reason := range map[string]string{
		"sigs.k8s.io/":       "kyaml alone initialises OpenAPI and protobuf for 1.3 ms; only package fn, the library's face, takes it",
		"k8s.io/":            "the same, and a scheme of all types",
		"google.golang.org/": "protobuf registers its types at start",
		"encoding/json":      "nothing here is JSON but the schema, which is only printed",
	} {
		for _, p := range packages {
			assert.False(t, p == strings.TrimSuffix(heavy, "/") || strings.HasPrefix(p, strings.TrimSuffix(heavy, "/")+"/"),
				"imports %s: %s", p, reason)
		}
	}
}
