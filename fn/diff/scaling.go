package diff

import (
	"fmt"

	"mysqlreplicaset.dev/fn/render"
)

// scaling: pods and volumes that come and go.
var scaling = []rule{replicas, primaryStays, ordinalsStart, retention, replicasKey}

func replicas(old, new *set) []Change {
	before, after := old.replicas(), new.replicas()
	c := Change{Level: Safe, Resource: new.String(), Field: "spec.replicas", Message: fmt.Sprintf("%d becomes %d: ", before, after)}
	if after == before {
		return nil
	}
	if after > before {
		added := new.ordinals()[min(before, 1000):]
		c.Message += "new pods, which are cloned: " + new.pods(added...) + "; volumes of their names from before are used again"
		return []Change{c}
	}

	removed := old.ordinals()[min(after, 1000):]
	c.Message += "pods that end: " + old.pods(reversed(removed)...) + "; "
	if new.deletesVolumes("whenScaled") {
		c.Level = Dangerous
		c.Message += "their volumes are DELETED (whenScaled: Delete): " + old.volumes(removed...)
		c.Next = "if one may be needed again, set whenScaled: Retain first"
	} else {
		c.Message += "their volumes stay, and are used again, as they are then: " + old.volumes(removed...)
	}
	switch after {
	case 0:
		c.Level = Dangerous
		c.Message += "; no pod is left, and nothing is served"
		c.Next = "keep at least 2"
	case 1:
		c.Level = Dangerous
		c.Message += "; no copy of the data is left, and every restart is an outage"
		c.Next = "keep at least 2, or see to backups"
	}
	return []Change{c}
}

// primaryStays: nothing moves the primary but the spec.
func primaryStays(old, new *set) []Change {
	gone := new.primary() >= new.start()+new.replicas()
	if !gone || new.replicas() == 0 || old.primary() >= old.start()+old.replicas() {
		return nil
	}
	return []Change{{
		Level: Dangerous, Resource: new.String(), Field: "spec.replicas",
		Message: fmt.Sprintf("there is no pod %s any more, which is the primary: nobody takes writes", new.pod(new.primary())),
		Next:    "move the primary first, with spec.replication.primary, and wait for the rollout",
	}}
}

// ordinalsStart: other pods, with other volumes, and the scripts count from 0.
func ordinalsStart(old, new *set) []Change {
	if old.start() == new.start() {
		return nil
	}
	return []Change{{
		Level: Dangerous, Resource: new.String(), Field: "spec.ordinals.start",
		Message: fmt.Sprintf("%d becomes %d: the pods are %s, each with the volume of its own name; the scripts look for a set from 0 on",
			old.start(), new.start(), new.pods(new.ordinals()...)),
		Next: "leave it out",
	}}
}

func retention(old, new *set) (found []Change) {
	for when, event := range map[string]string{"whenDeleted": "deleting the StatefulSet", "whenScaled": "scaling down"} {
		if old.deletesVolumes(when) == new.deletesVolumes(when) {
			continue
		}
		c := Change{
			Level: Safe, Resource: new.String(), Field: "spec.persistentVolumeClaimRetentionPolicy." + when,
			Message: "from now on " + event + " keeps the volumes",
		}
		if new.deletesVolumes(when) {
			c.Message = "from now on " + event + " DELETES volumes with their data"
		}
		found = append(found, c)
	}
	return found
}

// replicasKey: what the scripts go by is not what an overlay changed.
func replicasKey(old, new *set) []Change {
	excess := func(s *set) int { return s.expectedPods() - s.replicas() }
	if excess(new) <= 0 || excess(old) > 0 {
		return nil
	}
	return []Change{{
		Level: Safe, Resource: new.configMap().String(), Field: "data." + render.ReplicasKey,
		Message: fmt.Sprintf("says %d pods, but spec.replicas of the StatefulSet is %d: a primary that is new or moved waits for pods that never come",
			new.expectedPods(), new.replicas()),
		Next: "set spec.replicas of the MySQLReplicaSet, and remove the overlay's own",
	}}
}

func reversed(ordinals []int) (back []int) {
	for i := len(ordinals) - 1; i >= 0; i-- {
		back = append(back, ordinals[i])
	}
	return back
}
