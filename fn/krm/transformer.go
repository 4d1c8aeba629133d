package krm

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// TransformerKind is the kind of configuration that asks for the sets among the
// resources to be expanded. It has no settings.
const TransformerKind = v1alpha1.Kind + "Transformer"

// checkHeaderOnly finds what a configuration without settings has besides what
// every object has.
func checkHeaderOnly(config *yaml.Node) (problems v1alpha1.Problems) {
	kind := referenceTo(config).kind
	for i := 0; i+1 < len(config.Content); i += 2 {
		key, value := config.Content[i].Value, config.Content[i+1]
		switch {
		case key == "apiVersion" || key == "kind" || key == "metadata":
		case kind == configMapKind && key == "data" && len(value.Content) == 0: // as kpt sends it
		default:
			problems.Add(key, fmt.Sprintf("a %s has no settings here; remove it, and set the fields of the %s instead", kind, v1alpha1.Kind))
		}
	}
	return problems
}
