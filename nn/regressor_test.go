package nn

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// The cost of a Gaussian law is its negative log-likelihood, and the graph's gradient is
// that of finite differences, but where the log variance is held.
func TestGaussianError(t *testing.T) {
	a := MLP{Dim: 3, Hidden: 6, Layers: 2, Feat: 4, Out: gaussianOut}
	p := a.alloc()
	flat, r := make([]float64, len(p.Flat)), stream.New(1, "nn/test/gaussian")
	for i := range flat {
		flat[i] = 0.5 * r.NormFloat64()
	}
	m, err := newMachine[float64](a, p, flat, valuing)
	if err != nil {
		t.Fatal(err)
	}
	m.grad = make([]float64, len(flat))
	for _, in := range [][]float64{m.x, m.f, m.r} {
		for i := range in {
			in[i] = r.NormFloat64()
		}
	}
	for i := range m.w {
		m.w[i] = float64(i%3) / 10
	}
	m.fwd.run()
	m.bwd.run()
	want := 0.0
	for i, w := range m.w {
		mean, v := m.out[2*i], math.Exp(m.out[2*i+1])
		want -= w * math.Log(math.Exp(-(m.r[i]-mean)*(m.r[i]-mean)/(2*v))/math.Sqrt(2*math.Pi*v))
	}
	if math.Abs(m.cost[0]-want) > 1e-10*math.Abs(want) {
		t.Errorf("the cost is %g, want %g", m.cost[0], want)
	}
	grad := append([]float64(nil), m.grad...)
	cost := func() float64 { m.fwd.run(); return m.cost[0] }
	if e := checkDifferences(flat, grad, cost, 1); e > 1e-6 {
		t.Errorf("gradient is off by %g", e)
	}
	grad[5] *= 1.05
	if e := checkDifferences(flat, grad, cost, 1); e < 1e-6 {
		t.Error("a planted error of 5 % passes")
	}
	if l, s := clipLogVariance(-100); l != leastLogVariance || s != 0 {
		t.Errorf("a log variance of -100 is held at %g, slope %g", l, s)
	}
}

func regressorConfig() Config {
	return Config{
		Hidden: 24, Layers: 2, Mean: []float64{1, -1, 0, 0.4, 0.6}, Variance: []float64{1, 2, 0.5, 0.24, 0.24}, FourierFeatures: 2,
		Categories: []Category{{Start: 3, Shares: []float64{0.4, 0.6}}}, Seed: 2,
	}
}

// trainedRegressor is one whose every parameter is non-zero.
func trainedRegressor(t *testing.T) *Regressor {
	t.Helper()
	g, err := NewRegressor(regressorConfig(), Condition{Name: "E", Mean: 300, Std: 20})
	if err != nil {
		t.Fatal(err)
	}
	r := stream.New(12, "nn/test/regressor")
	for i := range g.Params.Flat {
		g.Params.Flat[i] += float32(0.1 * r.NormFloat64())
	}
	return g
}

func TestRegressorGradient(t *testing.T) {
	g := trainedRegressor(t)
	g.Variance = 1.3
	const n = 130 // more than a block
	x, ts := normals("regressor", n, 5), make([]float64, n)
	values := make([]float64, n)
	for i := range ts {
		ts[i], values[i] = 0.1+0.8*float64(i)/n, 280+float64(i%50)
	}
	of, err := g.Of(values...)
	if err != nil {
		t.Fatal(err)
	}
	grad, logp := mat.NewDense(n, 5, nil), make([]float64, n)
	if err := of.LogProbGrad(grad, logp, x, ts); err != nil {
		t.Fatal(err)
	}
	mean, variance := make([]float64, n), make([]float64, n)
	if err := g.MeanVariance(mean, variance, x, ts); err != nil {
		t.Fatal(err)
	}
	for i, l := range logp {
		r := values[i] - mean[i]
		if want := -0.5 * (r*r/variance[i] + math.Log(2*math.Pi*variance[i])); math.Abs(l-want) > 1e-9*(1+math.Abs(want)) {
			t.Fatalf("row %d: ln p = %g, want %g", i, l, want)
		}
	}
	// Differences of float32 networks: to 2 % of the largest slope.
	const h = 1e-2
	up, down, scratch := make([]float64, n), make([]float64, n), mat.NewDense(n, 5, nil)
	for j := range 5 {
		at := func(by float64, to []float64) {
			y := mat.DenseCopyOf(x)
			for i := range n {
				y.Set(i, j, y.At(i, j)+by)
			}
			if err := of.LogProbGrad(scratch, to, y, ts); err != nil {
				t.Fatal(err)
			}
		}
		at(h, up)
		at(-h, down)
		for i := range n {
			want := (up[i] - down[i]) / (2 * h)
			if e := math.Abs(grad.At(i, j) - want); e > 0.02*(1+math.Abs(want)) {
				t.Fatalf("row %d, coordinate %d: slope %g, by differences %g", i, j, grad.At(i, j), want)
			}
		}
	}
	// A row by itself has the same bits, and its own value.
	one, l := mat.NewDense(1, 5, nil), make([]float64, 1)
	row := of.Rows([]int{129}).(*ValueLogProb)
	if err := row.LogProbGrad(one, l, x.Slice(129, 130, 0, 5).(*mat.Dense), ts[129:]); err != nil {
		t.Fatal(err)
	}
	if l[0] != logp[129] || one.At(0, 2) != grad.At(129, 2) {
		t.Error("a row depends on its batch")
	}
}

