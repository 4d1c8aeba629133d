package manifests

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const lib = "source ./lib.sh\n"

func TestNames(t *testing.T) {
	const print = lib + `is_primary && role=primary || role=replica
printf '%s' "${set_name} ${ordinal} ${role} $(host_of 0) $(host_of 12)"`
	for _, test := range []struct{ reason, name, want string }{
		{"the tutorial's primary", "mysql-0", "mysql 0 primary mysql-0.mysql mysql-12.mysql"},
		{"a replica", "mysql-1", "mysql 1 replica mysql-0.mysql mysql-12.mysql"},
		{"an overlay's prefix and suffix", "dev-mysql-blue-2", "dev-mysql-blue 2 replica dev-mysql-blue-0.dev-mysql-blue dev-mysql-blue-12.dev-mysql-blue"},
		{"digits at the end of the set's name", "orders-2-0", "orders-2 0 primary orders-2-0.orders-2 orders-2-12.orders-2"},
		{"a set's name that is a number with letters", "db8-10", "db8 10 replica db8-0.db8 db8-12.db8"},
		{"ordinals of two digits", "mysql-11", "mysql 11 replica mysql-0.mysql mysql-12.mysql"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			got := newPod(t, Plugin, test.name).bash(print)
			assert.Equal(t, result{out: test.want}, got)
		})
	}
	for _, test := range []struct{ reason, name string }{
		{"POD_NAME is missing", ""},
		{"no ordinal: a Deployment's pod", "mysql-7d9c5b6f4-x2x9z"},
		{"no ordinal at all", "mysql"},
		{"nothing before the ordinal", "-0"},
		{"nothing after the dash", "mysql-"},
		{"the full host name", "mysql-0.mysql"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			got := newPod(t, Plugin, test.name).bash(print)
			assert.Equal(t, result{
				code: 1, log: "test.sh: ERROR: POD_NAME is '" + test.name + "'; the downward API must give the pod's name, <StatefulSet>-<ordinal>\n",
			}, got)
		})
	}
}

func TestPasswordOf(t *testing.T) {
	const absent = "\x00"
	for _, test := range []struct{ reason, text, want, problem string }{
		{"as it is", "s3cret", "s3cret", ""},
		{"kubectl create secret --from-file keeps the editor's line feed", "s3cret\n", "s3cret", ""},
		{"white space inside and around counts", " a b ", " a b ", ""},
		{"everything that shells and SQL read differently", `$(id) 'a' "b" \ # % * ~`, `$(id) 'a' "b" \ # % * ~`, ""},
		{"letters beyond ASCII", "pässwörd", "pässwörd", ""},
		{"32 bytes are the most that a replica can store", strings.Repeat("x", 32), strings.Repeat("x", 32), ""},
		{"33 bytes: every CHANGE REPLICATION SOURCE would fail", strings.Repeat("x", 33), "", "replication-password in the Secret of auth.secretName has 33 bytes, and MySQL takes at most 32 for replication (error 3056); shorten it"},
		{"bytes are counted, not letters", strings.Repeat("ö", 17), "", "has 34 bytes"},
		{"the key is not in the Secret", absent, "", "the Secret of auth.secretName has no key replication-password, or it is empty; add it and delete this pod"},
		{"an empty password is never meant", "", "", "no key replication-password, or it is empty"},
		{"only a line feed", "\n", "", "no key replication-password, or it is empty"},
		{"Windows line ends", "s3cret\r\n", "", "replication-password in the Secret of auth.secretName has a line break or another control character; remove it"},
		{"a line break inside would end the option file's line", "a\nb", "", "has a line break"},
		{"a tab", "a\tb", "", "has a line break or another control character"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, "db-1")
			p.write("auth/replication-password", test.text)
			if test.text == absent {
				require.NoError(t, os.Remove(p.path("auth/replication-password")))
			}
			got := p.bash(lib + "password=$(password_of replication)\nprintf '%s' \"${password}\"")
			if test.problem == "" {
				assert.Equal(t, result{out: test.want}, got)
				return
			}
			assert.Equal(t, 1, got.code)
			assert.Empty(t, got.out)
			assert.Contains(t, got.log, test.problem)
			assert.NotContains(t, got.log, "s3cret")
		})
	}
	t.Run("root's password may be longer, since no replica stores it", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.write("auth/root-password", strings.Repeat("x", 80))
		assert.Equal(t, result{out: strings.Repeat("x", 80)}, p.bash(lib+"password_of root"))
	})
	t.Run("the tutorial's open setting has none, and needs no Secret", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		require.NoError(t, os.RemoveAll(p.path("auth")))
		p.env["MYSQL_ALLOW_EMPTY_PASSWORD"] = "1"
		assert.Equal(t, result{}, p.bash(lib+"password_of replication"))
	})
}

