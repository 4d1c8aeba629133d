package manifests

import (
	"maps"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	data  = lib + "source ./data.sh\n"
	judge = data + `judge_data_directory; printf '%s' "${data_directory_is}"`
	// The marker, and where a new data directory is made.
	marker = "volume/.mysqlreplicaset/complete"
	work   = "volume/.mysqlreplicaset/work"
)

// complete is what an initialisation or a clone leaves, as far as is_complete goes.
func complete(more ...string) map[string]string {
	files := map[string]string{
		"ibdata1": "data", "mysql.ibd": "tables", "mysql/slow_log.CSM": "", "sys/sys_config.ibd": "x", "shop/orders.ibd": "orders",
	}
	for i := 0; i < len(more); i += 2 {
		files[more[i]] = more[i+1]
	}
	return files
}

// without is files but for one.
func without(files map[string]string, name string) map[string]string {
	files = maps.Clone(files)
	delete(files, name)
	return files
}

func TestJudgeDataDirectory(t *testing.T) {
	const cloned = "cloned from db-0.db by db-1 at 2026-01-02T03:04:05Z\n"
	const incomplete = "ERROR: the volume holds files in ROOT/volume/mysql that are not a complete MySQL data directory, and that we did not make. Nothing is done, since it may be the only copy. " +
		"Look at the files; if they can go, remove them; if they are a data directory after all, create ROOT/volume/.mysqlreplicaset/complete"
	prepared := func(state string) string {
		return "backup_type = " + state + "\nfrom_lsn = 0\nto_lsn = 2542148\nlast_lsn = 2542157\ncompact = 0\nrecover_binlog_info = 0\n"
	}
	for _, test := range []struct {
		reason string
		data   map[string]string
		marker string
		want   string // present or absent; else it refuses
		log    string
	}{
		{"a new volume", nil, "", "absent", ""},
		{"kubelet made the folder of the subPath", map[string]string{".": ""}, "", "absent", ""},
		{"ours, and whole", complete(), cloned, "present", "data directory is present: cloned from db-0.db by db-1 at 2026-01-02T03:04:05Z"},
		{"ours: the marker says so, whatever a user did since, such as dropping sys", without(complete(), "sys/sys_config.ibd"), cloned, "present", "data directory is present: cloned"},
		{"5.7 has no mysql.ibd, but files of its tables", without(complete("mysql/user.frm", "x"), "mysql.ibd"), cloned, "present", ""},
		{"the tutorial's set is taken over", without(complete("mysql/user.frm", "x"), "mysql.ibd"), "", "present", "data directory is present without our marker, and complete: adopting it"},
		{"a copy of a volume, or its restored snapshot", complete(), "", "present", "adopting it"},
		{"a clone that ended keeps its folder", complete("#clone/#view_status", "x"), "", "present", "adopting it"},
		{"XtraBackup's copy, prepared", complete("xtrabackup_checkpoints", prepared("full-prepared")), "", "present", "adopting it"},
		{"mariadb-backup's copy, prepared", complete("xtrabackup_checkpoints", prepared("log-applied")), "", "present", "adopting it"},

		{
			"the data directory was there and is gone: a wrong or a damaged volume", nil, cloned, "",
			"ERROR: the volume once held a data directory (cloned from db-0.db by db-1 at 2026-01-02T03:04:05Z), and it is gone. Nothing is done, since it may be the wrong volume or a damaged one. " +
				"Restore it from a backup; or, if a new copy may take its place, remove ROOT/volume/.mysqlreplicaset/complete",
		},
		{"it is there and empty", map[string]string{".": ""}, cloned, "", "ERROR: the volume once held a data directory"},
		{
			"it lost its system tables",
			map[string]string{"ibdata1": "x", "shop/orders.ibd": "x"},
			cloned, "",
			"ERROR: the data directory has a marker (cloned from db-0.db by db-1 at 2026-01-02T03:04:05Z) but no system tables: it was damaged. Nothing is done. Restore it from a backup",
		},
		{"initialised half way: sys comes last (docker-library/mysql#439)", without(complete(), "sys/sys_config.ibd"), "", "", incomplete},
		{"copied half way: no shared tablespace", without(complete(), "ibdata1"), "", "", incomplete},
		{"an empty shared tablespace", complete("ibdata1", ""), "", "", incomplete},
		{"no system tables", map[string]string{"ibdata1": "x", "sys/sys_config.ibd": "x"}, "", "", incomplete},
		{"a clone was under way", complete("#clone/#status_in_progress", ""), "", "", incomplete},
		{"the tutorial's clone was cut off: copied, and never prepared", complete("xtrabackup_checkpoints", prepared("full-backuped")), "", "", incomplete},
		{"half of an incremental restore", complete("xtrabackup_checkpoints", prepared("log-applied-partially")), "", "", incomplete},
		{"XtraBackup's file is empty", complete("xtrabackup_checkpoints", ""), "", "", incomplete},
		{"somebody's only file", map[string]string{"dump.sql": "INSERT"}, "", "", incomplete},
		{"a hidden file is a file", map[string]string{".snapshot": ""}, "", "", incomplete},
		{"a file system of its own, whose folder cannot be renamed away", map[string]string{"lost+found/": ""}, "", "", incomplete},
		{"another database", map[string]string{"PG_VERSION": "17", "base/": ""}, "", "", incomplete},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, "db-1")
			if test.data["."] == "" && len(test.data) == 1 {
				require.NoError(t, os.Mkdir(p.path("volume/mysql"), 0o755))
			}
			p.fill("volume/mysql", without(test.data, "."))
			if test.marker != "" {
				p.write(marker, test.marker)
			}
			before := p.tree("volume/mysql")
			for range 2 { // what is said and done is the same the next time
				got := p.bash(judge)
				assert.Equal(t, test.want, got.out)
				assert.Equal(t, test.want == "", got.code != 0, got.log)
				assert.Equal(t, before, p.tree("volume/mysql"), "the data directory was touched")
				if test.want == "present" && test.marker == "" {
					assert.Regexp(t, `^adopted by db-1 at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$`, p.read(marker))
					test.log = "data directory is present: adopted by db-1"
				} else {
					assert.Equal(t, test.marker, p.read(marker))
					assert.Contains(t, got.log, p.named(test.log))
				}
			}
		})
	}

	t.Run("a volume that cannot be read is not an empty one", func(t *testing.T) {
		p := newPod(t, Plugin, "db-0")
		p.fill("volume/mysql", complete())
		before := p.tree("volume/mysql")
		p.fake("find", `echo "find: '$1': Permission denied" >&2; exit 1`)
		got := p.bash(judge)
		assert.Equal(t, 1, got.code)
		assert.Empty(t, got.out)
		assert.Contains(t, got.log, p.named("ERROR: cannot read ROOT/volume/mysql, so it cannot be told whether it holds data. Nothing is done. Check the volume and who may read it"))
		assert.Equal(t, before, p.tree("volume/mysql"))
	})
	t.Run("a volume that cannot be written", func(t *testing.T) {
		p := newPod(t, Plugin, "db-0")
		p.write("volume/.mysqlreplicaset", "a file where the folder should be")
		got := p.bash(judge)
		assert.Equal(t, 1, got.code)
		assert.Contains(t, got.log, "ERROR: cannot write to the volume; the pod's user needs write access (fsGroup, or the volume's owner)")
	})
	t.Run("our own unfinished work goes, and nothing else", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.fill(work, complete())
		p.write("volume/somebody's", "file")
		got := p.bash(judge)
		assert.Equal(t, "absent", got.out)
		assert.Contains(t, got.log, p.named("found our own unfinished work of an earlier try in ROOT/volume/.mysqlreplicaset/work: removing it and starting over"))
		assert.False(t, p.exists(work))
		assert.Equal(t, "file", p.read("volume/somebody's"))
	})
	t.Run("unfinished work beside a whole data directory", func(t *testing.T) {
		p := newPod(t, Plugin, "db-1")
		p.fill(work, map[string]string{"ibdata1": "half"})
		p.fill("volume/mysql", complete())
		p.write(marker, cloned)
		before := p.tree("volume/mysql")
		assert.Equal(t, "present", p.bash(judge).out)
		assert.False(t, p.exists(work))
		assert.Equal(t, before, p.tree("volume/mysql"))
	})
}

