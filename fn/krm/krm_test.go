package krm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	mysql = `apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata:
  name: mysql # ours
spec: {}
`
	orders = `apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata:
  name: orders
spec: {version: "5.7"}
`
	broken = `apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata:
  name: broken
spec:
  replicas: -1
  stroage: {}
`
	other = `apiVersion: v1
kind: ConfigMap
metadata:
  name: other
  annotations:
    kustomize.config.k8s.io/id: "7"
data:
  a: 'b' # quoted
`
	transformer = `apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSetTransformer
metadata:
  name: expand
`
)

// What the sets render to, by kind and name.
var (
	ofMySQL  = []string{"ConfigMap mysql", "Service mysql", "Service mysql-read", "Service mysql-primary", "StatefulSet mysql"}
	ofOrders = []string{"ConfigMap orders", "Service orders", "Service orders-read", "StatefulSet orders"}
)

func documents(t *testing.T, file string, texts ...string) []Document {
	t.Helper()
	read, found := Read(file, []byte(strings.Join(texts, "---\n")))
	require.Empty(t, found.String())
	return read
}

// names are the resources of a stream, in order.
func names(t *testing.T, stream []byte) (names []string) {
	t.Helper()
	for _, d := range documents(t, "", string(stream)) {
		names = append(names, d.Source.String())
	}
	return names
}

func concat(lists ...[]string) (all []string) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// refused asserts that a run told exactly these lines and wrote nothing.
func refused(t *testing.T, report Report, lines ...string) {
	t.Helper()
	assert.Equal(t, strings.Join(lines, "\n")+"\n", report.Findings.String())
	assert.True(t, report.Findings.Failed())
	assert.Empty(t, report.Output)
}

func TestRead(t *testing.T) {
	for _, test := range []struct {
		reason, text string
		want         []string
	}{
		{"an empty file has no documents", "", nil},
		{"comments are not a document", "# one\n---\n# two\n", nil},
		{"separators at the ends are no documents", "---\n" + mysql + "---\n", []string{"0 MySQLReplicaSet mysql"}},
		{"empty documents count in the numbering, as kpt's do", mysql + "---\n---\n" + other, []string{"0 MySQLReplicaSet mysql", "2 ConfigMap other"}},
		{"JSON is YAML", `{"kind": "A", "metadata": {"name": "b", "namespace": "c"}}`, []string{"0 A c/b"}},
		{"Windows' line ends", strings.ReplaceAll(mysql, "\n", "\r\n"), []string{"0 MySQLReplicaSet mysql"}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			var got []string
			for _, d := range documents(t, "", test.text) {
				got = append(got, fmt.Sprint(d.Source.Index)+" "+d.Source.String())
			}
			assert.Equal(t, test.want, got)
		})
	}

	_, found := Read("a.yaml", []byte("a: 1\n b: 2\n"))
	assert.Equal(t, "error: a.yaml: not YAML: line 2: mapping values are not allowed in this context\n", found.String())
}

func TestFindingsAsText(t *testing.T) {
	var found Findings
	found.add(Warning, Source{})
	found.fail(Source{File: "a.yaml", reference: reference{kind: "Service", namespace: "n", name: "s"}}, "spec.x", "one\ntwo")
	assert.Equal(t, "error: a.yaml: Service n/s: spec.x: one\n  two\n", found.String(), "further lines are indented, so that each finding begins at a margin")
	assert.EqualError(t, found.Err(), "a.yaml: Service n/s: spec.x: one\n  two")
	assert.NoError(t, Findings{{Severity: Warning}}.Err(), "a warning is no error")
}
