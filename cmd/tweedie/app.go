package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"tweedie/datasets"
)

// app is what every command shares: where output goes and the global flags.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	log            *slog.Logger
	terminal       bool              // stderr is one
	bar            *progress         // on the terminal now, nil for none
	spooled        *datasets.Spooled // stdin, nil before it is read

	seed      uint64
	workers   int
	quiet     bool
	logFormat string
	config    string
}

// run executes the command line and returns the exit code: 0 done, 1 failed, 2 bad
// usage, 130 interrupted.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{stdin: os.Stdin, stdout: stdoutWriter{stdout}, stderr: stderr}
	if f, ok := stderr.(*os.File); ok {
		a.terminal = term.IsTerminal(int(f.Fd()))
	}
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if left := a.cleanUp(); err == nil {
		err = left
	}
	if err == nil {
		return 0
	}
	err = asUsage(err)
	a.complain(err)
	var u usage
	switch {
	case errors.Is(err, context.Canceled):
		return 130
	case errors.As(err, &u):
		return 2
	}
	return 1
}

func (a *app) root() *cobra.Command {
	c := &cobra.Command{
		Use:   "tweedie",
		Short: "Score-based diffusion models for tables, toy laws and simulations",
		Long: `tweedie trains score-based diffusion models on tables, samples from them and
evaluates their densities. Data goes to files or stdout, all else to stderr.

Every flag can also be set in the environment (--time-budget as
TWEEDIE_TIME_BUDGET) or in the YAML file of --config (time-budget: 60s), in that
order of precedence. The file may have a section for each command (train:
{steps: 500}), which goes before what stands outside of it. The same seed gives the
same bits, whatever --workers is.

Exit codes: 0 done, 1 failed, 2 bad usage, 130 interrupted.`,
		Example: `  tweedie quickstart --out demo
  tweedie train --data toy:moons --time-budget 20s --out moons.safetensors
  tweedie sample --model moons.safetensors --rows 1000 --out moons.csv`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.SetOut(a.stdout)
	c.SetErr(a.stderr)
	f := c.PersistentFlags()
	f.Uint64Var(&a.seed, "seed", 0, "seed of every random stream")
	f.IntVar(&a.workers, "workers", 0, "goroutines, 0 for one per core; changes no bit of any result")
	f.BoolVar(&a.quiet, "quiet", false, "say nothing but warnings and errors")
	f.StringVar(&a.logFormat, "log-format", "text", "text or json")
	f.StringVar(&a.config, "config", "", "YAML file of flag values")
	c.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return a.prepare(c) }
	c.SetFlagErrorFunc(flagError)
	c.AddCommand(a.commands()...)
	complete(c, "log-format", "text", "json")
	strictHelpers(c)
	c.SetGlobalNormalizationFunc(currentFlag)
	return c
}

// commands are those of the program, in the order of its help.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.quickstartCommand(),
		a.describeCommand(),
		a.trainCommand(),
		a.sampleCommand(),
		a.imputeCommand(),
		a.logprobCommand(),
		a.encodeCommand(),
		a.decodeCommand(),
		a.evaluateCommand(),
		a.interpolateCommand(),
		a.inspectCommand(),
		a.checkCommand(),
		a.colorizeCommand(),
		a.benchCommand(),
		a.simulateCommand(),
		a.c2stCommand(),
		a.mergeCommand(),
		a.exportCommand(),
		a.inferCommand(),
		a.calibrateCommand(),
		a.plotCommand(),
	}
}

// prepare resolves flags, environment and file, and opens the log.
func (a *app) prepare(c *cobra.Command) error {
	if c.Name() == "help" || c.Name() == "completion" || (c.HasParent() && c.Parent().Name() == "completion") {
		return nil
	}
	if a.config == "" {
		a.config = os.Getenv(variable("config"))
	}
	if err := resolve(c, a.config); err != nil {
		return err
	}
	if a.workers < 0 {
		return badUsage("--workers is %d: give 0 (one per core) or more", a.workers)
	}
	if a.workers == 0 {
		a.workers = runtime.GOMAXPROCS(0)
	}
	if err := a.openLog(); err != nil {
		return err
	}
	for _, w := range unknownVariables(c.Root(), os.Environ()) {
		a.log.Warn(w)
	}
	return nil
}

// release is set by the linker in the binaries of a release.
var release string

// version is that of the release, or the module's as the build recorded it.
func version() string {
	if release != "" {
		return release
	}
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return b.Main.Version
	}
	return "(devel)"
}

// footer ends a page: which program made it, and on which day.
func footer() string { return "tweedie " + version() + ", " + time.Now().Format("2 January 2006") }
