package krm

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// Plugin is the host of kustomize's exec plugins: the document of the
// configuration file, and the resources of the kustomization as a plain stream,
// which is empty for a generator. The output is the whole stream.
//
// A [TransformerKind] expands the sets among the resources; a MySQLReplicaSet
// adds its own resources, whether it stands under generators or transformers; a
// [DiffKind] passes them on or fails.
//
// kustomize shows what is on standard error only if the plugin fails, so warnings
// do not reach anybody on this road.
func Plugin(config, resources []Document, read ReadFile) Report {
	if len(config) != 1 {
		return failure(fmt.Sprintf("found %s in the plugin's configuration file, expected one", counted(len(config), "document")))
	}
	// The file is kustomize's own temporary one, whose name says nothing.
	source := config[0].Source
	source.File = ""
	items := make([]*yaml.Node, len(resources))
	for i, resource := range resources {
		items[i] = resource.Node
	}

	switch {
	case source.kind == v1alpha1.Kind:
		return stream(generate(config[0].Node, items))
	case source.kind != TransformerKind && source.kind != DiffKind:
		return failure(fmt.Sprintf("%s as the plugin's configuration, expected %s, %s or %s of %s",
			foundInstead(config[0].Node), v1alpha1.Kind, TransformerKind, DiffKind, v1alpha1.APIVersion))
	case source.apiVersion != v1alpha1.APIVersion:
		return failure(fmt.Sprintf("%s: apiVersion: found %q, expected %s", source, source.apiVersion, v1alpha1.APIVersion))
	case source.kind == DiffKind:
		return stream(items, gate(config[0].Node, source, items, read))
	}
	if problems := checkHeaderOnly(config[0].Node); problems != nil {
		var found Findings
		found.add(Error, source, problems...)
		return Report{Findings: found}
	}
	if len(items) == 0 {
		return failure(fmt.Sprintf("%s: found no resources to expand a %s among; name this file under transformers, not generators, and the set under resources",
			source, v1alpha1.Kind))
	}
	return stream(Transform(items))
}