func TestRegressorUntrainedAndCalibrated(t *testing.T) {
	g, err := NewRegressor(regressorConfig(), Condition{Name: "E", Mean: 300, Std: 20})
	if err != nil {
		t.Fatal(err)
	}
	const n = 3
	x, mean, variance := normals("untrained", n, 5), make([]float64, n), make([]float64, n)
	if err := g.MeanVariance(mean, variance, x, []float64{0.3}); err != nil || mean[1] != 300 || variance[2] != 400 {
		t.Errorf("untrained: mean %v, variance %v, %v", mean, variance, err)
	}
	// The residuals 20, 40, 60 are 1, 2 and 3 deviations: their mean square is 14/3.
	r := Regression{X: x, T: []float64{0.3, 0.3, 0.3}, Cond: mat.NewDense(n, 1, []float64{320, 260, 360})}
	losses := make([]float64, n)
	if err := g.RowLosses(losses, r); err != nil || math.Abs(losses[1]-(2+halfLogTau)) > 1e-12 {
		t.Errorf("losses %v, %v", losses, err)
	}
	k, err := g.Compile()
	if err != nil {
		t.Fatal(err)
	}
	sum := losses[0] + losses[1] + losses[2]
	if l := k.Block(r, 1, make([]float32, len(g.Params.Flat)), false); math.Abs(l-sum) > 1e-5*sum {
		t.Errorf("the loss of the block is %g, that of its rows %g", l, sum)
	}
	c, err := g.Calibrate(r)
	if err != nil || math.Abs(c.Variance-14./3) > 1e-12 || g.Variance != 1 {
		t.Errorf("calibrated by %g, %v", c.Variance, err)
	}
	wide := make([]float64, n)
	if err := c.MeanVariance(mean, wide, x, []float64{0.3}); err != nil || math.Abs(wide[0]-400*14./3) > 1e-9 {
		t.Errorf("the calibrated variance is %g", wide[0])
	}
	f := checkpoints.New(RegressorKind)
	if err := c.Store(f); err != nil {
		t.Fatal(err)
	}
	back, err := RegressorFromCheckpoint(f)
	if err != nil || back.Variance != c.Variance || back.Number != c.Number || back.Params.Count() != c.Params.Count() {
		t.Errorf("comes back as %+v, %v", back, err)
	}
	if _, err := ClassifierFromCheckpoint(f); err == nil {
		t.Error("a regressor passes for a classifier")
	}
}

func TestRegressorRefusals(t *testing.T) {
	for want, c := range map[string]Condition{
		"a number that varies": {Name: "E"}, "levels": {Name: "E", Levels: 3}, "finite": {Name: "E", Std: math.NaN()},
	} {
		if _, err := NewRegressor(regressorConfig(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	with := regressorConfig()
	with.Conditions = []Condition{{Name: "k", Levels: 2}}
	if _, err := NewRegressor(with, Condition{Name: "E", Std: 1}); err == nil {
		t.Error("conditions pass")
	}
	g := trainedRegressor(t)
	if _, err := g.Of(math.Inf(1)); err == nil {
		t.Error("an infinite value passes")
	}
	if _, err := g.Of(); err == nil {
		t.Error("no value passes")
	}
	if _, ok := any(g).(interface{ Schedule() sde.Schedule }); !ok {
		t.Error("no schedule")
	}
}

// A number enters the network standardized by the condition's own mean and deviation, and
// states of training name conditions of levels as they did.
func TestNumbersAreStandardized(t *testing.T) {
	plain := trained(t, Config{Hidden: 8, Layers: 1, Mean: []float64{0}, Variance: []float64{1}, Conditions: []Condition{{Name: "E"}}})
	scaled := trained(t, Config{Hidden: 8, Layers: 1, Mean: []float64{0}, Variance: []float64{1}, Conditions: []Condition{{Name: "E", Mean: 300, Std: 20}}})
	x, a, b := normals("scaled", 1, 1), mat.NewDense(1, 1, nil), mat.NewDense(1, 1, nil)
	for m, v := range map[*Model]float64{plain: 1.5, scaled: 330} {
		g, err := m.Conditional(mat.NewDense(1, 1, []float64{v}), nil)
		if err != nil {
			t.Fatal(err)
		}
		dst := a
		if m == scaled {
			dst = b
		}
		if err := g.Denoise(dst, x, []float64{0.5}); err != nil {
			t.Fatal(err)
		}
	}
	sameBits(t, "a standardized number", a, b)
	if s := (Condition{Name: "kind", Levels: 3}).String(); s != "{Name:kind Levels:3}" {
		t.Errorf("%s", s)
	}
	if scaled.Architecture() == plain.Architecture() {
		t.Error("the scale is no part of the architecture")
	}
	for _, c := range []Condition{{Name: "E", Std: -1}, {Name: "E", Std: math.Inf(1)}, {Name: "E", Levels: 2, Std: 1}} {
		if _, err := New(Config{Mean: []float64{0}, Variance: []float64{1}, Conditions: []Condition{c}}); err == nil {
			t.Errorf("%v passes", c)
		}
	}
}
