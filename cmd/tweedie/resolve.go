package main

import (
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/pflag"
	"tweedie/internal/suggest"
)

// resolve fills the flags that the command line left alone: from the
// environment, else from the file at path ("" or the value of TWEEDIE_CONFIG).
func resolve(flags *pflag.FlagSet, path string) error {
	if path == "" {
		path = os.Getenv(envName("config"))
	}
	file, err := readConfig(path, flags)
	if err != nil {
		return err
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if err != nil || f.Changed || f.Name == "help" || f.Name == "config" {
			return
		}
		if v, ok := os.LookupEnv(envName(f.Name)); ok {
			if e := flags.Set(f.Name, v); e != nil {
				err = badUsage("%s is %q: %v", envName(f.Name), v, e)
			}
			return
		}
		for _, v := range file[f.Name] {
			if e := flags.Set(f.Name, v); e != nil {
				err = badUsage("%s: %s is %q: %v", path, f.Name, v, e)
			}
		}
	})
	return err
}

func envName(flag string) string {
	return "TWEEDIE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// readConfig returns the values of a file by flag name; a list gives a flag
// several values.
func readConfig(path string, flags *pflag.FlagSet) (map[string][]string, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, usage{err}
	}
	var m map[string]any
	if err := yaml.Unmarshal(b, &m); err != nil {
		return nil, badUsage("%s: %v", path, strings.Join(strings.Fields(err.Error()), " "))
	}
	var known []string
	flags.VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	out := map[string][]string{}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		if flags.Lookup(k) == nil || k == "config" || k == "help" {
			hint := ""
			if n, ok := suggest.Nearest(k, known); ok {
				hint = fmt.Sprintf("; did you mean %s?", n)
			}
			return nil, badUsage("%s: unknown key %s%s", path, k, hint)
		}
		switch v := m[k].(type) {
		case []any:
			for _, e := range v {
				out[k] = append(out[k], fmt.Sprint(e))
			}
		case nil:
			return nil, badUsage("%s: key %s has no value", path, k)
		case map[string]any:
			return nil, badUsage("%s: key %s is a mapping: give a value", path, k)
		default:
			out[k] = []string{fmt.Sprint(v)}
		}
	}
	return out, nil
}
