package sample

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// condition is the Known, measured or observed values that a method uses of rows.
type condition interface {
	// values has one row for all rows of a batch, or one for each.
	values() *mat.Dense
	// withValues returns the condition with other values.
	withValues(*mat.Dense) condition
}

// conditioned is a denoiser, its posterior means unchanged, with a condition.
type conditioned struct {
	sde.Denoiser
	c   condition
	err error // of a restriction to rows that have no values
}

// withCondition returns d with a condition: a PerRow, and differentiable if d is.
func withCondition(d sde.Denoiser, c condition, err error) sde.Denoiser {
	p := &conditioned{d, c, err}
	if f, ok := d.(sde.Differentiable); ok {
		return sde.Extend(p, f.Linearize, p.rows)
	}
	return sde.Extend(p, nil, p.rows)
}

func (p *conditioned) Unwrap() sde.Denoiser { return p.Denoiser }

func (p *conditioned) rows(idx []int) sde.Denoiser {
	c, err, all := p.c, p.err, p.c.values()
	if n, m := all.Dims(); n > 1 {
		if last := slices.Max(idx); last >= n {
			err = fmt.Errorf("values of a condition for %d rows, none for row %d", n, last)
		} else {
			v := mat.NewDense(len(idx), m, nil)
			gatherRows(v, all, idx)
			c = c.withValues(v)
		}
	}
	return withCondition(sde.Restrict(p.Denoiser, idx), c, err)
}

// ValueCondition implements sde.Conditional with the values that have no error.
func (p *conditioned) Known(dst *mat.Dense) {
	sde.KnownValues(dst, p.Denoiser)
	k, ok := p.c.(ValueCondition)
	n, _ := dst.Dims()
	if !ok || k.SD > 0 || p.err != nil || k.covers(n, "rows") != nil {
		return
	}
	for i := range n {
		row := dst.RawRowView(i)
		for l, y := range k.row(i) {
			row[k.Index[l]] = y
		}
	}
}

// conditionOf returns the outermost condition of type C that d has for n rows. It is
// false if d has none, and an error if the condition is not for n rows.
func conditionOf[C condition](d sde.Denoiser, n int) (c C, ok bool, err error) {
	for {
		if p, is := d.(*conditioned); is {
			if c, ok = p.c.(C); ok {
				if r, _ := c.values().Dims(); p.err == nil && r != 1 && r != n {
					return c, true, fmt.Errorf("values of a condition for %d rows, for a batch of %d", r, n)
				}
				return c, true, p.err
			}
		}
		w, is := d.(sde.Wrapper)
		if !is {
			return c, false, nil
		}
		d = w.Unwrap()
	}
}
