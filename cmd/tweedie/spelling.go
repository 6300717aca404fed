package main

import (
	"os"

	"github.com/spf13/pflag"
)

// former are the names that flags had in earlier versions. Command lines, config
// files and the environment may still use them.
var former = map[string]string{
	"standardised": "standardized",
	"waves":        "fourier-features",
	"blend":        "neighbor-mixup",
	"partial":      "conditional-share",
}

// current returns the name of a flag for any name that it has or had.
func current(flag string) string {
	if name, ok := former[flag]; ok {
		return name
	}
	return flag
}

func currentFlag(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	return pflag.NormalizedName(current(name))
}

// namesOf are the names that a flag has, and had.
func namesOf(flag string) []string {
	names := []string{flag}
	for old, name := range former {
		if name == flag {
			names = append(names, old)
		}
	}
	return names
}

// lookup returns the value of a flag in the environment, and the variable that has it.
func lookup(flag string) (name, value string, found bool) {
	for _, s := range namesOf(flag) {
		if v, ok := os.LookupEnv(variable(s)); ok {
			return variable(s), v, true
		}
	}
	return "", "", false
}
