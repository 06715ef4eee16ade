package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/pflag"

	"mailtrace/report/batch"
)

func addResume(fs *pflag.FlagSet, name *string) {
	fs.StringVar(name, "resume", "", "go on with a run that was interrupted: leave out what\nis reported in `FILE`, its JSON (append: >> FILE)")
}

func checkResume(name string, json bool) error {
	if name != "" && !json {
		return misuse("add --json", "--resume goes on with the JSON of an earlier run")
	}
	return nil
}

// earlier reads what an earlier run wrote, and cuts a torn last line off the file,
// when it is the one that is being appended to. There may be no such run: then the
// command that goes on is also the one to begin with.
func (c *console) earlier(name string) (*batch.Progress, error) {
	if name == "" {
		return nil, nil
	}
	f, err := openFlag("--resume", name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := batch.Done(f)
	if err != nil {
		told := &failure{exitError, fmt.Errorf("--resume %s: %w", name, err), ""}
		var line *batch.ResumeError
		if errors.As(err, &line) {
			told.err, told.hint = fmt.Errorf("--resume %s: line %d: %s", name, line.Line, line.What), line.Hint
		}
		return nil, told
	}
	return p, c.mend(f, name, p.Whole)
}

// wrote counts what an earlier run wrote: the exit code is that of both together, as far
// as its reports tell without being read whole.
func (p *printer) wrote(earlier *batch.Progress) {
	p.add(upshot{failed: earlier.Failed > 0, judged: earlier.Reports > earlier.Failed})
}

// openFlag opens a file that a flag names. It waits for no writer of a named pipe.
func openFlag(flag, name string) (*os.File, error) {
	f, info, err := openNamed(name)
	if err == nil {
		mode := info.Mode()
		if mode.IsRegular() || mode&fs.ModeNamedPipe != 0 && ofShell(name) {
			return f, nil
		}
		f.Close()
		return nil, &failure{exitError, fmt.Errorf("%s %s: is no file", flag, name), "name the file itself"}
	}
	if told := (*failure)(nil); errors.As(err, &told) {
		told.err = fmt.Errorf("%s %w", flag, told.err)
	}
	return nil, err
}

// mend cuts off what an earlier run did not finish writing, if this run writes behind
// it: the two would be one line.
func (c *console) mend(f *os.File, name string, whole int64) error {
	info, err := f.Stat()
	if err != nil || info.Size() == whole || !c.writesTo(info) {
		return err
	}
	if err := os.Truncate(name, whole); err != nil {
		return &failure{exitError, fmt.Errorf("--resume %s: its last line is torn, and cannot be cut off: %w", name, plainPath(err)), "write to another file, and put the two together"}
	}
	return nil
}

// writesTo says whether standard output is that file.
func (c *console) writesTo(file fs.FileInfo) bool {
	out, ok := c.out.w.(*os.File)
	if !ok {
		return false
	}
	info, err := out.Stat()
	return err == nil && os.SameFile(info, file)
}
