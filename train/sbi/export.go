package sbi

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints/onnx"
	"tweedie/datasets/prior"
	"tweedie/internal/stream"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

// Export writes the sampler of the posterior of one observation as an ONNX graph: noise, N×d
// standard normal numbers, in, and theta, N×d parameters in the order of ThetaNames, out. What
// follows from the observation is constants of the graph. method must be deterministic and of
// fixed steps: see sample.NewPlan, and o for its options; nil is dpmpp2m with as many evaluations
// as Sample takes. All numbers are of type t, onnx.Float or onnx.Double.
//
// It errs for several observations, as sample.NewPlan does, and for a prior of other laws than
// independent normal, log-normal and uniform ones.
func (p *Posterior) Export(method sample.Method, o *sample.Options, t onnx.Type) (*onnx.Model, error) {
	if n := p.Observations(); n > 1 {
		return nil, fmt.Errorf("sbi: a graph is of one observation, and there are %d", n)
	}
	method, o = exportDefaults(method, o)
	plan, err := sample.NewPlan(p.inner, method, o)
	if err != nil {
		return nil, err
	}
	g, d := onnx.New(t), p.m.prior.Dim()
	noise := g.Input("noise", onnx.Dim{Name: "N"}, onnx.Dim{Size: d})
	e := &exporter{g: g, sched: p.m.Schedule()}
	if err := e.collect(p.inner); err != nil {
		return nil, err
	}
	if len(e.bound) > 0 {
		if e.nets, err = nn.NewBoundExporter(g, e.bound...); err != nil {
			return nil, err
		}
	}
	start := g.Op("Add", g.Row(plan.Start.Mean...), g.Op("Mul", g.Row(plan.Start.SD...), noise))
	w := sample.Follow(plan, start, sample.PlanAlgebra[onnx.Edge]{
		Scale: func(w float64, x onnx.Edge) onnx.Edge { return g.Op("Mul", g.Scalar(w), x) },
		Add:   func(a, b onnx.Edge) onnx.Edge { return g.Op("Add", a, b) },
		Denoise: func(x onnx.Edge, t float64) onnx.Edge {
			e.next = 0
			return e.denoise(p.inner, x, t)
		},
	})
	z := g.Op("MatMul", g.Op("Add", w, g.Row(p.mean.RawRowView(0)...)), g.Param("whitened", []int{d, d}, p.m.fromLatent))
	theta, err := exportPrior(g, p.m.prior, z)
	if err != nil {
		return nil, err
	}
	g.Output("theta", theta, onnx.Dim{Name: "N"}, onnx.Dim{Size: d})
	g.Model().Name = "posterior"
	return g.Model(), nil
}

// exportDefaults are what nil stands for.
func exportDefaults(method sample.Method, o *sample.Options) (sample.Method, *sample.Options) {
	if method == nil {
		method = sample.DPMpp2M{}
	}
	if o == nil {
		o = &sample.Options{NFE: drawNFE}
	}
	return method, o
}

// FromNoise is what the graph of Export makes of noise, n×d, by the sampler itself; nil stands
// for what it does there.
func (p *Posterior) FromNoise(ctx context.Context, noise *mat.Dense, method sample.Method, o *sample.Options) (*mat.Dense, error) {
	method, o = exportDefaults(method, o)
	plan, err := sample.NewPlan(p.inner, method, o)
	if err != nil {
		return nil, err
	}
	n, d := noise.Dims()
	run := *o
	run.From = mat.NewDense(n, d, nil)
	run.From.Apply(func(i, j int, _ float64) float64 { return plan.Start.Mean[j] + plan.Start.SD[j]*noise.At(i, j) }, run.From)
	res, err := sample.Run(ctx, p.inner, method, n, &run)
	if err != nil {
		return nil, err
	}
	theta := mat.NewDense(n, d, nil)
	theta.Apply(func(i, j int, v float64) float64 { return v + p.mean.At(0, j) }, res.X)
	p.m.Theta(theta, theta)
	return theta, nil
}

// Examples are n rows of noise, a function of the seed, and what FromNoise makes of them: for a
// check of the graph of Export, see onnx.Examples.
func (p *Posterior) Examples(ctx context.Context, n int, seed uint64, method sample.Method, o *sample.Options) (*onnx.Examples, error) {
	r, noise := stream.New(seed, "export/noise"), mat.NewDense(n, p.m.prior.Dim(), nil)
	noise.Apply(func(int, int, float64) float64 { return float64(float32(r.NormFloat64())) }, noise) // of either type
	theta, err := p.FromNoise(ctx, noise, method, o)
	if err != nil {
		return nil, err
	}
	return &onnx.Examples{Inputs: map[string]*mat.Dense{"noise": noise}, Outputs: map[string]*mat.Dense{"theta": theta}}, nil
}

