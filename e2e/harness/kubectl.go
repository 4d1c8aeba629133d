package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience ends what would otherwise hang for ever. It is no bound that a set must
// keep: nothing comes near it on a machine that works.
const patience = 10 * time.Minute

// kubectl runs kubectl against the cluster of KUBECONFIG, with input on its
// standard input. The error has what kubectl said.
func kubectl(input string, args ...string) (stdout, stderr string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, "kubectl", args...)
	command.Stdin = strings.NewReader(input)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		return out.String(), errs.String(), fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	return out.String(), errs.String(), nil
}

// Kubectl runs kubectl for the whole cluster.
func Kubectl(t testing.TB, args ...string) string {
	t.Helper()
	out, _, err := kubectl("", args...)
	require.NoError(t, err)
	return out
}

// KubectlWith gives kubectl an input, and tells what it said beside its output:
// the API server's warnings.
func KubectlWith(input string, args ...string) (out, warnings string, err error) {
	return kubectl(input, args...)
}

// Namespace is one that a test has for itself.
type Namespace struct {
	Name string
}

// Kubectl runs kubectl in the namespace.
func (n Namespace) Kubectl(t testing.TB, args ...string) string {
	t.Helper()
	out, err := n.Try("", args...)
	require.NoError(t, err)
	return out
}

// Try runs kubectl in the namespace where failing is an answer, too.
func (n Namespace) Try(input string, args ...string) (string, error) {
	out, _, err := kubectl(input, append([]string{"--namespace=" + n.Name}, args...)...)
	return out, err
}

// Apply applies manifests. What the API server warns of fails the test.
func (n Namespace) Apply(t testing.TB, manifests string) {
	t.Helper()
	_, warnings, err := kubectl(manifests, "--namespace="+n.Name, "apply", "--filename=-")
	require.NoError(t, err)
	require.Empty(t, warnings)
}

// Get reads objects, such as "pod", "mysql-0" or "pods", "--selector=app=mysql".
func Get[Object any](t testing.TB, n Namespace, args ...string) (object Object) {
	t.Helper()
	out := n.Kubectl(t, append([]string{"get", "--output=json"}, args...)...)
	require.NoError(t, json.Unmarshal([]byte(out), &object))
	return object
}
