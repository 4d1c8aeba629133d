package harness

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// password is as the README makes them.
func password() string {
	bytes := make([]byte, 24)
	_, _ = rand.Read(bytes)
	return base64.StdEncoding.EncodeToString(bytes)
}

// Row is one of an answer, by column.
type Row map[string]string

// clientPod sleeps, until a test runs the client program in it. It is admitted
// under the Pod Security Standard "restricted". Its only secret is the password of
// the tests' own account.
const clientPod = `apiVersion: v1
kind: Secret
metadata: {name: %[1]s}
stringData:
  my.cnf: |
    [client]
    user=%[3]s
    password=%[4]s
    connect-timeout=5
---
apiVersion: v1
kind: Pod
metadata: {name: %[1]s}
spec:
  terminationGracePeriodSeconds: 0
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, runAsUser: 999, runAsGroup: 999, seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: client
    image: %[2]s
    command: [sleep, infinity]
    volumeMounts: [{name: client, mountPath: /client}]
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
  volumes: [{name: client, secret: {secretName: %[1]s}}]
`

func (s *Set) client() string { return "client-of-" + s.Name }

// StartClient starts a pod in the set's namespace that is a client of it. With
// passwords it first makes an account, as an administrator would: with rights on
// the database test, and to see the state of replication. It may be called again: the
// password stays, since a replica that knows the account may not know of a change yet.
func (s *Set) StartClient(t testing.TB) {
	t.Helper()
	user, secret := "root", ""
	if !s.Road.Open {
		if s.appPassword == "" {
			s.appPassword = password()
		}
		user, secret = "app", s.appPassword
		s.Root(t, s.Primary, fmt.Sprintf("CREATE USER IF NOT EXISTS app@'%%'; ALTER USER app@'%%' IDENTIFIED BY '%s'; "+
			"GRANT ALL ON test.* TO app@'%%'; GRANT REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO app@'%%'", secret))
	}
	s.Namespace.Apply(t, fmt.Sprintf(clientPod, s.client(), s.Road.Image, user, secret))
	s.Namespace.Kubectl(t, "wait", "--for=condition=Ready", "pod/"+s.client(), "--timeout=5m")
}

// Root runs statements in a pod as its local root, which is how a person would.
func (s *Set) Root(t testing.TB, ordinal int, statements string) string {
	t.Helper()
	out, err := s.TryRoot(ordinal, statements)
	require.NoError(t, err)
	return out
}

// TryRoot is Root where an error is an answer, too.
func (s *Set) TryRoot(ordinal int, statements string) (string, error) {
	const asRoot = `source /etc/mysql/conf.d/lib.sh
if [[ -S /var/run/mysqld/mysqld.sock ]]; then local=--protocol=socket; else local=--host=127.0.0.1; fi
mysql_as root root "$local" --batch`
	return s.Namespace.Try(statements, "exec", "--stdin", s.Pod(ordinal), "--container="+s.Road.Sidecar, "--", "bash", "-c", asRoot)
}

// TakesWrites tells whether a pod's server does, or else what it said. It asks as root, over
// the socket: a database that was made anew has no account of the tests.
func (s *Set) TakesWrites(ordinal int) (seen string, takes bool) {
	out, err := s.TryRoot(ordinal, "SELECT @@GLOBAL.super_read_only")
	if err != nil {
		return err.Error(), false
	}
	seen = strings.Join(strings.Fields(out), " ")
	return seen, strings.HasSuffix(seen, " 0")
}

// WaitTakesNoWrites waits until a pod's server answers, and takes none.
func (s *Set) WaitTakesNoWrites(t testing.TB, ordinal int) {
	t.Helper()
	Wait(t, s.Pod(ordinal)+" takes no writes", func() (string, bool) {
		seen, takes := s.TakesWrites(ordinal)
		return seen, !takes && strings.HasSuffix(seen, " 1")
	})
}

// BreakConnections ends those of all that follow a pod, as a network may, and tells how many
// there were.
func (s *Set) BreakConnections(ordinal int) (number int, err error) {
	out, err := s.TryRoot(ordinal, "SELECT ID FROM performance_schema.processlist WHERE COMMAND LIKE 'Binlog Dump%'")
	ids := strings.Fields(out)
	for _, id := range ids[min(1, len(ids)):] { // the first is the column's name
		if _, killErr := s.TryRoot(ordinal, "KILL "+id); killErr != nil {
			err = killErr
		}
		number++
	}
	return number, err
}

// inClient runs a bash script in the client pod; $1 and so on are args. Its
// function sql is the client program, which takes statements or options.
func (s *Set) inClient(script string, args ...string) []string {
	const sql = `sql() { timeout 20 mysql --defaults-extra-file=/client/my.cnf --batch "$@"; }
`
	return append([]string{"exec", "--stdin", s.client(), "--", "bash", "-c", sql + script, "client"}, args...)
}

// TryQuery runs one statement on a host where an error is an answer, too. kubectl
// exec now and then loses what a program printed, and says nothing: then the
// statement is run again, which it must bear. Options are the client program's.
func (s *Set) TryQuery(host, statement string, options ...string) ([]Row, error) {
	const end = "END\n"
	for {
		out, err := s.Namespace.Try("", s.inClient(`sql --host="$1" --execute="$2" "${@:3}" && echo END`, append([]string{host, statement}, options...)...)...)
		if err != nil {
			return nil, err
		}
		if out, whole := strings.CutSuffix(out, end); whole {
			return rows(out), nil
		}
	}
}

// rows reads what the client program prints with --batch: a line of column names,
// if there is any row, and a line for each.
func rows(out string) (rows []Row) {
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	columns := strings.Split(lines[0], "\t")
	for _, line := range lines[1:] {
		row := Row{}
		for i, value := range strings.Split(line, "\t") {
			row[columns[i]] = value
		}
		rows = append(rows, row)
	}
	return rows
}

// Query runs one statement on a host.
func (s *Set) Query(t testing.TB, host, statement string) []Row {
	t.Helper()
	rows, err := s.TryQuery(host, statement)
	require.NoError(t, err)
	return rows
}

// Prepare makes the tests' tables: those of the page, and the one of the Writer.
func (s *Set) Prepare(t testing.TB) {
	t.Helper()
	for _, statement := range []string{
		"CREATE DATABASE IF NOT EXISTS test",
		"CREATE TABLE IF NOT EXISTS test.messages (message VARCHAR(250) PRIMARY KEY)",
		"CREATE TABLE IF NOT EXISTS test.numbers (id INT PRIMARY KEY)",
	} {
		s.Query(t, s.Host(s.Primary), statement)
	}
}

// ServerIDs connects to the read Service many times and gives the server_ids that
// answered, with how often.
func (s *Set) ServerIDs(t testing.TB) map[string]int {
	t.Helper()
	out := s.Namespace.Kubectl(t, s.inClient(
		`for ((i = 0; i < 40; i++)); do sql --host="$1" --skip-column-names --execute='SELECT @@server_id'; done`, s.ReadService())...)
	ids := map[string]int{}
	for id := range strings.FieldsSeq(out) {
		ids[id]++
	}
	return ids
}

// StopClient removes the client and its Secret.
func (s *Set) StopClient(t testing.TB) {
	t.Helper()
	s.Namespace.Kubectl(t, "delete", "pod,secret", s.client())
}
