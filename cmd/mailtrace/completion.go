package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (c *console) completion() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	cmd := &cobra.Command{
		Use:     "completion SHELL",
		Short:   "Write what a shell needs to complete mailtrace commands",
		GroupID: "about",
		Long: `Completion writes a script with which the shell completes commands, flags and
rule ids when Tab is pressed. SHELL is bash, zsh, fish or powershell.`,
		Example: `  source <(mailtrace completion bash)     for this shell
  mailtrace completion bash > /etc/bash_completion.d/mailtrace
  mailtrace completion zsh > "${fpath[1]}/_mailtrace"
  mailtrace completion fish > ~/.config/fish/completions/mailtrace.fish
  mailtrace completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells,
		Args:      atMost(1),
	}
	cmd.RunE = does(func(cmd *cobra.Command, args []string) error {
		hint := "one of: " + strings.Join(shells, ", ")
		if len(args) == 0 {
			return misuse(hint, "which shell?")
		}
		root := cmd.Root()
		switch args[0] {
		case "bash":
			return quiet(root.GenBashCompletionV2(c.out, true))
		case "zsh":
			return quiet(root.GenZshCompletion(c.out))
		case "fish":
			return quiet(root.GenFishCompletion(c.out, true))
		case "powershell":
			return quiet(root.GenPowerShellCompletionWithDesc(c.out))
		}
		return misuse(hint, "no completion for the shell %q", args[0])
	})
	return cmd
}

// completeWords lets the shell complete the flags that take one of a few words.
func completeWords(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if words, ok := f.Value.(*choice); ok {
			// The error is about flags that do not exist.
			_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(words.of, cobra.ShellCompDirectiveNoFileComp))
		}
	})
}
