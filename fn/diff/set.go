package diff

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/render"
)

// object is a resource, decoded.
type object map[string]any

func (o object) kind() string      { return text(map[string]any(o), "kind") }
func (o object) name() string      { return text(map[string]any(o), "metadata", "name") }
func (o object) namespace() string { return text(map[string]any(o), "metadata", "namespace") }

// String is how messages name a resource.
func (o object) String() string {
	if o.namespace() == "" {
		return o.kind() + " " + o.name()
	}
	return o.kind() + " " + o.namespace() + "/" + o.name()
}

// live reports whether an object comes from a cluster: only there it gets a UID.
func (o object) live() bool { return text(map[string]any(o), "metadata", "uid") != "" }

// spec returns what lies at a path of a resource's spec.
func (o object) spec(path ...string) any {
	return at(map[string]any(o), append([]string{"spec"}, path...)...)
}

// judged are the kinds that are looked at.
var judged = []string{"apps/v1 StatefulSet", "v1 ConfigMap", "v1 Service"}

// resources are those of one side, by what [object.String] says.
type resources map[string]object

// decode reads the resources that are judged.
func decode(nodes []*yaml.Node) (resources, error) {
	found := resources{}
	for _, n := range nodes {
		var decoded any
		if err := n.Decode(&decoded); err != nil {
			message := strings.TrimPrefix(err.Error(), "yaml: ")
			if wrong := new(yaml.TypeError); errors.As(err, &wrong) {
				message = strings.Join(wrong.Errors, "; ")
			}
			return nil, errors.New(message)
		}
		if !slices.Contains(judged, text(decoded, "apiVersion")+" "+text(decoded, "kind")) {
			continue
		}
		o := object(decoded.(map[string]any))
		if found[o.String()] != nil {
			return nil, fmt.Errorf("%s: given twice; remove one of the two", o)
		}
		if o.kind() == "StatefulSet" {
			o["spec"] = withoutDefaults("", o["spec"])
		}
		found[o.String()] = o
	}
	return found, nil
}

// settle takes live objects out of their namespace where the other side has none: that
// is rendered for whatever namespace is current when it is applied.
func (r resources) settle(other resources) {
	for _, o := range other {
		if o.namespace() != "" {
			return
		}
	}
	for key, o := range r {
		if o.live() && o.namespace() != "" {
			delete(r, key)
			delete(o["metadata"].(map[string]any), "namespace")
			r[o.String()] = o
		}
	}
}

// set is a StatefulSet and what belongs to it.
type set struct {
	object
	all resources // of its side
}

// sets are the StatefulSets that package render made.
func (r resources) sets() (names []string) {
	for key, o := range r {
		if o.kind() == "StatefulSet" && text(o.spec("template", "metadata", "annotations"), render.ChecksumAnnotation) != "" {
			names = append(names, key)
		}
	}
	return names
}

// set is the StatefulSet of that name, or nil.
func (r resources) set(name string) *set {
	if r[name] == nil {
		return nil
	}
	return &set{r[name], r}
}

// sibling is another resource of the set's namespace, or nil.
func (s *set) sibling(kind, name string) object {
	return s.all[object{"kind": kind, "metadata": map[string]any{"name": name, "namespace": s.namespace()}}.String()]
}

// configMap is the one that the pods read, or nil.
func (s *set) configMap() object {
	volume := named(list(s.spec("template", "spec"), "volumes"), "config-map")
	return s.sibling("ConfigMap", text(volume, "configMap", "name"))
}

// data is the ConfigMap's, by file name.
func (s *set) data() map[string]any {
	data, _ := at(map[string]any(s.configMap()), "data").(map[string]any)
	return data
}

// expectedPods is how many pods the scripts reckon with; 0 if they do not say.
func (s *set) expectedPods() int {
	n, _ := strconv.Atoi(text(s.data(), render.ReplicasKey))
	return n
}

// services are those that lead to the pods, and the headless one in any case.
func (s *set) services() (found []object) {
	for _, o := range s.all {
		if o.kind() == "Service" && o.namespace() == s.namespace() && (s.leadsHere(o) || o.name() == s.serviceName()) {
			found = append(found, o)
		}
	}
	return found
}

func (s *set) serviceName() string { return text(s.spec(), "serviceName") }

// leadsHere reports whether a Service selects any of the pods.
func (s *set) leadsHere(service object) bool {
	return len(s.behind(service, s.labels())) > 0
}

// behind are the ordinals of the pods that a Service selects when their template has
// labels.
func (s *set) behind(service object, labels map[string]any) (ordinals []int) {
	selector, _ := service.spec("selector").(map[string]any)
	if len(selector) == 0 {
		return nil
	}
	for _, i := range s.ordinals() {
		// What the StatefulSet's controller adds.
		own := map[string]string{"apps.kubernetes.io/pod-index": strconv.Itoa(i), "statefulset.kubernetes.io/pod-name": s.pod(i)}
		matches := true
		for key := range selector {
			want, found := text(selector, key), own[key]
			if found == "" {
				found = text(labels, key)
			}
			matches = matches && found == want
		}
		if matches {
			ordinals = append(ordinals, i)
		}
	}
	return ordinals
}

func (s *set) labels() map[string]any {
	labels, _ := s.spec("template", "metadata", "labels").(map[string]any)
	return labels
}

func (s *set) replicas() int { return max(0, number(s.spec(), 1, "replicas")) }
func (s *set) start() int    { return number(s.spec(), 0, "ordinals", "start") }

// ordinals are those of the pods. An absurd number of them is cut.
func (s *set) ordinals() (all []int) {
	for i := range min(s.replicas(), 1000) {
		all = append(all, s.start()+i)
	}
	return all
}

func (s *set) pod(ordinal int) string { return s.name() + "-" + strconv.Itoa(ordinal) }

// primary is the ordinal of the primary: of 5.7, it is always 0.
func (s *set) primary() int {
	ordinal, _ := strconv.Atoi(text(named(list(s.mysql(), "env"), "PRIMARY_ORDINAL"), "value"))
	return ordinal
}

// mysql is the container of the server, or nil.
func (s *set) mysql() any { return named(list(s.spec("template", "spec"), "containers"), "mysql") }

func (s *set) image() string { return text(s.mysql(), "image") }

// volumes are the names of the claims of some pods, for messages.
func (s *set) volumes(ordinals ...int) string {
	var names []string
	for _, claim := range list(s.spec(), "volumeClaimTemplates") {
		for _, i := range ordinals {
			names = append(names, text(claim, "metadata", "name")+"-"+s.pod(i))
		}
	}
	return enumerated(names)
}

// pods are the names of pods, for messages.
func (s *set) pods(ordinals ...int) string {
	var names []string
	for _, i := range ordinals {
		names = append(names, s.pod(i))
	}
	return enumerated(names)
}

// deletesVolumes reports whether the volumes go when the set is deleted or scaled.
func (s *set) deletesVolumes(when string) bool {
	return text(s.spec(), "persistentVolumeClaimRetentionPolicy", when) == "Delete"
}

// enumerated joins names; of many, the first few and the last.
func enumerated(names []string) string {
	if n := len(names); n > 6 {
		names = []string{names[0], names[1], names[2], "…", names[n-1]}
	}
	return strings.Join(names, ", ")
}
