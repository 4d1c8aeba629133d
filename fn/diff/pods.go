package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mysqlreplicaset.dev/fn/render"
)

// pods: what restarts, and what is different then.
var pods = []rule{restarts, heldBack, primaryMoves, secrets, configMapGone, configOnly, fixedOptions, risks, version}

// restartedAt is what kubectl rollout restart leaves behind; applying what was rendered
// does not take it away.
const restartedAt = "kubectl.kubernetes.io/restartedAt"

// templateDifferences are all that make pods restart.
func templateDifferences(old, new *set) []difference {
	found := differences("spec.template", old.spec("template"), new.spec("template"))
	return slices.DeleteFunc(found, func(d difference) bool { return d.new == nil && strings.HasSuffix(d.path, `["`+restartedAt+`"]`) })
}

// restarts: the StatefulSet's controller replaces pods from the highest ordinal down,
// each when the one before is Ready, under podManagementPolicy Parallel as well.
func restarts(old, new *set) []Change {
	changed := templateDifferences(old, new)
	if len(changed) == 0 {
		return nil
	}
	c := Change{Level: Restart, Resource: new.String(), Field: "spec.template"}
	what := "; changed: " + strings.Join(summary(old, new, changed), "; ")
	var all []int
	for _, i := range reversed(new.ordinals()) {
		if i >= new.partition() && slices.Contains(old.ordinals(), i) {
			all = append(all, i)
		}
	}
	switch {
	case new.onDelete():
		c.Level = Safe
		c.Message = "no pod restarts by itself (updateStrategy OnDelete): each is changed when somebody deletes it" + what
	case len(all) == 0:
		c.Level = Safe
		c.Message = "no pod that runs restarts (none there, or held back by the updateStrategy's partition)" + what
	case len(all) == 1 && new.replicas() > 1:
		c.Message = new.pods(all...) + " restarts, and no other pod" + what
	case len(all) == 1:
		c.Message = "the only pod, " + new.pods(all...) + ", restarts: no reads and no writes for the time of it" + what
	case new.primary() == old.primary() && slices.Contains(all, new.primary()):
		c.Message = "pods restart in the order " + new.pods(all...) + " (" + new.pod(new.primary()) + " is the primary: writes fail for the time of its restart)" + what
	default:
		c.Message = "pods restart in the order " + new.pods(all...) + what
	}
	return []Change{c}
}

// heldBack: pods that wait for a partition to be lowered.
func heldBack(old, new *set) []Change {
	if new.onDelete() || !old.onDelete() && old.partition() <= new.partition() {
		return nil
	}
	return []Change{{
		Level: Restart, Resource: new.String(), Field: "spec.updateStrategy",
		Message: "pods that it held back so far restart, if they wait for a change",
	}}
}

func (s *set) onDelete() bool { return text(s.spec(), "updateStrategy", "type") == "OnDelete" }

func (s *set) partition() int {
	return number(s.spec(), 0, "updateStrategy", "rollingUpdate", "partition")
}

// primaryMoves: see docs/operations.md.
func primaryMoves(old, new *set) []Change {
	if old.primary() == new.primary() || new.mysql() == nil {
		return nil
	}
	c := Change{
		Level: Restart, Resource: new.String(), Field: "spec.template.spec.containers[mysql].env[PRIMARY_ORDINAL]",
		Message: fmt.Sprintf("the primary moves from %s to %s: writes through %s-primary wait until all pods have restarted",
			old.pod(old.primary()), new.pod(new.primary()), new.name()),
		Next: "clients need only try again; kubectl rollout status ends when the move is done",
	}
	if new.onDelete() || new.partition() > 0 {
		c.Level = Dangerous
		c.Message = fmt.Sprintf("the primary moves from %s to %s, but not all pods restart: they do not agree, and nobody takes writes",
			old.pod(old.primary()), new.pod(new.primary()))
		c.Next = "let all pods restart: RollingUpdate without a partition"
	}
	return []Change{c}
}

