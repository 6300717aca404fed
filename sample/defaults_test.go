package sample

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

var scheduleNames = []string{"vp", "ve", "subvp", "cosine", "rectified"} // of everySchedule

// twoModes is .6 N(-1, .5²) + .4 N(1.2, .4²).
func twoModes(tb testing.TB, s sde.Schedule) *sde.Mixture {
	tb.Helper()
	m, err := sde.NewMixture([]float64{0.6, 0.4}, []*sde.Gaussian{gauss1(tb, -1, 0.25, s), gauss1(tb, 1.2, 0.16, s)})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// quantilesOf are those of x_t at the midpoints of n equal parts.
func quantilesOf(m *sde.Mixture, n int, t float64) []float64 {
	c, q := m.Sched.Coeff(t), make([]float64, n)
	for i := range q {
		lo, hi := -400.0, 400.0
		for range 60 {
			mid, p := (lo+hi)/2, 0.0
			for k, g := range m.Comps {
				v := c.Alpha*c.Alpha*g.Cov.At(0, 0) + c.Sigma*c.Sigma
				p += m.Weights[k] * math.Erfc((c.Alpha*g.Mu[0]-mid)/math.Sqrt(2*v)) / 2
			}
			if p < (float64(i)+0.5)/float64(n) {
				lo = mid
			} else {
				hi = mid
			}
		}
		q[i] = lo
	}
	return q
}

// rowsError is the 2-Wasserstein distance of rows of a run on law from the data. Rows
// start at the quantiles of x_1, so that only the noise of the steps is sampled.
func rowsError(tb testing.TB, law *sde.Mixture, m Method, o *Options, n int) float64 {
	tb.Helper()
	p := *o
	p.Seed, p.From = 11, mat.NewDense(n, 1, quantilesOf(law, n, 1))
	r, err := Run(context.Background(), law, m, n, &p)
	if err != nil {
		tb.Fatalf("%s: %v", m.Info().Name, err)
	}
	x := r.X.RawMatrix().Data
	slices.Sort(x)
	return oracle.RMS(x, quantilesOf(law, n, 0))
}

// drawsError is the mean square of the distance of n exact draws.
func drawsError(tb testing.TB, law *sde.Mixture, n int) (square float64) {
	tb.Helper()
	if v, ok := drawsErrors.Load(n); ok {
		return v.(float64)
	}
	const times = 10
	x, q := mat.NewDense(n, 1, nil), quantilesOf(law, n, 0)
	for k := range times {
		law.Sample(x, uint64(k), 0)
		slices.Sort(x.RawMatrix().Data)
		e := oracle.RMS(x.RawMatrix().Data, q)
		square += e * e / times
	}
	drawsErrors.Store(n, square)
	return square
}

var drawsErrors sync.Map // by n

// gaussError is the same on N(0, 1), without sampling where the sampler is an affine map.
func gaussError(tb testing.TB, s sde.Schedule, m Method, o *Options, n int) float64 {
	tb.Helper()
	if m.Info().EvalsPerStep == 0 {
		one, err := sde.NewMixture([]float64{1}, []*sde.Gaussian{gauss1(tb, 0, 1, s)})
		if err != nil {
			tb.Fatal(err)
		}
		return rowsError(tb, one, m, o, n)
	}
	ts, err := o.times(s, m)
	if err != nil {
		tb.Fatal(err)
	}
	a, b := s.Coeff(ts[0]), s.Coeff(ts[len(ts)-1]).Alpha
	mean, v := affine(tb, gauss1(tb, 0, 1, s), m, ts).Push(0, a.Alpha*a.Alpha+a.Sigma*a.Sigma)
	return oracle.Wasserstein(mean/b, v/(b*b), 0, 1)
}

// Every sampler, on every schedule, with 50 evaluations (those that have such a budget)
// and otherwise as it comes, is near a normal law and near one of two modes, or refuses.
// Run it with -v for the table of docs/measurements/samplers.md.
func TestEverySamplerAtItsDefaultOnEverySchedule(t *testing.T) {
	const most = 0.03
	rows := 20000
	if testing.Short() {
		t.Skip("all samplers on all schedules")
	}
	table := "| sampler | " + strings.Join(scheduleNames, " | ") + " |\n|" + strings.Repeat(" --- |", 6) + "\n"
	for _, name := range SamplerNames() {
		table += "| `" + name + "` |"
		for k, s := range everySchedule {
			spec := Sampler{Name: name}
			if spec.Evaluations() > 0 {
				spec.NFE = 50
			}
			if name == "none" {
				spec.Corrector = "langevin"
			}
			m, err := spec.Method(s)
			if se := (*SettingError)(nil); errors.As(err, &se) {
				table += " refused |"
				continue
			} else if err != nil {
				t.Fatalf("%s, %s: %v", name, scheduleNames[k], err)
			}
			n := rows
			switch in := m.Info(); {
			case !in.Stochastic:
				n = 1000
			case in.EvalsPerStep == 0: // a thousand evaluations a row
				n /= 20
			case strings.HasPrefix(in.Name, "chain"):
				n /= 4
			}
			one, two := gaussError(t, s, m, spec.Options(), n), rowsError(t, twoModes(t, s), m, spec.Options(), n)
			onlyRows, onlyRows2 := 0.0, 0.0 // the mean square error of as many exact draws
			if m.Info().Stochastic {
				onlyRows2 = drawsError(t, twoModes(t, s), n)
			}
			if m.Info().EvalsPerStep == 0 {
				onlyRows = onlyRows2 // and more than that of a normal law
			}
			table += fmt.Sprintf(" %.3f, %.3f |", math.Sqrt(math.Max(0, one*one-onlyRows)), math.Sqrt(math.Max(0, two*two-onlyRows2)))
			if one*one > most*most+3*onlyRows || two*two > most*most+3*onlyRows2 {
				t.Errorf("%s, %s: W2 %.4f on a normal law, %.4f on two modes; want at most %g", name, scheduleNames[k], one, two, most)
			}
		}
		table += "\n"
	}
	t.Log("\n" + table)
}

// farthest records how far outside of x_t, in its standard deviations, a denoiser is asked.
type farthest struct {
	*sde.Gaussian
	at float64
}

func (d *farthest) Denoise(dst, x *mat.Dense, t []float64) error {
	c := d.Sched.Coeff(t[0])
	for _, v := range x.RawMatrix().Data {
		d.at = math.Max(d.at, math.Abs(v)/math.Hypot(c.Alpha, c.Sigma))
	}
	return d.Gaussian.Denoise(dst, x, t)
}

// A network is no denoiser far outside of its data. With a step too long near t = 1,
// stochastic Heun asked it about rows of 40 standard deviations, which an exact law
// forgives.
func TestSamplersAskTheDenoiserNearItsData(t *testing.T) {
	asked := func(spec Sampler, s sde.Schedule) float64 {
		m, err := spec.Method(s)
		if err != nil || m.Info().EvalsPerStep == 0 { // an adaptive sampler takes back such steps
			return 0
		}
		d := &farthest{Gaussian: gauss1(t, 0, 1, s)}
		o := spec.Options()
		o.Workers, o.Seed = 1, 5
		if _, err := Run(context.Background(), d, m, 500, o); err != nil {
			t.Fatal(err)
		}
		return d.at
	}
	for _, name := range SamplerNames() {
		for k, s := range everySchedule {
			if at := asked(Sampler{Name: name}, s); at > 9 {
				t.Errorf("%s, %s: asked %.3g deviations away", name, scheduleNames[k], at)
			}
		}
	}
	if asked(Sampler{Name: "stochastic-heun", Grid: "uniform"}, sde.Cosine{}) < 20 {
		t.Error("the measure is blind")
	}
}
