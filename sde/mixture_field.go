package sde

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
)

// mixRow has the residuals of a row in the basis of each component, and responsibilities.
type mixRow struct{ resp, res, dots, tmp []float64 }

// row lays a mixRow out in *buf, which has the length rowLen.
func (m *Mixture) row(buf []float64) mixRow {
	k, d := len(m.Comps), m.Dim()
	return mixRow{buf[:k], buf[k : k+k*d], buf[k+k*d : 2*k+k*d], buf[2*k+k*d:]}
}

func (m *Mixture) rowLen() int { return len(m.Comps)*(m.Dim()+2) + m.Dim() }

// enter fills the residuals and responsibilities of x and returns log p_t(x).
func (m *Mixture) enter(r mixRow, x []float64, c Coeff) float64 {
	d := len(x)
	for k, g := range m.Comps {
		y := r.res[k*d : k*d+d]
		g.eig.residual(y, x, c.Alpha, g.Mu)
		r.resp[k] = m.logw[k] + g.eig.logDensity(y, c)
	}
	return numeric.Softmax(r.resp)
}

// each calls f for every row with its state, in which enter has run.
func (m *Mixture) each(x *mat.Dense, t []float64, f func(i int, c Coeff, r mixRow, logp float64)) {
	buf := borrow(m.rowLen())
	defer release(buf)
	r := m.row(*buf)
	n, _ := x.Dims()
	for i := range n {
		c := at(m.Sched, t, i)
		f(i, c, r, m.enter(r, x.RawRowView(i), c))
	}
}

// Denoise implements Denoiser. Its error is always nil.
func (m *Mixture) Denoise(dst, x *mat.Dense, t []float64) error {
	checkBatch(dst, x, t, m.ready().Dim())
	m.each(x, t, func(i int, c Coeff, r mixRow, _ float64) {
		row := dst.RawRowView(i)
		clear(row)
		for k, g := range m.Comps {
			if w := r.resp[k]; w > 0 {
				y := r.res[k*len(row) : (k+1)*len(row)]
				g.eig.shrink(y, c)
				for j, mu := range g.Mu {
					row[j] += w * mu
				}
				g.eig.addBack(row, w, y)
			}
		}
	})
	return nil
}

func (m *Mixture) Score(dst, x *mat.Dense, t []float64) {
	checkBatch(dst, x, t, m.ready().Dim())
	m.each(x, t, func(i int, c Coeff, r mixRow, _ float64) {
		row := dst.RawRowView(i)
		clear(row)
		for k, g := range m.Comps {
			if w := r.resp[k]; w > 0 {
				y := r.res[k*len(row) : (k+1)*len(row)]
				g.eig.whiten(y, c)
				g.eig.addBack(row, w, y)
			}
		}
	})
}

func (m *Mixture) LogProb(dst []float64, x *mat.Dense, t []float64) {
	checkRows(dst, x, t, m.ready().Dim())
	m.each(x, t, func(i int, _ Coeff, _ mixRow, logp float64) { dst[i] = logp })
}

// Linearize implements Differentiable. The pullback keeps x and t.
func (m *Mixture) Linearize(mean, x *mat.Dense, t []float64) (Pullback, error) {
	err := m.Denoise(mean, x, t)
	return func(dst, v *mat.Dense) error {
		checkBatch(dst, v, t, m.Dim())
		checkBatch(dst, x, t, m.Dim())
		m.each(x, t, func(i int, c Coeff, r mixRow, _ float64) {
			m.pull(dst.RawRowView(i), v.RawRowView(i), c, r)
		})
		return nil
	}, err
}

// pull stores Jᵀv in dst: Σ r_k (K_k v + s_k (D_k - D)·v).
func (m *Mixture) pull(dst, v []float64, c Coeff, r mixRow) {
	d := len(dst)
	clear(dst)
	mean := 0.0 // D·v
	for k, g := range m.Comps {
		w := r.resp[k]
		if w == 0 {
			continue
		}
		// (D_k - μ_0)·v: the origin cancels from the differences, the digits of
		// a common offset of the components would not.
		dot := 0.0
		for j, mu := range g.Mu {
			dot += (mu - m.Comps[0].Mu[j]) * v[j]
		}
		g.eig.rotate(r.tmp, v)
		g.eig.shrink(r.tmp, c)
		g.eig.addBack(dst, w, r.tmp)
		for j, y := range r.res[k*d : k*d+d] {
			dot += y * r.tmp[j] // K_k is symmetric: (K r)·v = r·(K v)
		}
		r.dots[k] = dot
		mean += w * dot
	}
	for k, g := range m.Comps {
		if w := r.resp[k]; w > 0 {
			y := r.res[k*d : k*d+d]
			g.eig.whiten(y, c)
			g.eig.addBack(dst, w*(r.dots[k]-mean), y)
		}
	}
}
