package mysql

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

func TestLookup(t *testing.T) {
	for _, test := range []struct {
		reason, version, series string
		patch                   int
		method                  Method
	}{
		{"the tutorial's", "5.7", "5.7", Newest, XtraBackup},
		{"any 5.7", "5.7.44", "5.7", 44, XtraBackup},
		{"a series is its newest", "8.0", "8.0", Newest, ClonePlugin},
		{"the first 8.0 with CHANGE REPLICATION SOURCE TO", "8.0.23", "8.0", 23, ClonePlugin},
		{"a full version", "8.4.11", "8.4", 11, ClonePlugin},
		{"a first release", "9.7.0", "9.7", 0, ClonePlugin},
		{"a calendar version", "26.7", "26.7", Newest, ClonePlugin},
	} {
		t.Run(test.version, func(t *testing.T) {
			d, err := Lookup(test.version)
			require.NoError(t, err, test.reason)
			assert.Equal(t, test.series, d.Series)
			assert.Equal(t, test.patch, d.Patch)
			assert.Equal(t, test.method, d.CloneMethod)
			assert.Equal(t, "mysql:"+test.version, d.Image, "the image is as exact as the version")
			assert.Equal(t, test.version, d.Version())
			assert.Equal(t, test.method == XtraBackup, d.CloneImage != "", "only XtraBackup needs a second image")
		})
	}
}

func TestLookupErrors(t *testing.T) {
	const list = "; allowed are 5.7, 8.0 (from 8.0.23), 8.4, 9.7, 26.7; "
	const lts = `use "9.7", the newest long-term support series`
	for _, test := range []struct{ reason, version, found, advice string }{
		{"nothing", "", `"" is no version`, lts},
		{"the set must not change by itself", "latest", `"latest" is a tag that moves, and no version`, lts},
		{"as a tag", "lts", `"lts" is a tag that moves, and no version`, lts},
		{"YAML makes 8 of 8.0", "8", `"8" is no series of MySQL (YAML reads 8.0 without quotes as 8)`, `use "8.0" or "8.4", in quotes`},
		{"one number", "9", `"9" is no series of MySQL`, lts},
		{"too old", "5.6.51", `"5.6.51" is older than all that is supported here`, `upgrade to 5.7 first, or use "9.7" for a new set`},
		{"the old words", "8.0.20", `"8.0.20" lacks CHANGE REPLICATION SOURCE TO, which came with 8.0.23`, `use "8.0", its newest`},
		{"between 8.0 and 8.4", "8.3", `"8.3" was an innovation release and has ended`, `use "8.4", the long-term support series that followed it`},
		{"between 8.4 and 9.7", "9.4.0", `"9.4.0" was an innovation release and has ended`, `use "9.7", the long-term support series that followed it`},
		{"never released", "8.5", `"8.5" is no series of MySQL`, `use "8.4", the last of 8`},
		{"never released", "9.8", `"9.8" is no series of MySQL`, lts},
		{"MariaDB", "10.11", `"10.11" is no series of MySQL`, lts},
		{"newer than this table", "26.10", `"26.10" is not known here`, `use "26.7", or "9.7" for long-term support`},
		{"a tag of a version", "8.4.11-oraclelinux9", `"8.4.11-oraclelinux9" is a tag, and no version`, `use "8.4.11", and put the tag into spec.image`},
		{"as Git tags are", "v8.4", `"v8.4" is no version`, `use "8.4"`},
		{"a leading zero", "8.04", `"8.04" is no version of MySQL`, lts},
		{"four numbers", "8.4.1.2", `"8.4.1.2" is no version of MySQL`, lts},
		{"nonsense", "new", `"new" is no version of MySQL`, lts},
		{"longer than any number", "99999999999999999999.1", `"99999999999999999999.1" is no version of MySQL`, lts},
	} {
		_, err := Lookup(test.version)
		assert.EqualError(t, err, test.found+list+test.advice, test.reason)
	}
}

func TestStatements(t *testing.T) {
	for _, test := range []struct{ version, change, status, binlog, reset string }{
		{"5.7", "CHANGE MASTER TO", "SHOW SLAVE STATUS", "SHOW MASTER STATUS", "RESET MASTER"},
		{"8.0", "CHANGE REPLICATION SOURCE TO", "SHOW REPLICA STATUS", "SHOW MASTER STATUS", "RESET MASTER"},
		{"8.4", "CHANGE REPLICATION SOURCE TO", "SHOW REPLICA STATUS", "SHOW BINARY LOG STATUS", "RESET BINARY LOGS AND GTIDS"},
		{"26.7", "CHANGE REPLICATION SOURCE TO", "SHOW REPLICA STATUS", "SHOW BINARY LOG STATUS", "RESET BINARY LOGS AND GTIDS"},
	} {
		d, err := Lookup(test.version)
		require.NoError(t, err)
		s := d.Statements
		assert.Equal(t, []string{test.change, test.status, test.binlog, test.reset},
			[]string{s.ChangeSource, s.ShowReplicaStatus, s.ShowBinaryLogStatus, s.ResetBinaryLogs}, test.version)
	}
}

func TestAtLeast(t *testing.T) {
	for _, test := range []struct {
		reason, have, want string
		is                 bool
	}{
		{"a series is its newest", "8.0", "8.0.30", true},
		{"a patch is itself", "8.0.25", "8.0.26", false},
		{"a patch is at least its series", "8.0.23", "8.0", true},
		{"numbers, not text", "26.7", "9.0.0", true},
		{"an earlier series", "5.7", "8.0", false},
		{"the same", "8.4.0", "8.4.0", true},
	} {
		d, err := Lookup(test.have)
		require.NoError(t, err)
		assert.Equal(t, test.is, d.AtLeast(test.want), "%s: %s, %s", test.reason, test.have, test.want)
	}
}

func TestWarning(t *testing.T) {
	for version, want := range map[string]string{
		"5.7": "spec.version: MySQL 5.7 has had no fixes since 2023-10-31; upgrade to 8.0, then to 8.4, then to 9.7 (no long-term support series may be skipped)",
		"8.0": "spec.version: MySQL 8.0 has had no fixes since 2026-04-30; upgrade to 8.4, then to 9.7 (no long-term support series may be skipped)",
		"8.4": "", "9.7": "", "26.7": "",
	} {
		d, err := Lookup(version)
		require.NoError(t, err)
		p, ok := d.Warning()
		assert.Equal(t, want != "", ok)
		if ok {
			assert.Equal(t, want, p.String())
		}
	}
}

// The schema has the versions as a pattern, for editors; this table has them for
// the program. Neither may know one that the other does not.
func TestSchemaKnowsTheTable(t *testing.T) {
	var names []string
	for _, row := range table {
		names = append(names, strings.ReplaceAll(row.name, ".", `\\.`))
	}
	assert.Contains(t, string(v1alpha1.Schema), `"^(`+strings.Join(names, "|")+`)(\\.[0-9]+)?$"`)
}
