package harness

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// NewNamespace makes a namespace with labels, such as
// "pod-security.kubernetes.io/enforce=restricted". It goes with the test, unless the
// test failed and E2E_KEEP is set.
func NewNamespace(t testing.TB, labels ...string) Namespace {
	t.Helper()
	n := LastingNamespace(t, labels...)
	t.Cleanup(func() { n.End(t) })
	return n
}

// LastingNamespace makes one that may outlive the test: End is the caller's.
func LastingNamespace(t testing.TB, labels ...string) Namespace {
	t.Helper()
	words := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(strings.TrimPrefix(t.Name(), "Test")), "-"), "-")
	n := Namespace{Name: fmt.Sprintf("e2e-%.40s-%05d", words, rand.IntN(100000))}
	Kubectl(t, "create", "namespace", n.Name)
	if len(labels) > 0 {
		Kubectl(t, append([]string{"label", "namespace", n.Name}, labels...)...)
	}
	t.Logf("namespace %s %s", n.Name, strings.Join(labels, " "))
	return n
}

// End deletes the namespace; after a test that failed it prints first what there is, and
// deletes nothing if E2E_KEEP is set.
func (n Namespace) End(t testing.TB) {
	if t.Failed() {
		n.dump(t)
		if os.Getenv("E2E_KEEP") != "" {
			t.Logf("E2E_KEEP is set: the namespace %s stays", n.Name)
			return
		}
	}
	require.NoError(t, n.Delete())
}

// Delete deletes it, and waits, so that what comes next has the machine for itself.
func (n Namespace) Delete() error {
	// Nobody needs a clean shutdown any more, which takes a minute.
	_, _, err := kubectl("", "delete", "pods", "--namespace="+n.Name, "--all", "--grace-period=0", "--force")
	if err == nil {
		_, _, err = kubectl("", "delete", "namespace", n.Name)
	}
	return err
}

// CopySecret copies a Secret into another namespace.
func (n Namespace) CopySecret(t testing.TB, name string, to Namespace) {
	t.Helper()
	secret := Get[corev1.Secret](t, n, "secret", name)
	text, err := json.Marshal(corev1.Secret{TypeMeta: secret.TypeMeta, ObjectMeta: metav1.ObjectMeta{Name: name}, Data: secret.Data})
	require.NoError(t, err)
	_, err = to.Try(string(text), "create", "--filename=-")
	require.NoError(t, err)
}

// dump keeps in a file what an operator would look at, and prints the end of it: of all, the
// line that says what failed would be hard to find.
func (n Namespace) dump(t testing.TB) {
	file, err := os.CreateTemp("", n.Name+"-*.txt")
	if err != nil {
		t.Log(err)
		return
	}
	defer func() { _ = file.Close() }()
	show := func(args ...string) (out string) {
		out, err := n.Try("", args...)
		fmt.Fprintf(file, "kubectl %s\n%s\n", strings.Join(args, " "), out)
		if err != nil {
			fmt.Fprintln(file, err)
		}
		return out
	}
	t.Logf("what there was of %s is in %s", n.Name, file.Name())
	t.Log(show("get", "pods", "--output=wide"))
	show("get", "all,configmaps,persistentvolumeclaims,endpointslices", "--output=wide")
	show("get", "events", "--sort-by=.lastTimestamp")
	show("describe", "pods")
	for pod := range strings.FieldsSeq(show("get", "pods", "--output=jsonpath={.items[*].metadata.name}")) {
		logs := strings.Split(show("logs", pod, "--all-containers", "--prefix", "--timestamps", "--ignore-errors", "--tail=200"), "\n")
		// The set's own words; the server's are many.
		logs = slices.DeleteFunc(logs, func(line string) bool { return line == "" || strings.Contains(line, "/mysql] ") })
		t.Log(strings.Join(logs[max(0, len(logs)-5):], "\n"))
	}
}
