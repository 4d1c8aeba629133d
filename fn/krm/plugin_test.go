package krm

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPluginGenerates(t *testing.T) {
	t.Run("as a generator there is nothing on standard input", func(t *testing.T) {
		report := Plugin(documents(t, "/tmp/kust-plugin-config-1", mysql), nil, nil)
		assert.Equal(t, ofMySQL, names(t, report.Output))
		assert.Equal(t, string(Stream(documents(t, "", mysql)).Output), string(report.Output), "the command line's bytes")
	})
	t.Run("under transformers it adds to the resources", func(t *testing.T) {
		report := Plugin(documents(t, "", mysql), documents(t, "", other, orders), nil)
		assert.Equal(t, concat([]string{"ConfigMap other", "MySQLReplicaSet orders"}, ofMySQL), names(t, report.Output))
		assert.True(t, strings.HasPrefix(string(report.Output), other+"---\n"+orders), "other resources are untouched")
	})
}

func TestPluginTransforms(t *testing.T) {
	report := Plugin(documents(t, "", transformer), documents(t, "", mysql, other, orders), nil)
	assert.Equal(t, concat([]string{"MySQLReplicaSet mysql"}, ofMySQL, []string{"ConfigMap other", "MySQLReplicaSet orders"}, ofOrders),
		names(t, report.Output), "each set is expanded where it stands")
	assert.Contains(t, string(report.Output), "---\n"+other+"---\n", "other resources are untouched, with the annotations that kustomize knows them by")

	marked := strings.Replace(mysql, "spec:", "  annotations:\n    config.kubernetes.io/local-config: \"true\"\nspec:", 1)
	assert.True(t, strings.HasPrefix(string(report.Output), marked), "kustomize drops what is marked local")
	again := Plugin(documents(t, "", transformer), documents(t, "", marked), nil)
	assert.True(t, strings.HasPrefix(string(again.Output), marked), "a set that is marked already is expanded, and not marked again")
}

func TestPluginRefuses(t *testing.T) {
	const noSettings = "a MySQLReplicaSetTransformer has no settings here; remove it, and set the fields of the MySQLReplicaSet instead"
	for _, test := range []struct {
		reason, config string
		resources      []string
		want           []string
	}{
		{"kustomize's name of the file says nothing and is not shown", broken, nil, []string{
			"error: MySQLReplicaSet broken: spec.stroage: unknown field; did you mean storage?",
			"error: MySQLReplicaSet broken: spec.replicas: found -1, expected at least 1",
		}},
		{
			"an empty configuration", "# nothing\n", nil,
			[]string{"error: found 0 documents in the plugin's configuration file, expected one"},
		},
		{
			"another kind", other, nil,
			[]string{"error: found kind ConfigMap of v1 as the plugin's configuration, expected MySQLReplicaSet, MySQLReplicaSetTransformer or MySQLReplicaSetDiff of mysqlreplicaset.dev/v1alpha1"},
		},
		{
			"another version of the transformer", strings.Replace(transformer, "v1alpha1", "v9", 1),
			[]string{mysql},
			[]string{`error: MySQLReplicaSetTransformer expand: apiVersion: found "mysqlreplicaset.dev/v9", expected mysqlreplicaset.dev/v1alpha1`},
		},
		{
			"another version of the set", strings.Replace(mysql, "v1alpha1", "v9", 1), nil,
			[]string{`error: MySQLReplicaSet mysql: apiVersion: found version "v9" of mysqlreplicaset.dev, but this program knows only v1alpha1; write mysqlreplicaset.dev/v1alpha1, or take a program that knows "v9"`},
		},
		{
			"settings of a transformer would have no effect", transformer + "spec: {}\nreplicas: 3\n",
			[]string{mysql},
			[]string{"error: MySQLReplicaSetTransformer expand: spec: " + noSettings, "error: MySQLReplicaSetTransformer expand: replicas: " + noSettings},
		},
		{
			"a transformer under generators", transformer, nil,
			[]string{"error: MySQLReplicaSetTransformer expand: found no resources to expand a MySQLReplicaSet among; name this file under transformers, not generators, and the set under resources"},
		},
		{
			"nothing to expand would leave the database out of the output", transformer,
			[]string{other},
			[]string{"error: found no MySQLReplicaSet among 1 resource; put one among them, or remove this step"},
		},
		{
			"a mistyped kind is not passed on to the cluster", transformer,
			[]string{mysql, strings.Replace(orders, "kind: MySQLReplicaSet", "kind: MySQLReplicaset", 1)},
			[]string{`error: MySQLReplicaset orders: kind: found "MySQLReplicaset", expected MySQLReplicaSet`},
		},
		{
			"a resource that is there already", transformer,
			[]string{mysql, "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: mysql}\n"},
			[]string{"error: MySQLReplicaSet mysql: metadata.name: renders StatefulSet mysql, and there is one already; rename one of the two, or remove it"},
		},
		{
			"the same, of a set as configuration", mysql,
			[]string{"apiVersion: v1\nkind: Service\nmetadata: {name: mysql-read}\n"},
			[]string{"error: MySQLReplicaSet mysql: metadata.name: renders Service mysql-read, and there is one already; rename one of the two, or remove it"},
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			refused(t, Plugin(documents(t, "/tmp/kust-plugin-config-1", test.config), documents(t, "", test.resources...), nil), test.want...)
		})
	}
	t.Run("another namespace is another resource", func(t *testing.T) {
		theirs := "apiVersion: v1\nkind: Service\nmetadata: {name: mysql, namespace: elsewhere}\n"
		assert.Empty(t, Plugin(documents(t, "", mysql), documents(t, "", theirs), nil).Findings)
	})
}
