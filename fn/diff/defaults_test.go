package diff

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/internal/node"
	"mysqlreplicaset.dev/fn/render"
)

// Every default is one of a field that there is, and of its type: with all of them
// written out, a StatefulSet is still one, and the same.
func TestDefaults(t *testing.T) {
	for _, version := range []string{"5.7", "9.7"} {
		set := new(v1alpha1.MySQLReplicaSet)
		set.Metadata.Name = "mysql"
		set.Spec.Version = version
		resources, _, err := render.Expand(set)
		require.NoError(t, err)
		var rendered, filled map[string]any
		statefulSet := resources[len(resources)-1]
		require.Equal(t, "StatefulSet", node.Text(statefulSet, "kind"))
		require.NoError(t, statefulSet.Decode(&rendered))
		require.NoError(t, statefulSet.Decode(&filled))

		for place, value := range defaults {
			// Probes of a kind and sources of volumes that a set does not have.
			if strings.Contains(place, "httpGet") || strings.Contains(place, "projected") || strings.Contains(place, "downwardAPI") {
				continue
			}
			for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
				for _, containers := range []string{"containers[]", "initContainers[]"} {
					fill(filled["spec"], strings.Split(strings.NewReplacer("PROBE", probe, "containers[]", containers).Replace(place), "."), value)
				}
			}
		}
		text, err := json.Marshal(filled)
		require.NoError(t, err)
		strict := json.NewDecoder(bytes.NewReader(text))
		strict.DisallowUnknownFields()
		require.NoError(t, strict.Decode(new(appsv1.StatefulSet)), "fields that exist, of the right type")
		assert.NotEqual(t, rendered, filled)
		assert.Empty(t, differences("spec", withoutDefaults("", rendered["spec"]), withoutDefaults("", filled["spec"])))
	}
}

// fill writes a default where nothing stands. It makes no probe, and no volume's source.
func fill(v any, path []string, value string) {
	key, isList := strings.CutSuffix(path[0], "[]")
	m, ok := v.(map[string]any)
	switch {
	case !ok:
	case isList:
		for _, element := range list(m, key) {
			fill(element, path[1:], value)
		}
	case len(path) > 1:
		mayBeMissing := []string{"status", "ordinals", "updateStrategy", "rollingUpdate", "persistentVolumeClaimRetentionPolicy"}
		if m[key] == nil && slices.Contains(mayBeMissing, key) {
			m[key] = map[string]any{}
		}
		fill(m[key], path[1:], value)
	case m[key] == nil:
		m[key] = typed(value)
	}
}

func typed(value string) any {
	if n, err := strconv.Atoi(value); err == nil {
		return n
	}
	if b, err := strconv.ParseBool(value); err == nil {
		return b
	}
	return value
}

// What is not the default counts.
func TestNotDefault(t *testing.T) {
	for _, test := range []struct{ reason, old, new string }{
		{"another policy than that of the tag", "imagePullPolicy: Always, image: mysql:9.7", "image: mysql:9.7"},
		{"an image without a tag is pulled always", "imagePullPolicy: IfNotPresent, image: mysql", "image: mysql"},
		{"true is not the default of readOnly", "volumeMounts: [{mountPath: /x, readOnly: true}]", "volumeMounts: [{mountPath: /x}]"},
		{"a probe's own number", "livenessProbe: {periodSeconds: 5}", "livenessProbe: {periodSeconds: 10}"},
		{"a selector of all is none of none", "x: {labelSelector: {}}", "x: {}"},
	} {
		container := func(fields string) any {
			var v map[string]any
			require.NoError(t, yaml.Unmarshal([]byte("template: {spec: {containers: [{name: x, "+fields+"}]}}"), &v))
			return withoutDefaults("", v)
		}
		assert.NotEmpty(t, differences("spec", container(test.old), container(test.new)), test.reason)
	}
}
