package argocd

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"mysqlreplicaset.dev/e2e/harness"
)

// application is one of Argo CD's, in the namespace argocd.
type application struct{ name, destination string }

func (a application) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	return harness.Kubectl(t, append([]string{"--namespace=argocd"}, args...)...)
}

// create makes another Application of the page's example, with fields for its
// kustomization.
func (a application) create(t *testing.T, p *page, kustomize map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.folder, "hosts/argocd/application.yaml"))
	require.NoError(t, err)
	var object map[string]any
	require.NoError(t, yaml.Unmarshal(text, &object))
	object["metadata"].(map[string]any)["name"] = a.name
	spec := object["spec"].(map[string]any)
	spec["destination"].(map[string]any)["namespace"] = a.destination
	spec["source"].(map[string]any)["kustomize"] = kustomize
	text, err = yaml.Marshal(object)
	require.NoError(t, err)
	_, _, err = harness.KubectlWith(string(text), "apply", "--filename=-")
	require.NoError(t, err)
}

// delete removes the Application, and not what it has deployed.
func (a application) delete(t *testing.T) {
	a.kubectl(t, "delete", "application", a.name, "--ignore-not-found")
}

// set is the one that the Application deploys.
func (a application) set(t *testing.T, rendered string) *harness.Set {
	t.Helper()
	return harness.Sets(t, harness.ClonePlugin, harness.Namespace{Name: a.destination}, rendered)[0]
}

// status is what Argo CD says of an Application.
type status struct {
	Sync       struct{ Status string }
	Health     struct{ Status string }
	Conditions []struct{ Type, Message string }
	Operation  struct{ Phase, Message string } `json:"operationState"`
}

func (a application) status(t *testing.T) (s status) {
	t.Helper()
	var object struct{ Status status }
	require.NoError(t, json.Unmarshal([]byte(a.kubectl(t, "get", "application", a.name, "--output=json")), &object))
	return object.Status
}

func (s status) String() string {
	text := fmt.Sprintf("%s, %s; %s %.200s", s.Sync.Status, s.Health.Status, s.Operation.Phase, s.Operation.Message)
	for _, c := range s.Conditions {
		text += fmt.Sprintf("; %s: %.600s", c.Type, c.Message)
	}
	return text
}

// refresh makes Argo CD look at Git again, past its caches, and waits until it has.
func (a application) refresh(t *testing.T) {
	t.Helper()
	const annotation = "argocd.argoproj.io/refresh"
	a.kubectl(t, "annotate", "application", a.name, annotation+"=hard", "--overwrite")
	harness.Wait(t, "Argo CD to look at Git", func() (string, bool) {
		return "not yet", !strings.Contains(a.kubectl(t, "get", "application", a.name, "--output=jsonpath={.metadata.annotations}"), annotation)
	})
}

func (a application) waitUntil(t *testing.T, sync, health string) {
	t.Helper()
	harness.Wait(t, a.name+" "+sync+" and "+health, func() (string, bool) {
		s := a.status(t)
		return s.String(), s.Sync.Status == sync && s.Health.Status == health && len(s.Conditions) == 0
	})
}

// waitForCondition waits until Argo CD says something.
func (a application) waitForCondition(t *testing.T, kind, message string) {
	t.Helper()
	harness.Wait(t, a.name+": "+kind+": "+message, func() (string, bool) {
		s := a.status(t)
		for _, c := range s.Conditions {
			if c.Type == kind && strings.Contains(c.Message, message) {
				t.Logf("condition: %s", c.Message)
				return "", true
			}
		}
		return s.String(), false
	})
}
