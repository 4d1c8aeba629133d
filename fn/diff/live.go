package diff

import (
	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/render"
)

// live: what running pods read of the ConfigMap, and no restart is needed for.
var live = []rule{frozen, otherEngines}

// setting is the value of such a key; a ConfigMap of an earlier release lacks it.
func (s *set) setting(key, byDefault string) string {
	if value := text(s.data(), key); value != "" {
		return value
	}
	return byDefault
}

func frozen(old, new *set) []Change {
	before, after := old.setting(render.FrozenKey, "false"), new.setting(render.FrozenKey, "false")
	if before == after || new.configMap() == nil {
		return nil
	}
	c := Change{
		Level: Safe, Resource: new.configMap().String(), Field: "data." + render.FrozenKey,
		Message: "the primary takes writes again, after a minute or so; no pod restarts",
	}
	if after == "true" {
		c.Message = "the primary takes no more writes, not even root's, after a minute or so; no pod restarts, reads go on"
	}
	return []Change{c}
}

func otherEngines(old, new *set) []Change {
	before, after := old.setting(render.OtherEnginesKey, v1alpha1.Refuse), new.setting(render.OtherEnginesKey, v1alpha1.Refuse)
	if before == after || new.configMap() == nil {
		return nil
	}
	c := Change{
		Level: Safe, Resource: new.configMap().String(), Field: "data." + render.OtherEnginesKey,
		Message: "from now on no replica is cloned from a pod with tables of engines other than InnoDB; no pod restarts",
	}
	if after == v1alpha1.Empty {
		c.Level = Dangerous
		c.Message = "from now on tables of engines other than InnoDB arrive EMPTY in new replicas, and such a replica may become the primary; no pod restarts"
		c.Next = "ALTER TABLE … ENGINE=InnoDB keeps their rows"
	}
	return []Change{c}
}
