package sbi

import (
	"context"
	"io"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
	"tweedie/datasets"
	"tweedie/datasets/prior"
	"tweedie/internal/stream"
)

// linearPrior is N(0, 1)^d, as two or more entries.
func linearPrior(t testing.TB, d int) *prior.Prior {
	t.Helper()
	one := 1.0
	p, err := prior.New([]prior.Entry{{Names: numbered("a", d), Law: "normal", Mean: 0.0, SD: &one}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// linearNoise is the standard deviation of the noise of linear.
const linearNoise = 0.5

// linear simulates x = θ + noise with θ of the prior: θ|x ~ N(x/(1+s²), s²/(1+s²) I).
func linear(p *prior.Prior, n int, seed uint64) *Simulations {
	d := p.Dim()
	s := &Simulations{Theta: mat.NewDense(n, d, nil), X: mat.NewDense(n, d, nil)}
	p.Sample(s.Theta, seed, 0)
	rng := stream.New(seed, "test/noise")
	for i := range n {
		for j := range d {
			s.X.Set(i, j, s.Theta.At(i, j)+linearNoise*rng.NormFloat64())
		}
	}
	return s
}

// fitted is a model of linear in two dimensions, shared by tests.
var fitted = sync.OnceValues(func() (*Model, error) {
	one := 1.0
	p, err := prior.New([]prior.Entry{{Names: []string{"a_1", "a_2"}, Law: "normal", Mean: 0.0, SD: &one}})
	if err != nil {
		return nil, err
	}
	return Fit(context.Background(), linear(p, 5000, 1), &Options{Prior: p, Steps: 400, Hidden: 32, Layers: 2})
})

func linearModel(t testing.TB) *Model {
	t.Helper()
	m, err := fitted()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func posterior(t testing.TB, m *Model, x ...float64) *Posterior {
	t.Helper()
	_, w := m.Dims()
	p, err := m.Posterior(mat.NewDense(len(x)/w, w, x))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The posterior of a linear simulator is normal: mean, deviation and density, at the center
// and in the tail of the simulations.
func TestLinearPosterior(t *testing.T) {
	ctx, m := context.Background(), linearModel(t)
	shrink := 1 / (1 + linearNoise*linearNoise)
	sd := linearNoise * math.Sqrt(shrink)
	for _, x := range [][]float64{{0.3, -0.6}, {3, 2}} {
		p := posterior(t, m, x...)
		draws, err := p.Sample(ctx, 4000, &DrawOptions{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		logp, err := p.LogProb(ctx, draws.Theta.Slice(0, 500, 0, 2).(*mat.Dense), nil)
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range x {
			mean, s := moments(draws.Theta, j)
			if math.Abs(mean-v*shrink) > 0.15*sd || math.Abs(s/sd-1) > 0.08 {
				t.Errorf("x = %v: θ_%d has mean %.3f and standard deviation %.3f, want %.3f and %.3f", x, j+1, mean, s, v*shrink, sd)
			}
		}
		worst := 0.0
		for i, l := range logp {
			exact := -2*math.Log(sd) - math.Log(2*math.Pi)
			for j, v := range x {
				e := (draws.Theta.At(i, j) - v*shrink) / sd
				exact -= e * e / 2
			}
			worst += math.Abs(l-exact) / float64(len(logp))
		}
		if limit := map[bool]float64{true: 0.05, false: 0.2}[x[0] < 1]; worst > limit {
			t.Errorf("x = %v: log densities are off by %.3f nats on average, want %.2f", x, worst, limit)
		}
		theta, best, err := p.MAP(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range x {
			if math.Abs(theta.At(0, j)-v*shrink) > 0.25*sd {
				t.Errorf("x = %v: the mode has θ_%d = %.3f, want %.3f", x, j+1, theta.At(0, j), v*shrink)
			}
		}
		if exact := -2*math.Log(sd) - math.Log(2*math.Pi); math.Abs(best[0]-exact) > 0.15 {
			t.Errorf("x = %v: the mode has log density %.3f, want %.3f", x, best[0], exact)
		}
	}
}

// uniformModel is of a uniform prior and a simulator whose posterior piles up at borders.
var uniformModel = sync.OnceValues(func() (*Model, error) {
	lo, hi := -1.0, 2.0
	p, err := prior.New([]prior.Entry{{Names: []string{"a", "b"}, Law: "uniform", Low: &lo, High: &hi}})
	if err != nil {
		return nil, err
	}
	return Fit(context.Background(), linear(p, 3000, 3), &Options{Prior: p, Steps: 400, Batch: 512, only: &plan{separable: true}})
})

// Densities are normalized in θ, also where the posterior leans on a border: by the midpoint
// rule in θ = 3 Φ(z) − 1.
func TestDensityIntegratesToOne(t *testing.T) {
	m, err := uniformModel()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range [][]float64{{0.2, 0.5}, {1.8, -0.9}} {
		const k = 28
		grid, cell := mat.NewDense(k*k, 2, nil), make([]float64, k*k)
		for i := range cell {
			a, b := -5+10*(float64(i%k)+.5)/k, -5+10*(float64(i/k)+.5)/k
			grid.SetRow(i, []float64{3*distuv.UnitNormal.CDF(a) - 1, 3*distuv.UnitNormal.CDF(b) - 1})
			cell[i] = distuv.UnitNormal.Prob(a) * distuv.UnitNormal.Prob(b) * 900 / (k * k)
		}
		logp, err := posterior(t, m, x...).LogProb(context.Background(), grid, nil)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, l := range logp {
			sum += math.Exp(l) * cell[i]
		}
		if t.Logf("x = %v: the density integrates to %.5f", x, sum); math.Abs(sum-1) > 0.001 {
			t.Errorf("x = %v: the density integrates to %.4f", x, sum)
		}
	}
	out := mat.NewDense(2, 2, []float64{2.1, 0, 0, 0})
	logp, err := posterior(t, m, 0, 0).LogProb(context.Background(), out, nil)
	if err != nil || !math.IsInf(logp[0], -1) || math.IsInf(logp[1], 0) {
		t.Errorf("outside and inside of the support: %v, %v", logp, err)
	}
}

// Draws stay in the support, those of several observations are behind each other, and
// neither workers nor parts nor a file change a bit.
func TestSameBits(t *testing.T) {
	ctx, m := context.Background(), linearModel(t)
	x := mat.NewDense(3, 2, []float64{0, 0, 1, 1, -1, 2})
	p, err := m.Posterior(x)
	if err != nil {
		t.Fatal(err)
	}
	draw := func(p *Posterior, n int, o DrawOptions) *mat.Dense {
		t.Helper()
		o.Seed = 7
		d, err := p.Sample(ctx, n, &o)
		if err != nil {
			t.Fatal(err)
		}
		return d.Theta
	}
	all := draw(p, 150, DrawOptions{Workers: 1})
	if !mat.Equal(all, draw(p, 150, DrawOptions{Workers: 3})) {
		t.Error("draws depend on the number of workers")
	}
	for i := range 3 {
		mean, _ := moments(all.Slice(150*i, 150*i+150, 0, 2).(*mat.Dense), 0)
		if want := x.At(i, 0) * 0.8; math.Abs(mean-want) > 0.2 {
			t.Errorf("draws of observation %d have mean %.2f, want %.2f", i+1, mean, want)
		}
	}
	part := draw(posterior(t, m, 1, 1, -1, 2), 150, DrawOptions{First: 150})
	if !mat.Equal(all.Slice(150, 450, 0, 2), part) {
		t.Error("draws in parts are others")
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if q, err := again.Posterior(x); err != nil || !mat.Equal(all, draw(q, 150, DrawOptions{})) {
		t.Errorf("a loaded model draws others: %v", err)
	}
	if !reflect.DeepEqual(again.Summary(), m.Summary()) {
		t.Errorf("summary %+v, want %+v", again.Summary(), m.Summary())
	}
	theta := all.Slice(0, 3, 0, 2).(*mat.Dense)
	a, err := p.LogProb(ctx, theta, &DrawOptions{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		one, err := posterior(t, m, x.RawRowView(i)...).LogProb(ctx, theta.Slice(i, i+1, 0, 2).(*mat.Dense), nil)
		if err != nil || one[0] != a[i] {
			t.Errorf("log density %d alone is %v, want %v (%v)", i, one, a[i], err)
		}
	}
}

// Two fits have the same bits, whatever the number of workers.
func TestFitSameBits(t *testing.T) {
	p := linearPrior(t, 2)
	var files []*mat.Dense
	for _, workers := range []int{1, 3} {
		m, err := Fit(context.Background(), linear(p, 400, 2), &Options{Prior: p, Steps: 30, Hidden: 16, Layers: 2, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		d, err := posterior(t, m, 1, -1).Sample(context.Background(), 20, nil)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, d.Theta)
	}
	if !mat.Equal(files[0], files[1]) {
		t.Error("the number of workers changes the fit")
	}
}

// Latent is the denoiser of w, whose draws are those of the posterior; several observations
// have a row each, and its Jacobian is that of finite differences.
func TestLatent(t *testing.T) {
	m := linearModel(t)
	p := posterior(t, m, 1, -1, 0.5, 2)
	d, law := p.Latent()
	theta := mat.NewDense(2, 2, []float64{0.3, -0.2, 1.5, 0.1})
	w, back := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, nil)
	if err := m.Latent(w, theta); err != nil {
		t.Fatal(err)
	}
	m.Theta(back, w)
	if !mat.EqualApprox(back, theta, 1e-9) {
		t.Errorf("θ → w → θ is %v", mat.Formatted(back))
	}
	// The prior law of w has the density of the prior of θ.
	lw, lt := make([]float64, 2), make([]float64, 2)
	law.LogProb(lw, w, []float64{0})
	m.Prior().LogProb(lt, theta)
	for i := range lw {
		if math.Abs(lw[i]-m.space.logDet()-lt[i]) > 1e-9 {
			t.Errorf("prior density of w %v, of θ %v", lw[i]-m.space.logDet(), lt[i])
		}
	}
	tm := []float64{0.3}
	mean, grad := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, nil)
	pull, err := d.Linearize(mean, w, tm)
	if err != nil {
		t.Fatal(err)
	}
	v := mat.NewDense(2, 2, []float64{1, -0.5, 0.25, 2})
	if err := pull(grad, v); err != nil {
		t.Fatal(err)
	}
	const h = 1e-2
	for i := range 2 {
		for j := range 2 {
			var side [2]*mat.Dense
			for s := range side {
				moved := mat.DenseCopyOf(w)
				moved.Set(i, j, moved.At(i, j)+h*float64(2*s-1))
				side[s] = mat.NewDense(2, 2, nil)
				if err := d.Denoise(side[s], moved, tm); err != nil {
					t.Fatal(err)
				}
			}
			want := 0.0
			for k := range 2 {
				want += (side[1].At(i, k) - side[0].At(i, k)) / (2 * h) * v.At(i, k)
			}
			if math.Abs(want-grad.At(i, j)) > 2e-3 {
				t.Errorf("row %d, %d: pullback %.5f, differences %.5f", i, j, grad.At(i, j), want)
			}
		}
	}
}

func TestFitRefuses(t *testing.T) {
	p := linearPrior(t, 2)
	zero, one := 0.0, 1.0
	box, err := prior.New([]prior.Entry{{Names: []string{"a_1", "a_2"}, Law: "uniform", Low: &zero, High: &one}})
	if err != nil {
		t.Fatal(err)
	}
	good := linear(p, 200, 1)
	nan := &Simulations{Theta: good.Theta, X: mat.DenseCopyOf(good.X), XNames: []string{"u", "v"}}
	nan.X.Set(6, 1, math.NaN())
	nan.X.Set(9, 0, math.Inf(1))
	constant := &Simulations{Theta: good.Theta, X: mat.NewDense(200, 2, nil)}
	for _, c := range []struct {
		name string
		s    *Simulations
		o    *Options
		want []string
	}{
		{"no prior", good, &Options{}, []string{"no prior", "--prior"}},
		{"no options", good, nil, []string{"no prior"}},
		{"outside", good, &Options{Prior: box}, []string{"row ", `"a_`, "outside of the support"}},
		{"NaN", nan, &Options{Prior: p}, []string{"2 of 200", "rows 7, 10", `"v"`, "DropNaN"}},
		{"width", good, &Options{Prior: linearPrior(t, 3)}, []string{"2 parameters", "prior has 3"}},
		{"names", &Simulations{Theta: good.Theta, X: good.X, ThetaNames: []string{"a_2", "a_1"}}, &Options{Prior: p}, []string{"a_2, a_1", "a_1, a_2"}},
		{"rows", &Simulations{Theta: good.Theta, X: mat.NewDense(3, 2, nil)}, &Options{Prior: p}, []string{"200 rows", "3 of data"}},
		{"few", linear(p, 20, 1), &Options{Prior: p}, []string{"20 simulations"}},
		{"constant", constant, &Options{Prior: p}, []string{"constant"}},
		{"steps", good, &Options{Prior: p, Steps: -1}, []string{"steps", "-1"}},
	} {
		_, err := Fit(context.Background(), c.s, c.o)
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q lacks %q", c.name, err, w)
			}
		}
	}
	m, err := Fit(context.Background(), nan, &Options{Prior: p, DropNaN: true, Steps: 20, Hidden: 16, Layers: 1})
	if err != nil || m.Summary().Dropped != 2 || m.Summary().Rows != 198 {
		t.Errorf("with DropNaN: %v, %+v", err, m.Summary())
	}
}

// Constant and duplicated columns of x do no harm, and 200 columns are possible.
func TestOddColumns(t *testing.T) {
	p := linearPrior(t, 1)
	base := linear(p, 600, 5)
	wide := &Simulations{Theta: base.Theta, X: mat.NewDense(600, 200, nil)}
	rng := stream.New(5, "test/wide")
	for i := range 600 {
		row := wide.X.RawRowView(i)
		for j := range row {
			row[j] = rng.NormFloat64()
		}
		row[0], row[1], row[2], row[3] = base.X.At(i, 0), base.X.At(i, 0), 7, 1e9*base.X.At(i, 0)
	}
	m, err := Fit(context.Background(), wide, &Options{Prior: p, Steps: 30, Hidden: 16, Layers: 1})
	if err != nil {
		t.Fatal(err)
	}
	x := mat.DenseCopyOf(wide.X.Slice(0, 1, 0, 200))
	x.SetRow(0, append([]float64{1, 1, 7, 1e9}, x.RawRowView(0)[4:]...))
	post, err := m.Posterior(x)
	if err != nil {
		t.Fatal(err)
	}
	d, err := post.Sample(context.Background(), 400, nil)
	if err != nil {
		t.Fatal(err)
	}
	if mean, sd := moments(d.Theta, 0); math.Abs(mean-0.8) > 0.6 || sd > 0.8 {
		t.Errorf("mean %.2f, standard deviation %.2f, want about 0.80 and 0.45", mean, sd)
	}
}

func TestPosteriorRefuses(t *testing.T) {
	m := linearModel(t)
	for _, c := range []struct {
		x    *mat.Dense
		want string
	}{
		{mat.NewDense(1, 3, nil), "3 numbers, and the simulations have 2"},
		{mat.NewDense(2, 2, []float64{0, 0, 1, math.NaN()}), `observation 2: "x_2" is NaN`},
		{nil, "no observation"},
	} {
		if _, err := m.Posterior(c.x); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	p := posterior(t, m, 0, 0)
	if _, err := p.Sample(context.Background(), 0, nil); err == nil {
		t.Error("0 draws: no error")
	}
	if _, err := p.LogProb(context.Background(), mat.NewDense(1, 3, nil), nil); err == nil {
		t.Error("another width: no error")
	}
	if _, err := posterior(t, m, 0, 0, 1, 1).LogProb(context.Background(), mat.NewDense(3, 2, nil), nil); err == nil {
		t.Error("3 rows for 2 observations: no error")
	}
	if c := p.Caveats(); len(c) != 0 {
		t.Errorf("caveats of an observation in the middle: %q", c)
	}
	far := posterior(t, m, 0, 40)
	d, err := far.Sample(context.Background(), 5, nil)
	if err != nil || len(d.Caveats) == 0 || !strings.Contains(d.Caveats[0], `"x_2" is 40`) {
		t.Errorf("an observation far away: %v, %v", err, d)
	}
}

func TestReadSimulations(t *testing.T) {
	csv := func(name, text string) datasets.Source {
		return datasets.CSVSource(name, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
	}
	s, err := ReadSimulations(csv("theta.csv", "a_1,a_2\n1,2\n3,4\n5,6\n"), csv("x.csv", "u\n1\nnan\n\"\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Theta.At(1, 1) != 4 || s.X.At(0, 0) != 1 || !math.IsNaN(s.X.At(1, 0)) || !math.IsNaN(s.X.At(2, 0)) || s.XNames[0] != "u" {
		t.Errorf("read %v", s)
	}
	for _, c := range []struct{ theta, x, want string }{
		{"a\n1\n2\n", "u\n1\n", "theta.csv has 2 rows and x.csv has 1"},
		{"a\nnan\n", "u\n1\n", "theta.csv"},
		{"a\n1\n", "u\nhello\n", `"hello" is not a finite number`},
	} {
		if _, err := ReadSimulations(csv("theta.csv", c.theta), csv("x.csv", c.x)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}
