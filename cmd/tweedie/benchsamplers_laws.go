package main

import (
	"context"
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/figure"
	"tweedie/sample"
	"tweedie/sde"
)

// accuracy is the error of a sampler for each budget of evaluations; -1 stands
// for no step within the budget, or an error above 10.
type accuracy struct {
	Sampler string    `json:"sampler"`
	Random  bool      `json:"stochastic"`
	NFE     []int     `json:"nfe"`
	Error   []float64 `json:"error"`
}

// lawsEnd is the last time of the experiments on exact laws.
const lawsEnd = 1e-3

// compared are the command-line settings that meet on exact laws.
var compared = []methodFlags{
	{samplerName: "dpmpp2m"}, {samplerName: "unipc"}, {samplerName: "dpmpp2s"}, {samplerName: "ddim"}, {samplerName: "heun"},
	{samplerName: "rk4"}, {samplerName: "pf-euler"},
	{samplerName: "dpmpp2m-sde"}, {samplerName: "stochastic-heun"}, {samplerName: "shark"}, {samplerName: "euler"},
	{samplerName: "reverse"}, {samplerName: "ancestral"}, {samplerName: "ancestral", variance: "posterior"},
	{samplerName: "reverse", corrector: "langevin"}, {samplerName: "none", corrector: "langevin"},
	{samplerName: "dpmpp2m", recurrence: 1},
}

// label names settings in tables and legends.
func (o *methodFlags) label() string {
	s := o.samplerName
	if o.variance != "" {
		s += " " + o.variance
	}
	if o.corrector != "" {
		s += " + " + o.corrector
	}
	if o.recurrence > 0 {
		s += fmt.Sprintf(" + recurrence %d", o.recurrence)
	}
	return s
}

// within returns the method and its times for a budget; no times if it does
// not pay for a step.
func (o methodFlags) within(nfe int, s sde.Schedule, end float64) (sample.Method, []float64, error) {
	m, err := o.on(s)
	if err != nil {
		return nil, nil, err
	}
	steps := nfe / m.Info().EvalsPerStep
	if steps == 0 {
		return m, nil, nil
	}
	return m, o.options().Grid.Times(s, 1, end, steps), nil
}

func normal1(mean, sd float64) *sde.Gaussian {
	g, err := sde.NewGaussian([]float64{mean}, mat.NewSymDense(1, []float64{sd * sd}), sde.VP{})
	if err != nil {
		panic("tweedie: a variance that is not positive")
	}
	return g
}

// impulses is noise whose k-th vector is 1 in row 2+k and 0 elsewhere, so that
// the rows of a run of an affine sampler are its offset, its gain and the
// weights of all its draws: mean and variance of the result without sampling.
type impulses struct{ n int }

func (z *impulses) Normal(dst *mat.Dense, _, _ float64, _ int) {
	dst.Zero()
	if rows, _ := dst.Dims(); 2+z.n < rows {
		dst.Set(2+z.n, 0, 1)
	}
	z.n++
}

// affineError is the 2-Wasserstein distance of the result of m along ts to
// what it should be.
func affineError(d *sde.Gaussian, m sample.Method, ts []float64) (float64, error) {
	move := func(x *mat.Dense) (*impulses, error) {
		rows, _ := x.Dims()
		st, z := m.New(d, rows), &impulses{}
		for k := range len(ts) - 1 {
			if err := st.Step(x, ts[k], ts[k+1], z); err != nil {
				return nil, err
			}
		}
		return z, nil
	}
	count, err := move(mat.NewDense(2, 1, nil))
	if err != nil {
		return 0, err
	}
	x := mat.NewDense(2+count.n, 1, nil)
	x.Set(1, 0, 1)
	if _, err := move(x); err != nil {
		return 0, err
	}
	marginal := func(t float64) (mean, variance float64) {
		c := d.Schedule().Coeff(t)
		return c.Alpha * d.Mu[0], c.Alpha*c.Alpha*d.Cov.At(0, 0) + c.Sigma*c.Sigma
	}
	offset := x.At(0, 0)
	gain := x.At(1, 0) - offset
	mean, variance := marginal(ts[0])
	mean, variance = offset+gain*mean, gain*gain*variance
	for i := 2; i < 2+count.n; i++ {
		variance += (x.At(i, 0) - offset) * (x.At(i, 0) - offset)
	}
	wantMean, wantVariance := marginal(ts[len(ts)-1])
	return math.Hypot(mean-wantMean, math.Sqrt(variance)-math.Sqrt(wantVariance)), nil
}

