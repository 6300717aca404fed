package sample

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Plan is a deterministic sampler written out: what it evaluates and adds, for any denoiser
// of a schedule. All steps of such samplers are sums of states and posterior means with
// numbers that depend on the times alone, so that a few of them describe the whole run:
//
//	v_0 = the start,  x_k = Σ_j Terms of Evals[k],  v_{k+1} = D(x_k, Evals[k].Time),
//	rows = Σ_j Terms of Last.
//
// It is what an exported graph repeats.
type Plan struct {
	Times []float64 // of the steps
	Evals []PlanEval
	Last  []PlanTerm // the rows, in the units of the data
	Start sde.DiagonalNormal
}

// PlanEval is one evaluation of the denoiser, D(Σ Terms, Time).
type PlanEval struct {
	Time  float64
	Terms []PlanTerm
}

// PlanTerm is Weight times an earlier tensor.
type PlanTerm struct {
	Weight float64
	// From is which: 0 the start, k > 0 the posterior mean of evaluation k−1, and −k the
	// argument of that evaluation.
	From int
}

// MostPlanned bounds the evaluations of a Plan, and so the size of a graph. Deterministic
// samplers need some tens.
const MostPlanned = 1000

// NewPlan writes out the run of a method from the law that Run starts from. It errs as Run does
// for its options, for more than MostPlanned evaluations, and for a method that draws noise, decides its own steps, or is not of the
// described form. Of the options Steps, NFE, Grid, Start, End, Times and Denoise count.
func NewPlan(d sde.Denoiser, m Method, o *Options) (*Plan, error) {
	opts, in := valueOf(o), m.Info()
	switch {
	case in.Stochastic:
		return nil, fmt.Errorf("sample: %s draws noise in its steps, and only a deterministic run can be written out: use ddim, dpmpp2m, dpmpp2s, heun, unipc or rk4", in.Name)
	case in.EvalsPerStep == 0:
		return nil, fmt.Errorf("sample: %s chooses its steps for each row, and only fixed steps can be written out: use ddim, dpmpp2m, dpmpp2s, heun, unipc or rk4", in.Name)
	}
	times, err := opts.times(d.Schedule(), m)
	if err != nil {
		return nil, err
	}
	if n := in.EvalsPerStep * (len(times) - 1); n > MostPlanned {
		return nil, fmt.Errorf("sample: %d evaluations cannot be written out: take at most %d", n, MostPlanned)
	}
	p := &Plan{Times: times, Start: TerminalOf(d, times[0])}
	rec := &recorder{sched: d.Schedule(), dim: 2 + in.EvalsPerStep*(len(times)-1)}
	if err := rec.run(m, times, opts.Denoise); err != nil {
		return nil, fmt.Errorf("sample: writing out %s: %w", in.Name, err)
	}
	return p, rec.write(p, opts.Denoise)
}

// PlanAlgebra is what a plan is followed with: sums of tensors of any kind, and the denoiser.
type PlanAlgebra[T any] struct {
	Scale   func(weight float64, x T) T
	Add     func(a, b T) T
	Denoise func(x T, t float64) T
}

// Follow runs a plan from a start and returns the rows.
func Follow[T any](p *Plan, start T, a PlanAlgebra[T]) T {
	var args, means []T
	sum := func(terms []PlanTerm) (total T) {
		for i, t := range terms {
			v := start
			if t.From > 0 {
				v = means[t.From-1]
			} else if t.From < 0 {
				v = args[-t.From-1]
			}
			if t.Weight != 1 {
				v = a.Scale(t.Weight, v)
			}
			if i > 0 {
				v = a.Add(total, v)
			}
			total = v
		}
		return total
	}
	for _, e := range p.Evals {
		x := sum(e.Terms)
		args, means = append(args, x), append(means, a.Denoise(x, e.Time))
	}
	return sum(p.Last)
}

// recorder is a denoiser whose rows are the coefficients of a state in the start, position 0, and
// in the posterior means of the evaluations, in order: evaluation k is position k+1.
type recorder struct {
	sched sde.Schedule
	dim   int
	times []float64
	args  [][]float64
	last  []float64
}

func (r *recorder) Schedule() sde.Schedule { return r.sched }
func (r *recorder) Dim() int               { return r.dim }

func (r *recorder) Denoise(dst, x *mat.Dense, t []float64) error {
	k := len(r.args)
	if n, _ := x.Dims(); n != 1 || k+1 >= r.dim {
		return fmt.Errorf("it evaluates more than it declares")
	}
	r.args = append(r.args, mat.Row(nil, 0, x))
	r.times = append(r.times, t[0])
	dst.Zero()
	dst.Set(0, k+1, 1)
	return nil
}

// noNoise is NaN: a method that draws it all the same is found out.
type noNoise struct{}

func (noNoise) Normal(dst *mat.Dense, _, _ float64, _ int) {
	dst.Apply(func(_, _ int, _ float64) float64 { return math.NaN() }, dst)
}

func (r *recorder) run(m Method, times []float64, denoise bool) error {
	x := mat.NewDense(1, r.dim, nil)
	x.Set(0, 0, 1)
	st := m.New(r, 1)
	for k := range len(times) - 1 {
		if err := st.Step(x, times[k], times[k+1], noNoise{}); err != nil {
			return err
		}
	}
	end := times[len(times)-1]
	if denoise {
		return r.Denoise(x, x, []float64{end})
	}
	unscale(x, r.sched, end)
	r.last = mat.Row(nil, 0, x)
	return nil
}

// write expresses each state by the one before and few posterior means.
func (r *recorder) write(p *Plan, denoise bool) error {
	for k, arg := range r.args {
		p.Evals = append(p.Evals, PlanEval{r.times[k], r.terms(k, arg)})
	}
	p.Last = []PlanTerm{{1, len(r.args)}}
	if !denoise {
		p.Last = r.terms(len(r.args), r.last)
	}
	for _, terms := range p.sums() {
		for _, t := range terms {
			if math.IsNaN(t.Weight) || math.IsInf(t.Weight, 0) {
				return fmt.Errorf("sample: the run has weights that are not finite: end it before time 0")
			}
		}
	}
	return nil
}

// sums are the lists of terms, in order.
func (p *Plan) sums() [][]PlanTerm {
	var all [][]PlanTerm
	for _, e := range p.Evals {
		all = append(all, e.Terms)
	}
	return append(all, p.Last)
}

// roundedWeight is the rounding of a weight, relative to what it is the difference of.
const roundedWeight = 1e-13

// terms are those of a state before evaluation k: a multiple of the argument of evaluation
// k−1, chosen so that the start has no part of its own, and what is left of the means.
func (r *recorder) terms(k int, state []float64) []PlanTerm {
	if k == 0 {
		return []PlanTerm{{state[0], 0}}
	}
	before := r.args[k-1]
	scale := state[0] / before[0]
	var ts []PlanTerm
	if scale != 0 {
		ts = append(ts, PlanTerm{scale, -k})
	}
	for j := 1; j <= k; j++ {
		w := state[j] - scale*before[j]
		if math.Abs(w) > roundedWeight*(math.Abs(state[j])+math.Abs(scale*before[j])) {
			ts = append(ts, PlanTerm{w, j})
		}
	}
	return ts
}
