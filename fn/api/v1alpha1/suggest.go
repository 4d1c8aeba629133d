package v1alpha1

import (
	"fmt"
	"reflect"
	"strings"
)

// unknownField says what to write instead of a field that a struct lacks.
func unknownField(parent reflect.Type, key string) string {
	if hint := fieldHint(parent, key); hint != "" {
		return "unknown field; " + hint
	}
	message := "unknown field; allowed are " + listed(fieldNames(parent), "and")
	if parent == reflect.TypeFor[Config]() {
		message += "; an option for every pod goes into spec.config.common"
	}
	return message
}

// FieldHint says what somebody means who writes key for a field of the map of fields
// at path, such as spec: "did you mean replicas?" or "it is spec.storage.size". It is
// empty if no field comes close. The path of the whole set is "".
func FieldHint(path, key string) string {
	parent := reflect.TypeFor[MySQLReplicaSet]()
	eachField(parent, "", func(at, _ string, field reflect.Type) {
		if at == path && field.Kind() == reflect.Struct {
			parent = field
		}
	})
	return fieldHint(parent, key)
}

// fieldHint finds a field of almost that name, else the place in the set where a
// field of that name is, else a field whose name begins or ends so.
func fieldHint(parent reflect.Type, key string) string {
	names := fieldNames(parent)
	if similar := closest(key, names); similar != "" {
		return fmt.Sprintf("did you mean %s?", similar)
	}
	var places []string
	eachField(reflect.TypeFor[MySQLReplicaSet](), "", func(path, name string, _ reflect.Type) {
		if plain(name) == plain(key) {
			places = append(places, path)
		}
	})
	if len(places) > 0 {
		return "it is " + listed(places, "or")
	}
	for _, name := range names {
		if a, b := plain(key), plain(name); len(a) > 3 && len(b) > 3 && (strings.HasPrefix(b, a) || strings.HasSuffix(a, b)) {
			return fmt.Sprintf("did you mean %s?", name)
		}
	}
	return ""
}

// UnknownField says what to write instead of a field of a configuration that has no
// others than these.
func UnknownField(key string, names ...string) string {
	if similar := closest(key, names); similar != "" {
		return "unknown field; did you mean " + similar + "?"
	}
	return "unknown field; allowed are " + listed(names, "and")
}

// closest is the name that a mistyped one was probably meant to be, or "".
func closest(key string, names []string) string {
	best, distance := "", len(key)
	for _, name := range names {
		if d := editDistance(plain(key), plain(name)); d < distance {
			best, distance = name, d
		}
	}
	if distance > min(2, (len(best)+2)/3) {
		return ""
	}
	return best
}

// fieldNames are the json names of a struct's fields, in order.
func fieldNames(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
	}
	return names
}

// eachField visits the fields of a struct and of the structs in it.
func eachField(t reflect.Type, path string, visit func(path, name string, field reflect.Type)) {
	for i, name := range fieldNames(t) {
		field := t.Field(i).Type
		visit(FieldPath(path, name), name, field)
		if field.Kind() == reflect.Struct {
			eachField(field, FieldPath(path, name), visit)
		}
	}
}

// plain is a name without what people get wrong first: case and separators.
func plain(name string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(shortened(name)))
}

// editDistance is how many letters have to be inserted, removed, replaced or
// swapped with their neighbour to make b of a.
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
		for j := range rows[i] {
			switch {
			case i == 0:
				rows[i][j] = j
			case j > 0:
				change := 1
				if a[i-1] == b[j-1] {
					change = 0
				}
				rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
				}
			}
		}
	}
	return rows[len(a)][len(b)]
}