func TestCommitDataDirectory(t *testing.T) {
	const commit = data + "commit_data_directory 'cloned from db-0.db'"
	for _, test := range []struct {
		reason string
		work   map[string]string
		data   map[string]string
		want   string // of the log, if it refuses
	}{
		{"the folder is not there", complete(), nil, ""},
		{"kubelet made an empty folder", complete(), map[string]string{"/": ""}, ""},
		{"never over data", complete(), complete("ibdata1", "the only copy"), "mysql"},
		{"never over any file", complete(), map[string]string{"dump.sql": "x"}, "mysql"},
		{"what holds no tables is no data directory", map[string]string{"ibdata1": "x"}, nil, "ERROR: the new data directory has no system tables; it is not used"},
		{"nothing was made", nil, nil, "ERROR: the new data directory has no system tables; it is not used"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := newPod(t, Plugin, "db-1")
			p.fill(work, test.work)
			p.fill("volume/mysql", test.data)
			require.NoError(t, os.MkdirAll(p.path("volume/.mysqlreplicaset"), 0o755))
			before := p.tree("volume/mysql")
			got := p.bash(commit)
			if test.want == "" {
				assert.Zero(t, got.code, got.log)
				assert.Equal(t, "orders", p.read("volume/mysql/shop/orders.ibd"))
				assert.Regexp(t, `^cloned from db-0.db by db-1 at \S+Z\n$`, p.read(marker))
				assert.False(t, p.exists(work))
				return
			}
			assert.NotZero(t, got.code)
			assert.Contains(t, got.log, test.want)
			assert.Equal(t, before, p.tree("volume/mysql"))
			assert.False(t, p.exists(marker))
		})
	}
}

