package diff

import (
	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/render"
)

// live: what running pods read of the ConfigMap, and no restart is needed for.
var live = []rule{
	liveSetting(render.FrozenKey, "false", frozen),
	liveSetting(render.OtherEnginesKey, v1alpha1.Refuse, otherEngines),
}

// liveSetting judges another value of such a key. A ConfigMap of an earlier release lacks
// it, which is its default.
func liveSetting(key, byDefault string, judge func(value string) Change) rule {
	valueOf := func(s *set) string {
		if value := text(s.data(), key); value != "" {
			return value
		}
		return byDefault
	}
	return func(old, new *set) []Change {
		value := valueOf(new)
		if value == valueOf(old) || new.configMap() == nil {
			return nil
		}
		c := judge(value)
		c.Resource, c.Field = new.configMap().String(), "data."+key
		return []Change{c}
	}
}

func frozen(value string) Change {
	if value == "true" {
		return Change{Level: Safe, Message: "the primary takes no more writes, not even root's, after a minute or so; no pod restarts, reads go on"}
	}
	return Change{Level: Safe, Message: "the primary takes writes again, after a minute or so; no pod restarts"}
}

func otherEngines(value string) Change {
	if value == v1alpha1.Empty {
		return Change{
			Level:   Dangerous,
			Message: "from now on tables of engines other than InnoDB arrive EMPTY in new replicas, and such a replica may become the primary; no pod restarts",
			Next:    "ALTER TABLE … ENGINE=InnoDB keeps their rows",
		}
	}
	return Change{Level: Safe, Message: "from now on no replica is cloned from a pod with tables of engines other than InnoDB; no pod restarts"}
}
