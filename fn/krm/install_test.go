package krm

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInstall(t *testing.T) {
	home := filepath.Join(t.TempDir(), "not", "there yet")
	want := []string{
		filepath.Join(home, "mysqlreplicaset.dev/v1alpha1/mysqlreplicaset/MySQLReplicaSet"),
		filepath.Join(home, "mysqlreplicaset.dev/v1alpha1/mysqlreplicasettransformer/MySQLReplicaSetTransformer"),
		filepath.Join(home, "mysqlreplicaset.dev/v1alpha1/mysqlreplicasetdiff/MySQLReplicaSetDiff"),
	}
	program, err := os.Executable()
	require.NoError(t, err)
	self, err := os.Stat(program)
	require.NoError(t, err)

	for _, reason := range []string{"into a new directory", "over an earlier one"} {
		t.Run(reason, func(t *testing.T) {
			installed, err := Install(home)
			require.NoError(t, err)
			assert.Equal(t, want, installed)
			for _, path := range installed {
				info, err := os.Stat(path)
				require.NoError(t, err)
				assert.Equal(t, os.FileMode(0o755), info.Mode(), "another user may have to run it")
				assert.Equal(t, self.Size(), info.Size())
				entries, err := os.ReadDir(filepath.Dir(path))
				require.NoError(t, err)
				assert.Len(t, entries, 1, "no temporary file stays")
			}
		})
	}

	t.Run("a place that cannot be written is an error, and nothing stays", func(t *testing.T) {
		home := t.TempDir()
		blocked := filepath.Join(home, "mysqlreplicaset.dev/v1alpha1/mysqlreplicaset/MySQLReplicaSet")
		require.NoError(t, os.MkdirAll(blocked, 0o755)) // a directory where the program should be
		installed, err := Install(home)
		assert.Error(t, err)
		assert.Empty(t, installed)
		entries, err := os.ReadDir(filepath.Dir(blocked))
		require.NoError(t, err)
		assert.Len(t, entries, 1)
	})
}

// The order is kustomize's own.
func TestPluginHome(t *testing.T) {
	all := map[string]string{"KUSTOMIZE_PLUGIN_HOME": "/k", "XDG_CONFIG_HOME": "/x", "HOME": "/h"}
	for _, test := range []struct{ without, want string }{
		{"", "/k"},
		{"KUSTOMIZE_PLUGIN_HOME", "/x/kustomize/plugin"},
		{"XDG_CONFIG_HOME", "/h/.config/kustomize/plugin"},
	} {
		delete(all, test.without)
		home, err := PluginHome(func(key string) string { return all[key] })
		require.NoError(t, err)
		assert.Equal(t, filepath.FromSlash(test.want), home)
	}
	_, err := PluginHome(func(string) string { return "" })
	assert.EqualError(t, err, "found none of KUSTOMIZE_PLUGIN_HOME, XDG_CONFIG_HOME and HOME in the environment; name the directory")
}
