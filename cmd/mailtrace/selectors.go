package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"mailtrace/analyze"
	"mailtrace/analyze/auth"
	"mailtrace/analyze/domain"
	"mailtrace/analyze/mailbox"
	"mailtrace/probe"
	"mailtrace/report"
)

// maxMailSelectors is how many signatures of a mail are followed.
const maxMailSelectors = 20

// selectorFlags say which DKIM keys a domain has: nobody can list them.
type selectorFlags struct {
	named selectorList
	mail  string // A file.
}

func (f *selectorFlags) add(fs *pflag.FlagSet) {
	fs.Var(&f.named, "selector", "look at the DKIM keys of that name, and not at usual\nones; s1._domainkey.example.org names one elsewhere")
	fs.StringVar(&f.mail, "from-mail", "", "probe the domain in From of the mail in `FILE`, with\nthe DKIM keys that it was signed with")
}

// check refuses what contradicts itself. args are the domains on the command line.
func (f *selectorFlags) check(args []string, flags *probeFlags) error {
	switch {
	case f.mail != "" && (len(args) > 0 || flags.domains != ""):
		return misuse("to name the domain yourself, name the DKIM key too: --selector", "--from-mail takes the domain from the mail, and one is named too")
	case f.mail != "" && len(flags.hosts) > 0:
		return misuse("leave one of the two out", "--host looks at one server, and --from-mail at a domain")
	case len(f.named) > 0 && len(flags.hosts) > 0:
		return misuse("probe the domain: mailtrace probe --selector s1 example.org", "--selector is about a domain, and --host about one server")
	case f.mail != "" && len(f.named) > 0:
		return misuse("leave one of the two out", "--selector and --from-mail both say which DKIM keys there are")
	}
	return nil
}

// read takes the domain and the selectors from the mail.
func (f *selectorFlags) read(c *console) (of string, err error) {
	in, err := c.open(f.mail)
	if err != nil {
		if told := (*failure)(nil); errors.As(err, &told) {
			told.err = fmt.Errorf("--from-mail %w", told.err)
			if errors.Is(err, fs.ErrNotExist) {
				told.hint = "check the name; to read standard input: mailtrace probe --from-mail -"
			}
		}
		return "", err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	fail := func(hint string, err error) (string, error) {
		return "", &failure{exitError, fmt.Errorf("--from-mail %s: %w", f.mail, plainPath(err)), hint}
	}
	m, err := mailbox.Read(f.mail, in, in.size)
	if what := (*mailbox.FormatError)(nil); errors.As(err, &what) {
		return fail(what.Hint, errors.New(what.What))
	}
	if err != nil {
		return fail("", err)
	}
	r := (&analyze.Analyzer{}).Message(context.Background(), m) // It asks nobody.
	if of = authorDomain(r); of == "" {
		return fail("name the domain, and the DKIM key with --selector", errors.New("its From holds no domain"))
	}
	f.signed(c, r)
	return of, nil
}

// signed takes the selectors of the signatures. Whoever wrote the mail chose them: one that
// holds a recipient would tell him whose copy this is.
func (f *selectorFlags) signed(c *console, r *report.Report) {
	recipients, withheld := auth.RecipientsOf(r), 0
	for i := range r.Auth {
		a := &r.Auth[i]
		key := probe.Selector{Name: a.Selector, Domain: a.Domain, Mail: true}
		switch {
		case a.By != report.ByUs || a.Method != "dkim" || key.Name == "" || key.Domain == "" || slices.Contains(f.named, key):
		case recipients.In(key.Name + "._domainkey." + key.Domain):
			withheld++
		case len(f.named) < maxMailSelectors:
			f.named = append(f.named, key)
		}
	}
	if withheld > 0 {
		c.complain(&failure{
			err:  fmt.Errorf("%s: of %d of its DKIM keys nobody is asked: their names hold a recipient of the mail", f.mail, withheld),
			hint: "who owns them would learn who looks; --selector asks all the same",
		})
	}
	if len(f.named) == 0 && withheld == 0 {
		c.complain(&failure{err: fmt.Errorf("%s: it has no DKIM signature that can be read, so usual names of keys are tried", f.mail)})
	}
}

// authorDomain is that of the first address in From.
func authorDomain(r *report.Report) string {
	for i := range r.Message.From {
		address := r.Message.From[i].Address
		if of := domain.ASCII(address[strings.LastIndexByte(address, '@')+1:]); of != "" && strings.Contains(address, "@") {
			return of
		}
	}
	return ""
}

// selectorList is a flag that takes selectors, with commas between them, any number of times.
type selectorList []probe.Selector

func (l *selectorList) Type() string { return "NAME" }

func (l *selectorList) String() string {
	words := make([]string, len(*l))
	for i, s := range *l {
		if words[i] = s.Name; s.Domain != "" {
			words[i] += "._domainkey." + s.Domain
		}
	}
	return strings.Join(words, ",")
}

func (l *selectorList) Set(text string) error {
	list := slices.Clone(*l)
	for e := range strings.SplitSeq(text, ",") {
		s, err := probe.ParseSelector(strings.TrimSpace(e))
		if err != nil {
			return err
		}
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	if len(list) > probe.MaxSelectors {
		return fmt.Errorf("at most %d are asked for", probe.MaxSelectors)
	}
	*l = list
	return nil
}
