package faults

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// nodeRestart is the command that stops and starts the cluster's node, if there is one.
func nodeRestart() string { return os.Getenv("E2E_NODE_RESTART") }

func restartNode(t *testing.T, s *subject, _ *rand.Rand) int {
	out, err := exec.Command("bash", "-c", nodeRestart()).CombinedOutput()
	require.NoError(t, err, "%s", out)
	s.suite.agent.WaitReady(t)
	s.disks.mount(t)
	return 1
}
