package v1alpha1

import (
	"fmt"
	"strings"
	"unicode"
)

// imageReference checks the name of a container image:
// [registry[:port]/]repository[:tag][@algorithm:hex]. It returns what is wrong,
// or nothing. The grammar is that of github.com/distribution/reference.
func imageReference(image string) string {
	const expected = "expected [registry[:port]/]repository[:tag][@digest], such as mysql:9.7"
	wrong := func(part, value string) string {
		return fmt.Sprintf("found %s, %s %s is not valid; %s", quoted(image), part, quoted(value), expected)
	}
	if i := strings.IndexFunc(image, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }); i >= 0 {
		return fmt.Sprintf("found %s, with white space or a control character in it; %s", quoted(image), expected)
	}
	name, digest, hasDigest := strings.Cut(image, "@")
	if hasDigest && !isDigest(digest) {
		return wrong("whose digest", digest)
	}
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		tag := name[colon+1:]
		if name = name[:colon]; !isTag(tag) {
			return wrong("whose tag", tag)
		}
	}
	// The part before the first slash is a registry if it cannot be anything else.
	if first, rest, ok := strings.Cut(name, "/"); ok && !isRepositoryPart(first) {
		if name = rest; !isRegistry(first) {
			return wrong("whose registry", first)
		}
	}
	for part := range strings.SplitSeq(name, "/") {
		if !isRepositoryPart(part) {
			return wrong("whose repository", name)
		}
	}
	return ""
}

// isDigest: an algorithm, a colon and at least 32 hexadecimal digits.
func isDigest(digest string) bool {
	algorithm, hex, _ := strings.Cut(digest, ":")
	for part := range strings.SplitSeq(strings.NewReplacer("+", ".", "-", ".", "_", ".").Replace(algorithm), ".") {
		if !isWord(part) || part[0] <= '9' {
			return false
		}
	}
	return len(hex) >= 32 && strings.Trim(hex, "0123456789abcdefABCDEF") == ""
}

// isTag: a word of at most 128 characters that may begin with an underscore and
// end in anything that a word may have within.
func isTag(tag string) bool {
	return tag != "" && len(tag) <= 128 && tag[0] != '-' && tag[0] != '.' && isWord("a"+tag+"a")
}

// isRegistry: a host name or an IPv6 address in brackets, and maybe a port.
func isRegistry(registry string) bool {
	host, port := registry, "0"
	if colon := strings.LastIndexByte(registry, ':'); colon > strings.LastIndexByte(registry, ']') {
		host, port = registry[:colon], registry[colon+1:]
	}
	if port == "" || count(port) != len(port) {
		return false
	}
	if address, ok := strings.CutPrefix(host, "["); ok {
		address, ok = strings.CutSuffix(address, "]")
		return ok && address != "" && strings.Trim(address, "0123456789abcdefABCDEF:") == ""
	}
	for part := range strings.SplitSeq(host, ".") {
		if !isWord(part) || !isLabel(strings.ToLower(part)) {
			return false
		}
	}
	return true
}

// isRepositoryPart: lower case letters and digits, separated by one dot, one or
// two underscores or any number of dashes.
func isRepositoryPart(part string) bool {
	if !isWord(part) || strings.ToLower(part) != part {
		return false
	}
	rest := part
	for rest != "" {
		rest = strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyz0123456789")
		end := strings.IndexAny(rest, "abcdefghijklmnopqrstuvwxyz0123456789")
		if end < 0 {
			break
		}
		if s := rest[:end]; s != "." && s != "_" && s != "__" && strings.Trim(s, "-") != "" {
			return false
		}
		rest = rest[end:]
	}
	return true
}
