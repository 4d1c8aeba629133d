package faults

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"mysqlreplicaset.dev/e2e/harness"
)

// disks are small file systems on the node, in files, one for each pod of a set.
type disks struct {
	agent *harness.Agent
	// name is that of the directory, of the storage class and of the volumes.
	name  string
	count int
}

// diskSize holds a new data directory, of about 200 MiB, and what is written in an hour.
const diskSize = "400M"

// makeDisks makes them.
func makeDisks(t *testing.T, a *harness.Agent, count int) *disks {
	d := &disks{agent: a, name: a.Namespace.Name, count: count}
	t.Cleanup(func() {
		a.Run(t, `for disk in "$1"/*/; do umount "${disk}"; done; rm -r "$1"`, d.directory())
	})
	a.Run(t, `for ((i = 0; i < $2; i++)); do
  mkdir -p "$1/${i}"
  truncate --size="$3" "$1/${i}.disk"
  mkfs.ext4 -q -m 0 "$1/${i}.disk"
done`, d.directory(), strconv.Itoa(count), diskSize)
	d.mount(t)
	return d
}

func (d *disks) directory() string { return "/var/tmp/" + d.name }

func (d *disks) volume(ordinal int) string {
	return fmt.Sprintf("%s/%d/volume", d.directory(), ordinal)
}

// mount mounts them. After a restart of the node they are not, and pods cannot start
// before.
func (d *disks) mount(t *testing.T) {
	t.Helper()
	d.agent.Run(t, `for disk in "$1"/*.disk; do
  mountpoint --quiet "${disk%.disk}" || mount -o loop "${disk}" "${disk%.disk}"
  mkdir -p -m 0777 "${disk%.disk}/volume"
done`, d.directory())
}

// persistentVolume belongs to one pod. No StorageClass needs to exist for its class.
const persistentVolume = `apiVersion: v1
kind: PersistentVolume
metadata: {name: %[1]s-%[2]d}
spec:
  storageClassName: %[1]s
  capacity: {storage: %[3]s}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  claimRef: {namespace: %[4]s, name: data-mysql-%[2]d}
  hostPath: {path: %[5]s, type: Directory}
---
`

// makeVolumes gives the disks to the claims of a set in a namespace.
func (d *disks) makeVolumes(t *testing.T, namespace harness.Namespace) {
	for ordinal := range d.count {
		namespace.Apply(t, fmt.Sprintf(persistentVolume, d.name, ordinal, diskSize, namespace.Name, d.volume(ordinal)))
		t.Cleanup(func() {
			harness.Kubectl(t, "delete", "--wait=false", "persistentvolume", fmt.Sprintf("%s-%d", d.name, ordinal))
		})
	}
}

func (d *disks) storage() *storage { return &storage{ClassName: d.name, Size: diskSize} }

func fillReplica(t *testing.T, s *subject, random *rand.Rand) int {
	return s.fill(t, random, s.anyReplica(random))
}

func fillPrimary(t *testing.T, s *subject, random *rand.Rand) int {
	return s.fill(t, random, s.Primary)
}

// fill fills a pod's disk to the last byte, and makes room again after a while.
func (s *subject) fill(t *testing.T, random *rand.Rand, ordinal int) int {
	ballast := s.disks.volume(ordinal) + "/ballast"
	t.Logf("filling the disk of %s, the primary is %s", s.Pod(ordinal), s.Pod(s.Primary))
	// Writes through the page cache leave some blocks free.
	s.suite.agent.Run(t, `cat /dev/zero >"$1" || dd if=/dev/zero of="$1" bs=4096 oflag=append,direct conv=notrunc || true`, ballast)
	sleep(t, random, 20*time.Second)
	s.suite.agent.Run(t, `rm "$1"`, ballast)
	return 1
}
