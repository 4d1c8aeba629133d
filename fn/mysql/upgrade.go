package mysql

import (
	"slices"
	"strings"
)

// OfImage is the version that the tag of an image begins with, as in mysql:8.4.11 and
// in example.com/percona-server:8.4.6-6.1; false if it names none of the table, or only
// a digest.
func OfImage(image string) (Dialect, bool) {
	name, _, _ := strings.Cut(image, "@")
	colon := strings.LastIndexByte(name, ':')
	if colon <= strings.LastIndexByte(name, '/') {
		return Dialect{}, false
	}
	numbers, _ := parseNumbers(name[colon+1:])
	d, err := Lookup(join(numbers))
	return d, err == nil
}

// canGoBack are the series in which a server may start on the data of a later release
// of the same series (refman 9.7, downgrading: within an LTS series; in 8.0 not even
// that, refman 8.0, downgrading).
var canGoBack = []string{"8.4", "9.7"}

// Step says why MySQL does not support that a server starts on the data of another
// version, and what to do instead; both are empty if it does. Every series of the table
// but the last is a long-term one, which may not be skipped (refman 9.7, upgrade-paths).
func Step(from, to Dialect) (problem, instead string) {
	a, b := from.position(), to.position()
	switch {
	case b < a:
		return "MySQL cannot go back from " + from.Series + " to " + to.Series + ": the upgrade has changed the data",
			"stay on " + from.Series + "; or make another set of " + to.Series + ", and restore a backup of that version or load a dump"
	case from.CloneMethod != to.CloneMethod:
		instead = "make another set of " + table[a+1].name + ", load a dump, and move the clients to it"
		if b > a+1 {
			instead += "; then upgrade that one"
		}
		return "a set of " + from.Series + " does not become one of " + to.Series +
			": its replicas follow by file and position, later ones by GTID", instead
	case b > a+1:
		next := table[a+1].name
		return "MySQL cannot go from " + from.Series + " to " + to.Series + " at once: " + next + " may not be skipped",
			"upgrade to " + next + " first"
	case a == b && from.Patch != Newest && to.Patch != Newest && to.Patch < from.Patch && !slices.Contains(canGoBack, from.Series):
		return "MySQL cannot go back from " + from.Version() + " to " + to.Version() + ": it can only within " + strings.Join(canGoBack, " and "),
			"stay on " + from.Version() + "; or restore a backup of " + to.Version() + " into another set"
	}
	return "", ""
}

// position is that of the series in the table.
func (d Dialect) position() int {
	return slices.IndexFunc(table, func(s series) bool { return s.name == d.Series })
}
