package sample

import (
	"slices"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// The mixture .7 N(-2, .3²) + .3 N(1.5, .4²), and its law under VP.
var mixture1 = oracle.Mixture{W: []float64{0.7, 0.3}, M: []float64{-2, 1.5}, SD: []float64{0.3, 0.4}}

func mixtureLaw(tb testing.TB) sde.Law {
	tb.Helper()
	var comps []*sde.Gaussian
	for k, m := range mixture1.M {
		comps = append(comps, gauss1(tb, m, mixture1.SD[k]*mixture1.SD[k], sde.VP{}))
	}
	m, err := sde.NewMixture(mixture1.W, comps)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// Both ends of the flow from 1 to mixtureEps as quantiles at the same points.
const mixtureEps = 1e-3

var (
	mixtureStart = sync.OnceValue(func() []float64 { return mixture1.Quantiles(4000, 1) })
	mixtureEnd   = sync.OnceValue(func() []float64 { return mixture1.Quantiles(4000, mixtureEps) })
)

// mixtureError is the Wasserstein distance to p_ε of what the deterministic
// method m makes of p_1, both as quantiles: its map is monotone.
func mixtureError(tb testing.TB, m Method, grid Grid, nfe int) float64 {
	tb.Helper()
	d := mixtureLaw(tb)
	o := Options{NFE: nfe, Grid: grid, End: mixtureEps}
	ts, err := o.times(d.Schedule(), m)
	if err != nil {
		tb.Fatal(err)
	}
	x := mat.NewDense(4000, 1, slices.Clone(mixtureStart()))
	st := m.New(d, 4000)
	for i := range len(ts) - 1 {
		if err := st.Step(x, ts[i], ts[i+1], nil); err != nil {
			tb.Fatal(err)
		}
	}
	return oracle.RMS(x.RawMatrix().Data, mixtureEnd())
}

// As an independent program printed them, for 4000 quantiles, at NFE 8, 16, 32,
// 64, 128, uniform in λ.
var mixtureTable = []struct {
	m    Method
	want [5]float64
}{
	{DDIM{}, [5]float64{3.89e-01, 2.27e-01, 1.37e-01, 8.52e-02, 5.25e-02}},
	{DPMpp2M{}, [5]float64{1.72e-01, 4.32e-02, 1.59e-02, 4.63e-03, 1.33e-03}},
	{Heun{}, [5]float64{2.14e+00, 2.78e-01, 8.53e-02, 3.48e-02, 1.61e-02}},
	{ProbabilityFlow{}, [5]float64{4.24e-01, 2.73e-01, 1.81e-01, 1.20e-01, 7.83e-02}},
	{UniPC2{}, [5]float64{1.34e-01, 3.92e-02, 1.83e-02, 2.35e-03, 3.65e-04}},
	{DPMpp2S{}, [5]float64{3.06e-01, 1.38e-01, 5.97e-02, 2.63e-02, 5.04e-03}},
	{RK4{}, [5]float64{4.00e+02, 8.92e+00, 2.96e-01, 4.13e-02, 9.73e-04}},
}

func TestErrorOnAMixture(t *testing.T) {
	for _, row := range mixtureTable {
		for i, nfe := range []int{8, 16, 32, 64, 128} {
			if testing.Short() && nfe > 32 {
				break
			}
			w := mixtureError(t, row.m, LogSNRGrid{}, nfe)
			if w > 1.005*row.want[i] || w < 0.995*row.want[i] {
				t.Errorf("%s, NFE %d: error %.3g, want %.3g", row.m.Info().Name, nfe, w, row.want[i])
			}
		}
	}
}
