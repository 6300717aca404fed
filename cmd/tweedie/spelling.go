package main

import (
	"os"

	"github.com/spf13/pflag"
)

// british are the spellings that flags had in earlier versions. Command lines, config
// files and the environment may still use them.
var british = map[string]string{"standardised": "standardized"}

// american returns the name of a flag for any spelling of it.
func american(flag string) string {
	if name, ok := british[flag]; ok {
		return name
	}
	return flag
}

func americanFlag(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	return pflag.NormalizedName(american(name))
}

// spellings are the names that a flag has, and had.
func spellings(flag string) []string {
	names := []string{flag}
	for old, name := range british {
		if name == flag {
			names = append(names, old)
		}
	}
	return names
}

// lookup returns the value of a flag in the environment, and the variable that has it.
func lookup(flag string) (name, value string, found bool) {
	for _, s := range spellings(flag) {
		if v, ok := os.LookupEnv(variable(s)); ok {
			return variable(s), v, true
		}
	}
	return "", "", false
}
