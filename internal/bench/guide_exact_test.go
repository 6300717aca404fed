package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// exactly is A x_0 = y with an error of standard deviation sd.
func exactly(m int, a, y []float64, sd float64) sde.Observation {
	return sde.Observation{A: sde.NewLinearMap(mat.NewDense(m, len(a)/m, a)), Y: mat.NewDense(len(y)/m, m, y), Error: sde.NormalError{SD: sd}}
}

// Observations that repeat each other, with no error or a small one, give every solver
// the rows of the dense one, and contradictions are refused in the same words.
func TestRepeatedObservations(t *testing.T) {
	const d = 12
	cov := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range d {
			cov.SetSym(i, j, math.Pow(0.5, math.Abs(float64(i-j))))
		}
	}
	prior, err := sde.NewGaussian(make([]float64, d), cov, sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	x0 := mat.NewDense(1, d, nil)
	prior.Sample(x0, 9, 0)
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name          string
		rank, m       int
		noise, sd     float64
		contradictory bool
	}{
		{"exact", 12, 20, 0, 0, false},
		{"exact, rank 7", 7, 20, 0, 0, false},
		{"exact, rank 3, few", 3, 5, 0, 0, false},
		{"rounding", 12, 20, 1e-10, 0, false},
		{"small error", 12, 24, 1e-6, 1e-6, false},
		{"small error, rank 7", 7, 20, 1e-4, 1e-4, false},
		{"far off for its error", 12, 20, 1e-3, 1e-6, false},
		{"contradictory", 7, 20, 1e-3, 0, true},
	} {
		A, y := mat.NewDense(c.m, d, nil), mat.NewDense(1, c.m, nil)
		for k := range c.m {
			for j := range d {
				if k < c.rank {
					A.Set(k, j, r.NormFloat64()/3)
				} else { // a combination of two rows before
					A.Set(k, j, A.At(k%c.rank, j)-2*A.At((k+1)%c.rank, j))
				}
			}
		}
		y.Mul(x0, A.T())
		for k := range c.m {
			y.Set(0, k, y.At(0, k)+c.noise*r.NormFloat64())
		}
		o := sde.Observation{A: sde.NewLinearMap(A), Y: y, Error: sde.NormalError{SD: c.sd}}
		var want *mat.Dense
		for _, term := range []guide.Term{
			guide.MMPS{Observation: o, Solver: guide.Dense}, guide.MMPS{Observation: o}, guide.MMPS{Observation: o, Solver: guide.Iterative},
		} {
			p := guide.New(prior, term)
			if c.contradictory {
				if !errors.Is(p.Err(), sde.ErrContradiction) {
					t.Errorf("%s: %v", c.name, p.Err())
				}
				continue
			}
			res, err := sample.Run(context.Background(), p, sample.DPMpp2M{}, 20, &sample.Options{Steps: 30, Seed: 4})
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if want == nil {
				want = res.X
			} else if !mat.EqualApprox(res.X, want, 1e-3) {
				var e mat.Dense
				e.Sub(res.X, want)
				t.Errorf("%s, solver %d: up to %.2g from the dense solver (%v)", c.name, term.(guide.MMPS).Solver, math.Max(mat.Max(&e), -mat.Min(&e)), p.Exactness())
			}
		}
	}
}

// PiGDM on independent data, with an observation twice.
func TestPiGDMTakesRepetitions(t *testing.T) {
	prior, err := sde.NewGaussian([]float64{1, 2}, mat.NewSymDense(2, []float64{4, 0, 0, 1}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	x, want, got := mat.NewDense(1, 2, []float64{0.4, -0.3}), mat.NewDense(1, 2, nil), mat.NewDense(1, 2, nil)
	if err := guide.New(prior, guide.PiGDM{Observation: exactly(1, []float64{1, 0}, []float64{2}, 0)}).Denoise(want, x, []float64{0.4}); err != nil {
		t.Fatal(err)
	}
	for _, y2 := range []float64{2, 2 + 1e-9} {
		if err := guide.New(prior, guide.PiGDM{Observation: exactly(2, []float64{1, 0, 1, 0}, []float64{2, y2}, 0)}).Denoise(got, x, []float64{0.4}); err != nil || !mat.EqualApprox(got, want, 1e-6) {
			t.Errorf("%v, want %v (%v)", got, want, err)
		}
	}
}

func TestContradictionsAreRefused(t *testing.T) {
	prior, err := sde.NewGaussian([]float64{1, 2}, mat.NewSymDense(2, []float64{1, 0.8, 0.8, 1}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	twice := exactly(2, []float64{1, 0, 1, 0}, []float64{-1, 3}, 0)
	one, other := exactly(1, []float64{1, 0}, []float64{-1}, 0), exactly(1, []float64{1, 0}, []float64{3}, 0)
	stacked := sde.Observation{A: sde.Stack(one.A, other.A), Y: twice.Y, Error: sde.NormalError{}}
	columns := sde.Observation{A: sde.Columns{Dim: 2, Index: []int{0, 0}}, Y: twice.Y, Error: sde.NormalError{}}
	rows := columns
	rows.Y = mat.NewDense(3, 2, []float64{1, 1, 2, 3, 4, 4})
	missing := columns
	missing.Y, missing.Missing = mat.NewDense(2, 2, []float64{1, math.NaN(), 2, 2}), true
	for i, c := range []struct {
		terms  []guide.Term
		refuse bool
	}{
		{[]guide.Term{guide.MMPS{Observation: twice}}, true},
		{[]guide.Term{guide.MMPS{Observation: twice, Solver: guide.Iterative}}, true},
		{[]guide.Term{guide.PiGDM{Observation: twice}}, true},
		{[]guide.Term{guide.MMPS{Observation: stacked}}, true},
		{[]guide.Term{guide.MMPS{Observation: columns}}, true},
		{[]guide.Term{guide.MMPS{Observation: rows}}, true},
		{[]guide.Term{guide.MMPS{Observation: missing}}, false},
		{[]guide.Term{guide.MMPS{Observation: one}, guide.PiGDM{Observation: other}}, true},
		{[]guide.Term{guide.MMPS{Observation: one}, guide.PiGDM{Observation: one}}, false},
	} {
		p := guide.New(prior, c.terms...)
		if got := errors.Is(p.Err(), sde.ErrContradiction); got != c.refuse || !c.refuse && p.Err() != nil {
			t.Errorf("%d: %v", i, p.Err())
		}
	}
	if p := guide.New(prior, guide.MMPS{Observation: rows}); fmt.Sprint(p.Err()) != "guide: row 1: "+sde.ErrContradiction.Error() {
		t.Errorf("%v", p.Err())
	}
}
