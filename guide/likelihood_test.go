package guide_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// errorModels with an observed number that each can have.
var errorModels = []struct {
	name  string
	l     sde.Likelihood
	y     float64
	count bool // y is a count or an outcome
}{
	{"normal", sde.NormalError{SD: 0.7}, 1.3, false},
	{"t", sde.StudentTError{Scale: 0.7, DF: 2.5}, 1.3, false},
	{"Laplace", sde.LaplaceError{Scale: 0.6}, 1.3, false},
	{"Poisson", sde.PoissonLikelihood{}, 3, true},
	{"Bernoulli", sde.BernoulliLikelihood{}, 1, true},
	{"Bernoulli 0", sde.BernoulliLikelihood{}, 0, true},
	{"mixture", sde.MixtureError{Weights: []float64{0.9, 0.1}, Parts: []sde.Likelihood{sde.NormalError{SD: 0.3}, sde.NormalError{SD: 3}}}, 1.3, false},
	{"scaled", sde.ScaledError{Error: sde.StudentTError{Scale: 0.7, DF: 4}, Scale: []float64{1.7}}, 1.3, false},
	{"for each", sde.ErrorPerEntry{sde.LaplaceError{Scale: 0.4}}, 1.3, false},
	{"annealed", sde.AnnealedError{Error: sde.NormalError{SD: 0.5}, Epsilon: func(t float64) float64 { return 1 + 3*t }}, 1.3, false},
}

type wrongGrad struct{ sde.Likelihood }

func (w wrongGrad) LogProb(j int, y, a, t float64) (float64, float64) {
	l, g := w.Likelihood.LogProb(j, y, a, t)
	return l, 1.01 * g
}

// gradError compares the gradient of an error law with central differences.
func gradError(l sde.Likelihood, y float64) float64 {
	worst := 0.0
	for _, a := range []float64{-1.7, 0.2, 1.1, 2.9} {
		const h = 1e-5
		_, g := l.LogProb(0, y, a, 0.4)
		up, _ := l.LogProb(0, y, a+h, 0.4)
		down, _ := l.LogProb(0, y, a-h, 0.4)
		worst = math.Max(worst, math.Abs(g-(up-down)/(2*h)))
	}
	return worst
}

func TestErrorModelsHaveTheirGradients(t *testing.T) {
	for _, c := range errorModels {
		if e := gradError(c.l, c.y); e > 1e-8 {
			t.Errorf("%s: the gradient is off by %.2g", c.name, e)
		}
		if gradError(wrongGrad{c.l}, c.y) < 1e-4 {
			t.Errorf("%s: a gradient 1 %% too large passes", c.name)
		}
	}
}

func TestErrorModelsIntegrateToOne(t *testing.T) {
	for _, c := range errorModels {
		mass := 0.0
		switch c.l.(type) {
		case sde.PoissonLikelihood:
			for y := range 60 {
				l, _ := c.l.LogProb(0, float64(y), 1.2, 0)
				mass += math.Exp(l)
			}
		case sde.BernoulliLikelihood:
			for y := range 2 {
				l, _ := c.l.LogProb(0, float64(y), 1.2, 0)
				mass += math.Exp(l)
			}
		default:
			for _, r := range [][2]float64{{-400, -5}, {-5, 0.8}, {0.8, 5}, {5, 400}} {
				mass += quad.Fixed(func(y float64) float64 {
					l, _ := c.l.LogProb(0, y, 0.8, 0.4)
					return math.Exp(l)
				}, r[0], r[1], 3000, nil, 0)
			}
		}
		if math.Abs(mass-1) > 3e-4 { // a t tail is what lies beyond
			t.Errorf("%s: mass %.6f", c.name, mass)
		}
	}
}

// The local approximation has the gradient of the law, and for normal errors is
// the law.
func TestLocalGaussianKeepsTheGradient(t *testing.T) {
	for _, c := range errorModels {
		l := c.l.(sde.LocallyGaussian)
		for _, a := range []float64{-1.7, 0.2, 2.9} {
			if p := l.Precision(0, c.y, a, 0.4); !(p > 0) {
				t.Errorf("%s: precision %g", c.name, p)
			}
		}
	}
	s := sde.ScaledError{Error: sde.NormalError{SD: 0.5}, Scale: []float64{3}}
	if p := s.Precision(0, 1, 2, 0); math.Abs(p-1/2.25) > 1e-15 {
		t.Errorf("scaled: precision %g", p)
	}
}

