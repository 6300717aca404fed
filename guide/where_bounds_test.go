package guide_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// steep is a prior of two columns with a wrong Jacobian: that of the first column in
// itself is multiplied, and one of the first column in the second is made up.
type steep struct {
	sde.Differentiable
	own, other float64
}

func (p steep) Unwrap() sde.Denoiser { return p.Differentiable }

func (p steep) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	pull, err := p.Differentiable.Linearize(mean, x, t)
	return func(dst, v *mat.Dense) error {
		if err := pull(dst, v); err != nil {
			return err
		}
		for i := range dst.RawMatrix().Rows {
			dst.Set(i, 0, p.own*dst.At(i, 0))
			dst.Set(i, 1, dst.At(i, 1)+p.other*v.At(i, 0))
		}
		return nil
	}, err
}

// However wrong a learned Jacobian is, the number of an event spreads at most twice as
// far as a normal one of its variance, and no other column moves further than the
// probability of the event allows.
func TestEventsAreBoundedUnderWrongJacobians(t *testing.T) {
	const tau2, lo, hi = 4.0, 1.0, 1.5 // tau2 is the variance of the second column
	law := gaussian(sde.VP{}, []float64{0, 0}, 1, 0, 0, tau2)
	x := mat.NewDense(3, 2, []float64{0.1, 0.2, -1, 0.5, 0.8, -0.4})
	phi := func(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }
	for _, time := range []float64{0.2, 0.5, 0.9} {
		for _, c := range []struct{ own, variance float64 }{{1, 1}, {1e5, 4}, {-7, 1e-3}} {
			for _, other := range []float64{1e4, -1e4} {
				p := guide.New(steep{law, c.own, other}, guide.Where{guide.Between(0, lo, hi)})
				logp, free := make([]float64, 3), denoise(t, law, x, time)
				if err := p.LogProb(logp, x, []float64{time}); err != nil {
					t.Fatal(err)
				}
				guided := denoise(t, p, x, time)
				k := sde.VP{}.Coeff(time)
				r := k.Sigma * k.Sigma / (k.Alpha * k.Alpha)
				s := math.Sqrt(c.variance * r / (r + 1))
				for i := range 3 {
					d := free.At(i, 0)
					want := phi((hi-d)/s) - phi((lo-d)/s)
					if e := math.Exp(logp[i])/want - 1; want > 1e-12 && math.Abs(e) > 1e-6 {
						t.Errorf("t = %g, Jacobian times %g: P off by %.2g", time, c.own, e)
					}
					most := math.Copysign(math.Sqrt(math.Expm1(-logp[i]))*2*math.Sqrt(tau2), other)
					if moved := guided.At(i, 1) - free.At(i, 1); math.Abs(moved) > math.Abs(most)*(1+1e-9) {
						t.Errorf("t = %g, Jacobian times %g: the other column moves by %.3g, more than %.3g", time, c.own, moved, most)
					} else if math.Abs(most) < 30 && moved/most < 1-1e-9 { // no more than 40 are possible
						t.Errorf("t = %g: the bound of %.3g is not what holds %.3g", time, most, moved)
					}
				}
			}
		}
	}
}

// A row without noise is within bounds or it is not, at either end.
func TestBoundsOfRowsWithoutNoise(t *testing.T) {
	first := sde.OperatorFunc{Dim: 2, Out: 1, F: func(dst, x []float64) { dst[0] = x[0] }, Grad: func(dst, _, v []float64) { dst[0], dst[1] = v[0], 0 }}
	prior := gaussian(sde.VP{}, []float64{0, 0}, 1, 0, 0, 1)
	x := mat.NewDense(5, 2, []float64{0.4, 0, 0.5, 3, 0.7, 0, 1, 3, 1.1, 0})
	for _, c := range []struct {
		lo, hi float64
		fits   [5]bool
	}{
		{0.5, 1, [5]bool{false, true, true, true, false}},
		{math.Inf(-1), 0.7, [5]bool{true, true, true, false, false}},
		{0.7, math.Inf(1), [5]bool{false, false, true, true, true}},
	} {
		got := make([]float64, 5)
		if err := guide.New(prior, guide.Bounds{A: first, Lo: c.lo, Hi: c.hi}).LogLikelihood(got, x); err != nil {
			t.Fatal(err)
		}
		for i, fits := range c.fits {
			if want := math.Log(map[bool]float64{true: 1}[fits]); got[i] != want {
				t.Errorf("[%g, %g], row %d: %g, want %g", c.lo, c.hi, i, got[i], want)
			}
		}
	}
}
