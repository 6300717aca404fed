package losses

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// late is a weighting that is no number at the end of the range.
type late struct{ Constant }

func (late) Weight(c sde.Coeff) float64 {
	if c.Sigma > 0.99 {
		return math.NaN()
	}
	return 1
}

func TestValidateRefusesMore(t *testing.T) {
	vp := sde.VP{}
	end := -vp.Coeff(1).Lambda() // the largest ln σ/α
	normal := func(mean, std, floor float64) Denoising {
		return Denoising{Sched: vp, Times: Times{Law: LogNormalSigma{mean, std, floor}}}
	}
	for what, o := range map[string]Denoising{
		"is NaN at t = 1":    {Sched: vp, Weight: late{}},
		"are not a range":    {Sched: vp, TMax: 1.1},
		"not a range within": {Sched: vp, TMin: -0.1},
		"not a range":        {Sched: vp, TMin: 0.6, TMax: 0.5},
		"change the mean":    normal(end+2.6, 1, 0), // 0.0047 of the law
		"positive standard":  normal(0, math.Inf(1), 0),
		"want a finite mean": normal(math.Inf(1), 1, 0),
		"a finite mean":      normal(math.NaN(), 1, 0),
		"the share that is":  normal(0, 1, 1),
		"must lie in [0, 1)": normal(0, 1, -0.1),
	} {
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, o := range []Denoising{normal(end+2.2, 1, 0), normal(0, 1, 0.99), {Sched: vp, TMin: 0.5, TMax: 1}, {Sched: vp, Weight: late{}, TMax: 0.3}} {
		if err := o.Validate(); err != nil {
			t.Error(err)
		}
	}
	if n := (LogNormalSigma{}).normal(); n.Mu != -1.2 || n.Sigma != 1.2 {
		t.Errorf("the default law is %v", n)
	}
}

// Blocks must lie in their batch, whoever draws from them.
func TestBlocksOutsideOfTheirBatch(t *testing.T) {
	x := normals(4, 2, "x")
	var drawn Problem
	Denoising{Sched: sde.VP{}}.Draw(&drawn, x, Batch{Total: 4})
	for _, b := range []Batch{{Step: -1, Total: 4}, {First: -1, Total: 4}, {First: 1, Total: 4}, {Total: 3}} {
		for what, draw := range map[string]func(){
			"Draw": func() { Denoising{Sched: sde.VP{}}.Draw(new(Problem), x, b) },
			"Masking": func() {
				Masking{Share: 0.5}.Draw(mat.NewDense(4, 2, nil), x, b, &Problem{rng: stream.NewSource(stream.Key{})})
			},
			"Fill":    func() { Fill(x, b, new(Problem)) },
			"Dropout": func() { ConditionDropout{Joint: 0.5}.Apply(mat.NewDense(4, 2, nil), x, &drawn, b) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s of %+v: no panic", what, b)
					}
				}()
				draw()
			}()
		}
	}
}

// A law that is Corrected is weighted by one over its density and the length of the span.
func TestCorrectionByHand(t *testing.T) {
	o := Denoising{Sched: sde.VP{}, Times: Times{Law: LogNormalSigma{Mean: -0.5, Std: 1, Floor: 0.1}, Corrected: true}, Weight: Constant{}, TMin: 0.02, TMax: 0.8}
	s := o.Span()
	var p Problem
	o.Draw(&p, normals(50, 2, "x"), Batch{Seed: 1, Total: 50})
	for i, tm := range p.T {
		if want := 1 / (0.78 * o.Times.Law.Density(s, tm)); math.Abs(p.Weight[i]-want) > 1e-9*want {
			t.Errorf("row %d: weight %g, want %g", i, p.Weight[i], want)
		}
	}
}
