package v1alpha1

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxName leaves room for what Kubernetes adds to a StatefulSet's name.
	maxName = 52
	// maxAnnotations is Kubernetes' limit for all keys and values together.
	maxAnnotations = 256 << 10
	// leastBytes is the least memory or storage that can be meant. Below it are
	// 500m, half a byte, and 4, four bytes.
	leastBytes = Quantity("1Mi")
)

// Validate checks everything that does not depend on the MySQL version and
// returns all problems, in the order of the spec's fields. It expects
// [MySQLReplicaSet.Default] to have been called; a field that is still empty is
// not checked, but for the name. The version, its options and what it cannot do
// are checked by the package fn/mysql.
//
// There is no upper bound for replicas: server_id, 100 + ordinal, has room for
// more pods than Kubernetes has.
func (s *MySQLReplicaSet) Validate() Problems {
	var ps Problems
	s.Metadata.validate(&ps)
	spec := &s.Spec
	check(&ps, "spec.image", spec.Image, imageReference)
	atLeast(&ps, "spec.replicas", spec.Replicas, 1)
	spec.Storage.validate(&ps)
	spec.Resources.validate(&ps)
	spec.Auth.validate(&ps, s.defaultSecretName())
	check(&ps, "spec.tls.secretName", spec.TLS.SecretName, dns1123Subdomain)
	if spec.Replication.SemiSync && spec.Replicas != nil && *spec.Replicas == 1 {
		ps.Add("spec.replication.semiSync", "found true with spec.replicas 1, but no replica can acknowledge a commit; raise spec.replicas to 2 or more, or set it to false")
	}
	atLeast(&ps, "spec.replication.primary", spec.Replication.Primary, 0)
	if primary, replicas := spec.Replication.Primary, spec.Replicas; primary != nil && replicas != nil && *primary >= *replicas && *replicas >= 1 {
		ps.Add("spec.replication.primary", fmt.Sprintf("found %d with spec.replicas %d, but the highest ordinal is then %d; lower it, or raise spec.replicas", *primary, *replicas, *replicas-1))
	}
	atLeast(&ps, "spec.replication.maxLagSeconds", spec.Replication.MaxLagSeconds, 1)
	check(&ps, "spec.clone.image", spec.Clone.Image, imageReference)
	oneOf(&ps, "spec.clone.otherEngines", spec.Clone.OtherEngines, Refuse, Empty)
	return ps
}

func (m *Metadata) validate(ps *Problems) {
	if m.Name == "" {
		ps.Add("metadata.name", missingName)
	} else if message := dns1035Label(m.Name); message != "" && len(m.Name) <= maxLabel {
		ps.Add("metadata.name", message)
	} else if message := tooLong(m.Name, maxName, ", because Kubernetes adds a hash of 11 to it for the label controller-revision-hash, which ends at 63"); message != "" {
		ps.Add("metadata.name", message)
	}
	check(ps, "metadata.namespace", m.Namespace, dns1123Label)
	for _, key := range slices.Sorted(maps.Keys(m.Labels)) {
		path := FieldPath("metadata.labels", key)
		if key == "app" || key == "app.kubernetes.io/name" {
			ps.Add(path, "this label is the set's own, its Services select by it; remove it, or use another key")
			continue
		}
		report(ps, path, qualifiedName(key))
		report(ps, path, labelValue(m.Labels[key]))
	}
	size := 0
	for _, key := range slices.Sorted(maps.Keys(m.Annotations)) {
		// Kubernetes does not mind capitals in an annotation's domain.
		path := FieldPath("metadata.annotations", key)
		report(ps, path, qualifiedName(strings.ToLower(key)))
		if !utf8.ValidString(m.Annotations[key]) {
			ps.Add(path, "found text that is not UTF-8; only Go code can give such a value")
		}
		size += len(key) + len(m.Annotations[key])
	}
	if size > maxAnnotations {
		ps.Add("metadata.annotations", fmt.Sprintf("found %d bytes in all, allowed are at most %d; move the long ones elsewhere", size, maxAnnotations))
	}
}

func (s *Storage) validate(ps *Problems) {
	if s.Size != "" {
		amount(ps, "spec.storage.size", s.Size, true)
		if s.Size.Valid() && s.Size.Sign() == 0 {
			ps.Add("spec.storage.size", fmt.Sprintf("found %s, expected at least %s, such as %s", quoted(string(s.Size)), leastBytes, DefaultStorageSize))
		}
	}
	check(ps, "spec.storage.className", s.ClassName, dns1123Subdomain)
	oneOf(ps, "spec.storage.retention.whenDeleted", s.Retention.WhenDeleted, Retain, Delete)
	oneOf(ps, "spec.storage.retention.whenScaled", s.Retention.WhenScaled, Retain, Delete)
}

