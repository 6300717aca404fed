package sample

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// SplitGibbs draws from the posterior of a linear observation by alternating
// (Wu et al. 2024, alg. 1, arXiv:2405.18782; Coeurdoux et al. 2024)
//
//	u ~ N(y; A u, SD² I) N(u; x, ρ² I)/Z    in closed form
//	x ~ p(x_0 | x_0 + ρ z = u)              by Method from σ/α = ρ on
//
// The stationary law of x is the posterior given y with the error
// variance SD² I + ρ² A Aᵀ: exact as ρ falls and the steps of Method become
// small, for any prior. The first draw must be in closed form, so Run errs unless the
// observation is linear with a normal error. The smaller ρ is, the more iterations the
// chain needs to move.
type SplitGibbs struct {
	Method     Method  // of the prior's draws; nil means DPMpp2MSDE
	Steps      int     // of each draw; zero means 16
	Iterations int     // zero means 100
	Rho        float64 // at the end; zero means 0.1
	// First is ρ of the first iteration, from which it falls by the factor Decay
	// each time; zeros mean 10 and 0.9. It is held below σ/α at t = 1.
	First, Decay float64
}

// NewSplitGibbs returns split Gibbs of which ρ falls, in equal factors, from 10 (or
// from rho if that is larger) to rho within the first three fifths of the
// iterations, and stays there. A nil m means DPMpp2MSDE, a zero rho 0.1 and zero
// iterations 100.
func NewSplitGibbs(m Method, rho float64, iterations int) SplitGibbs {
	rho, iterations = cmp.Or(rho, 0.1), cmp.Or(iterations, 100)
	first := math.Max(10, rho)
	return SplitGibbs{Method: m, Rho: rho, Iterations: iterations, First: first, Decay: math.Pow(rho/first, 1/(0.6*float64(iterations)))}
}

// Run draws n rows from d, which must have an observation (see ConditionOnLinear). Of
// the options it takes Seed, First, Workers and Block, and refuses others. Row i
// is a function of its global index alone.
func (g SplitGibbs) Run(ctx context.Context, d sde.Denoiser, n int, o *Options) (*Result, error) {
	opts := valueOf(o)
	if n <= 0 {
		panic("sample: non-positive number of rows")
	}
	only := Options{Seed: opts.Seed, First: opts.First, Workers: opts.Workers, Block: opts.Block}
	if !reflect.DeepEqual(opts, only) {
		return nil, errors.New("sample: SplitGibbs takes Seed, First, Workers and Block of the options only")
	}
	if err := g.fill(); err != nil {
		return nil, err
	}
	y, err := measuredOf(d, n)
	if err != nil {
		return nil, fmt.Errorf("sample: SplitGibbs: %w", err)
	}
	sched := d.Schedule()
	end := sde.MinTime(sched)
	lo, hi := math.Exp(-sched.Coeff(end).Lambda()), math.Exp(-sched.Coeff(1).Lambda())
	if g.Rho <= lo {
		return nil, fmt.Errorf("sample: SplitGibbs: Rho %g is not above the noise %.3g at which trajectories end", g.Rho, lo)
	}
	res := &Result{X: mat.NewDense(n, d.Dim(), nil), Caveats: sde.Caveats(d)}
	res.Caveats = append(res.Caveats, fmt.Sprintf("split Gibbs: the error of y counts as having %g² A Aᵀ more variance", g.Rho))
	TerminalOf(d, end).Sample(res.X, sde.NewStreams(opts.Seed, "sample/gibbs/start", opts.First))
	unscale(res.X, sched, end)
	w, z := newDrawn(y, n), sde.NewStreams(opts.Seed, "sample/gibbs", opts.First)
	for k := range g.Iterations {
		rho := math.Min(math.Max(g.Rho, g.First*math.Pow(g.Decay, float64(k))), hi)
		y.conditional(res.X, rho*rho, z, 1, 0, k, w)
		start := 1.0
		if rho < hi {
			start = sde.TimeAt(sched, -math.Log(rho))
		}
		scale(res.X, sched.Coeff(start).Alpha)
		only.From, only.Start, only.End, only.Steps = res.X, start, end, g.Steps
		only.Seed = stream.New(opts.Seed, "sample/gibbs/prior", uint64(k)).Uint64()
		next, err := runRows(ctx, d, g.Method, n, &only, true)
		if err != nil {
			return nil, fmt.Errorf("sample: SplitGibbs, iteration %d: %w", k, err)
		}
		res.X, res.NFE, res.Times = next.X, res.NFE+next.NFE, next.Times
	}
	res.Rows = n
	sde.SetKnown(res.X, sde.Restrict(d, span(0, n)))
	return res, nil
}

func (g *SplitGibbs) fill() error {
	if g.Method == nil {
		g.Method = DPMpp2MSDE{}
	}
	if !g.Method.Info().Stochastic {
		return fmt.Errorf("sample: SplitGibbs needs draws, and %s has no noise", g.Method.Info().Name)
	}
	if g.Steps < 0 || g.Iterations < 0 || !(g.Rho >= 0) || !(g.First >= 0) || !(g.Decay >= 0 && g.Decay <= 1) {
		return errors.New("sample: SplitGibbs with a number out of range")
	}
	g.Rho, g.First, g.Decay = cmp.Or(g.Rho, 0.1), cmp.Or(g.First, 10), cmp.Or(g.Decay, 0.9)
	g.Steps = cmp.Or(g.Steps, 16)
	g.Iterations = cmp.Or(g.Iterations, 100)
	return nil
}
