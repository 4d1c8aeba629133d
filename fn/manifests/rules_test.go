package manifests

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/fn/mysql"
)

var roads = []Road{Plugin, XtraBackup}

func TestShellCheck(t *testing.T) {
	_, err := exec.LookPath("shellcheck")
	require.NoError(t, err, "shellcheck is needed: apt-get install shellcheck, or see make help")
	for _, road := range roads {
		t.Run(string(road), func(t *testing.T) {
			t.Parallel()
			// As the pod has them, so that each file that is sourced is found.
			p := newPod(t, road, "db-0")
			files, err := filepath.Glob(p.path("config-map/*.sh"))
			require.NoError(t, err)
			require.NotEmpty(t, files)
			command := exec.Command("shellcheck", append([]string{"--enable=all", "--external-sources"}, files...)...)
			command.Dir = p.path("config-map")
			output, err := command.CombinedOutput()
			assert.NoError(t, err, string(output))
		})
	}
}

// code is a script without the lines that are comments.
func code(text string) string {
	return regexp.MustCompile(`(?m)^\s*#.*\n`).ReplaceAllString(text, "")
}

func TestRules(t *testing.T) {
	disable := regexp.MustCompile(`(?m)^\s*# shellcheck disable=(\S+)(.*)\n((?:\s*#.*\n)*)`)
	for _, rule := range []struct {
		reason string
		holds  func(text string) bool
	}{
		{"the first line names bash wherever the image has it", func(text string) bool {
			return strings.HasPrefix(text, "#!/usr/bin/env bash\n# ")
		}},
		{"no command fails unseen, and first of all none that sources another file", func(text string) bool {
			return regexp.MustCompile(`^(#.*\n)+set -euo pipefail\n`).MatchString(text)
		}},
		{"plain ASCII, whatever the image's locale", func(text string) bool {
			return !regexp.MustCompile(`[^\n -~]`).MatchString(text)
		}},
		{"no white space at the end of a line, so that YAML shows the script as it is", func(text string) bool {
			return !regexp.MustCompile(`(?m)[ \t]$`).MatchString(text) && strings.HasSuffix(text, "\n") && !strings.HasSuffix(text, "\n\n")
		}},
		{"current images have no hostname(1)", func(text string) bool {
			return !regexp.MustCompile(`(?m)(^|[;&|(])\s*hostname\b`).MatchString(code(text))
		}},
		{"ncat only where there is no socat", func(text string) bool {
			calls := strings.Count(code(text), " ncat ")
			return calls == len(regexp.MustCompile(`if command -v socat >/dev/null; then\n.*\n  else\n    ncat `).FindAllString(code(text), -1))
		}},
		{"names come from POD_NAME", func(text string) bool {
			return !regexp.MustCompile(`\bmysql-\d`).MatchString(code(text))
		}},
		{"what shellcheck is told to overlook has its reason", func(text string) bool {
			if strings.Count(text, "shellcheck disable") != len(disable.FindAllString(text, -1)) {
				return false
			}
			for _, found := range disable.FindAllStringSubmatch(text, -1) {
				for check := range strings.SplitSeq(found[1], ",") {
					here := strings.HasPrefix(found[2], " # ")
					below := regexp.MustCompile(`# ` + check + `: \S`).MatchString(found[3])
					if !here && !below {
						return false
					}
				}
			}
			return true
		}},
	} {
		t.Run(rule.reason, func(t *testing.T) {
			for _, road := range roads {
				for _, script := range Scripts(road) {
					if !strings.HasSuffix(script.Name, ".sh") {
						continue
					}
					assert.True(t, rule.holds(script.Text), "%s, %s", road, script.Name)
				}
			}
		})
	}
}

func TestStatements(t *testing.T) {
	statement := regexp.MustCompile(`\b(CHANGE (MASTER|REPLICATION SOURCE) TO|` +
		`(START|STOP|RESET) (SLAVE|REPLICA|MASTER|BINARY)\b( ALL| LOGS AND GTIDS)?|SHOW (SLAVE|REPLICA|MASTER|BINARY LOG) STATUS)`)
	option := regexp.MustCompile(`\b(GET_)?(MASTER|SOURCE)_[A-Z]`)
	// Other words of 5.7 and of its successors. GRANT REPLICATION SLAVE is every version's.
	old := regexp.MustCompile(`\b(MASTER|SLAVES?)\b`)
	recent := regexp.MustCompile(`\b(SOURCE|REPLICAS?)\b`)
	for _, test := range []struct {
		road     Road
		versions []string
		foreign  *regexp.Regexp
	}{
		{XtraBackup, []string{"5.7", "5.7.44"}, recent},
		{Plugin, []string{"8.0.23", "8.0", "8.4", "9.7", "26.7"}, old},
	} {
		var text strings.Builder
		for _, script := range Scripts(test.road) {
			text.WriteString(code(script.Text))
		}
		used := statement.FindAllString(text.String(), -1)
		require.NotEmpty(t, used)
		options := option.FindAllString(text.String(), -1)
		require.NotEmpty(t, options)
		for _, version := range test.versions {
			t.Run(version, func(t *testing.T) {
				dialect, err := mysql.Lookup(version)
				require.NoError(t, err)
				s := dialect.Statements
				for _, words := range used {
					assert.Contains(t, []string{
						s.ChangeSource, s.StartReplica, s.StopReplica, s.ResetReplicaAll,
						s.ShowReplicaStatus, s.ShowBinaryLogStatus, s.ResetBinaryLogs,
					}, words, "MySQL %s does not know it", version)
				}
				for _, name := range options {
					assert.True(t, strings.HasPrefix(name, s.SourceOption), "MySQL %s has no option %s…", version, name)
				}
				rest := statement.ReplaceAllString(strings.ReplaceAll(text.String(), "GRANT REPLICATION SLAVE", ""), "")
				if test.road == XtraBackup {
					// XtraBackup's file, which is read and may come from a later one.
					rest = strings.ReplaceAll(rest, "(MASTER|SOURCE)_LOG", "")
				}
				assert.Empty(t, test.foreign.FindString(rest))
			})
		}
	}
}
