package main

import (
	"github.com/spf13/pflag"

	"mailtrace/report"
)

// thoroughFlag says that time does not matter.
type thoroughFlag struct{ on bool }

func (f *thoroughFlag) add(fs *pflag.FlagSet) {
	fs.BoolVar(&f.on, "thorough", false, "search for what broke a signature also where no key\ncan prove it, and let a second program judge each one:\nmuch slower. --explain dkim does so too")
}

// settings is what a report can depend on.
func (f *thoroughFlag) settings() []report.Setting {
	if !f.on {
		return nil
	}
	return []report.Setting{{Name: "thorough", Value: "true"}}
}
