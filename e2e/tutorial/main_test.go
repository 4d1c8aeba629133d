// Package tutorial has the scenarios of the Kubernetes tutorial "Run a Replicated
// Stateful Application", and what that page cannot do, on a real cluster. Run it
// with `make e2e`.
package tutorial

import (
	"testing"

	"mysqlreplicaset.dev/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
