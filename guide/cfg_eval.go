package guide

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

func (g *CFG) active(c sde.Coeff) bool {
	r := c.Sigma / c.Alpha
	return r >= g.SigmaMin && (g.SigmaMax == 0 || r <= g.SigmaMax)
}

func (g *CFG) idle(t []float64) bool {
	if len(g.More) > 0 {
		return false
	}
	if g.plain() {
		return true
	}
	s := g.Schedule()
	for _, ti := range t {
		if g.active(s.Coeff(ti)) && g.main().at(ti) != 1 {
			return false
		}
	}
	return true
}

// scratch holds the matrices that parts of a guide are evaluated in.
var scratch = sync.Pool{New: func() any { return new(mat.Dense) }}

func borrow(r, c int) *mat.Dense {
	m := scratch.Get().(*mat.Dense)
	m.Reset()
	m.ReuseAs(r, c)
	return m
}

func (g *CFG) Denoise(dst, x *mat.Dense, t []float64) error {
	if err := g.Err(); err != nil {
		return err
	}
	if err := g.checkTimes(t); err != nil {
		return err
	}
	if g.idle(t) {
		return g.Cond.Denoise(dst, x, t)
	}
	n, d := x.Dims()
	u, c := borrow(n, d), borrow(n, d)
	defer scratch.Put(u)
	defer scratch.Put(c)
	if err := g.Uncond.Denoise(u, x, t); err != nil {
		return err
	}
	if err := g.Cond.Denoise(c, x, t); err != nil {
		return err
	}
	dst.Copy(u)
	g.add(dst, u, c, g.main(), t)
	if len(g.More) > 0 {
		b := borrow(n, d)
		defer scratch.Put(b)
		for _, m := range g.More {
			if err := m.Cond.Denoise(b, x, t); err != nil {
				return err
			}
			g.add(dst, u, b, m, t)
		}
	}
	if g.Rescale > 0 {
		s := g.Schedule()
		for i := range n {
			if g.active(s.Coeff(sde.Time(t, i))) {
				matchDeviation(dst.RawRowView(i), c.RawRowView(i), g.Rescale)
			}
		}
	}
	return nil
}

// add adds w (b - u), w being the strength of p, to dst, with the strength 1 in rows where it
// does not apply.
func (g *CFG) add(dst, u, b *mat.Dense, p WeightedCondition, t []float64) {
	s := g.Schedule()
	n, _ := dst.Dims()
	var k float64
	for i := range n {
		if i == 0 || len(t) > 1 {
			if k = 1; g.active(s.Coeff(t[i])) {
				k = p.at(t[i])
			}
		}
		to, ui := dst.RawRowView(i), u.RawRowView(i)
		for j, v := range b.RawRowView(i) {
			to[j] += k * (v - ui[j])
		}
	}
}

// matchDeviation moves the standard deviation of row to that of ref, by the fraction f.
func matchDeviation(row, ref []float64, f float64) {
	if s := deviation(row); s > 0 {
		k := 1 + f*(deviation(ref)/s-1)
		for j := range row {
			row[j] *= k
		}
	}
}

func deviation(v []float64) float64 {
	m := 0.0
	for _, x := range v {
		m += x
	}
	m /= float64(len(v))
	s := 0.0
	for _, x := range v {
		s += (x - m) * (x - m)
	}
	return math.Sqrt(s / float64(len(v)))
}

// Linearize implements sde.Differentiable, if every part is and Rescale is 0;
// otherwise it errs, and sde.ByDifferences may serve.
func (g *CFG) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	if err := g.Err(); err != nil {
		return nil, err
	}
	if err := g.checkTimes(t); err != nil {
		return nil, err
	}
	if g.Rescale > 0 {
		return nil, errors.New("guide: CFG with Rescale has no derivative here: use sde.ByDifferences")
	}
	parts := append([]WeightedCondition{g.main()}, g.More...)
	n, d := x.Dims()
	u := mat.NewDense(n, d, nil)
	pu, err := linearize(g.Uncond, u, x, t)
	if err != nil {
		return nil, err
	}
	mean.Copy(u)
	pulls := make([]sde.Pullback, len(parts))
	b := mat.NewDense(n, d, nil)
	for k, p := range parts {
		if pulls[k], err = linearize(p.Cond, b, x, t); err != nil {
			return nil, err
		}
		g.add(mean, u, b, p, t)
	}
	return func(dst, v *mat.Dense) error {
		if err := pu(u, v); err != nil {
			return err
		}
		dst.Copy(u)
		for k, p := range parts {
			if err := pulls[k](b, v); err != nil {
				return err
			}
			g.add(dst, u, b, p, t)
		}
		return nil
	}, nil
}

func linearize(d sde.Denoiser, mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	f, ok := d.(sde.Differentiable)
	if !ok {
		return nil, fmt.Errorf("guide: CFG: a part of type %T cannot be differentiated: use sde.ByDifferences on it", d)
	}
	return f.Linearize(mean, x, t)
}
