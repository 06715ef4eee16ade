package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mailtrace/received"
	"mailtrace/report/text"
)

func (c *console) id() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "id TOKEN...",
		Short:   "Tell the time that is hidden in a queue id",
		GroupID: "messages",
		Long: `Id tells what mail servers would mean by a token: many write the time into the
ids that they give to messages. Tokens are what stands behind "id" in a Received
line, and values of Message-ID, Thread-Index and X-SES-Outgoing.

The same shape is used by several products, so it prints what each would mean
by it; a shape alone proves nothing. "mailtrace trace" looks at who wrote the
line and reads only the clock of that product. Exit code 4: no token holds a
time that is known.`,
		Example: `  mailtrace id 1h00gG-0004kQ-7T
  mailtrace id 4jW7R22C8Qz5vHm i8FJcSRZ007847
  mailtrace id --json 87/5A-08744-5D3B6576`,
		Args:              someTokens,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	cmd.RunE = does(func(_ *cobra.Command, args []string) error {
		tokens := make([]tokenMeaning, len(args))
		for i, token := range args {
			tokens[i] = meaning(token)
		}
		err := c.writeTokens(tokens, asJSON)
		if err != nil {
			return quiet(err)
		}
		for i := range tokens {
			if len(tokens[i].Readings) > 0 {
				return nil
			}
		}
		return status(exitNothing)
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON, one object per token (indented on a terminal)")
	return cmd
}

// someTokens refuses a command line without a token. An empty one comes from an
// empty variable of a script, most likely.
func someTokens(_ *cobra.Command, args []string) error {
	for _, token := range args {
		if strings.TrimSpace(token) == "" {
			args = nil
			break
		}
	}
	if len(args) == 0 {
		return misuse("it stands behind \"id\" in a Received line, e.g.: mailtrace id 1h00gG-0004kQ-7T", "no token given")
	}
	return nil
}

// tokenMeaning is what --json writes for one token.
type tokenMeaning struct {
	Token    string         `json:"token"`
	Readings []tokenReading `json:"readings"`
	Timeless []string       `json:"timeless"` // Products that write such ids and put no time into them.
}

type tokenReading struct {
	Clock     string     `json:"clock"`      // As in id_clock of a hop.
	Product   string     `json:"product"`    // Who would have written it.
	Time      *time.Time `json:"time"`       // Null where the token does not say the zone.
	LocalTime string     `json:"local_time"` // Then: the wall clock of the server; "T16" is an hour.
	Zone      string     `json:"zone"`       // utc, local or pacific: what the token is written in.
	Repeats   string     `json:"repeats"`    // Not "": daily or 60-years: the same token comes again.
	Precision float64    `json:"precision_seconds"`
	Source    string     `json:"source"`
}

func meaning(token string) tokenMeaning {
	m := tokenMeaning{token, []tokenReading{}, []string{}}
	m.Timeless = append(m.Timeless, received.Timeless(token)...)
	for _, r := range received.ReadID(token) {
		one := tokenReading{Clock: r.Clock, Product: r.Product, Zone: string(r.Zone), Repeats: string(r.Repeats),
			Precision: r.Precision.Seconds(), Source: r.Source}
		switch {
		case r.Repeats == received.RepeatsDaily:
			one.LocalTime = r.Time.Format("T15")
		case r.Zone == received.ClockLocal:
			one.LocalTime = r.Time.Format("2006-01-02T15:04:05.999999999")
		default:
			one.Time = &r.Time
		}
		m.Readings = append(m.Readings, one)
	}
	return m
}

func (c *console) writeTokens(tokens []tokenMeaning, asJSON bool) error {
	var out strings.Builder
	if asJSON {
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		if _, ok := terminal(c.out); ok {
			e.SetIndent("", "  ")
		}
		for i := range tokens {
			if err := e.Encode(tokens[i]); err != nil {
				return err
			}
		}
	} else {
		read := false
		for i := range tokens {
			tokens[i].write(&out)
			read = read || len(tokens[i].Readings) > 0
		}
		if read {
			out.WriteString("A shape alone proves nothing: what counts is who wrote the line with the id.\n")
		}
	}
	_, err := io.WriteString(c.out, out.String())
	return err
}

// maxShownToken is how much of a token the text repeats.
const maxShownToken = 60

func (m *tokenMeaning) write(out *strings.Builder) {
	token := text.Escape(m.Token)
	if r := []rune(token); len(r) > maxShownToken {
		token = string(r[:maxShownToken]) + "..."
	}
	fmt.Fprintf(out, "%s\n", token)
	for i := range m.Readings {
		r := &m.Readings[i]
		line := "  if " + r.Product + " wrote it: " + r.says()
		if len(line) > text.DefaultWidth {
			line = "  if " + r.Product + " wrote it:\n    " + r.says()
		}
		out.WriteString(line + "\n")
	}
	for _, product := range m.Timeless {
		fmt.Fprintf(out, "  if %s wrote it: no time is in it\n", product)
	}
	if len(m.Readings) == 0 {
		out.WriteString("  no product known to mailtrace writes a time into an id of this shape\n")
	}
}

// says is the time in words.
func (r *tokenReading) says() string {
	precision := time.Duration(r.Precision * float64(time.Second))
	switch {
	case r.Repeats == string(received.RepeatsDaily):
		return "between " + r.LocalTime[1:] + ":00 and " + r.LocalTime[1:] + ":59 (its local time) of any day"
	case r.Time == nil:
		return strings.Replace(r.LocalTime, "T", " ", 1) + " (its local time), " + toThe(precision)
	case precision > 24*time.Hour:
		return fmt.Sprintf("about %s to %s", r.Time.Format(time.DateOnly), r.Time.Add(precision).Format(time.DateOnly))
	case precision == 24*time.Hour && r.Repeats == "":
		return r.Time.Format(time.DateOnly) + " UTC, to the day"
	}
	layout := "2006-01-02 15:04:05"
	if precision < time.Second {
		layout += ".999999"
	}
	s := r.Time.Format(layout) + " UTC, " + toThe(precision)
	if r.Repeats != "" {
		s += ", or 60 years off"
	}
	if r.Zone == string(received.ClockPacific) {
		s += " (written in US Pacific time)"
	}
	return s
}

// toThe says how fine a clock is.
func toThe(step time.Duration) string {
	switch {
	case step <= time.Microsecond:
		return "to the microsecond"
	case step <= time.Millisecond:
		return "to the millisecond"
	case step <= 10*time.Millisecond:
		return "to a hundredth of a second"
	case step <= 2*time.Second:
		return "to the second"
	}
	return "when the message came in"
}
