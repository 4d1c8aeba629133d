package v1alpha1

import (
	"fmt"
	"strings"
)

// The grammars of Kubernetes' names, written out rather than as regular
// expressions, which would cost more to compile than the whole check. Each
// function returns what is wrong with the value, or nothing. A test compares
// them with k8s.io/apimachinery.

const (
	maxLabel     = 63
	maxSubdomain = 253
)

// dns1123Label is the grammar of namespaces.
func dns1123Label(value string) string {
	if !isLabel(value) {
		return fmt.Sprintf("found %s, expected lower case letters, digits and dashes, with a letter or digit at both ends%s", quoted(value), suchAs(value))
	}
	return tooLong(value, maxLabel, "")
}

// dns1035Label is the grammar of Services' names.
func dns1035Label(value string) string {
	if !isLabel(value) || value[0] <= '9' {
		return fmt.Sprintf("found %s, expected lower case letters, digits and dashes, with a letter first and a letter or digit last%s", quoted(value), suchAs(value))
	}
	return tooLong(value, maxLabel, "")
}

// dns1123Subdomain is the grammar of most other objects' names.
func dns1123Subdomain(value string) string {
	for part := range strings.SplitSeq(value, ".") {
		if !isLabel(part) {
			return fmt.Sprintf("found %s, expected lower case letters, digits, dashes and dots, with a letter or digit at both ends of each part", quoted(value))
		}
	}
	return tooLong(value, maxSubdomain, "")
}

// qualifiedName is the grammar of the keys of labels and annotations, and of
// resource names: a name, or a domain, a slash and a name.
func qualifiedName(value string) string {
	prefix, name, hasPrefix := strings.Cut(value, "/")
	if !hasPrefix {
		prefix, name = "", value
	}
	switch {
	case hasPrefix && dns1123Subdomain(prefix) != "":
		return fmt.Sprintf("found the prefix %s, expected a domain in lower case of at most %d characters, such as example.com", quoted(prefix), maxSubdomain)
	case name == "":
		return "found no name, expected letters, digits, dashes, underscores and dots"
	case !isWord(name):
		return fmt.Sprintf("found %s, expected letters, digits, dashes, underscores and dots, with a letter or digit at both ends", quoted(name))
	}
	return tooLong(name, maxLabel, "")
}

// labelValue is the grammar of labels' values.
func labelValue(value string) string {
	if value != "" && !isWord(value) {
		return fmt.Sprintf("found the value %s, expected letters, digits, dashes, underscores and dots, with a letter or digit at both ends", quoted(value))
	}
	return tooLong(value, maxLabel, "")
}

func tooLong(value string, most int, why string) string {
	if len(value) <= most {
		return ""
	}
	return fmt.Sprintf("%s has %d characters, allowed are at most %d%s; choose a shorter one", quoted(value), len(value), most, why)
}

// suchAs proposes the label that a value may have meant to be.
func suchAs(value string) string {
	label := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r < 0x80 && isAlphanumeric(byte(r)):
			return r
		}
		return '-'
	}, shortened(value))
	label = strings.Trim(label, "-")
	if label == "" || label[0] <= '9' || len(label) > maxName {
		return ""
	}
	return ", such as " + label
}

// isLabel: lower case letters, digits and, within, dashes.
func isLabel(value string) bool {
	return isWord(value) && !strings.ContainsFunc(value, func(r rune) bool {
		return r >= 'A' && r <= 'Z' || r == '_' || r == '.'
	})
}

// isWord: letters, digits and, within, dashes, underscores and dots.
func isWord(value string) bool {
	for i := range len(value) {
		inside := i > 0 && i < len(value)-1
		if c := value[i]; !isAlphanumeric(c) && (!inside || c != '-' && c != '_' && c != '.') {
			return false
		}
	}
	return value != ""
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
