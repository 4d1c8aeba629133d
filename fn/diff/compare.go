package diff

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/render"
)

// rules are all that is known of two states of a set.
var rules = slices.Concat(immutable, scaling, live, pods, services)

// rule looks at two states of a set. Neither is nil.
type rule func(old, new *set) []Change

// Compare says what it does to the sets that run as old when they become new. Both are
// resources, as rendered or as a cluster has them; a set is one StatefulSet with what
// belongs to it, and is the same set as long as kind, namespace and name are.
//
// The error says what could not be read, or that there is no set on either side.
func Compare(old, new []*yaml.Node) (Report, error) {
	before, err := decode(old)
	if err != nil {
		return Report{}, fmt.Errorf("old: %w", err)
	}
	after, err := decode(new)
	if err != nil {
		return Report{}, fmt.Errorf("new: %w", err)
	}
	before.settle(after)
	after.settle(before)

	names := slices.Concat(before.sets(), after.sets())
	if len(names) == 0 {
		return Report{}, fmt.Errorf("found no set on either side: no StatefulSet whose pods have the annotation %s", render.ChecksumAnnotation)
	}
	slices.Sort(names)
	var r Report
	for _, name := range slices.Compact(names) {
		switch a, b := before.set(name), after.set(name); {
		case a == nil:
			r.Changes = append(r.Changes, added(b, before))
		case b == nil:
			r.Changes = append(r.Changes, removed(a))
		default:
			for _, rule := range rules {
				r.Changes = append(r.Changes, rule(a, b)...)
			}
		}
	}
	r.sort()
	return r, nil
}

// added: data never moves from one StatefulSet to another, whatever the intention.
func added(s *set, before resources) Change {
	c := Change{Level: Safe, Resource: s.String(), Message: "a new set; where there are no volumes of its name, it starts empty"}
	for _, name := range slices.Sorted(slices.Values(before.sets())) {
		if s.all.set(name) == nil {
			c.Message = "a new set, which starts EMPTY: it does not take over the data of " + name + ", which is removed"
			c.Level = Dangerous
		}
	}
	return c
}

// removed: volumes outlive their StatefulSet, unless it says otherwise.
func removed(s *set) Change {
	c := Change{
		Level: Dangerous, Resource: s.String(),
		Message: "removed: where what is missing is pruned, its pods stop; its volumes stay: " + s.volumes(s.ordinals()...),
		Next:    "to rename or move a set, load a dump of it into the new one; if it is to go, take a backup first",
	}
	if s.deletesVolumes("whenDeleted") {
		c.Message = "removed: where what is missing is pruned, its pods stop, and its volumes are DELETED (whenDeleted: Delete): " + s.volumes(s.ordinals()...)
	}
	return c
}
