package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/internal/suggest"
)

// configFile are the values of a config file for a command, by flag name: those that
// stand outside of sections, and over them those of the command's own section. Keys of
// other sections must be flags of their commands.
type configFile struct {
	path    string
	command *cobra.Command
	values  map[string][]string
}

// section reads the mapping of a command: of the root, of the command itself or of
// one between them, whose values count, or of another one.
func (f *configFile) section(c *cobra.Command, m map[string]any) error {
	counts := c == f.command || strings.HasPrefix(f.command.CommandPath(), c.CommandPath()+" ")
	known, spelled := flagNames(c), map[string]string{}
	if counts {
		known = flagNames(f.command)
	}
	var sections []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if _, ok := m[k].(map[string]any); ok && child(c, k) != nil {
			sections = append(sections, k)
			continue
		}
		flag := current(k)
		if before, twice := spelled[flag]; twice {
			return badUsage("%s: %s and %s are two spellings of one key: remove one", f.path, before, k)
		}
		spelled[flag] = k
		if !slices.Contains(known, flag) {
			return f.unknown(c, k, m[k], known)
		}
		v, err := f.value(k, m[k])
		if err != nil {
			return err
		}
		if counts {
			f.values[flag] = v
		}
	}
	for _, k := range sections { // after what they go before
		if err := f.section(child(c, k), m[k].(map[string]any)); err != nil {
			return err
		}
	}
	return nil
}

// value is that of a key; a list gives a flag several values.
func (f *configFile) value(k string, v any) (list []string, err error) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			list = append(list, fmt.Sprint(e))
		}
		return list, nil
	case nil:
		return nil, badUsage("%s: %s has no value: give it one, or remove the line", f.path, k)
	case map[string]any:
		return nil, badUsage("%s: %s is a mapping: give a value", f.path, k)
	}
	return []string{fmt.Sprint(v)}, nil
}

// unknown says where a key belongs that is no flag of the command of its section.
func (f *configFile) unknown(c *cobra.Command, k string, v any, known []string) error {
	if with := commandsWith(c.Root(), current(k)); len(with) > 0 {
		sections := strings.Fields(with[0])[1:]
		example := fmt.Sprintf("%s: %v", k, v)
		for _, s := range slices.Backward(sections) {
			example = fmt.Sprintf("%s: {%s}", s, example)
		}
		return badUsage("%s: %s is a flag of %s and not of %s: put it into a section of that command, as %s",
			f.path, k, suggest.Join(with, 4), f.of(c), suggest.Clip(example))
	}
	for _, s := range c.Commands() {
		known = append(known, s.Name())
	}
	if n, ok := suggest.Nearest(k, known); ok {
		return badUsage("%s: unknown key %s; did you mean %s?", f.path, k, n)
	}
	return badUsage("%s: unknown key %s; keys are the flags of %s, or commands with a section for each", f.path, k, f.of(c))
}

// of names the command whose flags the keys of a section of c are.
func (f *configFile) of(c *cobra.Command) string {
	if c.HasParent() {
		return c.CommandPath()
	}
	return f.command.CommandPath()
}

// child is the command below c of that name, or nil.
func child(c *cobra.Command, name string) *cobra.Command {
	for _, s := range c.Commands() {
		if s.Name() == name {
			return s
		}
	}
	return nil
}

// flagNames are the names of the flags of a command that a file can set.
func flagNames(c *cobra.Command) (names []string) {
	add := func(f *pflag.Flag) {
		if f.Name != "help" && f.Name != "config" && !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	c.InheritedFlags().VisitAll(add)
	c.Flags().VisitAll(add)
	return names
}