// awkward are passwords that a shell, SQL or an option file could read differently.
var awkward = []string{
	"plain", "a'b", "'", "''", `a"b`, `"`, `""`, `\`, `\\`, `a\`, `a\nb`, `a\sb`, `\'`, `\"`, `#`, "a#b", ";", "a b", " a ",
	"$HOME", "$(id)", "`id`", "%s%d", "!x", "*", "~", "=", "[client]", "pässwörd", "密码", `"quoted"`, `'quoted'`, "-p", "&|<>",
}

func TestSQLQuote(t *testing.T) {
	// unquote reads an SQL string as the server does with the sql_mode ''.
	unquote := func(text string) (value string, ok bool) {
		if len(text) < 2 || text[0] != '\'' || text[len(text)-1] != '\'' {
			return "", false
		}
		text = text[1 : len(text)-1]
		for i := 0; i < len(text); i++ {
			switch text[i] {
			case '\'':
				return "", false // ends the string
			case '\\':
				if i++; i == len(text) || text[i] != '\\' && text[i] != '\'' {
					return "", false // an escape such as \n, or of the end
				}
			}
			value += text[i : i+1]
		}
		return value, true
	}
	for _, password := range append(awkward, "") {
		t.Run(password, func(t *testing.T) {
			got := newPod(t, Plugin, "db-1").bash(lib+`sql_quote "$1"`, password)
			require.Zero(t, got.code, got.log)
			value, ok := unquote(got.out)
			assert.True(t, ok, got.out)
			assert.Equal(t, password, value)
		})
	}
}

// optionFile reads an option file as the clients do: mysys/my_default.cc, with
// find_end_comment. The same passwords were seen to work with the client of 9.7.4.
func optionFile(text string) map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(text) {
		var quote byte
		escape := false
		for i := 0; i < len(line); i++ {
			if c := line[i]; (c == '\'' || c == '"') && !escape {
				if quote == 0 {
					quote = c
				} else if quote == c {
					quote = 0
				}
			}
			if quote == 0 && line[i] == '#' {
				line = line[:i]
				break
			}
			escape = quote != 0 && line[i] == '\\' && !escape
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		if last := len(value) - 1; last > 0 && (value[0] == '"' || value[0] == '\'') && value[last] == value[0] {
			value = value[1:last]
		}
		var read strings.Builder
		for i := 0; i < len(value); i++ {
			if value[i] != '\\' || i == len(value)-1 {
				read.WriteByte(value[i])
				continue
			}
			i++
			if at := strings.IndexByte("ntrbs\"'\\", value[i]); at >= 0 {
				read.WriteByte("\n\t\r\b \"'\\"[at])
			} else {
				read.WriteString(value[i-1 : i+1])
			}
		}
		found[strings.TrimSpace(name)] = read.String()
	}
	return found
}

