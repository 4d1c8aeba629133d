package fn_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// The component of hosts/argocd fits an install: what e2e/argocd patches by kubectl, a
// kustomization of one's own gets by naming it. Here the install is what the patches
// need of one.
func TestArgoCDComponent(t *testing.T) {
	requireBuilders(t)
	folder := laid(t, "resources: [install.yaml]\ncomponents: [plugin]\nimages: [{name: mysqlreplicaset, newName: registry.example.com/mysqlreplicaset, newTag: v0.1.0}]\n", "install.yaml", `apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-repo-server}
spec:
  selector: {matchLabels: {app: repo}}
  template:
    metadata: {labels: {app: repo}}
    spec:
      initContainers: [{name: copyutil, image: argocd}]
      containers: [{name: argocd-repo-server, image: argocd, env: [{name: ONE, value: own}]}]
      volumes: [{name: tmp, emptyDir: {}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data: {url: example.com}
`)
	require.NoError(t, os.CopyFS(filepath.Join(folder, "plugin"), os.DirFS("../hosts/argocd/plugin")))
	got := run(t, exec.Command(os.Getenv("KUSTOMIZE"), "build", folder))
	require.Zero(t, got.exitCode, got.stderr)

	objects := decodeStrictly(t, got.stdout)
	require.Len(t, objects, 2)
	configMap, deployment := objects[0].(*corev1.ConfigMap), objects[1].(*appsv1.Deployment)
	assert.Equal(t, map[string]string{"url": "example.com", "kustomize.buildOptions": "--enable-alpha-plugins"}, configMap.Data)

	pod := deployment.Spec.Template.Spec
	require.Len(t, pod.InitContainers, 2, "the install's own stays")
	require.Len(t, pod.Containers, 1)
	server := pod.Containers[0]
	assert.Contains(t, server.Env, corev1.EnvVar{Name: "ONE", Value: "own"})
	assert.Contains(t, server.Env, corev1.EnvVar{Name: "KUSTOMIZE_PLUGIN_HOME", Value: server.VolumeMounts[0].MountPath})
	for _, c := range pod.InitContainers {
		if c.Name == "mysqlreplicaset" {
			assert.Equal(t, "registry.example.com/mysqlreplicaset:v0.1.0", c.Image)
			assert.Equal(t, []string{"install", c.VolumeMounts[0].MountPath}, c.Args)
			assert.Equal(t, server.VolumeMounts[0].Name, c.VolumeMounts[0].Name, "the same volume")
		}
	}
}
