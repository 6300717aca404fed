package simulators

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
	"tweedie/internal/process"
)

// ProgramOptions are the settings of a Program.
type ProgramOptions struct {
	Batch      int           // rows of one process, default 250; part of what x depends on
	Silence    time.Duration // how long a process may write nothing, default 10 minutes
	KeepFailed bool          // rows that fail are NaN, and an error otherwise
}

// The defaults of ProgramOptions.
const (
	DefaultBatch   = 250
	DefaultSilence = 10 * time.Minute
)

// Program is a simulator that is a program of any language. It is a Task.
//
// A process gets a batch of parameters as CSV on its standard input, a header and a line
// each row, and its input ends. It writes the data as CSV to its standard output, a line
// for each row in the same order, behind a header or without one (the data are then x1, x2,
// …), and exits with status 0. The environment has SIMULATOR_SEED, the seed of the run,
// and SIMULATOR_ROW, the index of the first row of the batch, counted from 0: a program
// that draws from a generator seeded by both gives the same data whatever the number of
// processes.
//
// A number that is empty, NaN or infinite makes a row a failed one. Safe for concurrent use:
// each call runs processes of its own.
type Program struct {
	ctx     context.Context
	command string
	words   []string
	prior   *prior.Prior
	columns []string
	o       ProgramOptions

	mu       sync.Mutex
	good     bool // some row has come out
	failures []Failure
}

// Failure is a row that a program gave no data for.
type Failure struct {
	Row int // counted from 0
	Why string
}

// NewProgram returns the simulator that a command is, for the parameters of a prior. It
// runs the command for the first draw of the prior (of the seed 0) to learn the names of
// the data, and errs if that fails; with KeepFailed, if 20 draws do. Processes are killed when ctx is done. The command is
// split into words as a shell does, without other features of a shell.
func NewProgram(ctx context.Context, command string, p *prior.Prior, o ProgramOptions) (*Program, error) {
	words, err := process.Split(command)
	if err == nil {
		err = process.Find(words)
	}
	if err != nil {
		return nil, err
	}
	if o.Batch < 0 || o.Silence < 0 {
		return nil, errors.New("simulators: a batch and a time of silence are positive")
	}
	o.Batch, o.Silence = cmp.Or(o.Batch, DefaultBatch), cmp.Or(o.Silence, DefaultSilence)
	g := &Program{ctx: ctx, command: command, words: words, prior: p, o: o}
	if err := g.try(); err != nil {
		return nil, err
	}
	return g, nil
}

// try learns the names of the data by the first draw of the prior, of the seed 0; where rows
// may fail, by the first draw that does not.
func (g *Program) try() error {
	theta := mat.NewDense(1, g.prior.Dim(), nil)
	for k := range hopeless {
		g.prior.Sample(theta, 0, k)
		b := &batch{of: g, theta: theta}
		err := b.run(0)
		if err == nil {
			g.columns = b.columns
			return nil
		}
		if g.ctx.Err() != nil || !g.o.KeepFailed || errors.Is(err, errMisplaced) || k == hopeless-1 {
			return g.wrap(fmt.Errorf("a first try, with %s: %w", at(g.prior.Names(), theta.RawRowView(0)), err))
		}
	}
	return nil
}

// Name is the command.
func (g *Program) Name() string { return g.command }

// Dims returns the numbers of parameters and of data.
func (g *Program) Dims() (theta, x int) { return g.prior.Dim(), len(g.columns) }

// Prior returns p(θ).
func (g *Program) Prior() *prior.Prior { return g.prior }

// Columns returns the names of the data.
func (g *Program) Columns() []string { return slices.Clone(g.columns) }

// Batch is the number of rows of one process, which Drawing hands on at a time.
func (g *Program) Batch() int { return g.o.Batch }

// Failures returns the rows that failed so far, in their order. Their data are NaN.
func (g *Program) Failures() []Failure {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := slices.Clone(g.failures)
	slices.SortFunc(list, func(a, b Failure) int { return a.Row - b.Row })
	return list
}

// Simulate implements Task: batch by batch, each by a process of its own. An error names the
// rows. With KeepFailed those that fail are NaN, see Failures: a process that dies or hangs
// has its batch cut in halves, until its row is alone.
func (g *Program) Simulate(dst, theta *mat.Dense, seed uint64, first int) error {
	n, d := theta.Dims()
	m, w := dst.Dims()
	if n != m || d != g.prior.Dim() || w != len(g.columns) {
		panic(badSize)
	}
	for lo := 0; lo < n; lo += g.o.Batch {
		hi := min(lo+g.o.Batch, n)
		b := &batch{of: g, seed: seed, columns: g.columns,
			theta: theta.Slice(lo, hi, 0, d).(*mat.Dense), x: dst.Slice(lo, hi, 0, w).(*mat.Dense)}
		if err := b.simulate(first + lo); err != nil {
			return err
		}
	}
	return nil
}

func (g *Program) wrap(err error) error {
	if g.ctx.Err() != nil {
		return g.ctx.Err()
	}
	return fmt.Errorf("simulator %s: %w", g.words[0], err)
}

// hopeless is the number of rows that may fail before any has come out.
const hopeless = 20

// fail notes a failed row, and errs when there is no hope.
func (g *Program) fail(row int, why string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.failures = append(g.failures, Failure{row, why})
	if !g.good && len(g.failures) >= hopeless {
		return fmt.Errorf("all of the first %d rows failed, row %d for one: %s", len(g.failures), row+1, why)
	}
	return nil
}

// failed is fail of a row whose process has failed.
func (g *Program) failed(row int, why error) error {
	if err := g.fail(row, why.Error()); err != nil {
		return g.wrap(err)
	}
	return nil
}

func (g *Program) succeed() {
	g.mu.Lock()
	g.good = true
	g.mu.Unlock()
}

// notFinite names the first of the data that is NaN or infinite, "" for none.
func notFinite(columns []string, x []float64) string {
	for j, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprintf("%s is %g", columns[j], v)
		}
	}
	return ""
}

// at writes parameters for a message.
func at(names []string, theta []float64) string {
	var parts []string
	for j, v := range theta {
		if j == 4 && len(theta) > 5 {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, fmt.Sprintf("%s = %.6g", names[j], v))
	}
	return strings.Join(parts, ", ")
}
