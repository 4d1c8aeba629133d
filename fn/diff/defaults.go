package diff

import (
	"strings"
)

// defaults are what the API server writes into a StatefulSet where nothing stands, by
// their place in spec; lists are [], and init containers count as containers. Both sides
// of a comparison go without them, so that an object as it is in a cluster equals what
// was rendered for it. Source: kubernetes/kubernetes, pkg/apis/apps/v1/defaults.go and
// pkg/apis/core/v1/defaults.go; the rest are fields that Go's omitempty leaves out.
var defaults = map[string]string{
	"replicas":                                         "1",
	"revisionHistoryLimit":                             "10",
	"minReadySeconds":                                  "0",
	"podManagementPolicy":                              "OrderedReady",
	"ordinals.start":                                   "0",
	"updateStrategy.type":                              "RollingUpdate",
	"updateStrategy.rollingUpdate.partition":           "0",
	"updateStrategy.rollingUpdate.maxUnavailable":      "1",
	"persistentVolumeClaimRetentionPolicy.whenDeleted": "Retain",
	"persistentVolumeClaimRetentionPolicy.whenScaled":  "Retain",

	"volumeClaimTemplates[].apiVersion":      "v1",
	"volumeClaimTemplates[].kind":            "PersistentVolumeClaim",
	"volumeClaimTemplates[].spec.volumeMode": "Filesystem",
	"volumeClaimTemplates[].status.phase":    "Pending",

	"template.spec.restartPolicy":                 "Always",
	"template.spec.dnsPolicy":                     "ClusterFirst",
	"template.spec.schedulerName":                 "default-scheduler",
	"template.spec.terminationGracePeriodSeconds": "30",
	"template.spec.enableServiceLinks":            "true",
	"template.spec.hostNetwork":                   "false",
	"template.spec.hostPID":                       "false",
	"template.spec.hostIPC":                       "false",

	"template.spec.containers[].terminationMessagePath":              "/dev/termination-log",
	"template.spec.containers[].terminationMessagePolicy":            "File",
	"template.spec.containers[].stdin":                               "false",
	"template.spec.containers[].stdinOnce":                           "false",
	"template.spec.containers[].tty":                                 "false",
	"template.spec.containers[].ports[].protocol":                    "TCP",
	"template.spec.containers[].env[].valueFrom.fieldRef.apiVersion": "v1",
	"template.spec.containers[].volumeMounts[].readOnly":             "false",
	"template.spec.containers[].PROBE.timeoutSeconds":                "1",
	"template.spec.containers[].PROBE.periodSeconds":                 "10",
	"template.spec.containers[].PROBE.successThreshold":              "1",
	"template.spec.containers[].PROBE.failureThreshold":              "3",
	"template.spec.containers[].PROBE.initialDelaySeconds":           "0",
	"template.spec.containers[].PROBE.httpGet.path":                  "/",
	"template.spec.containers[].PROBE.httpGet.scheme":                "HTTP",

	"template.spec.volumes[].configMap.defaultMode":                                       "420",
	"template.spec.volumes[].secret.defaultMode":                                          "420",
	"template.spec.volumes[].projected.defaultMode":                                       "420",
	"template.spec.volumes[].downwardAPI.defaultMode":                                     "420",
	"template.spec.volumes[].projected.sources[].serviceAccountToken.expirationSeconds":   "3600",
	"template.spec.volumes[].downwardAPI.items[].fieldRef.apiVersion":                     "v1",
	"template.spec.volumes[].projected.sources[].downwardAPI.items[].fieldRef.apiVersion": "v1",
}

// kinds of things that have the same defaults.
var sameDefaults = strings.NewReplacer("initContainers[]", "containers[]",
	"livenessProbe", "PROBE", "readinessProbe", "PROBE", "startupProbe", "PROBE")

// withoutDefaults returns a StatefulSet's spec, or a part of it, without what the API
// server would add.
func withoutDefaults(path string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		kept := map[string]any{}
		for key, value := range v {
			place := key
			if path != "" {
				place = path + "." + key
			}
			if value := withoutDefaults(place, value); value != nil && !isDefault(v, place, key, value) {
				kept[key] = value
			}
		}
		// The API leaves out what is empty, or an empty map is the default: a volume
		// without a source is an emptyDir. Only an empty selector says something, all.
		if len(kept) == 0 && (path == "template.spec.nodeSelector" || !strings.HasSuffix(path, "elector")) {
			return nil
		}
		return kept
	case []any:
		if len(v) == 0 {
			return nil
		}
		kept := make([]any, len(v))
		for i, element := range v {
			if kept[i] = withoutDefaults(path+"[]", element); kept[i] == nil {
				kept[i] = map[string]any{}
			}
		}
		return kept
	case string:
		if v == "" {
			return nil
		}
	}
	return v
}

func isDefault(parent map[string]any, place, key string, value any) bool {
	found := text(map[string]any{key: value}, key)
	switch byDefault, ok := defaults[sameDefaults.Replace(place)]; {
	case ok:
		return found == byDefault
	case key == "imagePullPolicy":
		return found == pullPolicy(text(parent, "image"))
	case place == "template.spec.serviceAccount": // the former name of serviceAccountName
		return found == text(parent, "serviceAccountName")
	}
	return false
}

// pullPolicy is the one that an image has by default.
func pullPolicy(image string) string {
	if tag, digest := tagOf(image); !digest && (tag == "" || tag == "latest") {
		return "Always"
	}
	return "IfNotPresent"
}

// tagOf is the tag of an image, if it has one, and whether it also has a digest.
func tagOf(image string) (tag string, digest bool) {
	name, _, digest := strings.Cut(image, "@")
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		tag = name[colon+1:]
	}
	return tag, digest
}
