package main

import (
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mailtrace/analyze"
	"mailtrace/probe"
	"mailtrace/report"
	"mailtrace/report/text"
)

func (c *console) rules() *cobra.Command {
	var output outputFlags
	cmd := &cobra.Command{
		Use:     "rules [ID]",
		Short:   "List what is looked for, or explain one rule",
		GroupID: "about",
		Long: `Rules lists everything that mailtrace looks for: in a message first, then in
the mail servers of a domain. With the id of a rule, as it stands beside a
finding, it explains that one: what it means, what to do next, and which honest
cause there can be.`,
		Example: `  mailtrace rules
  mailtrace rules received.time-backwards
  mailtrace rules --json`,
		Args: atMost(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return ruleIDs(allRules()), cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.RunE = does(func(_ *cobra.Command, args []string) error {
		style, err := output.style(c.out, os.Getenv)
		if err != nil {
			return err
		}
		all := allRules()
		if len(args) == 0 && !output.json {
			return quiet(text.Rules(c.out, all, style))
		}
		if len(args) == 0 {
			return quiet(c.writeRules(all))
		}
		r, err := findRule(all, args[0])
		if err != nil {
			return err
		}
		if output.json {
			return quiet(c.writeRules([]report.Rule{r}))
		}
		return quiet(text.Rule(c.out, r, style))
	})
	output.add(cmd.Flags())
	cmd.Flags().Lookup("json").Usage = "write JSON, one rule per line (indented on a terminal)"
	cmd.Flags().Lookup("no-defang").Hidden = true // Rules hold no names of others.
	completeWords(cmd)
	return cmd
}

// allRules are those on messages, then those on mail servers.
func allRules() []report.Rule { return slices.Concat(analyze.Rules(), probe.Rules()) }

// quiet lets a reader leave.
func quiet(err error) error {
	if readerLeft(err) {
		return nil
	}
	return err
}

func ruleIDs(all []report.Rule) []string {
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	return ids
}

func findRule(all []report.Rule, id string) (report.Rule, error) {
	for _, r := range all {
		if r.ID == id {
			return r, nil
		}
	}
	hint := "to see them all: mailtrace rules"
	if near := nearest(id, ruleIDs(all)); len(near) > 0 {
		hint = "did you mean: " + strings.Join(near, ", ")
	}
	return report.Rule{}, misuse(hint, "no rule %q", id)
}

// writeRules writes rules as reports are written: one per line.
func (c *console) writeRules(rules []report.Rule) error {
	var lines strings.Builder
	e := json.NewEncoder(&lines)
	e.SetEscapeHTML(false)
	if _, ok := terminal(c.out); ok {
		e.SetIndent("", "  ")
	}
	for _, r := range rules {
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	_, err := io.WriteString(c.out, lines.String())
	return err
}
