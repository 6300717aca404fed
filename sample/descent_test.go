package sample

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// cubic observes u + u³ of the mean u of the coordinates.
type cubic struct{ d int }

func (o cubic) Dims() (d, m int) { return o.d, 1 }

func (o cubic) mean(row []float64) float64 {
	s := 0.0
	for _, v := range row {
		s += v / float64(o.d)
	}
	return s
}

func (o cubic) Apply(dst, x *mat.Dense) error {
	n, _ := x.Dims()
	for i := range n {
		u := o.mean(x.RawRowView(i))
		dst.Set(i, 0, u+u*u*u)
	}
	return nil
}

func (o cubic) Pull(dst, x, v *mat.Dense) error {
	n, _ := x.Dims()
	for i := range n {
		u := o.mean(x.RawRowView(i))
		for j := range o.d {
			dst.Set(i, j, (1+3*u*u)/float64(o.d)*v.At(i, 0))
		}
	}
	return nil
}

// pulled is a matrix with its adjoint.
type pulled struct{ matrix }

func (o pulled) Pull(dst, _, v *mat.Dense) error { dst.Mul(v, o.m); return nil }

// student is an error of Student's law of 3 degrees of freedom.
type student struct{ scale float64 }

func (e student) LogProb(_ int, y, a, _ float64) (logp, grad float64) {
	r := (y - a) / e.scale
	return -2 * math.Log1p(r*r/3), 4 * r / (3 + r*r) / e.scale
}

func descentOf(tb testing.TB, d sde.Denoiser, o sde.Observation, n int) *descent {
	tb.Helper()
	w, err := ConditionOnObservation(d, o)
	if err != nil {
		tb.Fatal(err)
	}
	c, ok, err := conditionOf[observed](w, n)
	if !ok || err != nil {
		tb.Fatal(err)
	}
	return newDescent(c.Observation)
}

