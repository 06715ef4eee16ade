package main

import (
	"github.com/spf13/pflag"

	"mailtrace/report"
)

// requirementsFlag asks for what large mailbox providers require of those that send mail.
type requirementsFlag struct{ on bool }

func (f *requirementsFlag) add(fs *pflag.FlagSet) {
	fs.BoolVar(&f.on, "requirements", false, "say which of the requirements that Google, Yahoo and\nMicrosoft make of senders are met, as far as is seen")
}

// settings is what a report can depend on.
func (f *requirementsFlag) settings() []report.Setting {
	if !f.on {
		return nil
	}
	return []report.Setting{{Name: "requirements", Value: "true"}}
}
