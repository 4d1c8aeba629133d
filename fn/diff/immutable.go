package diff

import (
	"slices"
	"strings"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// immutable: what the API server refuses to change in a StatefulSet.
var immutable = []rule{immutableFields, claims, selector, selectsItsPods}

// mutable are the fields of spec that may change: "updates to statefulset spec for
// fields other than 'replicas', 'ordinals', 'template', 'updateStrategy',
// 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds'
// are forbidden" (kubernetes, pkg/apis/apps/validation; before 1.34 also
// revisionHistoryLimit, which has no effect on pods).
var mutable = []string{"replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"}

// orphaning replaces a StatefulSet under its running pods. The new one takes them over
// because its selector matches them.
func (s *set) orphaning() string {
	namespace := ""
	if s.namespace() != "" {
		namespace = " --namespace=" + s.namespace()
	}
	return "kubectl delete statefulset " + s.name() + namespace + " --cascade=orphan, then apply: the pods go on running, and are taken over"
}

// impossible is a change that the API server refuses.
func impossible(s *set, field, message, next string) Change {
	return Change{Level: Impossible, Resource: s.String(), Field: field, Message: message, Next: next}
}

func immutableFields(old, new *set) (found []Change) {
	for _, d := range differences("spec", old.spec(), new.spec()) {
		field, _, _ := strings.Cut(strings.TrimPrefix(d.path, "spec."), ".")
		field, _, _ = strings.Cut(field, "[")
		if field == "selector" || field == "volumeClaimTemplates" || slices.Contains(mutable, field) {
			continue
		}
		c := impossible(new, d.path, d.becomes()+": a StatefulSet cannot change it", new.orphaning())
		if unsupported(old, new) {
			c.Next = "" // no way round: the two roads of replication differ here, too
		}
		found = append(found, c)
	}
	return found
}

// claims: volumes are made from the templates once, and are never touched again.
func claims(old, new *set) (found []Change) {
	path := "spec.volumeClaimTemplates"
	for _, d := range differences(path, old.spec("volumeClaimTemplates"), new.spec("volumeClaimTemplates")) {
		message := d.becomes() + ": a StatefulSet cannot change it, and volumes that are there stay as they are"
		next := new.orphaning()
		switch {
		case strings.HasSuffix(d.path, ".storage") && v1alpha1.Quantity(shown(d.new)).Cmp(v1alpha1.Quantity(shown(d.old))) < 0:
			message = d.becomes() + ": a StatefulSet cannot change it, and no volume can shrink"
			next = "keep the size; or make another, smaller set and load a dump"
		case strings.HasSuffix(d.path, ".storage"):
			next = "if the storage class has allowVolumeExpansion, set spec.resources.requests.storage of the claims " +
				new.volumes(old.ordinals()...) + " to " + shown(d.new) + "; then " + next
		case strings.HasSuffix(d.path, ".storageClassName"):
			next += "; then rebuild one replica after another on the new class, and move the primary before its turn (docs/operations.md)"
		}
		found = append(found, impossible(new, d.path, message, next))
	}
	return found
}

// selector: one that matches the pods that run can replace the old one. Otherwise they
// belong to nobody, and their names are taken.
func selector(old, new *set) (found []Change) {
	changed := differences("spec.selector", old.spec("selector"), new.spec("selector"))
	for _, d := range changed {
		c := impossible(new, d.path, d.becomes()+": a StatefulSet cannot change it", new.orphaning())
		if !matches(new.spec("selector"), old.labels()) {
			c.Message += ", and pods that run lack the label: another StatefulSet would orphan them"
			c.Next = "keep the selector: with kustomize, labels with includeSelectors: false; or delete the StatefulSet with its pods, then apply: the volumes stay unless whenDeleted is Delete, and the set is down until its pods are back"
		}
		found = append(found, c)
	}
	return found
}

func selectsItsPods(old, new *set) []Change {
	if matches(new.spec("selector"), new.labels()) || !matches(old.spec("selector"), old.labels()) {
		return nil
	}
	return []Change{impossible(new, "spec.template.metadata.labels",
		"the pods' labels no longer match spec.selector: the API server refuses the StatefulSet", "keep the labels that are in spec.selector")}
}

// matches reports whether labels have all of a selector's matchLabels.
func matches(selector any, labels map[string]any) bool {
	wanted, _ := at(selector, "matchLabels").(map[string]any)
	for key := range wanted {
		if text(labels, key) != text(wanted, key) {
			return false
		}
	}
	return true
}
