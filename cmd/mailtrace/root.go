package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mailtrace/analyze/domain"
)

// root builds the command line. It is built anew for every run: nothing is kept.
func (c *console) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "mailtrace",
		Short: "Tell which way an e-mail came, and how a domain receives mail",
		Long: `Mailtrace reads an e-mail and tells its route: who handed it to whom, when, and
what in that story cannot be true. And it asks the mail servers of a domain what
those who send mail there will meet. Every statement names what it rests on.

A message stays on this computer: for "trace" only the DNS is asked about
domains, and with --offline nobody. "probe" connects to mail servers.`,
		Example: `  mailtrace trace ticket-4711.eml      the route of a message, on one screen
  mailtrace trace                      the same; paste the message, then Ctrl-D
  mailtrace trace --summary spam.mbox  what many messages share
  mailtrace trace --json inbox/        for programs: one report per line
  mailtrace probe example.org          the mail servers of a domain
  mailtrace rules                      all that it looks for, and what it means`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true}, // We have our own.
		Args:              cobra.ArbitraryArgs,
		RunE:              noCommand,
	}
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.SetFlagErrorFunc(flagError)
	root.AddGroup(
		&cobra.Group{ID: "messages", Title: "Messages:"},
		&cobra.Group{ID: "servers", Title: "Mail servers:"},
		&cobra.Group{ID: "about", Title: "About mailtrace:"})
	root.AddCommand(c.trace(), c.probe(), c.show(), c.id(), c.rules(), c.completion(), c.version())
	addConfig(root.PersistentFlags())
	help := helpCommand()
	root.SetHelpCommand(help)
	root.AddCommand(help)
	return root
}

// noCommand answers a command line that names no command, or none that exists.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		cmd.SetOut(cmd.ErrOrStderr())
		if err := cmd.Help(); err != nil {
			return err
		}
		return status(exitUsage)
	}
	hint := "see: mailtrace --help"
	if near := commandsNear(cmd, args[0]); near != "" {
		hint = "did you mean: mailtrace " + near
	} else if _, err := os.Stat(args[0]); err == nil || args[0] == "-" {
		hint = "to trace a message: mailtrace trace " + strings.Join(args, " ")
	} else if strings.Contains(args[0], ".") && domain.ASCII(args[0]) != "" {
		hint = "to ask its mail servers: mailtrace probe " + strings.Join(args, " ")
	}
	return misuse(hint, "unknown command %q", args[0])
}

func commandsNear(root *cobra.Command, word string) string {
	var names []string
	for _, sub := range root.Commands() {
		names = append(names, sub.Name())
	}
	return strings.Join(nearest(word, names), ", ")
}

// helpCommand replaces cobra's, which takes an unknown topic for a success.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Show how a command is used",
		GroupID: "about",
		Example: "  mailtrace help trace",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, _, err := cmd.Root().Find(args)
			if err != nil || about == nil || about == cmd.Root() && len(args) > 0 {
				return noCommand(cmd.Root(), args)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// flagError puts a hint to what pflag found wrong.
func flagError(cmd *cobra.Command, err error) error {
	hint := "see: " + cmd.CommandPath() + " --help"
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := nearest(unknown.GetSpecifiedName(), names); len(near) > 0 {
			hint = "did you mean: --" + strings.Join(near, ", --")
		}
	}
	return misuse(hint, "%w", err)
}

// atMost allows n arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return misuse("see: "+cmd.CommandPath()+" --help",
			"%s takes %s, not %d", cmd.CommandPath(), atMostWords(n), len(args))
	}
}

func atMostWords(n int) string {
	switch n {
	case 0:
		return "no argument"
	case 1:
		return "one argument at most"
	}
	return fmt.Sprintf("%d arguments at most", n)
}

// does makes a RunE of what a command does. What the command line leaves open is
// set by the environment, and what that leaves open by the file of settings; an
// error that f leaves unexplained is one of reading or running.
func does(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := fromEnvironment(cmd.Flags(), os.LookupEnv); err != nil {
			return err
		}
		if err := fromFile(cmd, os.UserConfigDir); err != nil {
			return err
		}
		err := f(cmd, args)
		var s status
		var told *failure
		if err == nil || errors.As(err, &s) || errors.As(err, &told) {
			return err
		}
		return &failure{exitError, err, ""}
	}
}
