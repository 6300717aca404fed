package guide_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// Bounds of a linear operator are a constraint of Within.
func TestBoundsOfLinearOperatorsAreWithin(t *testing.T) {
	a := []float64{1, -0.5, 2}
	linear := func(scale float64) sde.OperatorFunc {
		return sde.OperatorFunc{Dim: 3, Out: 1,
			F:    func(dst, x []float64) { dst[0] = a[0]*x[0] + a[1]*x[1] + a[2]*x[2] },
			Grad: func(dst, _, v []float64) { dst[0], dst[1], dst[2] = scale*v[0]*a[0], v[0]*a[1], v[0]*a[2] },
		}
	}
	for _, l := range []sde.Differentiable{full(sde.VP{}), modes(sde.Rectified{})} {
		for _, b := range [][2]float64{{0.5, 1}, {math.Inf(-1), 0}, {3, math.Inf(1)}} {
			want := guide.New(l, guide.Within{{A: a, Lo: b[0], Hi: b[1]}})
			if e := apart(t, guide.New(l, guide.Bounds{A: linear(1), Lo: b[0], Hi: b[1]}), want, l.(sde.Law)); !(e < 1e-12) {
				t.Errorf("%v: %.2g from Within", b, e)
			}
			if e := apart(t, guide.New(l, guide.Bounds{A: linear(1.01), Lo: b[0], Hi: b[1]}), want, l.(sde.Law)); e < 1e-6 {
				t.Errorf("%v: a wrong gradient passes", b)
			}
		}
	}
}

// A monotone map of a number has the bounds of the number, mapped, where it is
// all but certain; and what has no meaning is refused.
func TestBoundsOfCurvedOperators(t *testing.T) {
	l := line(sde.VP{}, 0.3, 1)
	exp := sde.OperatorFunc{Dim: 1, Out: 1,
		F:    func(dst, x []float64) { dst[0] = math.Exp(x[0]) },
		Grad: func(dst, x, v []float64) { dst[0] = math.Exp(x[0]) * v[0] },
	}
	curved := guide.New(l, guide.Bounds{A: exp, Lo: math.Inf(-1), Hi: 2})
	plain := guide.New(l, guide.Within{guide.Interval(1, 0, math.Inf(-1), math.Log(2))})
	x := mat.NewDense(3, 1, []float64{0.6, 0.69, 0.72})
	at := func(d sde.Denoiser, time float64) *mat.Dense { return denoise(t, d, x, time) }
	if a, b := at(curved, 1e-3), at(plain, 1e-3); !mat.EqualApprox(a, b, 1e-3) {
		t.Errorf("%v, not %v", mat.Formatted(a.T()), mat.Formatted(b.T()))
	}
	if mat.EqualApprox(at(curved, 1e-3), at(l, 1e-3), 1e-3) {
		t.Error("no guidance passes")
	}
	for _, b := range []guide.Bounds{{}, {A: exp, Lo: 1, Hi: 1}, {A: exp, Lo: math.Inf(-1), Hi: math.Inf(1)},
		{A: sde.OperatorFunc{Dim: 2, Out: 1, F: exp.F}, Hi: 1}, {A: sde.OperatorFunc{Dim: 1, Out: 2, F: exp.F}, Hi: 1}} {
		if guide.New(l, b).Err() == nil {
			t.Errorf("%+v is accepted", b)
		}
	}
}