func (r *Resources) validate(ps *Problems) {
	amounts := func(path string, quantities map[string]Quantity) {
		for _, name := range slices.Sorted(maps.Keys(quantities)) {
			path := FieldPath(path, name)
			report(ps, path, resourceName(name))
			amount(ps, path, quantities[name], isBytes(name))
		}
	}
	amounts("spec.resources.requests", r.Requests)
	amounts("spec.resources.limits", r.Limits)
	for _, name := range slices.Sorted(maps.Keys(r.Limits)) {
		limit, request := r.Limits[name], r.Requests[name]
		if request.Valid() && limit.Valid() && request.Cmp(limit) > 0 {
			ps.Add(FieldPath("spec.resources.limits", name), fmt.Sprintf("found %s, which is below the request, %s; raise the limit or lower spec.resources.requests",
				quoted(string(limit)), quoted(string(request))))
		}
	}
}

func (a *Auth) validate(ps *Problems, defaultName string) {
	if a.AllowEmptyPassword && a.SecretName != "" {
		ps.Add("spec.auth.allowEmptyPassword", fmt.Sprintf("found true together with secretName %s, but without passwords no Secret is read; remove one of the two", quoted(a.SecretName)))
	}
	if a.SecretName != defaultName { // or the name's problem would be told twice
		check(ps, "spec.auth.secretName", a.SecretName, dns1123Subdomain)
	}
}

// check adds what a grammar finds wrong with a value that is given.
func check(ps *Problems, path, value string, grammar func(string) string) {
	if value != "" {
		report(ps, path, grammar(value))
	}
}

// report adds a problem unless the message is empty.
func report(ps *Problems, path, message string) {
	if message != "" {
		ps.Add(path, message)
	}
}

func atLeast(ps *Problems, path string, value *int32, least int32) {
	if value != nil && *value < least {
		ps.Add(path, fmt.Sprintf("found %d, expected at least %d", *value, least))
	}
}

func oneOf(ps *Problems, path, value string, allowed ...string) {
	if value == "" || slices.Contains(allowed, value) {
		return
	}
	message := fmt.Sprintf("found %s, expected %s", quoted(value), listed(allowed, "or"))
	for _, word := range allowed {
		if strings.EqualFold(word, value) {
			message = fmt.Sprintf("found %s, expected %s; did you mean %s?", quoted(value), listed(allowed, "or"), word)
		}
	}
	ps.Add(path, message)
}

// amount checks a quantity: zero or more, and of bytes not absurdly few.
func amount(ps *Problems, path string, q Quantity, bytes bool) {
	switch {
	case !q.Valid():
		ps.Add(path, fmt.Sprintf("found %s, expected a quantity: a number, then nothing, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi or Ei, such as 10Gi or 500m", quoted(string(q))))
	case q.Sign() < 0:
		ps.Add(path, fmt.Sprintf("found %s, expected zero or more", quoted(string(q))))
	case bytes && q.Sign() > 0 && q.Cmp(leastBytes) < 0:
		ps.Add(path, fmt.Sprintf("found %s, which is less than %s; %s", quoted(string(q)), leastBytes, unitHint(q)))
	}
}

// unitHint says what the amount's last letter means, or what letter it wants.
func unitHint(q Quantity) string {
	number, milli := strings.CutSuffix(string(q), "m")
	if milli {
		return fmt.Sprintf("m is a thousandth of a byte, did you mean %sMi?", number)
	}
	return "the unit is bytes, did you forget Mi or Gi?"
}

// isBytes reports whether a resource is counted in bytes.
func isBytes(resource string) bool {
	return resource == ResourceMemory || resource == "ephemeral-storage" || strings.HasPrefix(resource, "hugepages-")
}

// resourceName is the grammar of what a container may request: one of
// Kubernetes' own resources, or a device plugin's, which has a domain.
func resourceName(name string) string {
	own := []string{ResourceCPU, ResourceMemory, "ephemeral-storage"}
	if strings.Contains(name, "/") || strings.HasPrefix(name, "hugepages-") {
		return qualifiedName(name)
	}
	if slices.Contains(own, name) {
		return ""
	}
	message := "unknown resource"
	for _, word := range own {
		if editDistance(plain(name), plain(word)) <= 2 {
			return message + "; did you mean " + word + "?"
		}
	}
	return message + "; allowed are cpu, memory, ephemeral-storage, hugepages-SIZE and names with a domain, such as example.com/device"
}
