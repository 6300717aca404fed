package guide

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// adjoints holds a scratch matrix for every observed number k, n×d each.
type adjoints []*mat.Dense

func (b adjoints) row(k, i int) []float64 { return b[k].RawRowView(i) }

// adjoints takes m of them.
func (at State) adjoints(m int) adjoints {
	n, d := at.X.Dims()
	first := at.ws.arena.used
	for range m {
		at.Scratch(n, d)
	}
	return at.ws.arena.mats[first : first+m]
}

// adjoint evaluates the derivative of A at D.
func adjoint(o sde.Observation, at State) (adjoints, error) {
	n := at.Rows()
	_, m := o.A.Dims()
	p, ok := sde.PullerOf(o.A)
	if !ok {
		return nil, errNoPull
	}
	b, e := at.adjoints(m), at.zeros(n, m)
	for k := range m {
		unitRows(e, k)
		if err := p.Pull(b[k], at.Mean, e); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// unit makes the rows of e, which are those of unitRows(e, k-1), the unit vector k.
func unitRows(e *mat.Dense, k int) {
	for i := range e.RawMatrix().Rows {
		row := e.RawRowView(i)
		if row[k] = 1; k > 0 {
			row[k-1] = 0
		}
	}
}
