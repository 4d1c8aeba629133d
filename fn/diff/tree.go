package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// at returns what lies at the path of keys, or nil.
func at(v any, path ...string) any {
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// list returns the list at the path of keys, or nil.
func list(v any, path ...string) []any {
	l, _ := at(v, path...).([]any)
	return l
}

// text returns the scalar at the path of keys as text, or "".
func text(v any, path ...string) string {
	switch v := at(v, path...).(type) {
	case nil, map[string]any, []any:
		return ""
	default:
		return fmt.Sprint(v)
	}
}

// number returns the whole number at the path of keys, or what it is by default.
func number(v any, byDefault int, path ...string) int {
	if n, ok := at(v, path...).(int); ok {
		return n
	}
	return byDefault
}

// named returns the element of a list that has a name.
func named(l []any, name string) any {
	for _, element := range l {
		if text(element, "name") == name {
			return element
		}
	}
	return nil
}

// difference is a place where two trees differ. A side that lacks it is nil.
type difference struct {
	path     string
	old, new any
}

// becomes says it, with the API server's default where a StatefulSet's field is absent.
func (d difference) becomes() string {
	side := func(v any) string {
		if byDefault, ok := defaults[strings.TrimPrefix(d.path, "spec.")]; ok && v == nil {
			return byDefault
		}
		return shown(v)
	}
	return side(d.old) + " becomes " + side(d.new)
}

// differences compares two trees. The elements of a list are told apart by what
// Kubernetes tells them apart by, where all have it; other lists are compared whole.
func differences(path string, old, new any) []difference {
	oldMap, isMap := old.(map[string]any)
	newMap, isMapNow := new.(map[string]any)
	// A map that comes or goes is told by its fields, an element of a list as a whole.
	if isMap && isMapNow || (len(oldMap) > 0 && new == nil || len(newMap) > 0 && old == nil) && !strings.HasSuffix(path, "]") {
		return inMaps(path, oldMap, newMap)
	}
	oldList, isList := old.([]any)
	newList, isListNow := new.([]any)
	if isList && isListNow {
		a, oldOrder := byKey(oldList)
		b, newOrder := byKey(newList)
		if a != nil && b != nil {
			return inLists(path, a, b, oldOrder, newOrder)
		}
	}
	if equal(path, old, new) {
		return nil
	}
	return []difference{{path, old, new}}
}

func inMaps(path string, old, new map[string]any) (found []difference) {
	for _, key := range bothKeys(old, new) {
		found = append(found, differences(v1alpha1.FieldPath(path, key), old[key], new[key])...)
	}
	return found
}

// inLists compares element by element. If these are the same, their order may still
// not be: containers start in it.
func inLists(path string, old, new map[string]any, oldOrder, newOrder []string) (found []difference) {
	all := bothKeys(old, new)
	for _, key := range all {
		found = append(found, differences(path+"["+key+"]", old[key], new[key])...)
	}
	if len(all) == len(old) && len(all) == len(new) && !slices.Equal(oldOrder, newOrder) {
		found = append(found, difference{path, strings.Join(oldOrder, ", "), strings.Join(newOrder, ", ")})
	}
	return found
}

// bothKeys are the keys of two maps, sorted.
func bothKeys[V any](old, new map[string]V) []string {
	all := slices.AppendSeq(slices.Collect(maps.Keys(old)), maps.Keys(new))
	slices.Sort(all)
	return slices.Compact(all)
}

// keys tell the elements of a list apart: the merge keys of the Kubernetes API.
var keys = []string{"mountPath", "name", "containerPort", "port", "topologyKey"}

// byKey returns the elements of a list by their keys, and the keys in order; nil if
// some have none, or two the same.
func byKey(l []any) (elements map[string]any, order []string) {
	for _, key := range keys {
		elements, order = map[string]any{}, nil
		for _, element := range l {
			k := text(element, key)
			if k == "" { // the element of a claim template has its name in metadata
				k = text(element, "metadata", key)
			}
			if k != "" {
				elements[k] = element
				order = append(order, k)
			}
		}
		if len(elements) == len(l) {
			return elements, order
		}
	}
	return nil, nil
}

// equal reports whether two values mean the same.
func equal(path string, old, new any) bool {
	a, b := fmt.Sprint(old), fmt.Sprint(new) // maps are printed in order
	if a == b {
		return (old == nil) == (new == nil)
	}
	if old == nil || new == nil || !isQuantity(path) {
		return false
	}
	p, q := v1alpha1.Quantity(a), v1alpha1.Quantity(b)
	return p.Valid() && q.Valid() && p.Cmp(q) == 0
}

// isQuantity reports whether a field holds an amount: the API server writes 1024Mi as
// 1Gi.
func isQuantity(path string) bool {
	return strings.Contains(path, ".resources.limits") || strings.Contains(path, ".resources.requests") || strings.HasSuffix(path, ".sizeLimit")
}

// shown is how a message shows a value.
func shown(v any) string {
	const longest = 60
	s := fmt.Sprint(v)
	switch {
	case v == nil:
		return "none"
	case len(s) > longest:
		return strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return s
}
