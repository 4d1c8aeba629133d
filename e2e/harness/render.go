package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Root is the project's directory.
func Root(t testing.TB) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	return root
}

// Render builds a directory of the project with the real kustomize.
func Render(t testing.TB, directory string) string {
	t.Helper()
	return Build(t, filepath.Join(Root(t), directory))
}

// RenderFiles builds a kustomization of files, in which ROOT is the way to the
// project.
func RenderFiles(t testing.TB, files map[string]string) string {
	t.Helper()
	directory, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for name, text := range files {
		path := filepath.Join(directory, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		root, err := filepath.Rel(filepath.Dir(path), Root(t))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, []byte(strings.ReplaceAll(text, "ROOT", root)), 0o644))
	}
	return Build(t, directory)
}

// Build builds a directory with the real kustomize.
func Build(t testing.TB, directory string) string {
	t.Helper()
	command := exec.Command(os.Getenv("KUSTOMIZE"), "build", "--enable-alpha-plugins", directory)
	var errs strings.Builder
	command.Stderr = &errs
	out, err := command.Output()
	require.NoError(t, err, "%s (make e2e sets KUSTOMIZE and KUSTOMIZE_PLUGIN_HOME)", &errs)
	return string(out)
}

// Patched are the files that render a base after a change of its spec, which is
// the overlay way on the spec.
func Patched(base, spec string) map[string]string {
	return map[string]string{
		"kustomization.yaml": "generators: [set]\n",
		"set/kustomization.yaml": "resources: [ROOT/" + base + "/set]\n" +
			"patches:\n- path: patch.yaml\n",
		"set/patch.yaml": "apiVersion: mysqlreplicaset.dev/v1alpha1\nkind: MySQLReplicaSet\n" +
			"metadata: {name: mysql}\nspec: " + spec + "\n",
	}
}
