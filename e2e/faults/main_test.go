// Package faults injects every kind of trouble into sets that run, at random moments,
// while clients write and read, and compares all pods after each. Run it with
// `make e2e-faults`, and with `make e2e-history-faults` those that make histories contradict
// each other.
//
// Environment, beside that of every end-to-end test:
//
//   - E2E_DURATION: how long faults are injected, such as 1h; by default 10m.
//   - E2E_SEED: repeats the faults and moments of the run that printed it.
//   - E2E_FAULTS: a regular expression; only faults whose names match are drawn.
//   - E2E_NODE_RESTART: a shell command that stops and starts the cluster's node.
//     Without it this fault is left out.
//   - E2E_SETS: into how many sets TestHistoryFaults injects them at once; by default 2.
//
// It needs a cluster of one node that lets a privileged pod in.
package faults

import (
	"testing"

	"mysqlreplicaset.dev/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
