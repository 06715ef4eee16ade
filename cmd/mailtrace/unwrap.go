package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/pflag"

	"mailtrace/report"
)

// unwrapFlags say which of the messages that are attached to others are wanted.
type unwrapFlags struct {
	part  partNumber
	none  bool
	trust bool
}

func (f *unwrapFlags) add(fs *pflag.FlagSet) {
	f.part = -1
	fs.Var(&f.part, "part", "report only on part `N`: 0 is the message itself, from\n1 on those that are attached to it")
	fs.BoolVar(&f.none, "no-unwrap", false, "leave messages that are attached to others alone")
	fs.BoolVar(&f.trust, "trust-carrier", false, "take attached messages for what they were when they\narrived: you know who attached them, and with what")
}

// asked is the part that is wanted alone.
func (f *unwrapFlags) asked() (n int, ok bool) { return int(f.part), f.part >= 0 }

// leaves says whether a part is not wanted.
func (f *unwrapFlags) leaves(part int) bool {
	n, ok := f.asked()
	return ok && n != part
}

// check refuses what cannot be done at once.
func (f *unwrapFlags) check() error {
	if n, ok := f.asked(); ok && n > 0 && f.none {
		return misuse("leave one of the two out", "--part %d is attached to a message, and --no-unwrap leaves it there", n)
	}
	return nil
}

// settings is what a report depends on.
func (f *unwrapFlags) settings() []report.Setting {
	if f.trust {
		return []report.Setting{{Name: "trust-carrier", Value: "true"}}
	}
	return nil
}

// partNumber is a flag that takes the number of a part; less than 0 is none.
type partNumber int

func (n *partNumber) Type() string { return "N" }

func (n *partNumber) String() string {
	if *n < 0 {
		return ""
	}
	return strconv.Itoa(int(*n))
}

func (n *partNumber) Set(s string) error {
	v, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return fmt.Errorf("not the number of a part: 0, 1, 2, and so on")
	}
	*n = partNumber(v)
	return nil
}
