package argocd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
	"mysqlreplicaset.dev/internal/docs"
)

// page is docs/hosts/argocd.md, whose commands are run as they are written there, but
// for the address of the user's repository.
type page struct {
	folder     string // a clone's files, in which the commands run
	repository string // its address, for Argo CD
	push       []string
}

const (
	exampleRepository = "https://git.example.com/databases.git"
	examplePush       = "git push " + exampleRepository + " main\n"
)

// follow runs the page's commands.
func follow(t *testing.T) *page {
	t.Helper()
	push := strings.Fields(os.Getenv("GIT_PUSH"))
	require.NotEmpty(t, push, "GIT_PUSH must name a command that commits a folder $1 to a repository named $2, and prints the address that Argo CD has it from")
	p := &page{folder: t.TempDir(), push: push}
	require.NoError(t, os.CopyFS(filepath.Join(p.folder, "hosts"), os.DirFS(filepath.Join(harness.Root(t), "hosts"))))
	t.Cleanup(func() { p.tidy(t) })
	text, err := docs.ReadPage(harness.Root(t), "docs/hosts/argocd.md")
	require.NoError(t, err)
	for _, block := range text.Blocks {
		if block.Where == docs.ArgoCD {
			commands, push := strings.CutSuffix(block.Text, examplePush)
			p.bash(t, commands)
			if push {
				p.pushed(t)
			}
		}
	}
	require.NotEmpty(t, p.repository, "the page pushes to %s", exampleRepository)
	return p
}

func (p *page) bash(t *testing.T, script string) {
	t.Helper()
	t.Logf("$ %s", script)
	command := exec.Command("bash", "-euo", "pipefail", "-c", script)
	command.Dir = p.folder
	command.Env = append(os.Environ(),
		"PATH="+filepath.Dir(os.Getenv("MYSQLREPLICASET"))+":"+os.Getenv("PATH"),
		"GIT_AUTHOR_NAME=test", "GIT_AUTHOR_EMAIL=test@example.com", "GIT_COMMITTER_NAME=test", "GIT_COMMITTER_EMAIL=test@example.com")
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
}

// pushed puts what is in the user's folder where Argo CD has it from.
func (p *page) pushed(t *testing.T) {
	t.Helper()
	output, err := exec.Command(p.push[0], append(p.push[1:len(p.push):len(p.push)], filepath.Join(p.folder, "database"), "databases")...).Output()
	require.NoError(t, err)
	p.repository = strings.TrimSpace(string(output))
	path := filepath.Join(p.folder, "hosts/argocd/application.yaml")
	if text, err := os.ReadFile(path); strings.Contains(string(text), exampleRepository) {
		require.NoError(t, err)
		replaceIn(t, path, exampleRepository, p.repository)
	}
}

// commit changes a file of the user's repository.
func (p *page) commit(t *testing.T, file, old, new string) {
	t.Helper()
	t.Logf("commit: %s: %q instead of %q", file, new, old)
	replaceIn(t, filepath.Join(p.folder, "database", file), old, new)
	p.pushed(t)
}

// rendered is what Argo CD should make of the overlay, with more fields of a
// kustomization around it.
func (p *page) rendered(t *testing.T, around string) string {
	t.Helper()
	folder := filepath.Join(p.folder, "database/overlays/production")
	if around == "" {
		return harness.Build(t, folder)
	}
	outer := filepath.Join(p.folder, "database/overlays/outer")
	require.NoError(t, os.MkdirAll(outer, 0o755))
	defer os.RemoveAll(outer)
	require.NoError(t, os.WriteFile(filepath.Join(outer, "kustomization.yaml"), []byte("resources: [../production]\n"+around), 0o644))
	return harness.Build(t, outer)
}

// tidy removes what the page's commands have made on the cluster.
func (p *page) tidy(t *testing.T) {
	application{"mysql", "databases"}.delete(t)
	harness.Kubectl(t, "delete", "namespace", "databases", "--ignore-not-found")
}