// For a linear A and a normal error L-BFGS finds the closed form, at every ratio of
// the two variances.
func TestDescentIsTheClosedForm(t *testing.T) {
	law, err := sde.NewGaussian(make([]float64, 4), mat.NewDiagDense(4, []float64{1, 1, 1, 1}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	A := matrix{mat.NewDense(2, 4, []float64{1, -2, 0.5, 3, 0, 1, 1, -1}), []float64{0.3, -1}}
	y := mat.NewDense(3, 2, []float64{1, 2, -3, 0.5, 4, 4})
	x := mat.NewDense(3, 4, []float64{0.1, 2, -1, 0.4, 3, 3, 3, 3, 0, 0, 0, 0})
	for _, sd := range []float64{0.01, 0.3, 2} {
		for _, v := range []float64{1e-4, 0.5, 1e4} {
			at := func(sd float64) *mat.Dense {
				p, err := measuredOf(withMeasured(t, law, LinearCondition{A, y, sd}), 3)
				if err != nil {
					t.Fatal(err)
				}
				z := mat.DenseCopyOf(x)
				p.prox(z, v, nil, make([]float64, 2))
				return z
			}
			got := mat.DenseCopyOf(x)
			if err := descentOf(t, law, sde.Observation{A: pulled{A}, Y: y, Error: normalError{sd}}, 3).prox(got, v); err != nil {
				t.Fatal(err)
			}
			scale := math.Max(1, math.Sqrt(v))
			if e := maxDiff(got, at(sd)); e > 1e-7*scale {
				t.Errorf("sd %g, v %g: off by %g", sd, v, e)
			}
			if moved := maxDiff(at(sd), at(1.01*sd)); moved > 2e-7*scale && maxDiff(got, at(1.01*sd)) < 1e-7*scale {
				t.Errorf("sd %g, v %g: another error passes", sd, v)
			}
		}
	}
}

// For a non-linear A and errors with outliers it finds the minimum that a search of
// the whole line does.
func TestDescentIsTheMinimumOnTheLine(t *testing.T) {
	law := gauss1(t, 0, 1, sde.VP{})
	for _, y := range []float64{-3, 0.2, 10} {
		for _, center := range []float64{-0.5, 1, 2.5} {
			for _, v := range []float64{0.05, 0.4, 3} {
				f := func(x float64) float64 {
					l, _ := student{0.3}.LogProb(0, y, x+x*x*x, 0)
					return 0.5*(x-center)*(x-center)/v - l
				}
				best, minima := center, 0
				const h = 1e-4
				for x := -6.; x < 6; x += h {
					if f(x) < f(best) {
						best = x
					}
					if f(x) < f(x-h) && f(x) < f(x+h) {
						minima++
					}
				}
				x := mat.NewDense(1, 1, []float64{center})
				if err := descentOf(t, law, sde.Observation{A: cubic{1}, Y: mat.NewDense(1, 1, []float64{y}), Error: student{0.3}}, 1).prox(x, v); err != nil {
					t.Fatal(err)
				}
				got := x.At(0, 0)
				if minima == 1 && math.Abs(got-best) > 2*h {
					t.Errorf("y %g, centre %g, v %g: %g, want %g", y, center, v, got, best)
				}
				// with several minima, one of them, and no higher than where it began
				if !(f(got) <= f(center)) || f(got) > math.Min(f(got-h), f(got+h)) {
					t.Errorf("y %g, centre %g, v %g: %g is no minimum", y, center, v, got)
				}
				if minima == 1 && math.Abs(center-best) < 2*h {
					t.Errorf("y %g, centre %g, v %g: nothing to be found", y, center, v)
				}
			}
		}
	}
}

// rosenbrock is a function whose level sets are bent and narrow.
type rosenbrock struct{}

func (rosenbrock) value(u, g []float64) (float64, error) {
	a, b := 1-u[0], u[1]-u[0]*u[0]
	g[0], g[1] = -2*a-400*b*u[0], 200*b
	return a*a + 100*b*b, nil
}

func TestDescentOfABentValley(t *testing.T) {
	u := []float64{-1.2, 1}
	if err := newLBFGS(2).minimize(u, 1e-9, rosenbrock{}); err != nil || math.Abs(u[0]-1)+math.Abs(u[1]-1) > 1e-7 {
		t.Errorf("%v, %v", u, err)
	}
}

// DiffPIR by L-BFGS and in closed form give the same rows; each row is moved to
// its own observation.
func TestDiffPIRByDescent(t *testing.T) {
	base := bimodal(t, sde.VP{})
	A := matrix{mat.NewDense(1, 2, []float64{1, -2}), nil}
	y := mat.NewDense(4, 1, []float64{1, -0.5, 3, 0})
	run := func(d sde.Denoiser, err error, o *Options) *mat.Dense {
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(context.Background(), d, DiffPIR{}, 4, o)
		if err != nil {
			t.Fatal(err)
		}
		return res.X
	}
	bound := func(e normalError) (sde.Denoiser, error) {
		return ConditionOnObservation(base, sde.Observation{A: pulled{A}, Y: y, Error: e})
	}
	d, err := bound(normalError{0.2})
	got := run(d, err, &Options{Steps: 20, Seed: 3, Block: 3})
	d, err = ConditionOnLinear(base, LinearCondition{A, y, 0.2})
	want := run(d, err, &Options{Steps: 20, Seed: 3})
	if e := maxDiff(got, want); e > 1e-6 {
		t.Errorf("off by %g", e)
	}
	d, err = bound(normalError{0.25})
	if maxDiff(run(d, err, &Options{Steps: 20, Seed: 3}), want) < 1e-3 {
		t.Error("another error passes")
	}
	d, err = ConditionOnObservation(base, sde.Observation{A: cubic{2}, Y: y, Error: normalError{0.05}})
	x, a := run(d, err, &Options{Steps: 30, Seed: 3}), mat.NewDense(4, 1, nil)
	if err := (cubic{2}).Apply(a, x); err != nil || maxDiff(a, y) > 0.3 {
		t.Errorf("%v observed, %v restored (%v)", y.RawMatrix().Data, a.RawMatrix().Data, err)
	}
}

func TestDescentDoesNotAllocate(t *testing.T) {
	c := descentOf(t, gauss1(t, 0, 1, sde.VP{}), sde.Observation{A: cubic{1}, Y: mat.NewDense(1, 1, []float64{2}), Error: student{0.3}}, 5)
	x := mat.NewDense(5, 1, nil)
	if n := testing.AllocsPerRun(20, func() {
		for i := range 5 {
			x.Set(i, 0, float64(i)-1)
		}
		_ = c.prox(x, 0.5)
	}); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

type noPull struct{ identity }

func TestObservedRefuses(t *testing.T) {
	base, one := gauss1(t, 0, 1, sde.VP{}), mat.NewDense(1, 1, nil)
	for name, o := range map[string]sde.Observation{
		"nothing":    {},
		"no pull":    {A: noPull{}, Y: one, Error: normalError{1}},
		"widths":     {A: cubic{1}, Y: mat.NewDense(1, 2, nil), Error: normalError{1}},
		"dimensions": {A: cubic{2}, Y: one, Error: normalError{1}},
		"NaN":        {A: cubic{1}, Y: mat.NewDense(1, 1, []float64{math.NaN()}), Error: normalError{1}},
	} {
		if _, err := ConditionOnObservation(base, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	d, err := ConditionOnObservation(base, sde.Observation{A: cubic{1}, Y: mat.NewDense(2, 1, nil), Error: normalError{1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), d, DiffPIR{}, 3, nil); err == nil {
		t.Error("fewer observations than rows: no error")
	}
	for _, m := range []Method{DAPS{}, DDNM{}, DPSStep{}} {
		if _, err := Run(context.Background(), d, m, 2, nil); err == nil || !strings.Contains(err.Error(), "closed form") {
			t.Errorf("%s: %v", m.Info().Name, err)
		}
	}
	if _, err := (SplitGibbs{}).Run(context.Background(), d, 2, nil); err == nil || !strings.Contains(err.Error(), "closed form") {
		t.Errorf("split Gibbs: %v", err)
	}
	never := sde.Observation{A: cubic{1}, Y: one, Error: impossible{}}
	if d, err = ConditionOnObservation(base, never); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), d, DiffPIR{}, 2, nil); err == nil || !strings.Contains(err.Error(), "likelihood is 0") {
		t.Errorf("a likelihood of 0: %v", err)
	}
}

// impossible is an error model under which nothing is likely.
type impossible struct{}

func (impossible) LogProb(int, float64, float64, float64) (logp, grad float64) {
	return math.Inf(-1), 0
}
