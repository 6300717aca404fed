package guide

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// composing is what one evaluation of a Composed works with.
type composing struct {
	arena      arena
	obs, rows  []int
	t          []float64
	coeff      []sde.Coeff
	root       *mat.Dense // √λ of each row
	prior      *mat.Dense // D_p
	m, r, l, g []float64  // d×d
	u, w       []float64
}

// pairs are rows of a batch, each with one of its observations.
type pairs struct {
	*composing
	x, mean *mat.Dense
	cols    []*mat.Dense // Jᵀ e_j, for JAC
	pull    sde.Pullback
}

// group returns the observations of row i.
func (c *Composed) group(i int) (g int, list []int) {
	if len(c.groups) == 1 {
		return 0, c.groups[0]
	}
	return i, c.groups[i]
}

func (c *Composed) check(dst, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	if r, k := dst.Dims(); r != n || k != d || d != c.Dim() || len(t) != 1 && len(t) != n {
		panic("guide: size mismatch")
	}
	if len(c.groups) > 1 && len(c.groups) != n {
		panic("guide: a batch of another number of rows than the Composed was restricted to")
	}
	return c.Err()
}

// enter readies ws for a batch.
func (c *Composed) enter(ws *composing, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	ws.arena.used = 0
	ws.prior, ws.root = ws.arena.take(n, d), ws.arena.take(n, d)
	sq := ws.arena.take(4, d*d)
	ws.m, ws.r, ws.l, ws.g = sq.RawRowView(0), sq.RawRowView(1), sq.RawRowView(2), sq.RawRowView(3)
	uw := ws.arena.take(2, d)
	ws.u, ws.w = uw.RawRowView(0), uw.RawRowView(1)
	ws.coeff = ws.coeff[:0]
	for i := range n {
		ws.coeff = append(ws.coeff, c.Schedule().Coeff(sde.Time(t, i)))
		c.prior.scales(ws.root.RawRowView(i), ws.coeff[i])
	}
	return c.prior.law.Denoise(ws.prior, x, t)
}

// each evaluates the posteriors block by block, observation by observation, so that what
// is added up in a row has the order of its observations.
func (c *Composed) each(ws *composing, x *mat.Dense, t []float64, pulled bool, f func(p *pairs) error) error {
	n, d := x.Dims()
	base := ws.arena.used
	ws.obs, ws.rows = ws.obs[:0], ws.rows[:0]
	flush := func() error {
		if len(ws.obs) == 0 {
			return nil
		}
		ws.arena.used = base
		err := c.block(ws, x, t, d, pulled, f)
		ws.obs, ws.rows = ws.obs[:0], ws.rows[:0]
		return err
	}
	for j := range c.widest {
		for i := range n {
			if _, list := c.group(i); j < len(list) {
				ws.obs, ws.rows = append(ws.obs, list[j]), append(ws.rows, i)
				if len(ws.obs) == c.o.Block {
					if err := flush(); err != nil {
						return err
					}
				}
			}
		}
	}
	return flush()
}

func (c *Composed) block(ws *composing, x *mat.Dense, t []float64, d int, pulled bool, f func(p *pairs) error) error {
	n := len(ws.obs)
	p := &pairs{composing: ws, x: ws.arena.take(n, d), mean: ws.arena.take(n, d)}
	times := t
	if len(t) > 1 {
		ws.t = ws.t[:0]
	}
	for k, i := range ws.rows {
		copy(p.x.RawRowView(k), x.RawRowView(i))
		if len(t) > 1 {
			ws.t = append(ws.t, t[i])
			times = ws.t
		}
	}
	of := c.from.of(ws.obs, ws.rows)
	jac := c.o.Composition == JAC
	if !jac && !pulled {
		if err := of.Denoise(p.mean, p.x, times); err != nil {
			return err
		}
		return f(p)
	}
	var err error
	if p.pull, err = linearize(of, p.mean, p.x, times); err != nil {
		return err
	}
	if jac {
		e := ws.arena.take(n, d)
		clear(e.RawMatrix().Data)
		for j := range d {
			unitRows(e, j)
			p.cols = append(p.cols, ws.arena.take(n, d))
			if err := p.pull(p.cols[j], e); err != nil {
				return err
			}
		}
	}
	return f(p)
}

