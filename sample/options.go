package sample

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Stop, returned by an observer or a sink, ends the run early without error.
var Stop = errors.New("sample: stop")

// Progress is what an observer sees at the start of a block of rows and after each
// of its steps.
type Progress struct {
	First       int        // global index of the first row of X
	Step, Steps int        // steps done, of how many
	T           float64    // the time of X
	X           *mat.Dense // read-only, valid during the call
}

// Options of a run. The zero value is ready to use: 64 steps uniform in λ from
// t = 1 to sde.MinTime.
type Options struct {
	// Steps is the number of steps; zero means 64, or 1 for adaptive methods,
	// which take more within each. NFE, when set instead, is the largest number
	// of denoiser evaluations per row, that of Denoise included; the number of
	// steps follows from it.
	Steps, NFE int
	Grid       Grid    // where the times are; nil means that of the method's Info
	Start, End float64 // first and last time; zero means 1 and sde.MinTime
	// Times, when set, are the times themselves, strictly decreasing within
	// [0, 1]; Steps, NFE, Grid, Start and End must then be zero.
	Times []float64

	// Denoise ends the run with the posterior mean D(x, End), one evaluation
	// more. Without it the rows are draws of x_End/α(End), the data blurred by
	// σ/α at End, which is right for smooth densities and what LogProb is the
	// density of. With it they lie on the support of the data (atoms, manifolds,
	// edges). Their variance is then below that of the data by the mean
	// posterior variance, about (σ/α)² at End. Levels of categories (DPMpp2MSDE.Levels) are
	// drawn by their posterior there.
	Denoise bool

	// From, n×Dim, holds the states x_Start at the first time. Nil means draws from
	// Init, whose nil means the terminal law of the denoiser (see Terminal).
	From *mat.Dense
	Init Terminal

	// Temperature scales the standard deviation of the start and of all noise. 1,
	// or zero, samples the model; less narrows the law towards its modes, by an
	// amount that depends on the method. Init must be a location and scale family
	// (sde.Terminal). Temperature has no effect on From.
	Temperature float64

	// Brownian draws the noise of a trajectory from one Brownian path, so that
	// finer grids refine the trajectories of coarser ones. It costs some 5 µs
	// per draw and row. Methods that take back steps always draw from a path.
	Brownian bool

	Seed  uint64 // the same seed gives the same rows, bit for bit
	First int    // global index of the first row, to split a run over machines

	// Workers is the number of goroutines, zero meaning GOMAXPROCS, and Block
	// the number of rows that each carries from start to end at a time, zero
	// meaning 128. Neither changes a bit of the result.
	Workers, Block int

	// Sink, when set, receives the finished rows block by block in row order:
	// x holds the rows of global indices first, first+1, … and is valid during
	// the call. It is called from the goroutine of Run. The memory of a run is
	// then bounded, and Result.X is nil.
	Sink func(first int, x *mat.Dense) error
	// Observe, when set, is called for every block before its first step and
	// after each step. Calls do not overlap; those of different blocks come in
	// no particular order.
	Observe func(Progress) error
}

// valueOf returns the options at o, the zero value for nil.
func valueOf[T any](o *T) (opts T) {
	if o != nil {
		opts = *o
	}
	return opts
}

func (o *Options) times(s sde.Schedule, m Method) ([]float64, error) {
	placed := o.Steps != 0 || o.NFE != 0 || o.Grid != nil || o.Start != 0 || o.End != 0
	if own, ok := m.(FixedTimes); ok {
		if placed || o.Times != nil {
			return nil, fmt.Errorf("sample: %s has times of its own, so Times, Steps, NFE, Grid, Start and End must not be set", m.Info().Name)
		}
		return own.Times(), nil
	}
	if o.Times != nil {
		if placed {
			return nil, errors.New("sample: Times is set, so Steps, NFE, Grid, Start and End must not be")
		}
		return o.Times, checkTimes(o.Times)
	}
	steps, err := o.steps(m.Info())
	if err != nil {
		return nil, err
	}
	start, grid := cmp.Or(o.Start, 1), o.Grid
	end := cmp.Or(o.End, math.Min(sde.MinTime(s), start))
	if grid == nil {
		grid = m.Info().Grid
	}
	if grid == nil {
		grid = LogSNRGrid{}
	}
	if !(start > end && start <= 1 && end >= 0) {
		return nil, fmt.Errorf("sample: times from %g to %g, want a decrease within [0, 1]", start, end)
	}
	ts := grid.Times(s, start, end, steps)
	return ts, checkTimes(ts)
}

// steps derives the number of steps from the budget.
func (o *Options) steps(in Info) (int, error) {
	switch {
	case o.Steps < 0 || o.NFE < 0:
		return 0, fmt.Errorf("sample: %d steps, NFE %d: want positive numbers", o.Steps, o.NFE)
	case o.Steps != 0 && o.NFE != 0:
		return 0, errors.New("sample: Steps and NFE are both set: give one")
	case o.Steps != 0:
		return o.Steps, nil
	case o.NFE == 0 && in.EvalsPerStep == 0:
		return 1, nil
	case o.NFE == 0:
		return 64, nil
	case in.EvalsPerStep == 0:
		return 0, fmt.Errorf("sample: %s is adaptive and cannot keep a budget of NFE: set its tolerance", in.Name)
	}
	budget := o.NFE
	if o.Denoise {
		budget--
	}
	n := budget / in.EvalsPerStep
	if n == 0 {
		return 0, fmt.Errorf("sample: NFE %d does not pay for one step of %s (%d evaluations)", o.NFE, in.Name, o.NFE-budget+in.EvalsPerStep)
	}
	return n, nil
}

// checkTimes errs unless ts decreases strictly within [0, 1].
func checkTimes(ts []float64) error {
	if len(ts) < 2 {
		return fmt.Errorf("sample: %d times, want at least 2", len(ts))
	}
	for i, t := range ts {
		if !(t >= 0 && t <= 1) {
			return fmt.Errorf("sample: time %d is %g, want it in [0, 1]", i, t)
		}
		if i > 0 && t >= ts[i-1] {
			return fmt.Errorf("sample: time %d is %g, not below time %d, %g", i, t, i-1, ts[i-1])
		}
	}
	return nil
}
