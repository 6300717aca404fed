package guide

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// Linearize implements sde.Differentiable, if the posteriors are; see Composed.
func (c *Composed) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	if err := c.check(mean, x, t); err != nil {
		return nil, err
	}
	ws := new(composing)
	if c.plain() {
		return linearize(c.single(ws, x), mean, x, t)
	}
	factors, err := c.evaluate(ws, mean, x, t)
	if err != nil {
		return nil, err
	}
	base := ws.arena.used
	return func(dst, v *mat.Dense) error {
		ws.arena.used = base
		if c.o.Composition == FNPE {
			return c.pullScores(ws, dst, v, x, t)
		}
		return c.pullMeans(ws, factors, dst, v, x, t)
	}, nil
}

// pullMeans is the transpose of D = D_p + A M⁻¹ Σ M_k B (D_k - D_p) at held precisions.
func (c *Composed) pullMeans(ws *composing, factors, dst, v, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	q, rest, u, back := ws.arena.take(n, d), ws.arena.take(n, d), ws.arena.take(c.o.Block, d), ws.arena.take(c.o.Block, d)
	rest.Copy(v)
	for i := range n {
		y, f := q.RawRowView(i), factors.RawRowView(i)
		c.prior.enterBack(y, v.RawRowView(i), ws.root.RawRowView(i))
		solveLower(f, y, d)
		solveUpper(f, y, d)
	}
	clear(dst.RawMatrix().Data)
	err := c.each(ws, x, t, true, func(p *pairs) error {
		m := len(p.rows)
		us, bs := sliceRows(u, 0, m), sliceRows(back, 0, m)
		for k, i := range p.rows {
			if c.alone(i) {
				copy(us.RawRowView(k), v.RawRowView(i))
				clear(rest.RawRowView(i))
				continue
			}
			if err := c.precision(p, k); err != nil {
				return err
			}
			for a := range d {
				ws.w[a] = c.o.Power * numeric.Dot(p.m[a*d:a*d+d], q.RawRowView(i))
			}
			row := us.RawRowView(k)
			clear(row)
			c.prior.addLeftBack(row, ws.w, ws.root.RawRowView(i))
			numeric.Axpy(rest.RawRowView(i), -1, row)
		}
		if err := p.pull(bs, us); err != nil {
			return err
		}
		for k, i := range p.rows {
			numeric.Axpy(dst.RawRowView(i), 1, bs.RawRowView(k))
		}
		return nil
	})
	if err != nil {
		return err
	}
	pull, err := c.prior.law.Linearize(q, x, t)
	if err != nil {
		return err
	}
	if err := pull(q, rest); err != nil {
		return err
	}
	dst.Add(dst, q)
	return nil
}

// pullScores is the transpose of FNPE's rule.
func (c *Composed) pullScores(ws *composing, dst, v, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	u, back := ws.arena.take(c.o.Block, d), ws.arena.take(c.o.Block, d)
	clear(dst.RawMatrix().Data)
	err := c.each(ws, x, t, true, func(p *pairs) error {
		us, bs := sliceRows(u, 0, len(p.rows)), sliceRows(back, 0, len(p.rows))
		for k, i := range p.rows {
			row := us.RawRowView(k)
			clear(row)
			numeric.Axpy(row, c.o.Power, v.RawRowView(i))
		}
		if err := p.pull(bs, us); err != nil {
			return err
		}
		for k, i := range p.rows {
			numeric.Axpy(dst.RawRowView(i), 1, bs.RawRowView(k))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range n {
		co := ws.coeff[i]
		less, w := c.tempering(i, sde.Time(t, i), co)
		row, vr := dst.RawRowView(i), v.RawRowView(i)
		c.prior.multiply(ws.u, vr, ws.w)
		for j := range row {
			row[j] += (less*vr[j] - w*ws.u[j]) / co.Alpha
		}
	}
	return nil
}
