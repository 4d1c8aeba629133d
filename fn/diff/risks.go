package diff

import (
	"maps"
	"slices"
	"strings"

	"mysqlreplicaset.dev/fn/mysql"
)

// risks: options that make pods differ or lose what was acknowledged. Rendering says
// so, too; but what an overlay writes into my.cnf only this sees.
func risks(old, new *set) []Change {
	if old.data() == nil || new.data() == nil {
		return nil
	}
	dialect, _ := mysql.OfImage(new.image())
	found := map[string]Change{} // by what is said of the option
	pods := map[string][]string{}
	for _, file := range slices.Sorted(maps.Keys(whose)) {
		for _, option := range optionDifferences(old.data()[file], new.data()[file]) {
			if option.new == nil {
				continue
			}
			risk, ok := mysql.RiskOf(dialect, option.name, option.new)
			if !ok {
				continue
			}
			c := Change{Level: Dangerous, Resource: new.configMap().String(), Field: "data", Message: risk.Reason, Next: risk.Instead()}
			if risk.Trade() && !risk.Loses {
				c.Level = Restart
			}
			found[option.String()] = c
			pods[option.String()] = append(pods[option.String()], whose[file])
		}
	}
	var changes []Change
	for _, option := range slices.Sorted(maps.Keys(found)) {
		c := found[option]
		c.Message = option + " on " + ofPods(pods[option]) + ": " + c.Message
		changes = append(changes, c)
	}
	return changes
}

// ofPods are those that have an option: of one file or of both.
func ofPods(owners []string) string {
	if len(owners) == len(whose) {
		return "all pods"
	}
	return strings.Join(owners, " and ")
}
