package tabular

import (
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/guide/spec"
	"tweedie/sample"
	"tweedie/sde"
)

// decoder takes guides of encoded rows to those of their principal components.
type decoder struct{ *sample.PCA }

// terms are the guides of z that list are of x = m + V z.
func (p decoder) terms(list []guide.Term) ([]guide.Term, error) {
	out := make([]guide.Term, len(list))
	for i, t := range list {
		var err error
		if out[i], err = p.term(t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p decoder) term(t guide.Term) (guide.Term, error) {
	var err error
	switch g := t.(type) {
	case guide.DPS:
		g.Observation, err = p.observation(g.Observation)
		return g, err
	case guide.DPSNorm:
		g.Observation, err = p.observation(g.Observation)
		return g, err
	case guide.MMPS:
		g.Observation, err = p.observation(g.Observation)
		return g, err
	case guide.PiGDM:
		g.Observation, err = p.observation(g.Observation)
		return g, err
	case guide.Bounds:
		g.A, err = sample.NewDecodedOperator(p.PCA, g.A)
		return g, err
	case guide.Within:
		return p.within(g), nil
	case guide.Reward:
		g.R = p.reward(g.R)
		return g, nil
	}
	return nil, bad("guide", "of type %T has no form for a latent model: observe columns, or give a reward of them", t)
}

// observation stays in closed form if it is: A x = A V z + A m.
func (p decoder) observation(o sde.Observation) (sde.Observation, error) {
	l, ok := o.A.(sde.LinearMap)
	if !ok {
		a, err := sample.NewDecodedOperator(p.PCA, o.A)
		o.A = a
		return o, err
	}
	a, at := p.linear(l)
	y := mat.DenseCopyOf(o.Y)
	n, m := y.Dims()
	for i := range n {
		for k := range m {
			y.Set(i, k, y.At(i, k)-at[k])
		}
	}
	o.A, o.Y = a, y
	return o, nil
}

// linear returns A V, and A m.
func (p decoder) linear(l sde.LinearMap) (sde.LinearMap, []float64) {
	var a mat.Dense
	var at mat.VecDense
	a.Mul(l.M, p.V)
	at.MulVec(l.M, mat.NewVecDense(len(p.Mean), p.Mean))
	to := sde.NewLinearMap(&a)
	to.Offset = l.Offset
	return to, at.RawVector().Data
}

func (p decoder) within(w guide.Within) guide.Within {
	to := make(guide.Within, len(w))
	for k, c := range w {
		a, at := p.linear(sde.NewLinearMap(mat.NewDense(1, len(c.A), c.A)))
		to[k] = guide.Constraint{A: a.M.RawRowView(0), Lo: c.Lo - at[0], Hi: c.Hi - at[0]}
	}
	return to
}

// reward is that of the decoded row, with its gradient in the components.
func (p decoder) reward(r func(grad, x []float64, row int) float64) func(grad, z []float64, row int) float64 {
	d := len(p.Mean)
	pool := sync.Pool{New: func() any { b := make([]float64, 2*d); return &b }}
	return func(grad, z []float64, row int) float64 {
		b := pool.Get().(*[]float64)
		defer pool.Put(b)
		x, g := (*b)[:d], (*b)[d:]
		clear(g)
		for j, m := range p.Mean {
			x[j] = m
			for k, v := range p.V.RawRowView(j) {
				x[j] += v * z[k]
			}
		}
		v := r(g, x, row)
		for j, s := range g {
			if s == 0 {
				continue
			}
			for k, w := range p.V.RawRowView(j) {
				grad[k] += s * w
			}
		}
		return v
	}
}

// measurement is that of the components.
func (p decoder) measurement(o *spec.Measurement) (*spec.Measurement, error) {
	to := *o
	if o.General != nil {
		g, err := p.observation(*o.General)
		to.General = &g
		return &to, err
	}
	l, err := p.observation(sde.Observation{A: o.Linear.A, Y: o.Linear.Y})
	to.Linear.A, to.Linear.Y = l.A, l.Y
	return &to, err
}
