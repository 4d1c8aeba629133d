package diff

import (
	"maps"
	"slices"
	"strings"

	"mysqlreplicaset.dev/fn/mysql"
	"mysqlreplicaset.dev/fn/render"
)

// whose option file is whose; those of both are of all pods.
var whose = map[string]string{"primary.cnf": "the primary", "replica.cnf": "replicas"}

// configSummary says which options and files of the ConfigMap are different.
func configSummary(old, new *set) (phrases []string) {
	before, after := old.data(), new.data()
	if before == nil || after == nil {
		return nil
	}
	options := map[string][]string{} // by what is said of an option, whose it is
	var files []string
	for _, d := range inMaps("", before, after) {
		file := fileOf(d.path)
		switch {
		case render.Live(file):
		case whose[file] == "":
			files = append(files, file)
		default:
			for _, option := range optionDifferences(before[file], after[file]) {
				options[option.String()] = append(options[option.String()], whose[file])
			}
		}
	}
	byPods := map[string][]string{}
	for _, option := range slices.Sorted(maps.Keys(options)) {
		pods := ofPods(options[option])
		byPods[pods] = append(byPods[pods], option)
	}
	for _, pods := range slices.Sorted(maps.Keys(byPods)) {
		phrases = append(phrases, "my.cnf of "+pods+" ("+strings.Join(capped(byPods[pods]), ", ")+")")
	}
	if len(files) > 0 {
		phrases = append(phrases, "files of the ConfigMap ("+strings.Join(capped(files), ", ")+")")
	}
	return phrases
}

// fileOf is the key of a ConfigMap in a path, which has it in brackets if it has a dot.
func fileOf(path string) string { return strings.Trim(path, `[]"`) }

// option is one whose value is different; "" is a bare one, nil none.
type option struct {
	name     string
	old, new *string
}

func (o option) String() string {
	switch {
	case o.new == nil:
		return o.name + " no longer set"
	case *o.new == "":
		return o.name + " set"
	case o.old == nil || *o.old == "":
		return o.name + " set to " + shown(*o.new)
	default:
		return o.name + " " + shown(*o.old) + " to " + shown(*o.new)
	}
}

func optionDifferences(old, new any) (found []option) {
	before, after := optionsOf(old), optionsOf(new)
	for _, name := range bothKeys(before, after) {
		a, b := before[name], after[name]
		if (a == nil) != (b == nil) || a != nil && *a != *b {
			found = append(found, option{name, a, b})
		}
	}
	return found
}

// optionsOf reads the lines of an option file, by canonical name.
func optionsOf(file any) map[string]*string {
	options := map[string]*string{}
	content, _ := file.(string)
	for line := range strings.Lines(content) {
		line = strings.TrimSpace(line)
		if line == "" || strings.ContainsAny(line[:1], "#;[!") {
			continue
		}
		name, value, _ := strings.Cut(line, "=")
		name = mysql.CanonicalOption(strings.TrimSpace(name))
		value = strings.TrimSpace(value)
		if former := options[name]; former != nil && mysql.Repeatable(name) {
			value = *former + " " + value
		}
		options[name] = &value
	}
	return options
}

// configOnly: a ConfigMap that changed behind the checksum's back.
func configOnly(old, new *set) []Change {
	phrases := configSummary(old, new)
	if len(phrases) == 0 || len(templateDifferences(old, new)) > 0 {
		return nil
	}
	return []Change{{
		Level: Safe, Resource: new.configMap().String(), Field: "data",
		Message: "in force only when a pod restarts for another reason: " + strings.Join(phrases, "; "),
		Next:    "set it in spec.config of the MySQLReplicaSet; or kubectl rollout restart statefulset/" + new.name(),
	}}
}

// fixedOptions: the server does not start with another value than its data was made with.
func fixedOptions(old, new *set) (found []Change) {
	if old.data() == nil || new.data() == nil {
		return nil
	}
	for _, file := range slices.Sorted(maps.Keys(whose)) {
		for _, option := range optionDifferences(old.data()[file], new.data()[file]) {
			if mysql.FixedAtInitialisation(option.name) {
				found = append(found, Change{
					Level: Impossible, Resource: new.configMap().String(), Field: "data",
					Message: option.String() + ": MySQL fixes it when a database is made, and does not start with another value",
					Next:    "keep it; or make another set and load a dump",
				})
			}
		}
	}
	return found
}
