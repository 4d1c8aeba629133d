package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// run finds out what is asked for, and does it.
func (p *program) run(args []string) int {
	// kustomize's file may have any name, so this comes first.
	if len(args) > 0 && p.getenv(pluginVariable) != "" {
		return p.runPlugin(args)
	}
	code := succeeded
	root := p.command(&code)
	// cobra takes the program's own arguments for nil.
	root.SetArgs(append([]string{}, args...))
	if err := root.Execute(); err != nil {
		return p.misuse(err.Error())
	}
	return code
}

// command is the program's command line, which leaves the exit code in code.
// Rendering is the root command, so that kustomize and kpt need no arguments.
func (p *program) command(code *int) *cobra.Command {
	root := &cobra.Command{
		Use:   "mysqlreplicaset [FILE...]",
		Short: "Render a compact MySQLReplicaSet into the resources of a replicated MySQL",
		Long: `Render a compact MySQLReplicaSet into the resources of a replicated MySQL: its
ConfigMap, its Services and its StatefulSet. Without a FILE, or where it is -,
standard input is read. A file that is named like a command is given as ./install.

Exit codes: 0 rendered, perhaps with warnings; 1 something is wrong with the
input, and nothing is rendered; 2 something is wrong with the command line.`,
		Example: `  mysqlreplicaset mysql.yaml
  mysqlreplicaset mysql.yaml | kubectl apply -f -

  # As a plugin of kustomize, after mysqlreplicaset install: a kustomization.yaml
  # names the set under generators.
  kustomize build --enable-alpha-plugins .

  # As a KRM function: kustomize and kpt send a ResourceList to standard input.
  kpt fn eval PACKAGE --exec mysqlreplicaset`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: cobra.FixedCompletions([]string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt),
		Run: func(command *cobra.Command, files []string) {
			if asked, _ := command.Flags().GetBool("version"); asked {
				*code = p.print(versionText())
				return
			}
			*code = p.runHost(files)
		},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	// Not cobra's own flag, whose template would link text/template.
	root.Flags().Bool("version", false, "print the version")
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.AddCommand(p.diffCommand(code), p.explainCommand(code), p.initCommand(code))
	root.AddCommand(p.installCommand(code), p.schemaCommand(code), p.versionCommand(code))
	return root
}

func (p *program) installCommand(code *int) *cobra.Command {
	return &cobra.Command{
		Use:   "install [DIR]",
		Short: "Copy this program to where kustomize looks for its plugins",
		Long: `Copy this program to where kustomize looks for its plugins. DIR is kustomize's
plugin home. Without it, kustomize's own first choice is taken:
$KUSTOMIZE_PLUGIN_HOME, $XDG_CONFIG_HOME/kustomize/plugin or
~/.config/kustomize/plugin.`,
		Example: `  # On a workstation, once.
  mysqlreplicaset install
  kustomize build --enable-alpha-plugins .

  # In an init container of Argo CD's repo-server, into a shared volume.
  mysqlreplicaset install /plugins`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		Run:               func(_ *cobra.Command, args []string) { *code = p.install(args) },
	}
}

func (p *program) schemaCommand(code *int) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a " + v1alpha1.Kind,
		Long:  "Print the JSON Schema of a " + v1alpha1.Kind + ", for editors to check and complete one.",
		Example: `  mysqlreplicaset schema > mysqlreplicaset.schema.json

  # First line of a set, for the YAML language server.
  # yaml-language-server: $schema=mysqlreplicaset.schema.json`,
		Args: cobra.NoArgs,
		Run:  func(*cobra.Command, []string) { *code = p.print(string(v1alpha1.Schema)) },
	}
}

func (p *program) versionCommand(code *int) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version of this program and of the API that it knows",
		Example: "  mysqlreplicaset version",
		Args:    cobra.NoArgs,
		Run:     func(*cobra.Command, []string) { *code = p.print(versionText()) },
	}
}

func (p *program) misuse(message string) int {
	// cobra explains over several lines; the first one says it.
	message, _, _ = strings.Cut(message, "\n")
	fmt.Fprintf(p.stderr, "error: %s; see mysqlreplicaset --help\n", message)
	return misused
}
