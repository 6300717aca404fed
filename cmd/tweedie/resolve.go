package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/internal/kernel"
	"tweedie/internal/suggest"
	"tweedie/internal/yamlfile"
)

// resolve fills the flags that the command line left alone: from the
// environment, else from the file at path, "" for none.
func resolve(c *cobra.Command, path string) error {
	flags := c.Flags()
	file, err := readConfig(path, c)
	if err != nil {
		return err
	}
	set := func(f *pflag.Flag, where, value string) {
		if e := flags.Set(f.Name, value); e != nil && err == nil {
			err = badUsage("%s is %q: give %s", where, value, wanted(f))
		}
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "help" || f.Name == "config" {
			return
		}
		if name, v, ok := lookup(f.Name); ok {
			set(f, name, v)
			return
		}
		for _, v := range file[f.Name] {
			set(f, path+": "+f.Name, v)
		}
	})
	flags.VisitAll(func(f *pflag.Flag) {
		if err == nil && f.DefValue != "" && f.Value.String() == "" {
			err = badUsage("--%s is empty: give a value, or leave the flag out", f.Name)
		}
	})
	return err
}

const variablePrefix = "TWEEDIE_"

// variable is the environment variable that sets a flag.
func variable(flag string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// unknownVariables are warnings about variables that no command reads: the
// environment is shared by all commands and may be of a later version, so they
// do not stop this one.
func unknownVariables(root *cobra.Command, environ []string) []string {
	known := map[string]bool{kernel.Environment: true}
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		know := func(f *pflag.Flag) {
			for _, s := range namesOf(f.Name) {
				known[variable(s)] = true
			}
		}
		c.Flags().VisitAll(know)
		c.PersistentFlags().VisitAll(know)
		for _, s := range c.Commands() {
			visit(s)
		}
	}
	visit(root)
	names := slices.Sorted(maps.Keys(known))
	var lines []string
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, variablePrefix) || known[name] {
			continue
		}
		line := fmt.Sprintf("the environment variable %s sets no flag", name)
		if n, ok := suggest.Nearest(name, names); ok {
			line += fmt.Sprintf("; did you mean %s?", n)
		}
		lines = append(lines, line)
	}
	return lines
}

// readConfig returns the values of a file for a command, by flag name.
func readConfig(path string, c *cobra.Command) (map[string][]string, error) {
	if path == "" {
		return nil, nil
	}
	b, err := yamlfile.Read(path)
	if err != nil {
		return nil, badUsage("%s: %w; give --config a YAML file", path, err)
	}
	return parseConfig(path, b, c)
}

// parseConfig is readConfig for the content of the file.
func parseConfig(path string, b []byte, c *cobra.Command) (map[string][]string, error) {
	var m map[string]any
	if err := yamlfile.Unmarshal(b, &m, false); err != nil {
		return nil, badUsage("%s: %w; write one flag a line, as time-budget: 60s", path, err)
	}
	f := configFile{path, c, map[string][]string{}}
	return f.values, f.section(c.Root(), m)
}
