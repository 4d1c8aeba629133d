package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// services: what clients and pods find each other by.
var services = []rule{headlessName, eachService}

// headlessName: the scripts know one name, the StatefulSet's.
func headlessName(old, new *set) []Change {
	if new.serviceName() == new.name() || old.serviceName() == new.serviceName() {
		return nil
	}
	return []Change{{
		Level: Dangerous, Resource: new.String(), Field: "spec.serviceName",
		Message: fmt.Sprintf("%s becomes %s, which is not the StatefulSet's name: pods look for each other as %s.%s, and replication finds nobody",
			shown(old.serviceName()), shown(new.serviceName()), new.pod(0), new.name()),
		Next: "call the headless Service as the StatefulSet",
	}}
}

// serviceRule looks at two states of a Service of a set; old is never nil, new may be.
type serviceRule func(was, is *set, old, new object) []Change

var serviceRules = []serviceRule{serviceRemoved, clusterIP, nobodyBehind, primaryBehind, ports, publishNotReady}

func eachService(old, new *set) (found []Change) {
	all := map[string]object{}
	for _, service := range append(old.services(), new.services()...) {
		all[service.String()] = service
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if old.all[name] == nil {
			continue // a new one harms nobody
		}
		for _, rule := range serviceRules {
			found = append(found, rule(old, new, old.all[name], new.all[name])...)
		}
	}
	return found
}

func (s *set) isHeadless(service object) bool { return service.name() == s.serviceName() }

func serviceRemoved(was, is *set, old, new object) []Change {
	switch {
	case new != nil:
		return nil
	case was.isHeadless(old):
		return []Change{{Level: Dangerous, Resource: old.String(), Message: "removed: the pods have no names any more, and replication finds nobody", Next: "keep it"}}
	default:
		return []Change{{Level: Dangerous, Resource: old.String(), Message: "removed: clients that use it fail at once", Next: "move the clients first"}}
	}
}

func clusterIP(_, _ *set, old, new object) []Change {
	before, after := text(old.spec("clusterIP")), text(new.spec("clusterIP"))
	if new == nil || (before == "None") == (after == "None") {
		return nil
	}
	return []Change{{
		Level: Impossible, Resource: new.String(), Field: "spec.clusterIP",
		Message: map[bool]string{true: "now", false: "no longer"}[after == "None"] + " None: a Service cannot change between headless and not",
		Next:    "keep it; or delete the Service and apply: until then its names do not resolve",
	}}
}

// nobodyBehind: a selector, or the pods' labels, no longer fit.
func nobodyBehind(was, is *set, old, new object) []Change {
	if new == nil || !was.leadsHere(old) {
		return nil
	}
	c := Change{Resource: new.String(), Field: "spec.selector"}
	switch {
	case is.replicas() == 0: // told already
		return nil
	case !is.leadsHere(new):
		c.Level, c.Message, c.Next = Dangerous, "matches none of the pods of "+is.String()+": nobody is behind the Service", "make the selector match the labels of the pods"
	case len(is.behind(new, was.labels())) == 0:
		c.Level, c.Message = Dangerous, "matches no pod until it has restarted with its new labels: nobody is behind the Service at first"
		c.Next = "give the pods the new labels in a first step, and change the selector when the rollout is done"
	default:
		return nil
	}
	return []Change{c}
}

// primaryBehind: the Service that leads to one pod led to the primary.
func primaryBehind(was, is *set, old, new object) []Change {
	if new == nil || !slices.Equal(was.behind(old, was.labels()), []int{was.primary()}) || was.replicas() == 1 {
		return nil
	}
	behind := is.behind(new, is.labels())
	if len(behind) == 0 || slices.Contains(behind, is.primary()) && len(behind) == 1 {
		return nil
	}
	return []Change{{
		Level: Dangerous, Resource: new.String(), Field: "spec.selector",
		Message: "leads writers to " + is.pods(behind...) + ", but the primary is " + is.pod(is.primary()),
		Next:    "set spec.replication.primary of the MySQLReplicaSet, which changes both",
	}}
}

// ports are compared by what a client connects to.
func ports(_, is *set, old, new object) (found []Change) {
	if new == nil {
		return nil
	}
	for _, port := range list(old.spec(), "ports") {
		was, now := portOf(port), ""
		for _, other := range list(new.spec(), "ports") {
			if portOf(other) == was {
				now = target(other)
			}
		}
		switch {
		case now == "":
			found = append(found, Change{
				Level: Dangerous, Resource: new.String(), Field: "spec.ports",
				Message: was + " is removed: who connects to it fails", Next: "keep it until nobody uses it",
			})
		case now != target(port) && !is.listens(now):
			found = append(found, Change{
				Level: Dangerous, Resource: new.String(), Field: "spec.ports",
				Message: was + " leads to port " + now + " of the pods, where no container listens", Next: "lead it to 3306",
			})
		}
	}
	return found
}

// portOf is a port as clients know it, such as 3306/TCP.
func portOf(port any) string {
	protocol := text(port, "protocol")
	if protocol == "" {
		protocol = "TCP"
	}
	return text(port, "port") + "/" + protocol
}

func target(port any) string {
	if to := text(port, "targetPort"); to != "" {
		return to
	}
	return text(port, "port")
}

// listens reports whether a container declares a port, by number or name.
func (s *set) listens(port string) bool {
	for _, container := range list(s.spec("template", "spec"), "containers") {
		for _, p := range list(container, "ports") {
			if text(p, "containerPort") == port || text(p, "name") == port {
				return true
			}
		}
	}
	return false
}

// publishNotReady: an empty primary must see the replicas that hold its data.
func publishNotReady(was, _ *set, old, new object) []Change {
	published := func(service object) bool {
		return strings.EqualFold(text(service.spec("publishNotReadyAddresses")), "true")
	}
	if new == nil || !was.isHeadless(old) || !published(old) || published(new) {
		return nil
	}
	return []Change{{
		Level: Dangerous, Resource: new.String(), Field: "spec.publishNotReadyAddresses",
		Message: "no longer true: pods that are not Ready do not find each other, so a primary whose volume is lost cannot see who holds its data, and a set that was down cannot start",
		Next:    "keep it true",
	}}
}
