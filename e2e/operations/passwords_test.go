package operations

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

// TestPasswordsStaySecret logs every statement, lives through a start, a rotation, a
// rebuild and a move, and then looks for every password wherever one could be read: in all
// logs, all of performance_schema and sys, command lines, environments, the files on the
// volume and in the containers that are not MySQL's own, and what kubectl prints.
func TestPasswordsStaySecret(t *testing.T) {
	t.Parallel()
	const spec = "{replicas: 2, replication: {primary: %d}, config: {common: {general_log: true, slow_query_log: true, long_query_time: 0, log_slow_replica_statements: true, performance_schema_events_statements_history_long_size: 10000, performance_schema_consumer_events_statements_history_long: true}}}"
	node := harness.StartAgent(t)
	set := up(t, fmt.Sprintf(spec, 0))
	passwords := map[string]string{}
	note := func(when string) {
		for _, key := range []string{"root-password", "replication-password"} {
			passwords[key+" "+when] = set.Password(t, key)
		}
		for ordinal := range 2 {
			// Of the accounts receiver and donor: look.sh.
			life := strings.TrimSpace(set.Namespace.Kubectl(t, "exec", set.Pod(ordinal), "--container=replication", "--", "cat", "/var/run/mysqld/life"))
			sum := sha256.Sum256([]byte(life + " " + set.Password(t, "replication-password")))
			passwords["life of "+set.Pod(ordinal)+" "+when] = hex.EncodeToString(sum[:])[:32]
		}
	}
	note("at first")
	rotate(t, set)
	note("after the rotation")
	set.LoseVolume(t, 1)
	set.WaitReady(t, 2)
	set.CheckData(t)
	note("after the rebuild")
	move(t, set, spec, 1)
	note("after the move")
	set.CheckData(t)

	places := map[string]string{}
	for ordinal := range 2 {
		pod := set.Pod(ordinal)
		places[pod+" general log"] = set.Namespace.Kubectl(t, "exec", pod, "--container=mysql", "--", "bash", "-c", `cat /var/lib/mysql/*.log`)
		require.Contains(t, places[pod+" general log"], "SHOW REPLICA STATUS", "it has the statements of the loop")
		places[pod+" performance_schema and sys"] = set.Root(t, ordinal, statementsThatShowAll(t, set, ordinal))
		places[pod+" logs"] = set.Namespace.Kubectl(t, "logs", pod, "--all-containers")
		for _, container := range set.Pods(t)[pod].Spec.Containers {
			places[pod+" processes of "+container.Name] = node.CommandLines(t, harness.Running(set.Pods(t)[pod], container.Name))
			places[pod+" files of "+container.Name] = set.Namespace.Kubectl(t, "exec", pod, "--container="+container.Name, "--",
				"bash", "-c", `find /tmp /dev/shm /run /var/run /etc/mysql/conf.d /mnt /docker-entrypoint-initdb.d -xdev -type f -not -path '*/secrets/*' -exec cat {} + 2>/dev/null || true`)
			require.NotEmpty(t, places[pod+" files of "+container.Name])
		}
	}
	places["kubectl get"] = set.Namespace.Kubectl(t, "get", "all,configmaps,persistentvolumeclaims,events", "--output=yaml")
	places["kubectl describe"] = set.Namespace.Kubectl(t, "describe", "all,configmaps,persistentvolumeclaims")
	for name, password := range passwords {
		require.NotEmpty(t, password, name)
		for place, text := range places {
			if at := strings.Index(text, password); at >= 0 {
				assert.Fail(t, "a password can be read", "%s, in %s: …%s", name, place, strings.ReplaceAll(text[max(0, at-200):at], password, "***"))
			}
		}
	}
}

// statementsThatShowAll selects all of performance_schema, and of sys what is not a join of
// large tables.
func statementsThatShowAll(t *testing.T, set *harness.Set, ordinal int) string {
	t.Helper()
	out := set.Root(t, ordinal, "SELECT CONCAT('SELECT * FROM `', TABLE_SCHEMA, '`.`', TABLE_NAME, '`;') FROM information_schema.TABLES "+
		"WHERE TABLE_SCHEMA = 'performance_schema' OR TABLE_SCHEMA = 'sys' AND TABLE_NAME IN "+
		"('processlist', 'session', 'statement_analysis', 'statements_with_errors_or_warnings', 'x$processlist', 'x$session', 'x$statement_analysis')")
	_, statements, found := strings.Cut(out, "\n") // without the name of the column
	require.True(t, found)
	return statements
}
