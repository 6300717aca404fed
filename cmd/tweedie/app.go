package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"
	"tweedie/internal/suggest"
)

// app is what every command shares: where output goes and the global flags.
type app struct {
	stdout, stderr io.Writer
	log            *slog.Logger
	terminal       bool // stderr is one

	seed      uint64
	workers   int
	quiet     bool
	logFormat string
	config    string
}

// usage marks an error of the command line itself: exit code 2.
type usage struct{ error }

func (u usage) Unwrap() error { return u.error }

func badUsage(format string, args ...any) error { return usage{fmt.Errorf(format, args...)} }

// run executes the command line and returns the exit code: 0 done, 1 failed,
// 2 bad usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{stdout: stdout, stderr: stderr}
	if f, ok := stderr.(*os.File); ok {
		a.terminal = term.IsTerminal(int(f.Fd()))
	}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	var u usage
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "tweedie: interrupted")
		return 1
	case errors.As(err, &u) || unknownCommand(err):
		fmt.Fprintf(stderr, "tweedie: %v\nSee '%s --help'.\n", oneLine(err), cmd.CommandPath())
		return 2
	default:
		fmt.Fprintf(stderr, "tweedie: %v\n", oneLine(err))
		return 1
	}
}

func unknownCommand(err error) bool { return strings.HasPrefix(err.Error(), "unknown command") }

func oneLine(err error) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "Did you mean this?", "did you mean")), " ")
}

func (a *app) root() *cobra.Command {
	c := &cobra.Command{
		Use:   "tweedie",
		Short: "Score-based diffusion models for tables, toy laws and simulations",
		Long: `tweedie trains score-based diffusion models on tables, samples from them and
evaluates their densities. Data goes to files or stdout, all else to stderr.

Every flag can also be set in the environment (--time-budget as
TWEEDIE_TIME_BUDGET) or in the YAML file of --config (time-budget: 60s), in that
order of precedence. The same seed gives the same bits, whatever --workers is.`,
		Example: `  tweedie quickstart --out demo
  tweedie train --data toy:moons --time-budget 20s --out moons.safetensors
  tweedie sample --model moons.safetensors --rows 1000 --out moons.csv`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	f := c.PersistentFlags()
	f.Uint64Var(&a.seed, "seed", 0, "seed of every random stream")
	f.IntVar(&a.workers, "workers", 0, "goroutines, 0 for one per core; changes no bit of any result")
	f.BoolVar(&a.quiet, "quiet", false, "say nothing but warnings and errors")
	f.StringVar(&a.logFormat, "log-format", "text", "text or json")
	f.StringVar(&a.config, "config", "", "YAML file of flag values")
	c.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return a.prepare(c) }
	c.SetFlagErrorFunc(flagError)
	c.AddCommand(a.quickstartCommand(), a.trainCommand(), a.sampleCommand(), a.logprobCommand(), a.inspectCommand())
	return c
}

// prepare resolves flags, environment and file, and opens the log.
func (a *app) prepare(c *cobra.Command) error {
	if c.Name() == "help" || c.Name() == "completion" || (c.HasParent() && c.Parent().Name() == "completion") {
		return nil
	}
	if err := resolve(c.Flags(), a.config); err != nil {
		return err
	}
	if a.workers < 0 {
		return badUsage("--workers is %d: give 0 (one per core) or more", a.workers)
	}
	if a.workers == 0 {
		a.workers = runtime.GOMAXPROCS(0)
	}
	level := slog.LevelInfo
	if a.quiet {
		level = slog.LevelWarn
	}
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, at slog.Attr) slog.Attr {
		if at.Key == slog.TimeKey && len(groups) == 0 {
			return slog.Attr{}
		}
		return at
	}}
	switch a.logFormat {
	case "text":
		a.log = slog.New(slog.NewTextHandler(a.stderr, o))
	case "json":
		a.log = slog.New(slog.NewJSONHandler(a.stderr, o))
	default:
		return badUsage("--log-format is %q: use text or json", a.logFormat)
	}
	return nil
}

func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if c.HasParent() {
		return badUsage("unexpected argument %q: values of flags follow them, as in --data FILE", args[0])
	}
	hint := ""
	var names []string
	for _, s := range c.Commands() {
		names = append(names, s.Name())
	}
	if n, ok := suggest.Nearest(args[0], names); ok {
		hint = fmt.Sprintf("; did you mean %q?", n)
	}
	return badUsage("unknown command %q%s", args[0], hint)
}

// flagError adds the nearest flag to a message on an unknown one.
func flagError(c *cobra.Command, err error) error {
	name, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		return usage{err}
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if n, ok := suggest.Nearest(name, names); ok {
		return badUsage("unknown flag --%s; did you mean --%s?", name, n)
	}
	return badUsage("unknown flag --%s", name)
}

// version is the module's version as the build recorded it.
func version() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return b.Main.Version
	}
	return "(devel)"
}
