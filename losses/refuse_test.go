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

// constant denoises every row to one number.
type constant struct {
	sde.Denoiser
	v float64
}

func (c constant) Denoise(dst, _ *mat.Dense, _ []float64) error {
	n, _ := dst.Dims()
	for i := range n {
		dst.SetRow(i, []float64{c.v, c.v})
	}
	return nil
}

func TestEvaluateRefusesInfinity(t *testing.T) {
	g := gaussian(t, sde.VP{})
	for _, v := range []float64{math.Inf(1), math.Inf(-1), math.NaN(), 1e200} {
		if _, err := Evaluate(constant{g, v}, Denoising{Sched: sde.VP{}}, normals(5, 2, "x"), Batch{Total: 5}); err == nil || !strings.Contains(err.Error(), "row 0") {
			t.Errorf("%g: %v", v, err)
		}
	}
}

// A denoiser by row follows its rows whichever row of a pair the clean row comes from.
func TestEvaluateFollowsEitherRow(t *testing.T) {
	x := mat.NewDense(2, 2, []float64{3, 3, 8, 8})
	d := byRow{gaussian(t, sde.VP{}), []float64{3, 8}}
	from := [2]int{}
	for seed := range uint64(20) {
		obj, b := Denoising{Sched: sde.VP{}, Control: ControlVariate{2}}, Batch{Seed: seed, Total: 2}
		if l, err := Evaluate(d, obj, x, b); err != nil || l != 0 {
			t.Errorf("seed %d: loss %g (%v)", seed, l, err)
		}
		var p Problem
		obj.Draw(&p, x, b)
		from[p.Source(0)]++
	}
	if from[0] == 0 || from[1] == 0 {
		t.Errorf("pairs come from %v", from)
	}
}

// Times stay within their span to the last bit; they grow with the quantile.
func TestTimesWithinTheirSpan(t *testing.T) {
	for name, s := range schedules {
		for lo := 0.0; lo < 0.5; lo += 0.05 {
			span := newSpan(s, max(lo, sde.MinTime(s)), 1-lo)
			for _, law := range []TimeLaw{UniformTime{}, UniformLogSNR{}, LogNormalSigma{Mean: -0.3, Std: 2}} {
				last := 0.0
				for _, u := range []float64{0, 1e-16, 0.5, 1 - 1e-16, 1} {
					tm := law.Quantile(span, u)
					if !(tm >= span.Lo && tm <= span.Hi) || tm < last-1e-12 {
						t.Errorf("%s, %s: time %v at %v, before %v, span [%v, %v]", name, law, tm, u, last, span.Lo, span.Hi)
					}
					last = tm
				}
			}
		}
	}
}

func TestWeightingsOfNoNumber(t *testing.T) {
	for _, s := range []string{"edm:Inf", "edm:0", "edm:-1", "edm:NaN", "minsnr:Inf", "minsnr:", "sigma2:1", "likelihood:1", "constant:1", "edmx"} {
		if w, err := ParseWeighting(s); err == nil {
			t.Errorf("%s is read as %v", s, w)
		}
	}
}

// The zero values: the weight of EDM at σd = 1, stratified uniform times, the whole span.
func TestDefaultsOfDenoising(t *testing.T) {
	o := Denoising{Sched: sde.VP{}}
	for _, tm := range []float64{0.01, 0.4, 1} {
		c := o.Sched.Coeff(tm)
		if want := 1 + c.Alpha*c.Alpha/(c.Sigma*c.Sigma); math.Abs(o.RowWeight(c)-want) > 1e-12*want {
			t.Errorf("weight %g at t = %g, want %g", o.RowWeight(c), tm, want)
		}
	}
	if s := o.Span(); s.Lo != sde.MinTime(sde.VP{}) || s.Hi != 1 || o.Times.String() != "stratified:uniform" || o.target() != X0 {
		t.Errorf("span %+v, times %s, target %s", s, o.Times, o.target())
	}
	for w, want := range map[Weighting]string{EDM{}: "edm:1", MinSNR{}: "minsnr:5"} {
		if w.String() != want {
			t.Errorf("%s, want %s", w, want)
		}
	}
}
