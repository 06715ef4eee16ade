package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"mailtrace/analyze"
	"mailtrace/analyze/mailbox"
	"mailtrace/report"
	"mailtrace/report/text"
)

// version is set by whoever builds a release: -ldflags "-X main.version=v1.2.3".
// The linker can set nothing but a package variable.
var version string

// programVersion is what reports give as the version that made them.
func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func (c *console) version() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Tell the version, and those of the tables in it",
		GroupID: "about",
		Example: "  mailtrace version",
		Args:    atMost(0),
		RunE: does(func(*cobra.Command, []string) error {
			var s strings.Builder
			fmt.Fprintf(&s, "mailtrace  %s\n", text.Escape(programVersion()))
			fmt.Fprintf(&s, "built with %s for %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
			for _, d := range dataTables() {
				fmt.Fprintf(&s, "data       %s %s\n", text.Escape(d.Name), text.Escape(d.Version))
			}
			_, err := c.out.Write([]byte(s.String()))
			return quiet(err)
		}),
	}
}

// dataTables are the tables that reports are decided on: those that the report on
// any message names.
func dataTables() []report.Data {
	m, err := mailbox.Read("", strings.NewReader("Subject: none\n\n"), 0)
	if err != nil {
		return nil
	}
	return (&analyze.Analyzer{}).Message(context.Background(), m).DecidedOn.Data
}
