package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/diff"
	"mysqlreplicaset.dev/fn/krm"
)

// levelCodes are the exit codes of diff. The codes of mistakes are left free.
var levelCodes = map[diff.Level]int{diff.Safe: succeeded, diff.Restart: 3, diff.Impossible: 4, diff.Dangerous: 5}

// outputs are the forms in which diff prints a report.
var outputs = []string{"text", "json"}

func (p *program) diffCommand(code *int) *cobra.Command {
	command := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what a change does to a set that runs",
		Long: `Say what a change does to a set that runs: which pods restart and in which order,
what a StatefulSet cannot change and the way round, what would delete volumes or
orphan pods, which step of versions MySQL does not support.

OLD and NEW are YAML files, or - for standard input: ` + v1alpha1.Kind + `s,
which are rendered first, resources as rendered and patched, or a list of them
as a cluster has them. Only the StatefulSets of sets, their ConfigMaps and the
Services of their pods are judged; all other resources are ignored.

Exit codes: 0 safe, or no change; 1 something is wrong with the input; 2 something
is wrong with the command line; 3 pods restart; 4 impossible: the API server or
MySQL refuses it as it is; 5 dangerous: data, copies of it or the service may be
lost. The worst change counts.

As json, the report is one object: level, and changes, a list of objects with
level, resource, field, message and next, all of them strings.`,
		Example: `  # What a commit does, in CI.
  git show HEAD:rendered.yaml | mysqlreplicaset diff - rendered.yaml

  # What applying a file does to what runs.
  kubectl get statefulset,service,configmap -o yaml | mysqlreplicaset diff - mysql.yaml

  # Restarts are fine, everything worse is not.
  mysqlreplicaset diff old.yaml new.yaml || [ $? -eq 3 ]`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: cobra.FixedCompletions([]string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt),
	}
	output := command.Flags().StringP("output", "o", outputs[0], "the form of the report: "+strings.Join(outputs, " or "))
	// An error means that there is no such flag.
	_ = command.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(outputs, cobra.ShellCompDirectiveNoFileComp))
	command.Run = func(_ *cobra.Command, files []string) { *code = p.diff(files[0], files[1], *output) }
	return command
}

func (p *program) diff(oldFile, newFile, output string) int {
	switch {
	case !slices.Contains(outputs, output):
		return p.misuse(fmt.Sprintf("--output: found %q, allowed are %s", output, strings.Join(outputs, " and ")))
	case oldFile == "-" && newFile == "-":
		return p.misuse("OLD and NEW cannot both be standard input")
	}
	old, found := p.readSide("OLD", oldFile)
	new, wrong := p.readSide("NEW", newFile)
	if found = append(found, wrong...); found.Failed() {
		return p.report(krm.Report{Findings: found})
	}
	report, found := krm.Diff(old, new)
	if found.Failed() {
		return p.report(krm.Report{Findings: found})
	}
	text := report.String()
	if output == "json" {
		text = report.JSON()
	}
	if code := p.print(text); code != succeeded {
		return code
	}
	return levelCodes[report.Level()]
}

// readSide reads one side. Nothing at all is a mistake: what was to print it has failed,
// and a database would look new.
func (p *program) readSide(side, file string) ([]krm.Document, krm.Findings) {
	documents, found := p.read(file)
	if len(documents) == 0 && !found.Failed() {
		found = krm.Failure("", side+" is empty; to compare with nothing, give an empty list: {kind: List, items: []}")
	}
	return documents, found
}