func (a *app) benchGaussian(ctx context.Context, o *samplersFlags, r *samplersReport) error {
	budgets := []int{5, 10, 20, 40, 80, 160, 320}
	d := normal1(1, 0.5)
	var err error
	r.Gaussian, err = compare(budgets, compared, func(f methodFlags, nfe int) (float64, error) {
		m, ts, err := f.within(nfe, d.Sched, lawsEnd)
		if err != nil || ts == nil {
			return math.NaN(), err
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return affineError(d, m, ts)
	})
	if err != nil {
		return err
	}
	a.printAccuracy("Error (2-Wasserstein distance) on N(1, 0.5²), VP, exact denoiser, without sampling error", r.Gaussian)
	return o.drawAccuracy("samplers-gaussian", "N(1, 0.5²), exact denoiser", "2-Wasserstein distance", r.Gaussian)
}

func compare(budgets []int, settings []methodFlags, measure func(methodFlags, int) (float64, error)) ([]accuracy, error) {
	var out []accuracy
	for _, f := range settings {
		m, err := f.on(sde.VP{})
		if err != nil {
			return nil, err
		}
		row := accuracy{Sampler: f.label(), Random: m.Info().Stochastic, NFE: budgets}
		for _, nfe := range budgets {
			e, err := measure(f, nfe)
			if err != nil {
				return nil, fmt.Errorf("%s, NFE %d: %w", f.label(), nfe, err)
			}
			if !(e < 10) {
				e = -1
			}
			row.Error = append(row.Error, e)
		}
		out = append(out, row)
	}
	return out, nil
}

func (a *app) printAccuracy(title string, rows []accuracy) {
	head := []string{"sampler"}
	for _, n := range rows[0].NFE {
		head = append(head, fmt.Sprint(n))
	}
	a.heading(title, head...)
	for _, r := range rows {
		cells := []string{r.Sampler}
		for _, e := range r.Error {
			if e < 0 {
				cells = append(cells, "–")
				continue
			}
			cells = append(cells, fmt.Sprintf("%.1e", e))
		}
		a.row(cells...)
	}
}

// inFigures are the samplers of the figures: those that tell most.
var inFigures = []string{"dpmpp2m", "unipc", "ddim", "heun", "pf-euler", "dpmpp2m-sde", "stochastic-heun", "euler", "reverse + langevin"}

func (o *samplersFlags) drawAccuracy(name, title, y string, rows []accuracy) error {
	var lines []figure.Series
	for _, want := range inFigures {
		for _, r := range rows {
			if r.Sampler != want {
				continue
			}
			s := figure.Series{Name: r.Sampler}
			for i, e := range r.Error {
				if e > 0 && e < 1 {
					s.X, s.Y = append(s.X, float64(r.NFE[i])), append(s.Y, e)
				}
			}
			lines = append(lines, s)
		}
	}
	f, err := figure.Lines(figure.Axes{Title: title, X: "evaluations of the denoiser", Y: y, LogX: true, LogY: true}, lines...)
	return o.draw(name, f, err)
}

// The bimodal law of the experiments, .7 N(-2, .3²) + .3 N(1.5, .4²).
func bimodal() *sde.Mixture {
	m, err := sde.NewMixture([]float64{0.7, 0.3}, []*sde.Gaussian{normal1(-2, 0.3), normal1(1.5, 0.4)})
	if err != nil {
		panic("tweedie: a mixture that is none")
	}
	return m
}

// quantiles are those of p_t at the midpoints of n equal parts.
func quantiles(m *sde.Mixture, n int, t float64) []float64 {
	c := m.Sched.Coeff(t)
	cdf := func(x float64) float64 {
		p := 0.0
		for k, g := range m.Comps {
			sd := math.Sqrt(c.Alpha*c.Alpha*g.Cov.At(0, 0) + c.Sigma*c.Sigma)
			p += m.Weights[k] * 0.5 * math.Erfc((c.Alpha*g.Mu[0]-x)/(sd*math.Sqrt2))
		}
		return p
	}
	q := make([]float64, n)
	for i := range q {
		u, lo, hi := (float64(i)+0.5)/float64(n), -10.0, 10.0
		for range 60 {
			if mid := 0.5 * (lo + hi); cdf(mid) < u {
				lo = mid
			} else {
				hi = mid
			}
		}
		q[i] = 0.5 * (lo + hi)
	}
	return q
}

// The rows of a run on the mixture: quantiles suffice for a deterministic
// sampler, a stochastic one is seen through its sampling error.
const (
	fewRows  = 2000
	manyRows = 40000
)

func (a *app) benchMixture(ctx context.Context, o *samplersFlags, r *samplersReport) error {
	budgets := []int{8, 16, 32, 64, 128}
	d := bimodal()
	start, end := map[int][]float64{}, map[int][]float64{}
	for _, n := range []int{fewRows, manyRows} {
		start[n], end[n] = quantiles(d, n, 1), quantiles(d, n, lawsEnd)
	}
	var err error
	r.Mixture, err = compare(budgets, compared, func(f methodFlags, nfe int) (float64, error) {
		m, ts, err := f.within(nfe, d.Sched, lawsEnd)
		if err != nil || ts == nil {
			return math.NaN(), err
		}
		n := fewRows
		if m.Info().Stochastic {
			n = manyRows
		}
		res, err := sample.Run(ctx, d, m, n, &sample.Options{Times: ts, From: mat.NewDense(n, 1, append([]float64(nil), start[n]...)), Seed: a.seed, Workers: a.workers})
		if err != nil {
			return math.NaN(), ctx.Err() // an overflow is an error above 10
		}
		return wasserstein1(res.X.RawMatrix().Data, end[n]), nil
	})
	if err != nil {
		return err
	}
	x := mat.NewDense(manyRows, 1, nil)
	d.Sample(x, a.seed, 0)
	floor := wasserstein1(x.RawMatrix().Data, quantiles(d, manyRows, 0))
	a.printAccuracy(fmt.Sprintf("Error (1-Wasserstein distance) on .7 N(-2, .3²) + .3 N(1.5, .4²), VP, exact denoiser; %d exact draws have %.1e, which stochastic samplers cannot be seen to undercut", manyRows, floor), r.Mixture)
	return o.drawAccuracy("samplers-mixture", ".7 N(-2, .3²) + .3 N(1.5, .4²), exact denoiser", "1-Wasserstein distance", r.Mixture)
}

// wasserstein1 is the distance of a sample to as many quantiles. It sorts x.
func wasserstein1(x, quantiles []float64) float64 {
	sort.Float64s(x)
	sum := 0.0
	for i, q := range quantiles {
		sum += math.Abs(x[i] - q)
	}
	return sum / float64(len(x))
}
