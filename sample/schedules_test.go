package sample

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

var everySchedule = []sde.Schedule{sde.VP{}, sde.VE{}, sde.SubVP{}, sde.Cosine{}, sde.Rectified{}}

// someSchedules are two of them in short tests.
func someSchedules() []sde.Schedule {
	if testing.Short() {
		return everySchedule[:2]
	}
	return everySchedule
}

// scheduleError is the Wasserstein error of m with n steps uniform in λ on data
// N(1, .5²) under any schedule, from the exact law to the exact law.
func scheduleError(tb testing.TB, m Method, s sde.Schedule, n int) float64 {
	tb.Helper()
	a, b := s.Coeff(1), s.Coeff(sde.MinTime(s))
	ts := LogSNRGrid{}.Times(s, 1, sde.MinTime(s), n)
	mean, v := affine(tb, gauss1(tb, 1, 0.25, s), m, ts).Push(a.Alpha, a.Alpha*a.Alpha*0.25+a.Sigma*a.Sigma)
	return oracle.Wasserstein(mean, v, b.Alpha, b.Alpha*b.Alpha*0.25+b.Sigma*b.Sigma)
}

// Every method converges on every schedule, correctors to their own bias.
func TestEveryMethodOnEverySchedule(t *testing.T) {
	only := PredictorCorrector{Corrector: Langevin{SNR: 0.4, Steps: 8}} // fewer lag behind
	for _, m := range append([]Method{only}, conforming...) {
		in := m.Info()
		if _, own := m.(FixedTimes); own || in.EvalsPerStep == 0 || in.Coupled {
			continue
		}
		if m, ok := m.(PredictorCorrector); ok && m.Predictor == nil && m.Corrector == nil {
			continue
		}
		if _, ok := m.(AnnealedLangevin); ok {
			m = AnnealedLangevin{SNR: 0.4, Steps: 8}
		}
		for _, s := range someSchedules() {
			if refuses(t, m, s) {
				continue
			}
			e := scheduleError(t, m, s, 80)
			bound := map[float64]float64{0: 0.15, 1: 0.15}[in.Order]
			if bound == 0 {
				bound = 0.01
			}
			if !(e < bound) {
				t.Errorf("%s on %T: error %.3g in 80 steps", in.Name, s, e)
			}
		}
	}
}

// refuses reports whether m says that it has no form for s.
func refuses(tb testing.TB, m Method, s sde.Schedule) bool {
	x := mat.NewDense(1, 1, nil)
	err := m.New(gauss1(tb, 1, 0.25, s), 1).Step(x, 0.5, 0.45, sde.NewStreams(1, "x", 0))
	return err != nil && strings.Contains(err.Error(), "no form for")
}

// Only the ancestral predictor with its published variance is so.
func TestWhatIsRefused(t *testing.T) {
	for _, s := range everySchedule {
		_, sub := s.(sde.SubVP)
		_, rect := s.(sde.Rectified)
		if got := refuses(t, Ancestral{}, s); got != (sub || rect) {
			t.Errorf("Ancestral on %T: refused %t", s, got)
		}
		if refuses(t, Ancestral{Posterior: true}, s) || refuses(t, ReverseDiffusion{}, s) {
			t.Errorf("%T: more is refused", s)
		}
	}
}

// Rows of the adaptive SDE solver have the law's mean and variance, on every
// schedule: rejections follow the path and so favour nothing.
func TestAdaptiveSDEOnEverySchedule(t *testing.T) {
	const n = 500
	for _, s := range someSchedules() {
		d := gauss1(t, 1, 0.25, s)
		res, err := Run(context.Background(), d, AdaptiveSDE{RTol: 0.02, ATol: 0.02}, n, &Options{Seed: 4, End: sde.TimeAt(s, math.Log(50))})
		if err != nil {
			t.Fatal(err)
		}
		var m, v float64
		for i := range n {
			m += res.X.At(i, 0) / n
		}
		for i := range n {
			v += (res.X.At(i, 0) - m) * (res.X.At(i, 0) - m) / (n - 1)
		}
		if math.Abs(m-1) > 4*0.5/math.Sqrt(n)+0.01 || math.Abs(v/0.25-1) > 4*math.Sqrt(2./n)+0.03 {
			t.Errorf("%T: N(%.3g, %.3g), want N(1, 0.25), NFE %.0f", s, m, v, res.NFE)
		}
	}
}

// The gradient of the log density by the flow is the score.
func TestLogProbGradientIsTheScore(t *testing.T) {
	l := laws(t, 2, sde.VP{})["mixture"]
	const h = 1e-3
	end := 1e-3
	x := mat.NewDense(4, 2, []float64{0.3 + h, -0.2, 0.3 - h, -0.2, 0.3, -0.2 + h, 0.3, -0.2 - h})
	r, err := LogProb(context.Background(), l, x, &LogProbOptions{RTol: 1e-9, ATol: 1e-9, End: end, Terminal: exactTerminal{l}})
	if err != nil {
		t.Fatal(err)
	}
	a := l.Schedule().Coeff(end).Alpha
	y, score := mat.NewDense(1, 2, []float64{0.3 * a, -0.2 * a}), mat.NewDense(1, 2, nil)
	l.Score(score, y, []float64{end})
	for j := range 2 {
		got, want := (r.LogProb[2*j]-r.LogProb[2*j+1])/(2*h), a*score.At(0, j)
		if math.Abs(got-want) > 1e-4*math.Max(1, math.Abs(want)) {
			t.Errorf("dimension %d: %g, score %g", j, got, want)
		}
	}
}
