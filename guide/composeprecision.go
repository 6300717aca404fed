package guide

import (
	"fmt"

	"tweedie/internal/numeric"
)

// precision stores in p.m the precision of x_0 given x_t under the observation of pair k,
// in units of that under the prior.
func (c *Composed) precision(p *pairs, k int) error {
	d, i := c.Dim(), p.rows[k]
	root, co := p.root.RawRowView(i), p.coeff[i]
	if c.o.Composition == GAUSS {
		h := co.Sigma / co.Alpha
		for a := range d {
			for e := range d {
				p.m[a*d+e] = h * h * c.prec[p.obs[k]][a*d+e] / (root[a] * root[e])
			}
			p.m[a*d+a]++
		}
		return nil
	}
	// √λ Qᵀ α J Q √λ
	for j := range d {
		c.prior.enter(p.r[j*d:j*d+d], p.cols[j].RawRowView(k), root)
	}
	clear(p.m)
	for j := range d {
		for a := range d {
			numeric.Axpy(p.m[a*d:a*d+d], co.Alpha*root[a]*c.prior.q[j*d+a], p.r[j*d:j*d+d])
		}
	}
	for a := range d {
		for e := range a {
			v := (p.m[a*d+e] + p.m[e*d+a]) / 2
			p.m[a*d+e], p.m[e*d+a] = v, v
		}
	}
	if !invertRatio(p.m, p.r, p.l, d, c.least[p.obs[k]]) {
		return fmt.Errorf("guide: composition: observation %d, row %d, σ/α %.4g: the Jacobian of the posterior is not finite", p.obs[k], i, co.Sigma/co.Alpha)
	}
	return nil
}

// invertRatio replaces the symmetric m by its inverse, with eigenvalues of m kept within
// [least, 1]. r and l are memory. It reports whether m is finite.
func invertRatio(m, r, l []float64, d int, least float64) bool {
	copy(l, m)
	copy(r, m)
	for a := range d {
		for e := range d {
			r[a*d+e] = -r[a*d+e]
		}
		l[a*d+a] -= least
		r[a*d+a]++
	}
	if cholesky(l, d) && cholesky(r, d) {
		copy(l, m)
		if cholesky(l, d) {
			invertFactor(m, l, d)
			return true
		}
	}
	for _, v := range m {
		if v-v != 0 {
			return false
		}
	}
	eigen(m, l, d)
	for a := range d {
		r[a] = 1 / min(max(m[a*d+a], least), 1)
	}
	for a := range d {
		for e := range d {
			sum := 0.0
			for k := range d {
				sum += l[a*d+k] * r[k] * l[e*d+k]
			}
			m[a*d+e] = sum
		}
	}
	return true
}

// invertFactor stores (L Lᵀ)⁻¹ in m.
func invertFactor(m, l []float64, d int) {
	clear(m)
	for k := range d {
		row := m[k*d : k*d+d] // symmetric: column k
		row[k] = 1
		solveLower(l, row, d)
		solveUpper(l, row, d)
	}
}
