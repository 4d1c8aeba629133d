package mysql

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// Lookup resolves a version, a series (8.4) or a full version of one (8.4.11).
// The error says what was found, what is allowed and what to use instead.
func Lookup(version string) (Dialect, error) {
	v, rest := parseNumbers(version)
	if len(v) >= 2 && len(v) <= 3 && rest == "" {
		name := strconv.Itoa(v[0]) + "." + strconv.Itoa(v[1])
		for i := range table {
			s := &table[i]
			if s.name != name || len(v) == 3 && v[2] < s.minPatch {
				continue
			}
			d := Dialect{
				Series: s.name, Patch: Newest, Image: "mysql:" + version, CloneMethod: s.method,
				CloneImage: s.cloneImage, EndOfLife: s.endOfLife, Statements: *s.statements,
			}
			if len(v) == 3 {
				d.Patch = v[2]
			}
			return d, nil
		}
	}
	found, advice := explain(version, v, rest)
	return Dialect{}, errors.New(strconv.Quote(version) + " " + found + "; allowed are " + allowed + "; " + advice)
}

// explain says why a version is not in the table, and what to use.
func explain(version string, v []int, rest string) (found, advice string) {
	use := "use \"" + newestLTS + "\", the newest long-term support series"
	switch version {
	case "":
		return "is no version", use
	case "latest", "lts", "stable", "innovation":
		return "is a tag that moves, and no version", use
	}
	switch {
	case len(v) >= 2 && rest != "":
		plain := join(v)
		if _, err := Lookup(plain); err == nil {
			return "is a tag, and no version", "use \"" + plain + "\", and put the tag into spec.image"
		}
	case strings.HasPrefix(version, "v"):
		if _, err := Lookup(version[1:]); err == nil {
			return "is no version", "use \"" + version[1:] + "\""
		}
	}
	if rest != "" || len(v) == 0 || len(v) > 3 {
		return "is no version of MySQL", use
	}
	if len(v) == 1 {
		switch v[0] {
		case 5:
			return "is no series of MySQL", "use \"5.7\""
		case 8:
			return "is no series of MySQL (YAML reads 8.0 without quotes as 8)", "use \"8.0\" or \"8.4\", in quotes"
		}
		return "is no series of MySQL", use
	}
	major, minor := v[0], v[1]
	switch {
	case major < 5 || major == 5 && minor < 7:
		return "is older than all that is supported here", "upgrade to 5.7 first, or use \"" + newestLTS + "\" for a new set"
	case major == 8 && minor == 0:
		return "lacks CHANGE REPLICATION SOURCE TO, which came with 8.0.23", "use \"8.0\", its newest"
	case major == 8 && minor <= 3:
		return "was an innovation release and has ended", "use \"8.4\", the long-term support series that followed it"
	case major == 9 && minor <= 6:
		return "was an innovation release and has ended", "use \"9.7\", the long-term support series that followed it"
	case major == 8:
		return "is no series of MySQL", "use \"8.4\", the last of 8"
	case major >= 26 && minor >= 1 && minor <= 12:
		return "is not known here", "use \"26.7\", or \"" + newestLTS + "\" for long-term support"
	}
	return "is no series of MySQL", use
}

// parseNumbers reads numbers with dots between them, as many as there are, and
// returns what follows the last of them. A number has no leading zero.
func parseNumbers(s string) (v []int, rest string) {
	for {
		i := 0
		for i < len(s) && i < 9 && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		if i == 0 || i > 1 && s[0] == '0' {
			return v, s
		}
		n, _ := strconv.Atoi(s[:i]) // at most nine digits
		v, s = append(v, n), s[i:]
		if len(s) < 2 || s[0] != '.' || s[1] < '0' || s[1] > '9' {
			return v, s
		}
		s = s[1:]
	}
}

func join(v []int) string {
	parts := make([]string, len(v))
	for i, n := range v {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ".")
}

// Version is the version as it was asked for: 8.4 or 8.4.11.
func (d Dialect) Version() string {
	if d.Patch == Newest {
		return d.Series
	}
	return d.Series + "." + strconv.Itoa(d.Patch)
}

// AtLeast reports whether the dialect is version or later. A dialect that names
// a series only is the newest of it.
func (d Dialect) AtLeast(version string) bool {
	own, _ := parseNumbers(d.Series)
	patch := d.Patch
	if patch == Newest {
		patch = math.MaxInt
	}
	own = append(own, patch)
	other, _ := parseNumbers(version)
	for i := range own {
		if i == len(other) {
			break
		}
		if own[i] != other[i] {
			return own[i] > other[i]
		}
	}
	return true
}

// sourceNames reports whether options say source and replica (WL#14194). The
// statements changed three releases earlier.
func (d Dialect) sourceNames() bool { return d.AtLeast("8.0.26") }

// Warning is about a version that gets no fixes any more; false if it does.
// Upgrades go from one long-term series to the next (refman 8.4, upgrade-paths).
func (d Dialect) Warning() (v1alpha1.Problem, bool) {
	if d.EndOfLife == "" {
		return v1alpha1.Problem{}, false
	}
	path := "8.4, then to 9.7"
	if d.Series == "5.7" {
		path = "8.0, then to 8.4, then to 9.7"
	}
	return v1alpha1.Problem{
		Field: "spec.version",
		Message: "MySQL " + d.Series + " has had no fixes since " + d.EndOfLife + "; upgrade to " + path +
			" (no long-term support series may be skipped)",
	}, true
}
