package v1alpha1

import (
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong with a set, or worth a warning.
type Problem struct {
	// Field is the path of what is wrong, as [FieldPath] writes it, such as
	// spec.storage.size. Empty if it is the document as a whole.
	Field string
	// Message says what was found, what is allowed and what to do, without the
	// path and without a full stop.
	Message string
}

func (p Problem) String() string {
	if p.Field == "" {
		return p.Message
	}
	return p.Field + ": " + p.Message
}

// Problems are all the things that are wrong with one set. [Decode] lists them
// in the order of the document, [MySQLReplicaSet.Validate] in the order of the
// spec's fields. Problems are an error unless they are empty: return them as
// one through [Problems.Err].
type Problems []Problem

// Error has one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the problems as an error, or nil if there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// Add appends a problem.
func (ps *Problems) Add(field, message string) {
	*ps = append(*ps, Problem{Field: field, Message: message})
}

// Merge appends what a later check found, except where the field, or a map that
// it lies in, has a problem already: a value that could not be read is reported
// once, and not again as missing or as breaking some other rule.
func (ps *Problems) Merge(later Problems) {
	known := *ps
	for _, p := range later {
		if !slices.ContainsFunc(known, func(k Problem) bool { return covers(k.Field, p.Field) }) {
			*ps = append(*ps, p)
		}
	}
}

// covers reports whether field is outer or lies within it.
func covers(outer, field string) bool {
	rest, ok := strings.CutPrefix(field, outer)
	return ok && (rest == "" || outer == "" || rest[0] == '.' || rest[0] == '[')
}

// FieldPath is the path of key within parent: parent.key, or parent["key"] where
// the key has anything but letters, digits, dashes and underscores, such as
// metadata.labels["example.com/team"].
func FieldPath(parent, key string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
	}
	switch {
	case key == "" || strings.ContainsFunc(key, func(r rune) bool { return !plain(r) }):
		return parent + "[" + quoted(key) + "]"
	case parent == "":
		return key
	default:
		return parent + "." + key
	}
}

// longest is how many bytes of a found value a message shows.
const longest = 80

// quoted is how a message shows a value that was found.
func quoted(value string) string { return strconv.Quote(shortened(value)) }

// shortened cuts a value that would swamp its message.
func shortened(value string) string {
	if len(value) <= longest {
		return value
	}
	return strings.ToValidUTF8(value[:longest], "") + "…"
}

// listed joins words as a sentence does: a, b and c.
func listed(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}
