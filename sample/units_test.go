package sample

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// far is N(1000, 1), whose rows show a missing 1/α in their third digit.
func far(tb testing.TB, s sde.Schedule) *sde.Gaussian {
	tb.Helper()
	g, err := sde.NewGaussian([]float64{1000}, mat.NewSymDense(1, []float64{1}), s)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

var unitSchedules = map[string]sde.Schedule{
	"vp": sde.VP{}, "sub-vp": sde.SubVP{}, "ve": sde.VE{}, "cosine": sde.Cosine{}, "rectified": sde.Rectified{},
	"rectified with a wide end": sde.Rectified{AlphaMin: 0.05},
}

// Rows, encodings, densities and particles are all of x_End/α(End), at any End.
func TestRowsAreInTheUnitsOfTheData(t *testing.T) {
	ctx := context.Background()
	for name, s := range unitSchedules {
		for _, end := range []float64{0, 0.05, 0.3} {
			d := far(t, s)
			start := TerminalOf(d, 1)
			fine := DormandPrince{RTol: 1e-10, ATol: 1e-10}
			r, err := Run(ctx, d, fine, 2, &Options{From: mat.NewDense(2, 1, []float64{start.Mean[0], start.Mean[0] + start.SD[0]}), End: end})
			if err != nil {
				t.Fatal(err)
			}
			if end == 0 {
				end = sde.MinTime(s)
			}
			c := s.Coeff(end)
			sd := math.Hypot(1, c.Sigma/c.Alpha)
			if e := math.Abs(r.X.At(0, 0) - 1000); e > 1e-4 {
				t.Errorf("%s, end %g: the middle of noise goes to 1000 + %g", name, end, e)
			}
			if e := math.Abs(r.X.At(1, 0) - 1000 - sd); e > 1e-4 {
				t.Errorf("%s, end %g: one deviation of noise goes to %g, want 1000 + %g", name, end, r.X.At(1, 0), sd)
			}
			back, err := DecodeByFlow(ctx, d, mat.NewDense(2, 1, []float64{0, 1}), &FlowOptions{RTol: 1e-10, ATol: 1e-10, End: end + math.SmallestNonzeroFloat64})
			if err != nil {
				t.Fatal(err)
			}
			if !mat.EqualApprox(back, r.X, 1e-4) {
				t.Errorf("%s, end %g: Run gives %v, DecodeByFlow %v", name, end, r.X.RawMatrix().Data, back.RawMatrix().Data)
			}
			lp, err := LogProb(ctx, d, r.X, &LogProbOptions{RTol: 1e-9, ATol: 1e-9, End: end + math.SmallestNonzeroFloat64})
			if err != nil {
				t.Fatal(err)
			}
			want := -math.Log(sd) - math.Log(2*math.Pi)/2
			if math.Abs(lp.LogProb[0]-want) > 1e-4 || math.Abs(lp.LogProb[1]-want+0.5) > 1e-4 {
				t.Errorf("%s, end %g: log densities of the rows %v, want %g and %g", name, end, lp.LogProb, want, want-0.5)
			}
		}
	}
}

// The last weights of particles are those of rows of the data, with the Jacobian of
// x_t/α: log evidence and rows agree with the Kalman update far from 0.
func TestParticlesAreInTheUnitsOfTheData(t *testing.T) {
	y := mat.NewDense(1, 1, []float64{1000.5})
	one := sde.NewLinearMap(mat.NewDense(1, 1, []float64{1}))
	for _, name := range []string{"rectified", "sub-vp", "rectified with a wide end"} {
		s := unitSchedules[name]
		for _, end := range []float64{0, 0.05} {
			d := far(t, s)
			o := ParticleOptions{Options: Options{Steps: 300, Seed: 3, End: end, Grid: LogSNRGrid{}}}
			if end == 0 {
				end = sde.MinTime(s)
			}
			blur := math.Exp(-2 * s.Coeff(end).Lambda())
			for sd, evidence := range map[float64]float64{
				0:   -math.Log(2*math.Pi*(1+blur))/2 - 0.125/(1+blur),
				0.5: -math.Log(2*math.Pi*(1.25+blur))/2 - 0.125/(1.25+blur),
			} {
				check := func(what string, tg Target, mean float64) {
					c := particles(t, tg, DDIM{Eta: 1}, 4, 400, o)
					m := 0.0
					for i, w := range c.Weights {
						m += w * c.X.At(i, 0) / 4
					}
					if e := c.MeanLogEvidence(); math.Abs(e-evidence) > 0.05 || math.Abs(m-mean) > 0.05 {
						t.Errorf("%s, end %g, error %g, %s: log evidence %.3f and mean %.3f, want %.3f and %.3f", name, end, sd, what, e, m, evidence, mean)
					}
				}
				if mean := 1000 + 0.5*(1+blur)/(1+blur+sd*sd); sd == 0 {
					check("MCGDiff", MCGDiff{Model: d, Observation: LinearCondition{A: one, Y: y}}, mean)
				} else {
					check("MCGDiff", MCGDiff{Model: d, Observation: LinearCondition{A: one, Y: y, SD: sd}}, mean)
					check("FK", FK{Model: d, Reward: LogLikelihood(sde.Observation{A: one, Y: y, Error: sde.NormalError{SD: sd}})}, mean)
				}
			}
		}
	}
}

// ∫ p² of the data blurred by σ/α at the end, which depends on the units.
func TestEvidenceOfPowersIsInTheUnitsOfTheData(t *testing.T) {
	s := sde.Rectified{}
	d := far(t, s)
	c := particles(t, FKC{Models: []sde.Denoiser{d}, Weights: []float64{2}}, DDIM{Eta: 1}, 8, 500, ParticleOptions{Options: Options{Steps: 200, Seed: 1, Start: 0.5, End: 0.3}})
	k := s.Coeff(0.3)
	want := -math.Log(4*math.Pi*(1+k.Sigma*k.Sigma/(k.Alpha*k.Alpha))) / 2
	if e := c.MeanLogEvidence(); math.Abs(e-want) > 0.1 { // α(0.3) is 0.7: a missing Jacobian is 0.36
		t.Errorf("log evidence of p² %.4f, want %.4f", e, want)
	}
}
