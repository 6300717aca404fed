package tabular

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/figure"
	"tweedie/sde"
)

// Plane is a model of two numbers, for figures of its score.
type Plane struct {
	X, Y                   string  // names of the columns
	Encoded                bool    // coordinates are encoded ones, as the encoding is not affine
	XMin, XMax, YMin, YMax float64 // of the rows

	m        *Model
	t        []float64
	c        sde.Coeff
	mean, sd [2]float64
	x, d     *mat.Dense
}

// Plane returns the model's plane at a noise level σ/α, in standard deviations of the data: its score is
// that of the data with so much noise. It errs unless the encoded rows of the model are two
// numbers without conditions, and on a noise that is not positive or beyond the schedule.
func (m *Model) Plane(noise float64) (*Plane, error) {
	if err := m.noStudent("it has no score"); err != nil {
		return nil, err
	}
	e, n := m.codec, m.Network()
	var f []*datasets.Field
	for j := range e.Metadata().Columns {
		if c := &e.Metadata().Columns[j]; c.Modeled() && c.IsNumber() {
			f = append(f, c)
		}
	}
	if e.Dim() != 2 || len(f) != 2 || len(n.Conds) > 0 || m.pca != nil {
		return nil, fmt.Errorf("a field is drawn of two columns of numbers without missing cells, frequent values or labels; this model has %d encoded columns and %d labels", e.Dim(), len(n.Conds))
	}
	if !(noise > 0) || math.IsInf(noise, 1) {
		return nil, fmt.Errorf("a noise of %g: give a positive number", noise)
	}
	p := &Plane{X: f[0].Name, Y: f[1].Name, m: m, x: mat.NewDense(1, 2, nil), d: mat.NewDense(1, 2, nil), sd: [2]float64{1, 1}, XMin: -3, XMax: 3, YMin: -3, YMax: 3}
	p.t = []float64{sde.TimeAt(n.Sched, -math.Log(noise))}
	p.c = n.Sched.Coeff(p.t[0])
	if has := p.c.Sigma / p.c.Alpha; !(math.Abs(has-noise) <= 1e-6*noise) {
		return nil, fmt.Errorf("a noise of %g: the schedule ends at %.4g", noise, has)
	}
	var ok [2]bool
	for j := range 2 {
		p.mean[j], p.sd[j], ok[j] = e.Affine(j)
	}
	if p.Encoded = !ok[0] || !ok[1]; p.Encoded {
		p.mean, p.sd = [2]float64{}, [2]float64{1, 1}
		return p, nil
	}
	for k, b := range []*float64{&p.XMin, &p.XMax, &p.YMin, &p.YMax} {
		r := f[k/2].Range
		if *b = r.Min; k%2 == 1 {
			*b = r.Max
		}
	}
	return p, nil
}

// Score is the gradient of the log density of noisy data at α times a point:
//
//	s = α (α D - x)/σ² ÷ sd,  x = α (point - mean)/sd
//
// It is not safe for concurrent use.
func (p *Plane) Score(px, py float64) (u, v float64, err error) {
	for j, at := range []float64{px, py} {
		p.x.Set(0, j, p.c.Alpha*(at-p.mean[j])/p.sd[j])
	}
	if err := p.m.Network().Denoise(p.d, p.x, p.t); err != nil {
		return 0, 0, err
	}
	var g [2]float64
	for j := range g {
		g[j] = (p.c.Alpha*p.d.At(0, j) - p.x.At(0, j)) / (p.c.Sigma * p.c.Sigma) * p.c.Alpha / p.sd[j]
	}
	return g[0], g[1], nil
}

// Figure draws the score as arrows, in the box of the plane, over what o says besides. It is
// not safe for concurrent use.
func (p *Plane) Figure(o figure.FieldOptions) (*figure.Figure, error) {
	o.XMin, o.XMax, o.YMin, o.YMax = p.XMin, p.XMax, p.YMin, p.YMax
	var failed error
	f, err := figure.Field(o, func(x, y float64) (u, v float64) {
		u, v, err := p.Score(x, y)
		if err != nil {
			failed, u, v = err, math.NaN(), math.NaN()
		}
		return u, v
	})
	if failed != nil {
		return nil, failed
	}
	return f, err
}
