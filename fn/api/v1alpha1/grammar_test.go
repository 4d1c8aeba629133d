package v1alpha1

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/util/validation"
)

var names = []string{
	"", "a", "A", "1", "-", "a-", "-a", "a-b", "a_b", "a.b", "a..b", ".a", "a.", "a b", "a\n", "\n", "é", "aé", "a\x00", "\xff", "1a", "a1", "A.b",
	"a/b", "a/", "/b", "a/b/c", "/", "a.b/c_D", "A.b/c", "a_b/c", "a-/c", "a/-c", "a/" + strings.Repeat("b", 63), "a/" + strings.Repeat("b", 64),
	strings.Repeat("a", 63), strings.Repeat("a", 64), strings.Repeat("a", 253), strings.Repeat("a.", 126) + "a", strings.Repeat("a.", 127) + "a",
	strings.Repeat("a.", 126) + "a/b", strings.Repeat("a.", 127) + "a/b",
}

var grammarPairs = map[string]struct {
	ours   func(string) string
	theirs func(string) []string
}{
	"dns1035Label":     {dns1035Label, validation.IsDNS1035Label},
	"dns1123Label":     {dns1123Label, validation.IsDNS1123Label},
	"dns1123Subdomain": {dns1123Subdomain, validation.IsDNS1123Subdomain},
	"qualifiedName":    {qualifiedName, validation.IsQualifiedName},
	"labelValue":       {labelValue, validation.IsValidLabelValue},
}

func TestGrammarsAreThoseOfKubernetes(t *testing.T) {
	for name, pair := range grammarPairs {
		for _, value := range names {
			assert.Equal(t, len(pair.theirs(value)) == 0, pair.ours(value) == "", "%s of %q", name, value)
		}
	}
}

func FuzzGrammars(f *testing.F) {
	for _, value := range names {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for name, pair := range grammarPairs {
			if (len(pair.theirs(value)) == 0) != (pair.ours(value) == "") {
				t.Errorf("%s of %q: ours says %q, Kubernetes %q", name, value, pair.ours(value), pair.theirs(value))
			}
		}
	})
}

// reference is the regular expression of github.com/distribution/reference,
// put together from the grammar in its documentation.
var reference = func() *regexp.Regexp {
	const (
		host      = `(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])`
		domain    = `(?:` + host + `(?:\.` + host + `)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?`
		part      = `[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`
		tag       = `[\w][\w.-]{0,127}`
		algorithm = `[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*`
	)
	return regexp.MustCompile(`^(?:` + domain + `/)?` + part + `(?:/` + part + `)*(?::` + tag + `)?(?:@` + algorithm + `:[0-9a-fA-F]{32,})?$`)
}()

var images = []string{
	"mysql", "mysql:8.4", "library/mysql", "localhost/mysql", "localhost:5000/mysql:8", "registry.example.com:5000/a/b/c:1", "[::1]:5000/a", "[::1]/a", "Registry/a",
	"a@sha256:" + strings.Repeat("0", 64), "a:1@sha256:" + strings.Repeat("F", 32), "a__b", "a--b", "a_b.c-d", "a:_b", "a:b-", "a:" + strings.Repeat("b", 128), "a@a+b.c:" + strings.Repeat("0", 32),
	"", "A", "a:", ":a", "a/", "/a", "a//b", "a___b", "a._b", "a-", "-a", "a b", "a\n", "a:b:c", "a:b/c", "a:5/", "a@", "a@sha256", "a@sha256:12", "a@sha256:" + strings.Repeat("g", 64), "a@1a:" + strings.Repeat("0", 32),
	"a@a--b:" + strings.Repeat("0", 32), "a:.b", "a:-b", "a:" + strings.Repeat("b", 129), "http://a/b", "[]/a", "[g]/a", "[::1/a", "a.b:/c", "a.b:x/c", "-a.b/c", "K/a", "é", "é.b/c", "a/B", "[::1]:/a", "[a:1/b",
}

func TestImageReference(t *testing.T) {
	for _, image := range images {
		assert.Equal(t, reference.MatchString(image), imageReference(image) == "", "%q: %s", image, imageReference(image))
	}
}

func FuzzImageReference(f *testing.F) {
	for _, image := range images {
		f.Add(image)
	}
	f.Fuzz(func(t *testing.T, image string) {
		if ours := imageReference(image); (ours == "") != reference.MatchString(image) {
			t.Errorf("%q: ours says %q", image, ours)
		}
	})
}
