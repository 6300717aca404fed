package guide

import (
	"fmt"

	"tweedie/internal/numeric"
	"tweedie/sde"
)

// precision stores in p.m the precision of x_0 given x_t under the observation of pair k,
// in units of that under the prior.
func (c *Composed) precision(p *pairs, k int) error {
	d, i := c.Dim(), p.rows[k]
	root, co := p.root.RawRowView(i), p.coeff[i]
	if c.o.Composition == GAUSS {
		c.normal(p.m, p.obs[k], root, co)
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
	if c.o.Covariances != nil {
		c.normal(p.g, p.obs[k], root, co)
		if !believable(p.m, p.g, p.r, p.l, d) {
			c.normal(p.m, p.obs[k], root, co)
			return nil
		}
	}
	if !invertRatio(p.m, p.r, p.l, d, leastRatio) {
		return fmt.Errorf("guide: composition: observation %d, row %d, σ/α %.4g: the Jacobian of the posterior is not finite", p.obs[k], i, co.Sigma/co.Alpha)
	}
	return nil
}

// normal stores in m the precision of x_0 given x_t, in units of that under the prior, as if
// the posterior of observation k were normal with its covariance: C⁻¹ + α²/σ².
func (c *Composed) normal(m []float64, k int, root []float64, co sde.Coeff) {
	d, h := c.Dim(), co.Sigma/co.Alpha
	for a := range d {
		for e := range d {
			m[a*d+e] = h * h * c.prec[k][a*d+e] / (root[a] * root[e])
		}
		m[a*d+a]++
	}
}

// trustedRatio bounds the variances of JAC: they are within this factor of those of a normal
// posterior of the same covariance, in every direction.
const trustedRatio = 4.0

// believable bounds the variance v by the precision g of the normal posterior, G = L Lᵀ:
// eigenvalues of Lᵀ V L are kept within [1/4, 4]. It reports false where one of them is no
// variance at all: not positive, or not finite. It overwrites g. r and l are memory.
func believable(v, g, r, l []float64, d int) bool {
	if !cholesky(g, d) {
		return false
	}
	for a := range d { // r = V L
		for e := range d {
			sum := 0.0
			for k := e; k < d; k++ {
				sum += v[a*d+k] * g[k*d+e]
			}
			r[a*d+e] = sum
		}
	}
	for a := range d { // v = Lᵀ r
		for e := range d {
			sum := 0.0
			for k := a; k < d; k++ {
				sum += g[k*d+a] * r[k*d+e]
			}
			if v[a*d+e] = sum; sum-sum != 0 {
				return false
			}
		}
	}
	eigen(v, l, d)
	for a := range d {
		if r[a] = v[a*d+a]; !(r[a] > 0) {
			return false
		}
		r[a] = min(max(r[a], 1/trustedRatio), trustedRatio)
	}
	for a := range d {
		for e := range d {
			sum := 0.0
			for k := range d {
				sum += l[a*d+k] * r[k] * l[e*d+k]
			}
			v[a*d+e] = sum
		}
	}
	for range 2 { // L⁻ᵀ (L⁻ᵀ W)ᵀ
		for a := range d {
			solveUpper(g, v[a*d:a*d+d], d)
		}
		for a := range d {
			for e := range a {
				v[a*d+e], v[e*d+a] = v[e*d+a], v[a*d+e]
			}
		}
	}
	return true
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
