package v1alpha1

import (
	"fmt"
	"reflect"
	"strings"
)

// unknownField says what to write instead of a field that a struct lacks: a
// field of almost that name, else the place in the set where a field of that
// name is, else any field there is.
func unknownField(parent reflect.Type, key string) string {
	names := fieldNames(parent)
	best, distance := "", len(key)
	for _, name := range names {
		if d := editDistance(plain(key), plain(name)); d < distance {
			best, distance = name, d
		}
	}
	if distance <= min(2, (len(best)+2)/3) {
		return fmt.Sprintf("unknown field; did you mean %s?", best)
	}
	var places []string
	eachField(reflect.TypeFor[MySQLReplicaSet](), "", func(path, name string) {
		if plain(name) == plain(key) {
			places = append(places, path)
		}
	})
	if len(places) > 0 {
		return "unknown field; it is " + listed(places, "or")
	}
	for _, name := range names {
		if a, b := plain(key), plain(name); len(a) > 3 && len(b) > 3 && (strings.HasPrefix(b, a) || strings.HasSuffix(a, b)) {
			return fmt.Sprintf("unknown field; did you mean %s?", name)
		}
	}
	message := "unknown field; allowed are " + listed(names, "and")
	if parent == reflect.TypeFor[Config]() {
		message += "; an option for every pod goes into spec.config.common"
	}
	return message
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
func eachField(t reflect.Type, path string, visit func(path, name string)) {
	for i, name := range fieldNames(t) {
		visit(FieldPath(path, name), name)
		if field := t.Field(i).Type; field.Kind() == reflect.Struct {
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
