package guide

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// curvature is the part of the gradient of log N(y; A(D), S) that moment matching
// leaves out, that of S = Σ_y + A V Aᵀ, V = σ²/α J. With u = S⁻¹ (y - A(D)) and
// the eigenvectors q_k of
//
//	M = ½ (u uᵀ - S⁻¹) = Σ_k c_k q_k q_kᵀ,   b_k = A'ᵀ q_k,
//
// it is σ²/α Σ_k c_k ∇(b_kᵀ J b_k), and since J is the derivative of D in every
// direction alike, ∇(bᵀ J b) is the derivative of Jᵀ b along b: a difference of
// two backward passes. It is the third cumulant Cov[x_0, (b·x_0)²] up to a
// factor, so that 0 is what it is for Gaussians.
type curvature struct {
	dirs adjoints   // b_k of every row
	coef *mat.Dense // c_k of every row, n×m
}

// curveStep is the step of the differences in units of σ: small enough for the
// denoiser to be linear over it, and large against the rounding of float32.
const curveStep = 1e-2

func (at State) curvature(m int) *curvature {
	c := &curvature{at.adjoints(m), at.Scratch(at.Rows(), m)}
	for _, d := range c.dirs {
		clear(d.RawMatrix().Data)
	}
	return c
}

// set finds directions and coefficients of row i from what the solver left: the
// solution u, and S⁻¹ in inv, which is destroyed. b are the rows of A'.
func (c *curvature) set(i int, u, inv, q []float64, b adjoints) {
	m := len(u)
	for j := range m {
		for k := range m {
			inv[j*m+k] = (u[j]*u[k] - inv[j*m+k]) / 2
		}
	}
	eigen(inv, q, m)
	for k := range m {
		c.coef.Set(i, k, inv[k*m+k])
		for l := range m {
			numeric.Axpy(c.dirs.row(k, i), q[l*m+k], b.row(l, i))
		}
	}
}

// add adds the curvature to g.
func (c *curvature) add(g *mat.Dense, at State) error {
	n, d := at.X.Dims()
	x, mean := at.Scratch(n, d), at.Scratch(n, d)
	var ends [2]*mat.Dense
	h := at.floats(n)
	for k, b := range c.dirs {
		for s := range ends {
			if k == 0 {
				ends[s] = at.Scratch(n, d)
			}
			for i := range n {
				row := x.RawRowView(i)
				copy(row, at.X.RawRowView(i))
				if size := norm(b.RawRowView(i)); size > 0 {
					h[i] = curveStep * at.Coeff(i).Sigma / size
					numeric.Axpy(row, float64(1-2*s)*h[i], b.RawRowView(i))
				} else {
					h[i] = 0
				}
			}
			pull, err := at.Prior().Linearize(mean, x, at.T)
			if err != nil {
				return err
			}
			at.ws.pulls++
			if err := pull(ends[s], b); err != nil {
				return err
			}
		}
		for i := range n {
			if h[i] == 0 {
				continue
			}
			f := at.Coeff(i).Tweedie() * c.coef.At(i, k) / (2 * h[i])
			numeric.Axpy(g.RawRowView(i), f, ends[0].RawRowView(i))
			numeric.Axpy(g.RawRowView(i), -f, ends[1].RawRowView(i))
		}
	}
	return nil
}

// inverse stores (Σ_y + s)⁻¹ in dst, from the eigenvalues and eigenvectors that solve left.
func (y system) inverse(dst, v []float64) {
	m := y.m
	whiten, top := true, 0.0
	for j, x := range v {
		whiten = whiten && x > 0
		top = math.Max(top, y.s[j*m+j])
	}
	unit := v
	if !whiten {
		unit = y.unit
	}
	weight := func(j int) float64 {
		if math.IsInf(v[j], 1) {
			return 0
		}
		return 1 / math.Sqrt(unit[j])
	}
	for j := range m {
		for k := range m {
			s := 0.0
			for l := range m {
				s += y.q[j*m+l] * y.q[k*m+l] * y.gain(l, whiten, top)
			}
			dst[j*m+k] = s * weight(j) * weight(k)
		}
	}
}

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