// secrets: files that must be there before a pod starts.
func secrets(old, new *set) (found []Change) {
	secret := func(s *set, volume string) string {
		return text(named(list(s.spec("template", "spec"), "volumes"), volume), "secret", "secretName")
	}
	for _, volume := range []string{"auth", "tls"} {
		before, after := secret(old, volume), secret(new, volume)
		if before == after {
			continue
		}
		c := Change{
			Level: Restart, Resource: new.String(), Field: "spec.template.spec.volumes[" + volume + "].secret.secretName",
			Message: "the Secret " + after + " is read instead of " + before,
			Next:    "make the Secret first: pods do not start without it",
		}
		switch {
		case before == "" && volume == "tls":
			c.Message = "the Secret " + after + " is read, and connections within the set are verified by it"
		case after == "" && volume == "tls":
			c.Message, c.Next = "the Secret "+before+" is no longer read: MySQL's own certificates encrypt, and nobody is verified", ""
		case before == "" || after == "":
			c.Level = Dangerous
			c.Message = "passwords become " + map[bool]string{true: "required", false: "empty"}[before == ""] +
				", but a database keeps those that it has: scripts can no longer log in as root"
			c.Next = "change root's password in the database at the same time (docs/operations.md, Passwords)"
		case volume == "auth":
			c.Message += ", but a database keeps root's password"
			c.Next += ", and have it hold the root password of now"
		}
		found = append(found, c)
	}
	return found
}

// configMapGone: what is mounted and not there keeps pods from starting.
func configMapGone(old, new *set) []Change {
	former := old.configMap()
	if former == nil || new.configMap() != nil {
		return nil
	}
	return []Change{{
		Level: Dangerous, Resource: new.String(), Field: "spec.template.spec.volumes[config-map]",
		Message: "its ConfigMap is missing: pods that restart do not start again", Next: "keep " + former.String(),
	}}
}

// summary says in short words what is different about the pods.
func summary(old, new *set, changed []difference) []string {
	phrases := configSummary(old, new)
	containers := map[string][]string{} // that have the same change
	for _, d := range changed {
		path := strings.TrimPrefix(strings.TrimPrefix(d.path, "spec.template."), "spec.")
		if path == "metadata.annotations["+quoted(render.ChecksumAnnotation)+"]" {
			if len(phrases) == 0 {
				phrases = []string{"configuration (its ConfigMap is not compared)"}
			}
			continue
		}
		container := ""
		for _, kind := range []string{"initContainers[", "containers["} {
			if rest, ok := strings.CutPrefix(path, kind); ok {
				container, path, _ = strings.Cut(rest, "]")
				path = strings.TrimPrefix(path, ".")
			}
		}
		phrase := path + " " + shown(d.old) + " to " + shown(d.new)
		switch {
		case path == "":
			phrase = "container " + container + map[bool]string{true: " added", false: " removed"}[d.old == nil]
			container = ""
		case d.old == nil:
			phrase = path + " " + scalarOr(d.new, "added")
		case d.new == nil:
			phrase = path + " removed"
		}
		containers[phrase] = append(containers[phrase], container)
	}
	for _, phrase := range slices.Sorted(maps.Keys(containers)) {
		of := slices.DeleteFunc(containers[phrase], func(name string) bool { return name == "" })
		slices.Sort(of)
		if len(of) > 0 && len(of) < new.containers() {
			phrase += " of " + strings.Join(of, ", ")
		}
		phrases = append(phrases, phrase)
	}
	return capped(phrases)
}

// containers is how many containers a pod has.
func (s *set) containers() int {
	pod := s.spec("template", "spec")
	return len(list(pod, "initContainers")) + len(list(pod, "containers"))
}

// capped keeps a list readable.
func capped(phrases []string) []string {
	const longest = 10
	if n := len(phrases); n > longest {
		return append(phrases[:longest-1:longest-1], fmt.Sprintf("and %d more", n-longest+1))
	}
	return phrases
}

// scalarOr is a scalar as it is shown, or a word for anything larger.
func scalarOr(v any, word string) string {
	switch v.(type) {
	case map[string]any, []any:
		return word
	}
	return shown(v)
}
