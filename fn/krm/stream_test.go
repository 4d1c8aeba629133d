package krm

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestStreamRendersEverySet(t *testing.T) {
	report := Stream(append(documents(t, "a.yaml", mysql), documents(t, "b.yaml", orders)...))
	assert.Equal(t, concat(ofMySQL, ofOrders), names(t, report.Output))
	assert.Equal(t, 8, bytes.Count(report.Output, []byte("\n---\n")), "separators are between documents only")
	assert.False(t, report.Findings.Failed(), "a warning does not keep a set from being rendered")
	assert.Contains(t, report.Findings.String(), "warning: b.yaml: MySQLReplicaSet orders: spec.version: ")
	assert.NotContains(t, string(report.Output), "kind: MySQLReplicaSet\n", "the set never reaches the cluster")
}

func TestStreamRefuses(t *testing.T) {
	namespaced := strings.Replace(mysql, "metadata:\n", "metadata:\n  namespace: shop\n", 1)
	for _, test := range []struct {
		reason string
		texts  []string
		want   []string
	}{
		{
			"an empty input is a mistake, not an empty output", nil,
			[]string{"error: the input is empty; give a MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1, in a file or on standard input"},
		},
		{
			"another kind is named, with its place",
			[]string{mysql, "# a comment\n" + other},
			[]string{"error: f.yaml: document 2, line 8: found kind ConfigMap of v1, expected MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1"},
		},
		{"a document that is no object", []string{"- a\n", "b\n", "c: d\n", "kind: e\n"}, []string{
			"error: f.yaml: document 1, line 1: found a list, expected MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1",
			"error: f.yaml: document 2, line 3: found text that is no resource, expected MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1",
			"error: f.yaml: document 3, line 5: found a document without a kind, expected MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1",
			"error: f.yaml: document 4, line 7: found kind e without an apiVersion, expected MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1",
		}},
		{"all sets are checked in one run", []string{broken, strings.Replace(broken, "name: broken", "name: worse", 1)}, []string{
			"error: f.yaml: MySQLReplicaSet broken: spec.stroage: unknown field; did you mean storage?",
			"error: f.yaml: MySQLReplicaSet broken: spec.replicas: found -1, expected at least 1",
			"error: f.yaml: MySQLReplicaSet worse: spec.stroage: unknown field; did you mean storage?",
			"error: f.yaml: MySQLReplicaSet worse: spec.replicas: found -1, expected at least 1",
		}},
		{
			"the same set twice",
			[]string{mysql, mysql},
			[]string{"error: f.yaml: MySQLReplicaSet mysql: metadata.name: given twice in f.yaml; rename one of the two, or remove it"},
		},
		{
			"the read Service of one set is the headless Service of another",
			[]string{mysql, strings.Replace(mysql, "name: mysql", "name: mysql-read", 1)},
			[]string{"error: f.yaml: MySQLReplicaSet mysql-read: metadata.name: renders Service mysql-read, and so does MySQLReplicaSet mysql in f.yaml; rename one of the two, or remove it"},
		},
		{
			"the Service of one set's primary is the headless Service of another",
			[]string{mysql, strings.Replace(mysql, "name: mysql", "name: mysql-primary", 1)},
			[]string{"error: f.yaml: MySQLReplicaSet mysql-primary: metadata.name: renders Service mysql-primary, and so does MySQLReplicaSet mysql in f.yaml; rename one of the two, or remove it"},
		},
		{
			"a ResourceList as a file: it has to come the way hosts send it",
			[]string{"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"},
			[]string{"error: f.yaml: document 1, line 1: found kind ResourceList of config.kubernetes.io/v1, expected MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1; a ResourceList is read from standard input only, and without arguments"},
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			refused(t, Stream(documents(t, "f.yaml", test.texts...)), test.want...)
		})
	}

	t.Run("the same name in two namespaces is fine", func(t *testing.T) {
		assert.Empty(t, Stream(documents(t, "", mysql, namespaced)).Findings)
	})
}
