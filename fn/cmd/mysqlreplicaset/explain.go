package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/cmd/internal/explain"
)

func (p *program) explainCommand(code *int) *cobra.Command {
	command := &cobra.Command{
		Use:   "explain [FIELD]",
		Short: "Explain a field of the spec",
		Long: `Explain a field of the spec, in the manner of kubectl explain: what it means, what
it takes, its default, an example and the fields in it. Without FIELD, the whole
` + v1alpha1.Kind + ` is explained. A FIELD of an error message can be given as it is.`,
		Example: `  mysqlreplicaset explain spec.storage.size
  mysqlreplicaset explain storage.size
  mysqlreplicaset explain --recursive`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			// Another field may begin with this one.
			return explain.Paths(typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		},
	}
	recursive := command.Flags().Bool("recursive", false, "list all fields below, without what they mean")
	command.Run = func(_ *cobra.Command, args []string) {
		tell := explain.Field
		if *recursive {
			tell = explain.Tree
		}
		text, err := tell(strings.Join(args, ""))
		if err != nil {
			fmt.Fprintf(p.stderr, "error: %s\n", err)
			*code = misused
			return
		}
		*code = p.print(text)
	}
	return command
}
