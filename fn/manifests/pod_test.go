package manifests

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pod is a place in which a road's scripts run as they do in a pod: flat in one
// folder, next to the options of both roles, with every command that would reach
// a server, DNS or the clock replaced by a fake. What runs for real is the scripts
// and the file system.
type pod struct {
	t    *testing.T
	root string
	env  map[string]string
}

// newPod lays out the scripts of road. Until a test says otherwise the Secret has
// the passwords "root pw" and "replication pw", nothing answers, nothing is found
// in DNS, and the volume is empty.
func newPod(t *testing.T, road Road, name string) *pod {
	t.Helper()
	p := &pod{t: t, root: t.TempDir()}
	p.env = map[string]string{
		"PATH":            p.path("bin") + ":/usr/bin:/bin",
		"ROOT":            p.root,
		"TMPDIR":          p.path("tmp"),
		"POD_NAME":        name,
		"POD_NAMESPACE":   "ns",
		"POD_IPS":         "10.0.0.1",
		"DATA_VOLUME":     p.path("volume"),
		"DATA_DIRECTORY":  p.path("volume/mysql"),
		"AUTH_DIRECTORY":  p.path("auth"),
		"STATE_DIRECTORY": p.path("state"),
		"RUN_DIRECTORY":   p.path("run"),
		"CONFIG_MAP":      p.path("config-map"),
		// One round: the deadline has passed when the first one ends.
		"PEER_TIMEOUT_SECONDS":  "0",
		"CLONE_TIMEOUT_SECONDS": "0",
		"DONOR_TIMEOUT_SECONDS": "0",
	}
	for _, folder := range []string{"bin", "tmp", "volume", "state", "run", "etc/mysql/conf.d"} {
		require.NoError(t, os.MkdirAll(p.path(folder), 0o755))
	}
	for _, script := range Scripts(road) {
		// The only change to a script: what is mounted at /etc/mysql is here.
		p.write("config-map/"+script.Name, strings.NewReplacer(
			"/etc/mysql/conf.d", p.path("etc/mysql/conf.d"),
			"/etc/mysql/tls", p.path("etc/mysql/tls"),
		).Replace(script.Text))
	}
	p.write("config-map/primary.cnf", "[mysqld]\n# primary\n")
	p.write("config-map/replica.cnf", "[mysqld]\n# replica\n")
	if road == Plugin {
		p.env["PRIMARY_ORDINAL"] = "0"
		p.write("config-map/replicas", "3\n")
		p.write("config-map/frozen", "false\n")
		p.write("config-map/other-engines", "Refuse\n")
	}
	p.write("auth/root-password", "root pw\n")
	p.write("auth/replication-password", "replication pw\n")
	for _, command := range []string{
		"docker-entrypoint.sh", "getent", "mysql", "mysqladmin", "mysqld", "ncat", "socat", "xbstream", "xtrabackup",
	} {
		p.fake(command, "exit 1")
	}
	p.fake("sync", "")
	p.fake("sleep", "/bin/sleep 0.02")
	return p
}

func (p *pod) path(name string) string { return filepath.Join(p.root, name) }

// named puts the test's folder in the place of ROOT.
func (p *pod) named(text string) string { return strings.ReplaceAll(text, "ROOT", p.root) }

func (p *pod) write(name, text string) {
	p.t.Helper()
	require.NoError(p.t, os.MkdirAll(filepath.Dir(p.path(name)), 0o755))
	require.NoError(p.t, os.WriteFile(p.path(name), []byte(text), 0o644))
}

// fill writes files, by name; a name that ends with a slash is an empty folder.
func (p *pod) fill(folder string, files map[string]string) {
	p.t.Helper()
	for name, text := range files {
		if strings.HasSuffix(name, "/") {
			require.NoError(p.t, os.MkdirAll(p.path(folder+"/"+name), 0o755))
			continue
		}
		p.write(folder+"/"+name, text)
	}
}

// read returns a file's text, empty if it is not there.
func (p *pod) read(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(p.path(name))
	if !os.IsNotExist(err) {
		require.NoError(p.t, err)
	}
	return string(text)
}