func TestMySQLAs(t *testing.T) {
	for _, password := range awkward {
		t.Run(password, func(t *testing.T) {
			p := newPod(t, Plugin, "db-1")
			p.fakeMySQL(`*) env >"${ROOT}/environment" ;;`)
			p.write("auth/root-password", password)
			got := p.bash(lib + `mysql_as root root --batch --execute="SELECT 'a b'"`)
			require.Equal(t, result{}, got)
			assert.Equal(t, map[string]string{"user": "root", "password": password}, optionFile(p.read("options")))
			// /dev/fd: a pipe, no file.
			assert.Regexp(t, `^--defaults-extra-file=/dev/fd/\d+ --connect-timeout=10 --batch --execute=SELECT 'a b'$`, p.calls("mysql")[0])
		})
	}
	t.Run("a password is on no command line and in no environment", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.write("auth/root-password", "needle")
		p.fakeMySQL(`*) env >"${ROOT}/environment" ;;`)
		require.Equal(t, result{}, p.bash(lib+`mysql_as root root --execute='DO 0'`))
		assert.Contains(t, p.read("options"), "needle")
		assert.NotContains(t, p.read("calls"), "needle")
		assert.Contains(t, p.read("environment"), "POD_NAME")
		assert.NotContains(t, p.read("environment"), "needle")
	})
	t.Run("no key: an account without a password, whatever the Secret has", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.fakeMySQL(`*) ;;`)
		require.NoError(t, os.RemoveAll(p.path("auth")))
		require.Equal(t, result{}, p.bash(lib+`mysql_as probe '' --execute='DO 0'`))
		assert.Equal(t, map[string]string{"user": "probe", "password": ""}, optionFile(p.read("options")))
	})
	for _, call := range []string{
		"mysql_as root root --execute='DO 0'",
		"if mysql_as root root --execute='DO 0'; then :; else exit 1; fi",
		"mysql_as root root --execute='DO 0' || exit 1",
	} {
		t.Run("without the password nothing is asked: "+call, func(t *testing.T) {
			p := newPod(t, Plugin, "db-1")
			p.fakeMySQL(`*) ;;`)
			require.NoError(t, os.Remove(p.path("auth/root-password")))
			got := p.bash(lib + call)
			assert.Equal(t, 1, got.code)
			assert.Contains(t, got.log, "no key root-password")
			assert.Empty(t, p.calls("mysql"))
		})
	}
}

func TestStatusField(t *testing.T) {
	replica, slave := fixture(t, "show-replica-status.txt"), fixture(t, "show-slave-status.txt")
	const purged = "Got fatal error 1236 from source when reading data from binary log: 'Cannot replicate because the source purged required binary logs.'"
	message := "Coordinator stopped because there were error(s) in the worker(s).\nWorker 1 failed\nSeconds_Behind: 1"
	for _, test := range []struct{ reason, name, text, want string }{
		{"9.7", "R_IO_Running", with(replica, "Replica_IO_Running", "No"), "No"},
		{"9.7", "R_SQL_Running", replica, "Yes"},
		{"9.7", "Seconds_Behind_S", replica, "17"},
		{"9.7", "S_Host", replica, "db-0.db"},
		{"5.7", "R_IO_Running", with(slave, "Slave_IO_Running", "Connecting"), "Connecting"},
		{"5.7", "R_SQL_Running", slave, "Yes"},
		{"5.7", "Seconds_Behind_S", with(slave, "Seconds_Behind_Master", "NULL"), "NULL"},
		{"5.7", "S_Host", slave, "db-0.db"},
		{"not the longer name that begins alike: Replica_SQL_Running_State", "R_SQL_Running", replica, "Yes"},
		{"not the shorter one: SQL_Delay and SQL_Remaining_Delay", "SQL_Delay", replica, "0"},
		{"an empty value", "Last_SQL_Error", replica, ""},
		{"colons and quotes inside", "Last_IO_Error", with(replica, "Last_IO_Error", purged), purged},
		{"the first line of an error that has more", "Last_SQL_Error", with(replica, "Last_SQL_Error", message), "Coordinator stopped because there were error(s) in the worker(s)."},
		{"a field after an error of several lines", "Seconds_Behind_S", with(replica, "Last_Error", message), "17"},
		{"no such field", "Nothing", replica, ""},
		{"no replication", "R_SQL_Running", "", ""},
		{"the readiness probe's first answer comes before", "R_SQL_Running", "*************************** 1. row ***************************\n1: 1\n" + replica, "Yes"},
	} {
		t.Run(test.reason+" "+test.name, func(t *testing.T) {
			got := newPod(t, Plugin, "db-1").bash(lib+`status_field "$1" "$2"`, test.name, test.text)
			assert.Equal(t, result{out: test.want}, got)
		})
	}
}
