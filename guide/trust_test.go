package guide

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// For Gaussian data the bound holds: the shift of moment matching is never made
// shorter. A Jacobian with an error, as a network's, is where it binds.
func TestTrustLeavesGaussiansAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	bound := false
	for range 300 {
		const d, m = 4, 2
		l, a := mat.NewDense(d, d, nil), mat.NewDense(m, d, nil)
		for i := range d {
			for j := range d {
				l.Set(i, j, r.NormFloat64())
			}
			for k := range m {
				a.Set(k, i, r.NormFloat64())
			}
		}
		var cov, prec, v mat.Dense
		cov.Mul(l, l.T())
		c := sde.VP{}.Coeff(r.Float64())
		if err := prec.Inverse(&cov); err != nil {
			continue
		}
		for j := range d {
			prec.Set(j, j, prec.At(j, j)+c.Alpha*c.Alpha/(c.Sigma*c.Sigma))
		}
		if err := v.Inverse(&prec); err != nil {
			continue
		}
		variance := make([]float64, d)
		for j := range variance {
			variance[j] = cov.At(j, j)
		}
		res := []float64{3 * r.NormFloat64(), 3 * r.NormFloat64()}
		if f := trustCase(&v, a, res, variance, c); f < 1 {
			t.Fatalf("an exact shift is scaled by %g", f)
		}
		for i := range d { // the twin: errors of 0.02 in the Jacobian, times σ²/α
			for j := range d {
				v.Set(i, j, v.At(i, j)+0.02*c.Tweedie()*r.NormFloat64())
			}
		}
		bound = bound || trustCase(&v, a, res, variance, c) < 0.5
	}
	if !bound {
		t.Error("the bound never binds for a wrong Jacobian")
	}
}

// trustCase is the factor for the shift V Aᵀ (A V Aᵀ + 0.01 I)⁻¹ r.
func trustCase(v, a *mat.Dense, r, variance []float64, c sde.Coeff) float64 {
	var va, s, u mat.Dense
	va.Mul(v, a.T())
	s.Mul(a, &va)
	for k := range len(r) {
		s.Set(k, k, math.Max(s.At(k, k), 0)+0.01)
	}
	rv := mat.NewDense(len(r), 1, append([]float64(nil), r...))
	if err := u.Solve(&s, rv); err != nil {
		return 1
	}
	var shift mat.Dense
	shift.Mul(&va, &u)
	g, q := make([]float64, len(variance)), 0.0
	for j := range g {
		g[j] = shift.At(j, 0) / c.Tweedie()
	}
	for k, x := range r {
		q += x * u.At(k, 0)
	}
	return trusted(g, q, variance, c)
}
