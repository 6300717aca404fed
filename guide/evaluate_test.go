package guide_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// One evaluation gives what three calls give, bit for bit.
func TestEvaluateIsAllAtOnce(t *testing.T) {
	prior := modes(sde.VP{})
	for k, term := range []guide.Term{
		guide.MMPS{Observation: obs(sde.NewLinearMap(A2), 0.3, 2, -1)},
		guide.DPS{Observation: obs(curve(), 0.3, 2, -1)},
		guide.Within{guide.Interval(3, 0, 0, 1)},
		guide.ClassifierGuidance{ClassScore: bayes{prior, []int{1}}},
	} {
		p := guide.New(prior, term)
		for _, tt := range []float64{0.2, 0.8} {
			x := points(prior, tt)
			a, b := mat.NewDense(7, 3, nil), mat.NewDense(7, 3, nil)
			lp, want := make([]float64, 7), make([]float64, 7)
			if err := p.Evaluate(a, b, lp, x, []float64{tt}); err != nil {
				t.Fatal(err)
			}
			if err := p.LogProb(want, x, []float64{tt}); err != nil {
				t.Fatal(err)
			}
			for i := range lp {
				if lp[i] != want[i] {
					t.Errorf("term %d, row %d: log p̃ %g, want %g", k, i, lp[i], want[i])
				}
			}
			if !mat.Equal(a, denoise(t, prior, x, tt)) || !mat.Equal(b, denoise(t, p, x, tt)) || mat.Equal(a, b) {
				t.Errorf("term %d: the means differ from those of the calls", k)
			}
		}
	}
	p := guide.New(prior, toward(prior, prior, 1))
	if err := p.LogProb(make([]float64, 1), mat.NewDense(1, 3, nil), []float64{0.5}); err == nil || !strings.Contains(err.Error(), "no log p(y|x_t)") {
		t.Errorf("a Function has a log probability: %v", err)
	}
}

func TestLogLikelihoodIsThatOfTheRow(t *testing.T) {
	g := full(sde.VP{})
	x := points(g, 0)
	y := mat.NewDense(7, 2, nil)
	for i := range 7 {
		y.SetRow(i, []float64{float64(i), math.NaN()})
	}
	o := sde.Observation{A: sde.NewLinearMap(A2), Y: y, Error: sde.LaplaceError{Scale: 0.5}, Missing: true}
	narrow := gaussian(sde.VP{}, []float64{0, 0.5, 0}, 0.3, 0, 0, 0, 0.3, 0, 0, 0, 0.2)
	p := guide.New(g, guide.MMPS{Observation: o}, guide.Within{guide.Interval(3, 2, -1, 1)}, must(guide.NewPriorSwap(g, narrow)),
		guide.Reward{Strength: 2, R: func(_, d []float64, _ int) float64 { return d[0] }})
	ratio, base, got := make([]float64, 7), make([]float64, 7), make([]float64, 7)
	narrow.LogProb(ratio, x, []float64{0})
	g.LogProb(base, x, []float64{0})
	if err := p.LogLikelihood(got, x); err != nil {
		t.Fatal(err)
	}
	inside := 0
	for i := range 7 {
		r := x.RawRowView(i)
		want := -math.Abs(float64(i)-r[0]-r[1])/0.5 + ratio[i] - base[i] + 2*r[0]
		if math.Abs(r[2]) > 1 {
			want = math.Inf(-1)
		} else {
			inside++
		}
		if got[i] != want && !(math.Abs(got[i]-want) < 1e-9*math.Max(1, math.Abs(want))) {
			t.Errorf("row %d: %.12g, want %.12g", i, got[i], want)
		}
	}
	if inside == 0 || inside == 7 {
		t.Errorf("%d rows inside: the test shows nothing", inside)
	}
	part := mat.NewDense(2, 3, nil)
	part.SetRow(0, x.RawRowView(5))
	part.SetRow(1, x.RawRowView(2))
	two := make([]float64, 2)
	if err := p.Rows([]int{5, 2}).(*guide.Posterior).LogLikelihood(two, part); err != nil || two[0] != got[5] || two[1] != got[2] {
		t.Errorf("rows 5 and 2: %v, want %g, %g (%v)", two, got[5], got[2], err)
	}
	for _, term := range []guide.Term{guide.MMPS{Observation: obs(sde.NewLinearMap(A2), 0, 2, -1)}, guide.DPSNorm{Observation: sde.Observation{A: sde.NewLinearMap(A2), Y: row(1, 2)}, Zeta: 1}} {
		if guide.New(g, term).LogLikelihood(got, x) == nil {
			t.Errorf("%T: a log likelihood without density", term)
		}
	}
}
