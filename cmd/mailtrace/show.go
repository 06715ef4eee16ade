package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"mailtrace/analyze"
	"mailtrace/report"
)

func (c *console) show() *cobra.Command {
	var output outputFlags
	var fail failFlags
	var sum summaryFlags
	var steps explainFlag
	var transcript bool
	cmd := &cobra.Command{
		Use:     "show [REPORT.json...]",
		Short:   "Show reports that were stored as JSON",
		GroupID: "messages",
		Long: `Show reads reports that "trace --json" or "probe --json" wrote, one or many in a
file, and shows them as trace or probe would have; nobody is asked, and messages
are not needed any more. Without a file, or with -, they are read from standard
input. Exit codes are those that trace and probe give; for both, --fail-on is
never where it is not named.`,
		Example: `  mailtrace trace --json inbox/*.eml > reports.json
  mailtrace show reports.json
  mailtrace show --transcript probe.json
  mailtrace show --json --fail-on critical reports.json`,
		Args: cobra.ArbitraryArgs,
	}
	cmd.RunE = does(func(cmd *cobra.Command, args []string) error {
		names, err := inputs(args)
		if err != nil {
			return err
		}
		p, err := c.printer(&output, &fail, &sum)
		if err != nil {
			return err
		}
		defer p.close()
		p.transcript = transcript
		if err := steps.into(p); err != nil {
			return err
		}
		return p.end(p.showAll(cmd.Context(), names))
	})
	output.add(cmd.Flags())
	fail.add(cmd.Flags())
	sum.add(cmd.Flags())
	steps.add(cmd.Flags())
	addTranscript(cmd.Flags(), &transcript)
	completeWords(cmd)
	return cmd
}

// showAll prints the reports that stand in the inputs. What is none becomes a
// report with an error, as with trace. Its own error is about writing.
func (p *printer) showAll(ctx context.Context, names []string) error {
	p.wanted = "a report that --json made"
	for _, name := range names {
		in, err := p.open(name)
		if err != nil {
			err = p.unshown(name, explain(name, err))
		} else {
			err = p.showInput(ctx, name, in)
			in.close()
		}
		if err != nil {
			return err
		}
	}
	return p.conclude()
}

// showInput prints the reports of one input.
func (p *printer) showInput(ctx context.Context, name string, in *input) error {
	number := 0
	for r, err := range report.ReadAll(in.Reader) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		number++
		if err != nil {
			f := explain(name, fmt.Errorf("report %d: %w", number, err))
			f.hint = "if this is a message: mailtrace trace " + name
			err = p.unshown(name, f)
		} else {
			err = p.print(r, "")
		}
		if err != nil {
			return err
		}
	}
	if number == 0 {
		f := explain(name, errors.New("holds no report"))
		f.hint = "make one with: mailtrace trace --json MESSAGE > report.json"
		return p.unshown(name, f)
	}
	return nil
}

// unshown prints a report on what could not be read as one.
func (p *printer) unshown(name string, f *failure) error {
	r := (&analyze.Analyzer{Version: programVersion()}).Failed(name, f)
	return p.print(r, f.hint)
}
