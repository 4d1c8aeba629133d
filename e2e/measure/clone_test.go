// Package measure has what is measured on a real cluster and asserts nothing about
// it. Run it with `make e2e-measure`.
package measure

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// rounds that the medians are of.
const rounds = 3

// copyPod copies a data directory on the volume that it lies on.
const copyPod = `apiVersion: v1
kind: Pod
metadata: {name: copy}
spec:
  restartPolicy: Never
  containers:
  - name: copy
    image: %s
    command:
    - bash
    - -c
    - |
      begin=$(date +%%s%%N)
      cp -r /volume/mysql /volume/copy
      sync -f /volume
      end=$(date +%%s%%N)
      du -sm /volume/copy
      echo "TOOK $(((end - begin) / 1000000)) ms"
      rm -r /volume/copy
    volumeMounts: [{name: data, mountPath: /volume}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: %s}}]
`

// TestClone: how long a new pod takes to clone 1 GiB, next to copying the same bytes
// with cp on the same volume, which is the limit.
func TestClone(t *testing.T) {
	for _, road := range harness.Roads {
		t.Run(road.Name, func(t *testing.T) {
			namespace := harness.NewNamespace(t)
			set := harness.Up(t, road, namespace, harness.RenderFiles(t, harness.Patched(road.Base, "{replicas: 1}")))
			fill(t, set)
			var clones, copies []time.Duration
			for range rounds {
				set.Scale(t, 2)
				clones = append(clones, cloneTook(t, set))
				copies = append(copies, copyTook(t, set))
				set.CheckData(t)
				set.Scale(t, 1)
				namespace.Kubectl(t, "delete", "persistentvolumeclaim", set.Claim(1))
			}
			clone, copied := median(clones), median(copies)
			t.Logf("MEASURED %s: clone of 1 GiB %s %v, cp %s %v: ratio %.2f", road.Name, clone, clones, copied, copies, clone.Seconds()/copied.Seconds())
		})
	}
}

func median(times []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(times))[len(times)/2]
}

// fill writes 1 GiB.
func fill(t *testing.T, set *harness.Set) {
	set.Query(t, set.Host(0), "CREATE TABLE IF NOT EXISTS test.fill (id INT AUTO_INCREMENT PRIMARY KEY, body LONGBLOB)")
	rows := strings.Join(slices.Repeat([]string{"(REPEAT(RANDOM_BYTES(1024), 1024))"}, 32), ", ")
	for range 32 {
		set.Query(t, set.Host(0), "INSERT INTO test.fill (body) VALUES "+rows)
	}
}

// cloneTook is the time from the first to the last line of the clone, as the pod's
// log has them.
func cloneTook(t *testing.T, set *harness.Set) time.Duration {
	log := set.Namespace.Kubectl(t, "logs", set.Pod(1), "--container=clone-mysql", "--timestamps")
	at := func(text string) time.Time {
		for line := range strings.Lines(log) {
			if strings.Contains(line, text) {
				stamp, _, _ := strings.Cut(line, " ")
				moment, err := time.Parse(time.RFC3339Nano, stamp)
				require.NoError(t, err)
				return moment
			}
		}
		require.Fail(t, "no line with "+text, log)
		return time.Time{}
	}
	begin := "cloning from"
	if set.Road.Open {
		begin = "receiving a backup from"
	}
	return at("data directory is complete").Sub(at(begin))
}

func copyTook(t *testing.T, set *harness.Set) time.Duration {
	set.Namespace.Apply(t, fmt.Sprintf(copyPod, set.Road.Image, set.Claim(1)))
	defer set.Namespace.Kubectl(t, "delete", "pod", "copy")
	set.Namespace.Kubectl(t, "wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/copy", "--timeout=5m")
	log := set.Namespace.Kubectl(t, "logs", "copy")
	t.Log(log)
	var milliseconds int
	_, took, _ := strings.Cut(log, "TOOK ")
	_, err := fmt.Sscanf(took, "%d ms", &milliseconds)
	require.NoError(t, err)
	return time.Duration(milliseconds) * time.Millisecond
}
