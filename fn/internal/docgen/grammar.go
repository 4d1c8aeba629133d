package main

import (
	"strings"

	"mysqlreplicaset.dev/fn/mysql"
)

// grammar is the form of a string: for the schema as a regular expression, for
// readers in words.
type grammar struct {
	pattern string
	longest int
	not     []string // values that have the form and are not allowed all the same
	words   string
	values  []string // that an editor offers, if there are a few that most people want
}

const (
	label     = `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
	subdomain = label + `(\.` + label + `)*`
	word      = `[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`
	host      = `[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?`
	registry  = `(` + host + `(\.` + host + `)*|\[[0-9A-Fa-f:]+\])(:[0-9]+)?`
	repoPart  = `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
	algorithm = `[A-Za-z][A-Za-z0-9]*`
	amount    = `\+?([0-9]+\.?[0-9]*|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]+)?`
)

// grammars have in the package v1alpha1 their counterparts in Go; a test
// compares the two.
var grammars = map[string]grammar{
	"name": {
		pattern: `^[a-z]([-a-z0-9]*[a-z0-9])?$`, longest: 52,
		words: "lower case letters, digits and dashes, a letter first, no dash last, at most 52",
	},
	"namespace": {
		pattern: `^` + label + `$`, longest: 63,
		words: "lower case letters, digits and dashes, no dash first or last, at most 63",
	},
	"object": {
		pattern: `^` + subdomain + `$`, longest: 253,
		words: "the name of a Kubernetes object",
	},
	"labelKey": {
		pattern: `^(` + subdomain + `/)?` + word + `$`, longest: 253 + 1 + 63, not: []string{"app", "app.kubernetes.io/name"},
		words: "keys and values of Kubernetes labels",
	},
	"labelValue": {
		pattern: `^(` + word + `)?$`, longest: 63,
	},
	"annotationKey": {
		pattern: `^([A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*/)?` + word + `$`, longest: 253 + 1 + 63,
		words: "keys of Kubernetes annotations, 256 KiB in all",
	},
	"version": {
		pattern: `^(` + alternatives(mysql.Series()) + `)(\.[0-9]+)?$`,
		words:   strings.Join(mysql.Series(), ", ") + ", or a full version of one of them",
		values:  mysql.Series(),
	},
	"image": {
		pattern: `^(` + registry + `/)?` + repoPart + `(/` + repoPart + `)*(:[A-Za-z0-9_][-A-Za-z0-9_.]{0,127})?(@` + algorithm + `([-_+.]` + algorithm + `)*:[0-9A-Fa-f]{32,})?$`,
		words:   "`[registry[:port]/]repository[:tag][@digest]`",
	},
	"amount": {
		pattern: `^` + amount + `$`,
		words:   "a number and its unit, such as 500m or 10Gi",
	},
	"size": {
		pattern: `^` + amount + `$`,
		words:   "a number and its unit, 1Mi or more",
	},
	"resource": {
		pattern: `^(cpu|memory|ephemeral-storage|hugepages-[-A-Za-z0-9_.]*[A-Za-z0-9]|` + subdomain + `/` + word + `)$`, longest: 253 + 1 + 63,
		words: "`cpu`, `memory`, `ephemeral-storage`, `hugepages-SIZE`, `DOMAIN/NAME`",
	},
}