func (p *pod) exists(name string) bool {
	_, err := os.Lstat(p.path(name))
	return err == nil
}

// files are the names in a folder.
func (p *pod) files(folder string) string {
	p.t.Helper()
	paths, err := filepath.Glob(p.path(folder + "/*"))
	require.NoError(p.t, err)
	for i := range paths {
		paths[i] = filepath.Base(paths[i])
	}
	return strings.Join(paths, " ")
}

// tree is all of a folder as one text: names, modes and contents.
func (p *pod) tree(name string) string {
	p.t.Helper()
	var text strings.Builder
	err := filepath.WalkDir(p.path(name), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text.WriteString(strings.TrimPrefix(path, p.root) + " " + info.Mode().String() + "\n")
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			text.WriteString(string(content) + "\n")
			return err
		}
		return nil
	})
	if !os.IsNotExist(err) {
		require.NoError(p.t, err)
	}
	return text.String()
}

// killedAndRunAgain kills a script before its n-th command, if it has that many. The
// data directory is then a copy of the original, or not there, and another run ends
// with that copy.
func (p *pod) killedAndRunAgain(n int, script, original string) (finished bool) {
	p.t.Helper()
	finished = p.killedBefore(n, "source ./"+script)
	whole := strings.ReplaceAll(p.tree(original), "/"+original, "/volume/mysql")
	if p.exists("volume/mysql") {
		assert.Equal(p.t, whole, p.tree("volume/mysql"))
	} else {
		assert.False(p.t, p.exists(marker))
	}
	again := p.run(script)
	require.Zero(p.t, again.code, again.log)
	assert.Equal(p.t, whole, p.tree("volume/mysql"))
	assert.NotEmpty(p.t, p.read(marker))
	assert.False(p.t, p.exists(work))
	return finished
}

// lacks takes a command away, the machine's own and a fake one.
func (p *pod) lacks(command string) {
	p.t.Helper()
	require.NoError(p.t, os.RemoveAll(p.path("bin/"+command)))
	require.NoError(p.t, os.Mkdir(p.path("machine"), 0o755))
	for _, folder := range []string{"/usr/bin", "/bin"} {
		entries, err := os.ReadDir(folder)
		require.NoError(p.t, err)
		for _, entry := range entries {
			if entry.Name() != command {
				// The same name in both folders is the same command.
				_ = os.Symlink(filepath.Join(folder, entry.Name()), p.path("machine/"+entry.Name()))
			}
		}
	}
	p.env["PATH"] = p.path("bin") + ":" + p.path("machine")
}

// fake puts a command first on PATH: bash that runs body, in which `option NAME` is
// the value of the argument --NAME=VALUE. Its calls are recorded. Its first line has
// no env(1), so that the kernel gives the process the command's name, which
// init-mysql.sh reads.
func (p *pod) fake(command, body string) {
	p.t.Helper()
	p.write("bin/"+command, `#!/bin/bash
printf '%s\n' "${0##*/} $*" >>"${ROOT}/calls"
arguments=("$@")
option() {
  for argument in "${arguments[@]}"; do [[ "${argument}" != "--$1="* ]] || printf '%s' "${argument#*=}"; done
}
`+body+"\n")
	require.NoError(p.t, os.Chmod(p.path("bin/"+command), 0o755))
}

// fakeMySQL is a client that answers by statement: cases are those of a bash
// `case "HOST: STATEMENT"`, where HOST is "here" without --host or with 127.0.0.1.
// It records statements, and what it reads from its option file.
func (p *pod) fakeMySQL(cases string) {
	p.t.Helper()
	p.fake("mysql", `
host=$(option host) statement=$(option execute) options=$(option defaults-extra-file)
[[ -n "${host}" && "${host}" != 127.0.0.1 ]] || host=here
[[ -z "${options}" ]] || options=$(<"${options}")
[[ -n "${statement}" ]] || statement=$(</dev/stdin)
statement="${statement//$'\n'/ }"
printf '%s\n' "${options}" >>"${ROOT}/options"
printf '%s\n' "${host}: ${statement}" >>"${ROOT}/statements"
case "${host}: ${statement}" in
`+cases+`
esac`)
}

