package diff

import (
	"slices"

	"mysqlreplicaset.dev/fn/mysql"
)

// unsupported reports whether MySQL is known not to take the step.
func unsupported(old, new *set) bool {
	from, known := mysql.OfImage(old.image())
	to, alsoKnown := mysql.OfImage(new.image())
	if !known || !alsoKnown {
		return false
	}
	problem, _ := mysql.Step(from, to)
	return problem != ""
}

// version: what MySQL itself says of the step. It is read off the image's tag, since
// nothing else of what is rendered has it.
func version(old, new *set) []Change {
	if old.image() == new.image() {
		return nil
	}
	c := Change{Level: Restart, Resource: new.String(), Field: "spec.template.spec.containers[mysql].image"}
	from, known := mysql.OfImage(old.image())
	to, alsoKnown := mysql.OfImage(new.image())
	if !known || !alsoKnown {
		unknown := []string{}
		for image, known := range map[string]bool{old.image(): known, new.image(): alsoKnown} {
			if !known {
				unknown = append(unknown, image)
			}
		}
		slices.Sort(unknown)
		c.Message = "which version of MySQL is in " + enumerated(unknown) + " cannot be told from the tag: whether MySQL supports the step is not judged"
		c.Next = "see that no long-term release is skipped, and none is gone back to; a tag that begins with the version, such as 8.4.11-2, is judged"
		return []Change{c}
	}
	problem, instead := mysql.Step(from, to)
	switch {
	case problem != "":
		c.Level, c.Message, c.Next = Dangerous, problem, instead
	case from.Series == to.Series:
		return nil
	case old.primary() != 0 || new.primary() != 0:
		c.Level = Dangerous
		c.Message = "MySQL is upgraded from " + from.Series + " to " + to.Series + ", and " + new.pod(max(old.primary(), new.primary())) +
			" is or becomes the primary: pods below it restart after it, and follow a newer server until then, which MySQL does not support"
		c.Next = "make pod 0 the primary in a step of its own, which restarts last, and upgrade then"
	default:
		c.Message = "MySQL is upgraded from " + from.Series + " to " + to.Series + ": there is no way back but a backup"
		c.Next = "back up first, and try it on a copy; the primary restarts last, as MySQL wants it"
	}
	return []Change{c}
}
