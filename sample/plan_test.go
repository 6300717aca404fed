package sample

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// follow runs a plan on a denoiser, in float64.
func follow(t *testing.T, p *Plan, d sde.Denoiser, start *mat.Dense) *mat.Dense {
	t.Helper()
	n, w := start.Dims()
	fresh := func(f func(y *mat.Dense)) *mat.Dense {
		y := mat.NewDense(n, w, nil)
		f(y)
		return y
	}
	return Follow(p, start, PlanAlgebra[*mat.Dense]{
		Scale: func(v float64, x *mat.Dense) *mat.Dense { return fresh(func(y *mat.Dense) { y.Scale(v, x) }) },
		Add:   func(a, b *mat.Dense) *mat.Dense { return fresh(func(y *mat.Dense) { y.Add(a, b) }) },
		Denoise: func(x *mat.Dense, at float64) *mat.Dense {
			return fresh(func(y *mat.Dense) {
				if err := d.Denoise(y, x, []float64{at}); err != nil {
					t.Fatal(err)
				}
			})
		},
	})
}

// planGap is the largest difference between a plan and the run that it writes out.
func planGap(t *testing.T, p *Plan, d sde.Denoiser, m Method, o Options) float64 {
	t.Helper()
	const n = 5
	start := mat.NewDense(n, d.Dim(), nil)
	p.Start.Sample(start, sde.NewStreams(3, "plan", 0))
	o.From = start
	res, err := Run(context.Background(), d, m, n, &o)
	if err != nil {
		t.Fatal(err)
	}
	got, gap := follow(t, p, d, start), 0.0
	for i := range n {
		for j := range d.Dim() {
			gap = max(gap, math.Abs(got.At(i, j)-res.X.At(i, j)))
		}
	}
	return gap
}

func planLaw(t *testing.T, sched sde.Schedule) sde.Denoiser {
	t.Helper()
	var comps []*sde.Gaussian
	for k, mean := range [][]float64{{-1, 2}, {1, 0}} {
		g, err := sde.NewGaussian(mean, mat.NewDiagDense(2, []float64{0.04, 0.3 * float64(k+1)}), sched)
		if err != nil {
			t.Fatal(err)
		}
		comps = append(comps, g)
	}
	law, err := sde.NewMixture([]float64{0.3, 0.7}, comps)
	if err != nil {
		t.Fatal(err)
	}
	return law
}

func TestPlanIsTheRun(t *testing.T) {
	for _, sched := range []sde.Schedule{sde.VP{}, sde.VE{}, sde.SubVP{}, sde.Cosine{}, sde.Rectified{}} {
		law := planLaw(t, sched)
		for _, m := range []Method{DDIM{}, DPMpp2M{}, DPMpp2S{}, Heun{}, UniPC2{}, RK4{}, ProbabilityFlow{}} {
			for _, denoise := range []bool{false, true} {
				o := Options{NFE: 41, Denoise: denoise}
				p, err := NewPlan(law, m, &o)
				if err != nil {
					t.Fatal(err)
				}
				if gap := planGap(t, p, law, m, o); !(gap < 1e-9) {
					t.Errorf("%T, %s, denoise %v: the plan is %g away from the run", sched, m.Info().Name, denoise, gap)
				}
				for _, terms := range p.sums() {
					if len(terms) > 6 {
						t.Errorf("%T, %s: a sum of %d terms", sched, m.Info().Name, len(terms))
					}
				}
				p.Evals[len(p.Evals)/2].Terms[0].Weight *= 1.01 // a planted error is seen
				if gap := planGap(t, p, law, m, o); gap < 1e-9 {
					t.Errorf("%T, %s: a weight that is wrong changes nothing", sched, m.Info().Name)
				}
			}
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	d := planLaw(t, sde.VP{})
	for _, c := range []struct {
		m    Method
		want string
	}{
		{DPMpp2MSDE{}, "draws noise"}, {DDIM{Eta: 0.5}, "draws noise"}, {Heun{Churn: 1}, "draws noise"},
		{DormandPrince{}, "chooses its steps"},
		{PredictorCorrector{Predictor: DDIM{}, Corrector: Langevin{}}, "draws noise"},
		{Recurrence{Inner: DDIM{}, Times: 2}, "noise"},
	} {
		if _, err := NewPlan(d, c.m, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.m.Info().Name, err, c.want)
		}
	}
	if _, err := NewPlan(d, Heun{}, &Options{Steps: MostPlanned/2 + 1}); err == nil || !strings.Contains(err.Error(), "take at most 1000") {
		t.Errorf("too many evaluations: %v", err)
	}
	if _, err := NewPlan(d, DDIM{}, &Options{Steps: -1}); err == nil {
		t.Error("a negative number of steps is planned")
	}
}
