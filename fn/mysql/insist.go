package mysql

import (
	"maps"
	"slices"
	"strings"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// checkInsist finds what may not stand in spec.config.insist: all that insists on
// nothing. What stands there for no reason would hide a refusal later on.
func checkInsist(d Dialect, set *v1alpha1.MySQLReplicaSet, ps *v1alpha1.Problems) {
	const path = "spec.config.insist"
	reasons := set.Spec.Config.Insist
	names := slices.Sorted(maps.Keys(reasons))
	for i, name := range names {
		field, why := v1alpha1.FieldPath(path, name), reasons[name]
		if !checkName(field, name, names[:i], ps) {
			continue
		}
		if strings.TrimSpace(why) == "" {
			ps.Add(field, "gives no reason; say in a sentence why it must be")
		} else if message := valueProblem(name, &why); message != "" {
			ps.Add(field, message)
		}
		if message := insistProblem(d, set, name); message != "" {
			ps.Add(field, message)
		}
	}
}

// insistProblem says why nobody can insist on an option, or nothing.
func insistProblem(d Dialect, set *v1alpha1.MySQLReplicaSet, name string) string {
	if o, ok := ownedOption(d, set, name); ok {
		return "cannot be insisted on, since it is the set's own: " + o.reason + "; remove it"
	}
	found := false
	for _, c := range configs(set) {
		for option, value := range c.options {
			if OptionVariable(option) != OptionVariable(name) {
				continue
			}
			found = true
			switch r, risky := RiskOf(d, option, value); {
			case risky && r.verdict == hopeless:
				return "cannot be insisted on: " + r.Reason + "; remove it"
			case risky && r.verdict == refused:
				return ""
			}
		}
	}
	if !found {
		return "insists on an option that is not set; remove it, or set the option in spec.config.common, primary or replica"
	}
	return "insists on an option that is not refused as it is set; remove it"
}

// Warnings are what an operator should know about a set that is right: a version
// without support, and options that are a trade or insisted on.
func Warnings(d Dialect, set *v1alpha1.MySQLReplicaSet) (ps v1alpha1.Problems) {
	if warning, ok := d.Warning(); ok {
		ps = append(ps, warning)
	}
	for _, c := range configs(set) {
		for _, name := range slices.Sorted(maps.Keys(c.options)) {
			if message := riskWarning(d, set, name, c.options[name]); message != "" {
				ps.Add(v1alpha1.FieldPath(c.path, name), message)
			}
		}
	}
	return ps
}