// printing is the body of a fake that prints text.
func printing(text string) string {
	return "cat <<'END'\n" + strings.TrimSuffix(text, "\n") + "\nEND\n"
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return string(text)
}

// with changes fields of SHOW REPLICA STATUS, given as name, value, name, value.
func with(status string, fields ...string) string {
	for i := 0; i < len(fields); i += 2 {
		field := regexp.MustCompile(`(?m)^( *` + fields[i] + `:).*$`)
		if !field.MatchString(status) {
			panic("the status has no field " + fields[i])
		}
		status = field.ReplaceAllString(status, "${1} "+strings.ReplaceAll(fields[i+1], "$", "$$"))
	}
	return status
}

// calls are the recorded calls of a command, without its name.
func (p *pod) calls(command string) []string {
	p.t.Helper()
	calls := []string{}
	for line := range strings.Lines(p.read("calls")) {
		if arguments, ok := strings.CutPrefix(line, command+" "); ok {
			calls = append(calls, strings.TrimSpace(arguments))
		}
	}
	return calls
}

// statements are what the fake client was asked, one a line.
func (p *pod) statements() []string {
	p.t.Helper()
	return strings.FieldsFunc(p.read("statements"), func(r rune) bool { return r == '\n' })
}

// result is what a script left: its exit status, what it wrote to standard output,
// and its log without times.
type result struct {
	code     int
	out, log string
}

var logTime = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ `)

// run runs one of the scripts, as the pod's containers do.
func (p *pod) run(script string) result {
	p.t.Helper()
	return p.start(p.path("config-map/" + script))
}

// bash runs text, a few lines of bash, in the scripts' folder.
func (p *pod) bash(text string, arguments ...string) result {
	p.t.Helper()
	return p.start(append([]string{"-c", text, "test.sh"}, arguments...)...)
}

func (p *pod) start(arguments ...string) result {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	out, err := os.Create(p.path("stdout"))
	require.NoError(p.t, err)
	defer out.Close()
	log, err := os.Create(p.path("stderr"))
	require.NoError(p.t, err)
	defer log.Close()
	command := exec.CommandContext(ctx, "bash", arguments...)
	command.Dir, command.Stdout, command.Stderr = p.path("config-map"), out, log
	for name, value := range p.env {
		command.Env = append(command.Env, name+"="+value)
	}
	// What a script leaves behind ends with it, like the processes of a container.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(p.t, command.Start())
	_ = command.Wait() // the exit status says it
	_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	require.NoError(p.t, ctx.Err(), "%s\n%s", arguments, p.read("stderr"))
	return result{
		code: command.ProcessState.ExitCode(),
		out:  p.read("stdout"),
		log:  logTime.ReplaceAllString(p.read("stderr"), ""),
	}
}

// killedBefore runs text and kills it, as SIGKILL or a lost node would, before its
// n-th command. It reports whether the text came to its end instead.
func (p *pod) killedBefore(n int, text string) bool {
	p.t.Helper()
	got := p.bash(fmt.Sprintf("set -o functrace; commands=0; trap '((++commands < %d)) || kill -KILL $$' DEBUG\n%s", n, text))
	if got.code == -1 {
		return false
	}
	require.Zero(p.t, got.code, got.log)
	return true
}

// Where to kill: the init containers' scripts have many commands, most of which
// touch nothing; the few that make the data directory appear are killed at each.
const everyCommand, everyThird = 1, 3

// atEach calls try with 1, 1+step, and so on, until it reports that the script came
// to its end.
func atEach(t *testing.T, step int, try func(t *testing.T, n int) (finished bool)) {
	t.Helper()
	var finished atomic.Bool
	for first := 1; !finished.Load() && !t.Failed(); first += 8 * step {
		t.Run("", func(t *testing.T) {
			for n := first; n < first+8*step; n += step {
				t.Run(fmt.Sprintf("killed before command %d", n), func(t *testing.T) {
					t.Parallel()
					if try(t, n) {
						finished.Store(true)
					}
				})
			}
		})
	}
}