// Denoise implements Denoiser.
func (c *Composed) Denoise(dst, x *mat.Dense, t []float64) error {
	ws := c.pool.Get().(*composing)
	defer c.pool.Put(ws)
	if err := c.check(dst, x, t); err != nil {
		return err
	}
	if c.plain() {
		return c.single(ws, x).Denoise(dst, x, t)
	}
	_, err := c.evaluate(ws, dst, x, t)
	return err
}

// single is the denoiser of rows with one observation each.
func (c *Composed) single(ws *composing, x *mat.Dense) sde.Denoiser {
	n, _ := x.Dims()
	ws.obs, ws.rows = ws.obs[:0], ws.rows[:0]
	for i := range n {
		_, list := c.group(i)
		ws.obs, ws.rows = append(ws.obs, list[0]), append(ws.rows, i)
	}
	return c.from.of(ws.obs, ws.rows)
}

// evaluate stores D in dst, and returns the factors of the precisions of the rows.
func (c *Composed) evaluate(ws *composing, dst, x *mat.Dense, t []float64) (factors *mat.Dense, err error) {
	if err := c.enter(ws, x, t); err != nil {
		return nil, err
	}
	n, d := x.Dims()
	num := ws.arena.take(n, d)
	clear(num.RawMatrix().Data)
	if c.o.Composition == FNPE {
		return nil, c.addScores(ws, dst, num, x, t)
	}
	factors = ws.arena.take(n, d*d)
	clear(factors.RawMatrix().Data)
	err = c.each(ws, x, t, false, func(p *pairs) error {
		for k, i := range p.rows {
			if c.alone(i) {
				copy(dst.RawRowView(i), p.mean.RawRowView(k))
				continue
			}
			if err := c.precision(p, k); err != nil {
				return err
			}
			for j, v := range ws.prior.RawRowView(i) {
				ws.u[j] = p.mean.At(k, j) - v
			}
			c.prior.enter(ws.w, ws.u, ws.root.RawRowView(i))
			to, sum := num.RawRowView(i), factors.RawRowView(i)
			for a := range d {
				to[a] += c.o.Power * numeric.Dot(p.m[a*d:a*d+d], ws.w)
				p.m[a*d+a]--
			}
			numeric.Axpy(sum, c.o.Power, p.m)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range n {
		f := factors.RawRowView(i)
		for a := range d {
			f[a*d+a]++
		}
		if !cholesky(f, d) {
			return nil, fmt.Errorf("guide: composition: row %d, t %.4g: the precision under all observations is not finite", i, sde.Time(t, i))
		}
		if c.alone(i) {
			continue // D is that of the model
		}
		y := num.RawRowView(i)
		solveLower(f, y, d)
		solveUpper(f, y, d)
		row := dst.RawRowView(i)
		copy(row, ws.prior.RawRowView(i))
		c.prior.addLeft(row, y, ws.root.RawRowView(i))
	}
	return factors, nil
}

// addScores is the rule of FNPE in denoisers, σ² s = α D - x.
func (c *Composed) addScores(ws *composing, dst, num, x *mat.Dense, t []float64) error {
	n, _ := x.Dims()
	err := c.each(ws, x, t, false, func(p *pairs) error {
		for k, i := range p.rows {
			if c.alone(i) {
				copy(dst.RawRowView(i), p.mean.RawRowView(k))
				continue
			}
			to, xr := num.RawRowView(i), x.RawRowView(i)
			for j, v := range p.mean.RawRowView(k) {
				to[j] += c.o.Power * (ws.coeff[i].Alpha*v - xr[j])
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range n {
		co := ws.coeff[i]
		if c.alone(i) {
			continue // D is that of the model
		}
		_, w := c.tempering(i, sde.Time(t, i), co)
		row, xr, s := dst.RawRowView(i), x.RawRowView(i), num.RawRowView(i)
		for j, m := range c.prior.law.Mu {
			row[j] = xr[j] - m
		}
		c.prior.multiply(ws.u, row, ws.w)
		for j := range row {
			row[j] = (xr[j] + s[j] - w*ws.u[j]) / co.Alpha
		}
	}
	return nil
}

// alone reports whether D of row i is that of the model.
func (c *Composed) alone(i int) bool {
	_, list := c.group(i)
	return len(list) == 1 && c.o.Power == 1
}

// tempering returns 1 - a N and (1 - a N) (1 - t) σ² of row i.
func (c *Composed) tempering(i int, t float64, co sde.Coeff) (less, w float64) {
	_, list := c.group(i)
	less = 1 - c.o.Power*float64(len(list))
	return less, less * (1 - t) * co.Sigma * co.Sigma
}
