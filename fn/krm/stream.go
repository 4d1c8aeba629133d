package krm

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

const expectedSet = v1alpha1.Kind + " of " + v1alpha1.APIVersion

// Stream is the host of the command line: documents that are all sets, rendered
// one after the other into one stream.
func Stream(documents []Document) Report {
	if len(documents) == 0 {
		return failure("the input is empty; give a " + expectedSet + ", in a file or on standard input")
	}
	r := newRun(nil, nil)
	var resources []*yaml.Node
	for _, document := range documents {
		source := document.Source
		if !isOurs(source.reference) {
			r.found.fail(Source{File: source.File}, "", fmt.Sprintf("document %d, line %d: %s, expected %s%s",
				source.Index+1, document.Node.Line, foundInstead(document.Node), expectedSet, alternative(source)))
			continue
		}
		resources = append(resources, r.expand(document.Node, source)...)
	}
	return stream(resources, r.found)
}

// alternative names what else is taken, and where.
func alternative(s Source) string {
	switch {
	case s.kind == listKind:
		return "; a ResourceList is read from standard input only, and without arguments"
	case s.File == "":
		return " or a ResourceList"
	default:
		return ""
	}
}

// stream is a report of plain documents.
func stream(resources []*yaml.Node, found Findings) Report {
	if found.Failed() {
		return Report{Findings: found}
	}
	output, err := write(resources)
	if err != nil {
		found.fail(Source{}, "", err.Error())
	}
	return Report{Output: output, Findings: found}
}