// fromLatent is the matrix that takes rows w to whitened parameters, row by row.
func (m *Model) fromLatent() []float64 {
	d := m.prior.Dim()
	unit := mat.NewDense(d, d, nil)
	for j := range d {
		unit.Set(j, j, 1)
	}
	m.space.fromLatent(unit, unit)
	return unit.RawMatrix().Data
}

// exporter adds denoisers that are made of others to a graph.
type exporter struct {
	g     *onnx.Graph
	sched sde.Schedule
	bound []*nn.Conditional // the networks, in the order in which denoise meets them
	nets  *nn.Exporter
	next  int // of bound
}

// collect finds the networks of a denoiser. It errs for one that has no graph.
func (e *exporter) collect(d sde.Differentiable) error {
	switch d := d.(type) {
	case *nn.Conditional:
		e.bound = append(e.bound, d)
	case *sde.Average:
		for _, m := range d.Members() {
			if err := e.collect(m); err != nil {
				return err
			}
		}
	case *sde.Gaussian:
	default:
		return fmt.Errorf("sbi: a denoiser of type %T has no graph", d)
	}
	return nil
}

// denoise adds D(x, t).
func (e *exporter) denoise(d sde.Differentiable, x onnx.Edge, t float64) onnx.Edge {
	g := e.g
	switch d := d.(type) {
	case *nn.Conditional:
		net := e.nets.Member(e.next)
		e.next++
		return net.Denoise(x, net.At(e.sched.Coeff(t)))
	case *sde.Average:
		var sum onnx.Edge
		for k, m := range d.Members() {
			y := e.denoise(m, x, t)
			if k > 0 {
				y = g.Op("Add", sum, y)
			}
			sum = y
		}
		return g.Op("Mul", sum, g.Scalar(1/float64(len(d.Members()))))
	}
	// That of a Gaussian is affine: D(0) and the rows D(e_j) − D(0).
	n := d.Dim()
	at := mat.NewDense(n+1, n, nil)
	for j := range n {
		at.Set(j, j, 1)
	}
	if err := d.Denoise(at, at, []float64{t}); err != nil {
		panic("sbi: the denoiser of a Gaussian fails")
	}
	shift := at.RawRowView(n)
	slope := make([]float64, 0, n*n)
	for j := range n {
		for k, v := range at.RawRowView(j) {
			slope = append(slope, v-shift[k])
		}
	}
	return g.Op("Add", g.Op("MatMul", x, g.Const(g.Type, []int{n, n}, slope...)), g.Row(shift...))
}

// exportPrior adds the parameters of whitened ones, for laws that have a graph.
func exportPrior(g *onnx.Graph, p *prior.Prior, z onnx.Edge) (onnx.Edge, error) {
	var columns []onnx.Edge
	for _, en := range p.Entries() {
		for range max(1, len(en.Names)) {
			v, err := exportLaw(g, en, g.Columns(z, len(columns)))
			if err != nil {
				return "", err
			}
			columns = append(columns, v)
		}
	}
	return g.Concat(columns...), nil
}

// exportLaw adds a parameter of the law of an entry, of a standard normal v.
func exportLaw(g *onnx.Graph, en prior.Entry, v onnx.Edge) (onnx.Edge, error) {
	mean, isNumber := en.Mean.(float64)
	if n, ok := en.Mean.(int); ok {
		mean, isNumber = float64(n), true
	}
	switch {
	case en.Above != nil || en.Below != nil:
	case en.Law == "normal" && isNumber:
		return g.Op("Add", g.Op("Mul", v, g.Scalar(*en.SD)), g.Scalar(mean)), nil
	case en.Law == "log-normal":
		return g.Op("Exp", g.Op("Add", g.Op("Mul", v, g.Scalar(*en.SD)), g.Scalar(*en.Mu))), nil
	case en.Law == "uniform": // Φ(z) = (1 + erf(z/√2))/2
		half := (*en.High - *en.Low) / 2
		erf := g.Erf(g.Op("Mul", v, g.Scalar(math.Sqrt2/2)))
		return g.Op("Add", g.Op("Mul", erf, g.Scalar(half)), g.Scalar(*en.Low+half)), nil
	}
	return "", errNoGraph(en)
}

func errNoGraph(e prior.Entry) error {
	law := "the law " + e.Law
	switch {
	case e.Above != nil || e.Below != nil:
		law += ", truncated"
	case e.Law == "normal":
		law += " with a mean for each"
	}
	what := fmt.Sprintf("parameter %q has", e.Name)
	if len(e.Names) == 1 {
		what = fmt.Sprintf("parameter %q has", e.Names[0])
	} else if e.Name == "" {
		what = fmt.Sprintf("parameters %s have", brief(e.Names))
	}
	return fmt.Errorf("sbi: in the prior the %s %s: a graph can have parameters of the laws normal, log-normal and uniform alone, neither truncated nor correlated; draw by Posterior.Sample, or infer", what, law)
}
