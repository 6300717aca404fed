package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/checkpoints"
	"tweedie/datasets/evaluate"
	"tweedie/internal/suggest"
	"tweedie/sample"
	"tweedie/train/tabular"
)

// usage marks an error of the command line itself: exit code 2.
type usage struct{ error }

func (u usage) Unwrap() error { return u.error }

func badUsage(format string, args ...any) error { return usage{fmt.Errorf(format, args...)} }

// interrupted is an error that says what a signal has left: exit code 130.
type interrupted string

func (i interrupted) Error() string { return string(i) }
func (i interrupted) Unwrap() error { return context.Canceled }

// asUsage makes an error about an option of a library one about the flag of that
// name, and says which command takes a file that is of another kind.
func asUsage(err error) error {
	var option *tabular.OptionError
	var setting *sample.SettingError
	var target evaluate.TargetError
	switch {
	case errors.As(err, &option):
		return badUsage("--%w", option)
	case errors.As(err, &setting):
		return badUsage("%s", setting.Message("--"))
	case errors.As(err, &target):
		return badUsage("--target: %w", err)
	}
	if errors.Is(err, checkpoints.ErrKind) {
		return fmt.Errorf("%w; sample, impute, check and logprob take models of rows, infer and calibrate posteriors", err)
	}
	return err
}

// strictly is the error of --strict on a value that training had not.
func strictly(err error) error { return fmt.Errorf("%w; or leave --strict away", err) }

// caveats says in which way results are approximate.
func (a *app) caveats(lines []string) {
	for _, c := range lines {
		a.log.Warn("approximate", "why", c)
	}
}

// complain says on one line what went wrong.
func (a *app) complain(err error) {
	msg := oneLine(err.Error())
	if err == context.Canceled { // a wrapped one says more
		msg = "interrupted"
	}
	if a.bar != nil {
		a.bar.hide()
	}
	if a.log != nil && a.logFormat == "json" {
		a.log.Error(msg)
		return
	}
	fmt.Fprintf(a.stderr, "tweedie: %s\n", msg)
}

// noArgs refuses arguments that are neither flags nor commands.
func noArgs(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case c.HasSubCommands():
		return unknownCommand(c, args[0])
	default:
		return badUsage("unexpected argument %q: values of flags follow them, as in --data FILE", args[0])
	}
}

func unknownCommand(c *cobra.Command, name string) error {
	var names []string
	for _, s := range c.Commands() {
		names = append(names, s.Name())
	}
	if n, ok := suggest.Nearest(name, names); ok {
		return badUsage("unknown command %q; did you mean %q?", name, n)
	}
	return badUsage("unknown command %q; see %s --help", name, c.CommandPath())
}

// flagError says what to do about a flag that cannot be parsed.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return badUsage("unknown flag -%s: flags have two dashes; see %s --help", unknown.GetSpecifiedName(), c.CommandPath())
	case errors.As(err, &unknown) && c.HasSubCommands() && c.Flags().NArg() > 0: // it was no command that the flag follows
		return unknownCommand(c, c.Flags().Arg(0))
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		if with := commandsWith(c, name); len(with) > 0 {
			return badUsage("--%s is a flag of %s: the command stands before its flags, as in %s --%s …; see %s --help",
				name, suggest.Join(with, 4), with[0], name, c.CommandPath())
		}
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if n, ok := suggest.Nearest(name, names); ok {
			return badUsage("unknown flag --%s; did you mean --%s?", name, n)
		}
		if words := strings.Fields(c.Use); len(words) == 2 { // describe FILE, inspect MODEL.safetensors
			return badUsage("unknown flag --%s: the file stands alone, as in %s %s; see %[2]s --help", name, c.CommandPath(), words[1])
		}
		return badUsage("unknown flag --%s; see %s --help", name, c.CommandPath())
	case errors.As(err, &missing):
		return badUsage("--%s has no value: give %s", missing.GetFlag().Name, wanted(missing.GetFlag()))
	case errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == overTimeType:
		return badUsage("--%s is %q: give %s: %w", invalid.GetFlag().Name, invalid.GetValue(), wanted(invalid.GetFlag()), errors.Unwrap(invalid))
	case errors.As(err, &invalid):
		return badUsage("--%s is %q: give %s", invalid.GetFlag().Name, invalid.GetValue(), wanted(invalid.GetFlag()))
	}
	return badUsage("%w; see %s --help", err, c.CommandPath())
}

// commandsWith are the commands below c that have a flag, those that are used most first.
func commandsWith(c *cobra.Command, flag string) (list []string) {
	for _, s := range c.Commands() {
		if s.LocalFlags().Lookup(flag) != nil {
			list = append(list, s.CommandPath())
		}
		list = append(list, commandsWith(s, flag)...)
	}
	rank := func(path string) int {
		if path == "tweedie train" || path == "tweedie sample" {
			return 0
		}
		return strings.Count(path, " ")
	}
	slices.SortStableFunc(list, func(a, b string) int { return rank(a) - rank(b) })
	return list
}

// wanted describes the values that a flag takes.
func wanted(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int":
		return "a whole number"
	case "uint64":
		return "a whole number, not negative"
	case "float64":
		return "a number"
	case overTimeType:
		return "a number, or a formula of t, sigma and lambda as 0.3*(1-t)"
	case "duration":
		return "a time with its unit, as 90s or 5m"
	case "bool":
		return "true or false"
	}
	return "a value"
}
