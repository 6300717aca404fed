package sample

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// What no row satisfies is refused by all methods that take observations without error.
func TestContradictionsAreRefused(t *testing.T) {
	d := gauss2(t, 1, 2, 1, sde.VP{})
	a := sde.NewLinearMap(mat.NewDense(2, 2, []float64{1, 0, 1, 0}))
	for _, c := range []struct {
		y, sd  float64
		refuse bool
	}{{3, 0, true}, {2.001, 0, true}, {2, 0, false}, {2 + 1e-9, 0, false}, {3, 0.1, false}} {
		o := LinearCondition{A: a, Y: mat.NewDense(1, 2, []float64{2, c.y}), SD: c.sd}
		l, err := ConditionOnLinear(d, o) // DDNM, DiffPIR, DAPS, DPSStep, SplitGibbs
		if errors.Is(err, sde.ErrContradiction) != c.refuse || !c.refuse && err != nil {
			t.Errorf("%g: %v", c.y, err)
		}
		if err == nil {
			for _, m := range []Method{DDNM{}, DiffPIR{}, DAPS{}} {
				if r, err := Run(context.Background(), l, m, 3, &Options{Steps: 40}); err != nil || c.sd == 0 && math.Abs(r.X.At(1, 0)-2) > 0.01 {
					t.Errorf("%g, %s: %v", c.y, m.Info().Name, err)
				}
			}
		}
		p, err := RunParticles(context.Background(), MCGDiff{Model: d, Observation: o}, DDIM{Eta: 1}, 1, 50, nil)
		if errors.Is(err, sde.ErrContradiction) != c.refuse || !c.refuse && err != nil {
			t.Errorf("MCGDiff, %g: %v", c.y, err)
		}
		if err == nil && c.sd == 0 && math.Abs(p.X.At(0, 0)-2) > 1e-6 {
			t.Errorf("MCGDiff, %g: row %g", c.y, p.X.At(0, 0))
		}
	}
}

// Values against what a model already knows, or is sure of.
func TestValuesAgainstWhatIsKnown(t *testing.T) {
	d := gauss2(t, 1, 2, 1, sde.VP{})
	first := ValueCondition{Index: []int{0}, Values: mat.NewDense(2, 1, []float64{1, 2})}
	known, err := ConditionOnValues(d, first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ConditionOnValues(known, first); err != nil {
		t.Error(err)
	}
	other := first
	other.Values = mat.NewDense(2, 1, []float64{1, 3})
	if _, err := ConditionOnValues(known, other); !errors.Is(err, sde.ErrContradiction) {
		t.Errorf("known twice: %v", err)
	}
	other.SD = 0.1
	if _, err := ConditionOnValues(known, other); err != nil {
		t.Error(err)
	}
	o := LinearCondition{A: sde.Columns{Dim: 2, Index: []int{0}}, Y: mat.NewDense(2, 1, []float64{1, 3})}
	if _, err := ConditionOnLinear(known, o); !errors.Is(err, sde.ErrContradiction) {
		t.Errorf("observed and known: %v", err)
	}
	sure, err := sde.NewGaussian([]float64{1, 2}, mat.NewSymDense(2, []float64{0, 0, 0, 1}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ConditionOnValues(sure, ValueCondition{Index: []int{0}, Values: mat.NewDense(1, 1, []float64{1.5})}); !errors.Is(err, sde.ErrContradiction) {
		t.Errorf("a constant: %v", err)
	}
	if _, err := ConditionOnObservation(d, sde.Observation{A: o.A, Y: mat.NewDense(1, 1, []float64{1}), Error: sde.NormalError{}}); err == nil {
		t.Error("descent without a density")
	}
}
