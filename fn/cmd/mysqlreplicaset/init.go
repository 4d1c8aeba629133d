package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/cmd/internal/starter"
	"mysqlreplicaset.dev/fn/krm"
	dialects "mysqlreplicaset.dev/fn/mysql"
)

func (p *program) initCommand(code *int) *cobra.Command {
	options := starter.Options{}
	command := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a directory to start from: a spec, a base and an overlay",
		Long: `Write a directory to start from: a spec, a base and an overlay for kustomize, with
comments, the schema for editors, and a README with the next commands. It builds as it
is. Without DIR it is the current directory. No file is overwritten: if one is there,
nothing is written.`,
		Example: `  mysqlreplicaset init database
  mysqlreplicaset init --name orders --version 8.4 --namespace databases`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		Run: func(_ *cobra.Command, args []string) {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			*code = p.init(dir, options)
		},
	}
	command.Flags().StringVar(&options.Name, "name", "mysql", "of the set")
	command.Flags().StringVar(&options.Version, "version", v1alpha1.DefaultVersion, "of MySQL, a series or a full version")
	command.Flags().StringVar(&options.Namespace, "namespace", "", "of all resources")
	_ = command.RegisterFlagCompletionFunc("version", cobra.FixedCompletions(dialects.Series(), cobra.ShellCompDirectiveNoFileComp))
	for _, flag := range []string{"name", "namespace"} {
		_ = command.RegisterFlagCompletionFunc(flag, cobra.NoFileCompletions)
	}
	return command
}

// init writes a directory to start from.
func (p *program) init(dir string, options starter.Options) int {
	files, warnings, err := starter.Files(options)
	var problems v1alpha1.Problems
	if errors.As(err, &problems) {
		p.tell(krm.Error, problems)
		return misused
	}
	if err != nil {
		return p.fail(err.Error())
	}
	p.tell(krm.Warning, warnings)
	written, err := starter.Write(dir, files)
	for _, path := range written {
		fmt.Fprintf(p.stdout, "wrote %s\n", path)
	}
	if err != nil && len(written) > 0 {
		err = fmt.Errorf("%w; remove the files that were written before you try again", err)
	}
	if err != nil {
		return p.fail(err.Error())
	}
	return p.print("\nnext, and then as README.md says:\n  mysqlreplicaset install\n  kustomize build --enable-alpha-plugins " +
		shellQuoted(filepath.Join(dir, "overlays", "production")) + "\n")
}

func (p *program) tell(severity krm.Severity, problems v1alpha1.Problems) {
	for _, problem := range problems {
		fmt.Fprintln(p.stderr, krm.Finding{Severity: severity, Problem: problem})
	}
}
