package main

import (
	"strings"

	"mysqlreplicaset.dev/fn/mysql"
)

// removedOptions are rules for the whole set: options of spec.config that no version of
// a series has any more are refused with it and with the later ones. A set without a
// version is as one of the newest. The names of fields are patterns, because an editor
// would offer properties as fields to fill in.
func removedOptions() (rules []object) {
	series := mysql.Series()
	for i, name := range series {
		var never object
		for _, option := range mysql.Removed(name) {
			never.add("^"+strings.ReplaceAll(option, "_", "[-_]")+"$", false)
		}
		if never == nil {
			continue
		}
		from := object{{"pattern", `^(` + alternatives(series[i:]) + `)(\.|$)`}}
		options := object{{"patternProperties", never}, {"errorMessage", "this option was removed by MySQL " + name}}
		rules = append(rules, object{
			{"if", within(from, "^spec$", "^version$")},
			{"then", within(options, "^spec$", "^config$", "^(common|primary|replica)$")},
		})
	}
	return rules
}

// alternatives is a regular expression of words.
func alternatives(words []string) string {
	return strings.ReplaceAll(strings.Join(words, "|"), ".", `\.`)
}

// within is a schema for what lies at a path of patterns.
func within(schema object, path ...string) object {
	for i := len(path) - 1; i >= 0; i-- {
		schema = object{{"patternProperties", object{{path[i], schema}}}}
	}
	return schema
}
