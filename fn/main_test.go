package fn_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The program as users have it, built once for all tests of this package, and the
// directory in which it is installed as kustomize's plugin.
var program, pluginHome string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		scratch, err := os.MkdirTemp("", "mysqlreplicaset")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(scratch)
		program, pluginHome = filepath.Join(scratch, "mysqlreplicaset"), filepath.Join(scratch, "plugins")
		for _, command := range [][]string{
			{"go", "build", "-o", program, "mysqlreplicaset.dev/fn/cmd/mysqlreplicaset"},
			{program, "install", pluginHome},
		} {
			if output, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "%v: %v\n%s", command, err, output)
				return 1
			}
		}
		return m.Run()
	}())
}

// outcome is what a run of a program came to.
type outcome struct {
	stdout, stderr string
	exitCode       int
}

func run(t testing.TB, command *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return outcome{stdout.String(), stderr.String(), command.ProcessState.ExitCode()}
}