// curve is a nonlinear operator with everything that an operator may have.
func curve() sde.OperatorFunc {
	return sde.OperatorFunc{
		Dim: 3, Out: 2,
		F: func(dst, x []float64) { dst[0], dst[1] = x[0]*x[1]+x[2], math.Sin(x[0])+x[2]*x[2] },
		Grad: func(dst, x, v []float64) {
			dst[0] = x[1]*v[0] + math.Cos(x[0])*v[1]
			dst[1] = x[0] * v[0]
			dst[2] = v[0] + 2*x[2]*v[1]
		},
		Tangent: func(dst, x, u []float64) {
			dst[0] = x[1]*u[0] + x[0]*u[1] + u[2]
			dst[1] = math.Cos(x[0])*u[0] + 2*x[2]*u[2]
		},
	}
}

type derivative interface {
	sde.Operator
	sde.Puller
	sde.Pusher
}

// derivativeError compares Push with differences and Pull with Push.
func derivativeError(tb testing.TB, o derivative) float64 {
	tb.Helper()
	d, m := o.Dims()
	x, u, v := mat.NewDense(2, d, nil), mat.NewDense(2, d, nil), mat.NewDense(2, m, nil)
	for i := range 2 {
		for j := range d {
			x.Set(i, j, math.Cos(float64(i+3*j)))
			u.Set(i, j, math.Sin(float64(2*i+j)))
		}
		for k := range m {
			v.Set(i, k, float64(1+k)-0.7*float64(i))
		}
	}
	push, pull := mat.NewDense(2, m, nil), mat.NewDense(2, d, nil)
	if o.Push(push, x, u) != nil || o.Pull(pull, x, v) != nil {
		tb.Fatal("no derivative")
	}
	const h = 1e-5
	var hi, lo mat.Dense
	hi.Scale(h, u)
	lo.Sub(x, &hi)
	hi.Add(x, &hi)
	a, b := mat.NewDense(2, m, nil), mat.NewDense(2, m, nil)
	if o.Apply(a, &hi) != nil || o.Apply(b, &lo) != nil {
		tb.Fatal("no value")
	}
	worst := 0.0
	for i := range 2 {
		for k := range m {
			worst = math.Max(worst, math.Abs((a.At(i, k)-b.At(i, k))/(2*h)-push.At(i, k)))
		}
		s := mat.Dot(push.RowView(i), v.RowView(i)) - mat.Dot(pull.RowView(i), u.RowView(i))
		worst = math.Max(worst, math.Abs(s))
	}
	return worst
}

func TestOperatorsHaveTheirDerivatives(t *testing.T) {
	lin := sde.NewLinearMap(A2)
	lin.Offset = []float64{1, -2}
	for name, o := range map[string]derivative{
		"columns": sde.Columns{Dim: 3, Index: []int{2, 0}}, "linear": lin, "func": curve(),
		"stack": sde.Stack(lin, curve(), sde.Columns{Dim: 3, Index: []int{1}}),
	} {
		if e := derivativeError(t, o); e > 1e-9 {
			t.Errorf("%s: off by %.2g", name, e)
		}
	}
	wrong := curve()
	grad := wrong.Grad
	wrong.Grad = func(dst, x, v []float64) { grad(dst, x, v); dst[2] = v[0] + x[2]*v[1] }
	if derivativeError(t, wrong) < 1e-3 {
		t.Error("a wrong Grad passes")
	}
}

func TestPseudoInversesInvert(t *testing.T) {
	lin := sde.NewLinearMap(A2)
	lin.Offset = []float64{1, -2}
	y := mat.NewDense(2, 2, []float64{1, 2, -3, 0.5})
	for name, o := range map[string]sde.Operator{"columns": sde.Columns{Dim: 3, Index: []int{2, 0}}, "linear": lin} {
		x, back := mat.NewDense(2, 3, nil), mat.NewDense(2, 2, nil)
		if err := o.(sde.PseudoInverter).PseudoInverse(x, y); err != nil {
			t.Fatal(err)
		}
		if err := o.Apply(back, x); err != nil || !mat.EqualApprox(back, y, 1e-12) {
			t.Errorf("%s: A(A⁺(y)) is %v", name, mat.Formatted(back))
		}
	}
	if sde.NewLinearMap(mat.NewDense(2, 2, []float64{1, 2, 2, 4})).PseudoInverse(x22(), x22()) == nil {
		t.Error("a matrix of rank 1 has a right inverse")
	}
}

func x22() *mat.Dense { return mat.NewDense(2, 2, nil) }
