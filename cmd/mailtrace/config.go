package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// maxConfig is how large a file of settings may be, in bytes.
const maxConfig = 64 << 10

const configFlag = "config"

func addConfig(fs *pflag.FlagSet) {
	fs.String(configFlag, "", "read settings from `FILE` (default: config.yaml in the\nfolder mailtrace of your settings, if it is there)")
}

// fromFile sets the flags that are still open from a file in YAML, whose keys are
// names of flags. A key that only another command knows is left to that one.
func fromFile(cmd *cobra.Command, userConfigDir func() (string, error)) error {
	if !configurable(cmd.LocalNonPersistentFlags()) {
		return nil
	}
	name := cmd.Flags().Lookup(configFlag).Value.String()
	named := name != ""
	if !named {
		dir, err := userConfigDir()
		if err != nil {
			return nil // There is no home, so there is nothing in it.
		}
		name = filepath.Join(dir, "mailtrace", "config.yaml")
	}
	data, err := readConfig(name)
	if !named && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) {
		return nil
	}
	if err != nil {
		if path := (*fs.PathError)(nil); errors.As(err, &path) {
			err = path.Err
		}
		return misuse("--config names another file of settings", "%s: %w", name, err)
	}
	entries, err := parseConfig(data)
	if err != nil {
		return misuse("lines like  fail-on: warning  and  own: [mx.example.org, 192.0.2.0/24]", "%s:%w", name, err)
	}
	known := knownFlags(cmd.Root())
	for _, e := range entries {
		if !slices.Contains(known, e.key) {
			hint := "keys are names of flags: " + strings.Join(known, ", ")
			if near := nearest(e.key, known); len(near) > 0 {
				hint = "did you mean: " + strings.Join(near, ", ")
			}
			return misuse(hint, "%s:%d: there is no setting %q", name, e.line, e.key)
		}
		if err := e.set(cmd.Flags(), name); err != nil {
			return err
		}
	}
	return nil
}

// configurable says whether a command has flags that a file may set.
func configurable(flags *pflag.FlagSet) bool {
	found := false
	flags.VisitAll(func(f *pflag.Flag) { found = found || f.Name != "help" && f.Name != configFlag })
	return found
}

// knownFlags are the flags of all commands.
func knownFlags(root *cobra.Command) []string {
	var names []string
	for _, cmd := range root.Commands() {
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && f.Name != configFlag {
				names = append(names, f.Name)
			}
		})
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// readConfig reads a file of bounded size.
func readConfig(name string) ([]byte, error) {
	f, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("is a directory, not a file of settings")
	}
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxConfig {
		return nil, fmt.Errorf("is larger than %d bytes, too large for settings", maxConfig)
	}
	return data, nil
}

// configEntry is one key of the file.
type configEntry struct {
	key    string
	values []string
	list   bool
	line   int
}

// set gives the values to the flag of the command, if it has one that is still
// open.
func (e *configEntry) set(flags *pflag.FlagSet, name string) error {
	f := flags.Lookup(e.key)
	if f == nil || f.Changed {
		return nil
	}
	if e.list && !takesList(f.Value) {
		return misuse("write  "+e.key+": VALUE", "%s:%d: %s takes one value, not a list", name, e.line, e.key)
	}
	for _, v := range e.values {
		if err := flags.Set(e.key, v); err != nil {
			return misuse("it is what --"+e.key+" takes; see its --help", "%s:%d: %q is not good for %s: %s", name, e.line, v, e.key, plainCause(err))
		}
	}
	return nil
}

func takesList(v pflag.Value) bool {
	switch v.(type) {
	case *hostList, *wordList, *serverList, *portList, *addressList, *zoneList:
		return true
	}
	return false
}

// parseConfig reads YAML: one mapping of keys to a value or a list of values, and
// nothing of its finer arts. Its errors begin with the number of a line.
func parseConfig(data []byte) ([]configEntry, error) {
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, yamlError(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("1: holds more than one document")
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%d: there are no settings here, each with a key", root.Line)
	}
	var entries []configEntry
	for i := 0; i+1 < len(root.Content); i += 2 {
		e, err := parseEntry(root.Content[i], root.Content[i+1])
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(entries, func(have configEntry) bool { return have.key == e.key }) {
			return nil, fmt.Errorf("%d: %s is set twice", e.line, e.key)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func parseEntry(key, value *yaml.Node) (configEntry, error) {
	e := configEntry{key: key.Value, line: key.Line}
	if key.Kind != yaml.ScalarNode {
		return e, fmt.Errorf("%d: a key is one word, the name of a flag", key.Line)
	}
	nodes := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		e.list, nodes = true, value.Content
	}
	for _, n := range nodes {
		switch {
		case n.Kind == yaml.ScalarNode && strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!"):
			return e, fmt.Errorf("%d: put what begins with ! into quotes: %q", n.Line, n.Tag)
		case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
			return e, fmt.Errorf("%d: %s has no value", n.Line, e.key)
		case n.Kind != yaml.ScalarNode:
			return e, fmt.Errorf("%d: %s takes a value, or a list of values", n.Line, e.key)
		}
		e.values = append(e.values, n.Value)
	}
	return e, nil
}

// yamlError puts the line first.
func yamlError(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		return errors.New(rest)
	}
	return errors.New("1: " + text)
}
