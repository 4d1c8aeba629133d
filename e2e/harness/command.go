package harness

import "os/exec"

// ClientCommand runs a bash script in the client pod for as long as the script likes,
// with $1 and so on as given. Its function sql is the client program.
func (s *Set) ClientCommand(script string, args ...string) *exec.Cmd {
	return exec.Command("kubectl", append([]string{"--namespace=" + s.Namespace.Name}, s.inClient(script, args...)...)...)
}
