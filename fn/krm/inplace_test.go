package krm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/fn/internal/node"
)

// rendered is a resource as an earlier run has left it in a file, at index 0.
func rendered(owner, kind, name, namespace, file string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: %s
metadata:
  name: %s
  namespace: %s
  annotations:
    mysqlreplicaset.dev/owner: %s
    internal.config.kubernetes.io/path: '%s'
    internal.config.kubernetes.io/index: '0'
    internal.config.kubernetes.io/id: '7'
    internal.kpt.dev/upstream-identifier: 'x|%[1]s|y|z'
    mine: lost
`, kind, name, namespace, owner, file)
}

func packageFile(folder string) string {
	return fmt.Sprintf("apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: p\n  annotations: {config.kubernetes.io/path: '%s'}\n",
		strings.TrimPrefix(folder+"/Kptfile", "/"))
}

// files are the items of a report that are from a file, as "path index kind name".
func filesOf(t *testing.T, report Report) (files []string) {
	t.Helper()
	for _, item := range node.Get(documents(t, "", string(report.Output))[0].Node, "items").Content {
		if s := sourceOf(item, nil); s.File != "" && s.kind != "Kptfile" {
			files = append(files, fmt.Sprintf("%s %d %s", s.File, s.Index, s.reference))
		}
	}
	return files
}

// kpt writes back what a run has returned, so a run knows its own again.
func TestInPlace(t *testing.T) {
	inNamespace := func(namespace, set string) string {
		return strings.Replace(set, "metadata:\n", "metadata:\n  namespace: "+namespace+"\n", 1)
	}
	for _, test := range []struct {
		reason string
		config string
		items  []string
		want   []string
		told   string // what is removed
	}{
		{
			reason: "new resources get files next to their set, named as kpt names them",
			config: kptConfig,
			items:  []string{inFile("db/orders.yaml", orders)},
			want: []string{
				"db/orders.yaml 0 MySQLReplicaSet orders", "db/configmap_orders.yaml 0 ConfigMap orders",
				"db/service_orders.yaml 0 Service orders", "db/service_orders-read.yaml 0 Service orders-read",
				"db/statefulset_orders.yaml 0 StatefulSet orders",
			},
		},
		{
			reason: "a file of that name with something else in it gets another document",
			config: kptConfig,
			items:  []string{inFile("orders.yaml", orders), rendered("", "ConfigMap", "other", "", "configmap_orders.yaml")},
			want: []string{
				"orders.yaml 0 MySQLReplicaSet orders", "configmap_orders.yaml 1 ConfigMap orders",
				"service_orders.yaml 0 Service orders", "service_orders-read.yaml 0 Service orders-read",
				"statefulset_orders.yaml 0 StatefulSet orders", "configmap_orders.yaml 0 ConfigMap other",
			},
		},
		{
			reason: "what was rendered before stays where the user has moved it, in its place in the list",
			config: kptConfig,
			items:  []string{rendered("orders", "Service", "orders-read", "", "sub/read.yaml"), inFile("orders.yaml", orders)},
			want: []string{
				"sub/read.yaml 0 Service orders-read",
				"orders.yaml 0 MySQLReplicaSet orders", "configmap_orders.yaml 0 ConfigMap orders",
				"service_orders.yaml 0 Service orders", "statefulset_orders.yaml 0 StatefulSet orders",
			},
		},
		{
			reason: "what a set no longer renders goes",
			config: kptConfig,
			items:  []string{inFile("orders.yaml", orders), rendered("orders", "Service", "orders-primary", "", "a.yaml")},
			want: []string{
				"orders.yaml 0 MySQLReplicaSet orders", "configmap_orders.yaml 0 ConfigMap orders",
				"service_orders.yaml 0 Service orders", "service_orders-read.yaml 0 Service orders-read",
				"statefulset_orders.yaml 0 StatefulSet orders",
			},
			told: "info: a.yaml: Service orders-primary: removed, because MySQLReplicaSet orders does not render it any more\n",
		},
		{
			reason: "so does everything of a set that was removed, the last one too",
			config: kptConfig,
			items:  []string{rendered("gone", "Service", "gone", "", "a.yaml"), packageFile("")},
			told:   "info: a.yaml: Service gone: removed, because MySQLReplicaSet gone does not render it any more\n",
		},
		{
			reason: "a package without sets is worth a warning, not an error: the run before may have removed the last",
			config: kptConfig,
			items:  []string{packageFile("")},
			told:   "warning: found no MySQLReplicaSet among 1 resource; put one among them, or remove this step\n",
		},
		{
			reason: "one set as configuration is in charge of its own resources only",
			config: inFile("orders.yaml", orders),
			items: []string{
				rendered("gone", "Service", "gone", "", "a.yaml"), rendered("orders", "Service", "orders-primary", "", "b.yaml"),
				rendered("orders", "Service", "orders", "", "c.yaml"),
			},
			want: []string{
				"a.yaml 0 Service gone", "c.yaml 0 Service orders", "configmap_orders.yaml 0 ConfigMap orders",
				"service_orders-read.yaml 0 Service orders-read", "statefulset_orders.yaml 0 StatefulSet orders",
			},
			told: "info: b.yaml: Service orders-primary: removed, because MySQLReplicaSet orders does not render it any more\n",
		},
		{
			reason: "a namespace that came or went does not make a stranger of it",
			config: kptConfig,
			items:  []string{inFile("o.yaml", inNamespace("new", orders)), rendered("orders", "ConfigMap", "orders", "old", "a.yaml")},
			want: []string{
				"o.yaml 0 MySQLReplicaSet new/orders", "service_orders.yaml 0 Service new/orders", "service_orders-read.yaml 0 Service new/orders-read",
				"statefulset_orders.yaml 0 StatefulSet new/orders", "a.yaml 0 ConfigMap new/orders",
			},
		},
		{
			reason: "between sets of one name the namespace decides",
			config: inNamespace("b", orders),
			items: []string{
				inFile("a.yaml", inNamespace("a", orders)), rendered("orders", "Service", "orders", "a", "a1.yaml"),
				inFile("b.yaml", inNamespace("b", orders)), rendered("orders", "Service", "orders", "b", "b1.yaml"),
			},
			want: []string{
				"a.yaml 0 MySQLReplicaSet a/orders", "a1.yaml 0 Service a/orders", "b.yaml 0 MySQLReplicaSet b/orders", "b1.yaml 0 Service b/orders",
				"configmap_orders.yaml 0 ConfigMap b/orders", "service_orders-read.yaml 0 Service b/orders-read", "statefulset_orders.yaml 0 StatefulSet b/orders",
			},
		},
		{
			reason: "packages within a package may have sets of one name",
			config: kptConfig,
			items: []string{
				packageFile(""), packageFile("x"), packageFile("y"),
				inFile("x/o.yaml", orders), rendered("orders", "Service", "orders", "", "x/1.yaml"),
				inFile("y/o.yaml", orders), rendered("orders", "Service", "orders", "", "y/sub/1.yaml"),
			},
			want: []string{
				"x/o.yaml 0 MySQLReplicaSet orders", "x/configmap_orders.yaml 0 ConfigMap orders", "x/service_orders-read.yaml 0 Service orders-read",
				"x/statefulset_orders.yaml 0 StatefulSet orders", "x/1.yaml 0 Service orders",
				"y/o.yaml 0 MySQLReplicaSet orders", "y/configmap_orders.yaml 0 ConfigMap orders", "y/service_orders-read.yaml 0 Service orders-read",
				"y/statefulset_orders.yaml 0 StatefulSet orders", "y/sub/1.yaml 0 Service orders",
			},
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			report := call(t, resourceList(test.config, test.items...))
			require.False(t, report.Findings.Failed(), report.Findings.String())
			assert.Equal(t, test.want, filesOf(t, report))
			told := ""
			for _, f := range report.Findings {
				if f.Field != "spec.version" {
					told += f.String() + "\n"
				}
			}
			assert.Equal(t, test.told, told)
			again := call(t, string(report.Output))
			require.False(t, again.Findings.Failed(), again.Findings.String())
			assert.Equal(t, test.want, filesOf(t, again), "a second run changes nothing")
		})
	}
}

// A resource takes over the marks of its draft that say where it belongs, and nothing
// else: changes belong in the spec, or in a step after this one.
func TestInPlaceKeepsPlaceOnly(t *testing.T) {
	report := call(t, resourceList(kptConfig, inFile("orders.yaml", orders), rendered("orders", "Service", "orders", "", "a.yaml")))
	require.False(t, report.Findings.Failed())
	text := string(report.Output)
	for _, mark := range []string{"internal.config.kubernetes.io/id: '7'", "internal.kpt.dev/upstream-identifier: 'x|Service|y|z'"} {
		assert.Contains(t, text, mark)
	}
	assert.NotContains(t, text, "mine: lost")
}

// A kustomization has no files to write back, so nothing is pruned from it, whatever
// its annotations.
func TestNothingIsPrunedFromAKustomization(t *testing.T) {
	loose := strings.NewReplacer("internal.config.kubernetes.io/path", "a", "internal.config.kubernetes.io/index", "b").
		Replace(rendered("gone", "Service", "gone", "", "a.yaml"))
	report := call(t, resourceList(transformer, loose, orders))
	require.False(t, report.Findings.Failed())
	assert.Equal(t, concat([]string{"Service gone", "MySQLReplicaSet orders"}, ofOrders), items(t, report))
}