// TestCommitKilled: at whatever command it is killed, the data directory is there
// whole or not at all, and the next try ends as if nothing had happened.
func TestCommitKilled(t *testing.T) {
	t.Parallel()
	const commit = data + "commit_data_directory cloned"
	var absent, present atomic.Int32
	atEach(t, everyCommand, func(t *testing.T, n int) bool {
		p := newPod(t, Plugin, "db-1")
		p.fill(work, complete())
		whole := p.tree(work)
		if n%2 == 0 { // as kubelet does, for the subPath
			require.NoError(t, os.Mkdir(p.path("volume/mysql"), 0o755))
		}
		finished := p.killedBefore(n, commit)
		again := p.bash(judge)
		require.Zero(t, again.code, again.log)
		if again.out == "absent" {
			absent.Add(1)
			assert.Empty(t, p.files("volume/mysql"))
			assert.False(t, p.exists(marker))
			assert.False(t, p.exists(work))
			p.fill(work, complete())
			require.Zero(t, p.bash(commit).code)
		} else {
			present.Add(1)
		}
		assert.Equal(t, whole, strings.ReplaceAll(p.tree("volume/mysql"), "/volume/mysql", "/"+work))
		assert.NotEmpty(t, p.read(marker))
		assert.False(t, p.exists(work))
		assert.Equal(t, "present", p.bash(judge).out)
		return finished
	})
	assert.Positive(t, absent.Load(), "killed before the rename")
	assert.Positive(t, present.Load(), "killed after it")
}

// TestAdoptKilled: the same for a data directory that came without our marker.
func TestAdoptKilled(t *testing.T) {
	t.Parallel()
	atEach(t, everyCommand, func(t *testing.T, n int) bool {
		p := newPod(t, Plugin, "db-1")
		p.fill("volume/mysql", complete())
		before := p.tree("volume/mysql")
		finished := p.killedBefore(n, data+"judge_data_directory")
		const adopted = `^adopted by db-1 at \S+Z\n$`
		if p.exists(marker) {
			assert.Regexp(t, adopted, p.read(marker))
		}
		assert.Equal(t, "present", p.bash(judge).out)
		assert.Regexp(t, adopted, p.read(marker))
		assert.Equal(t, before, p.tree("volume/mysql"))
		return finished
	})
}
