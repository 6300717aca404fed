package sbi

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/train"
)

// small are options of a fit of a moment by one plan.
func small(p plan, o Options) *Options {
	o.Steps, o.Hidden, o.Layers, o.only = 40, 16, 2, &p
	return &o
}

// A model of networks of single coordinates has a diagonal Jacobian, is written and read to
// the same bits, and draws rows whatever the workers.
func TestSeparable(t *testing.T) {
	ctx, p := context.Background(), linearPrior(t, 3)
	m, err := Fit(ctx, linear(p, 500, 8), small(plan{separable: true}, Options{Prior: p}))
	if err != nil {
		t.Fatal(err)
	}
	for _, net := range m.members[0].nets { // whether or not they pay
		for i := range net.Params.Flat {
			net.Params.Flat[i] += 0.02
		}
	}
	post := posterior(t, m, 0.5, -1, 2, 1, 1, 1)
	d, _ := post.Latent()
	w := mat.NewDense(2, 3, []float64{0.1, -0.4, 1, 2, 0, -1})
	mean, col, one := mat.NewDense(2, 3, nil), mat.NewDense(2, 3, nil), mat.NewDense(2, 3, nil)
	pull, err := d.Linearize(mean, w, []float64{0.4})
	if err != nil {
		t.Fatal(err)
	}
	one.Set(0, 1, 1)
	one.Set(1, 2, 1)
	if err := pull(col, one); err != nil {
		t.Fatal(err)
	}
	for i, own := range []int{1, 2} {
		for j := range 3 {
			if (col.At(i, j) != 0) != (j == own) {
				t.Errorf("row %d: derivative of D_%d in w_%d is %g", i, own+1, j+1, col.At(i, j))
			}
		}
	}
	const h = 1e-2
	moved := mat.DenseCopyOf(w)
	moved.Set(0, 1, moved.At(0, 1)+h)
	up := mat.NewDense(2, 3, nil)
	if err := d.Denoise(up, moved, []float64{0.4}); err != nil {
		t.Fatal(err)
	}
	if q := (up.At(0, 1) - mean.At(0, 1)) / h; math.Abs(q-col.At(0, 1)) > 0.02 {
		t.Errorf("derivative %g, difference quotient %g", col.At(0, 1), q)
	}
	sameAfterFile(t, m, mat.NewDense(1, 3, []float64{0.5, -1, 2}))
}

// Networks of single coordinates take batches of all rows, but at most 4096, and fewer steps,
// unless they are told.
func TestRunsOfCoordinates(t *testing.T) {
	p, stop := linearPrior(t, 2), errors.New("seen")
	for _, c := range []struct{ steps, batch, wantSteps int }{{0, 0, 8040 / coordinateSteps}, {90, 64, 90}} {
		o := &Options{Prior: p, Steps: c.steps, Batch: c.batch, only: &plan{separable: true}}
		o.Observe = func(r train.Report) error {
			if r.Steps != c.wantSteps {
				t.Errorf("%d steps, want %d", r.Steps, c.wantSteps)
			}
			return stop
		}
		if _, err := Fit(context.Background(), linear(p, 400, 1), o); !errors.Is(err, stop) {
			t.Errorf("the report was not seen: %v", err)
		}
		for n, want := range map[int]int{320: 320, 9000: 4096} {
			if c.batch != 0 {
				want = c.batch
			}
			if b := o.config(n, 100, true).Batch; b != want {
				t.Errorf("batches of %d rows of %d, want %d", b, n, want)
			}
		}
	}
}

// sameAfterFile fails unless a model draws the same after a round through a file.
func sameAfterFile(t *testing.T, m *Model, x *mat.Dense) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var draws [2]*mat.Dense
	for k, m := range []*Model{m, again} {
		p, err := m.Posterior(x)
		if err != nil {
			t.Fatal(err)
		}
		d, err := p.Sample(context.Background(), 130, &DrawOptions{Workers: 1 + k, NFE: 10})
		if err != nil {
			t.Fatal(err)
		}
		draws[k] = d.Theta
	}
	if !mat.Equal(draws[0], draws[1]) {
		t.Error("a loaded model, with another number of workers, draws others")
	}
}

// normalSets are draws of sets of points N(θ_1, e^{2θ_2}).
func normalSets(n int, seed uint64) *Simulations {
	s := &Simulations{Theta: mat.NewDense(n, 2, nil), X: mat.NewDense(n, 5, nil)}
	rng := stream.New(seed, "test/sets")
	for i := range n {
		a, b := rng.NormFloat64(), rng.NormFloat64()
		s.Theta.SetRow(i, []float64{a, b})
		for j := range 5 {
			s.X.Set(i, j, a+math.Exp(b)*rng.NormFloat64())
		}
	}
	return s
}

// The network of a parameter that the data say nothing about has no features, also when it
// has been read from a file.
func TestSeparableWithoutFeatures(t *testing.T) {
	ctx, p := context.Background(), linearPrior(t, 2)
	s := linear(p, 500, 8)
	s.X = mat.DenseCopyOf(s.X.Slice(0, 500, 0, 1))
	m, err := Fit(ctx, s, small(plan{separable: true}, Options{Prior: p}))
	if err != nil {
		t.Fatal(err)
	}
	for k := range m.members {
		if q := m.members[k].inputs[1]; q.Features == nil || len(q.Features) > 0 {
			t.Fatalf("member %d: the second parameter has the features %v", k, q.Features)
		}
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	draw := func(m *Model) *mat.Dense {
		d, err := posterior(t, m, 0.5).Sample(ctx, 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		return d.Theta
	}
	if !mat.Equal(draw(m), draw(again)) {
		t.Error("a loaded model draws others")
	}
}

// The order of exchangeable points does not matter, and what they tell is found.
func TestExchangeable(t *testing.T) {
	ctx, p := context.Background(), linearPrior(t, 2)
	m, err := Fit(ctx, normalSets(1500, 1), small(plan{smooth: true, moments: true, waves: 1}, Options{Prior: p, Exchangeable: Blocks{Points: 5, Width: 1}}))
	if err != nil {
		t.Fatal(err)
	}
	if s := m.Summary(); s.BaseScore < 0.8 { // of the five numbers one by one it is about 0.3
		t.Errorf("base score %.2f nats", s.BaseScore)
	}
	for i := range m.members[0].nets[0].Params.Flat {
		m.members[0].nets[0].Params.Flat[i] += 0.01
	}
	theta := mat.NewDense(2, 2, []float64{0.3, -0.5, 0.3, -0.5})
	logp, err := posterior(t, m, 1, 2, -1, 0.5, 0, 0.5, 1, 0, 2, -1).LogProb(ctx, theta, nil)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(logp[0]-logp[1]) > 1e-5 {
		t.Errorf("log densities %v of one set in two orders", logp)
	}
	sameAfterFile(t, m, mat.NewDense(1, 5, []float64{1, 2, -1, 0.5, 0}))
	for _, b := range []Blocks{{Points: 4, Width: 1}, {Points: 1, Width: 5}} {
		if _, err := Fit(ctx, normalSets(100, 1), &Options{Prior: p, Exchangeable: b}); err == nil {
			t.Errorf("%v of 5 numbers: no error", b)
		}
	}
}

// Members are averaged: the denoiser of two is the mean of theirs, in w and less the mean.
func TestMembersAreAveraged(t *testing.T) {
	m := *linearModel(t)
	other := m.members[0]
	c := *other.base
	c.C = mat.DenseCopyOf(c.C)
	c.C.Set(0, 0, c.C.At(0, 0)+0.3)
	other.base = &c
	first := m
	second := m
	second.members = []member{other}
	m.members = []member{m.members[0], other}
	x := mat.NewDense(2, 2, []float64{0.5, 0.5, -1, 2})
	w := mat.NewDense(2, 2, []float64{0, 1, 2, -1})
	var d [3]*mat.Dense
	for k, model := range []*Model{&first, &second, &m} {
		p, err := model.Posterior(x)
		if err != nil {
			t.Fatal(err)
		}
		den, _ := p.Latent()
		d[k] = mat.NewDense(2, 2, nil)
		if err := den.Denoise(d[k], w, []float64{0.3}); err != nil {
			t.Fatal(err)
		}
	}
	d[0].Add(d[0], d[1])
	d[0].Scale(0.5, d[0])
	if !mat.EqualApprox(d[0], d[2], 1e-9) {
		t.Errorf("the mean is %v, want %v", mat.Formatted(d[2]), mat.Formatted(d[0]))
	}
	// Centered, D(w − mean) = D(w) − mean.
	p, err := m.Posterior(x)
	if err != nil {
		t.Fatal(err)
	}
	const tm = 0.3
	u, v := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, nil)
	a := m.Schedule().Coeff(tm).Alpha
	for i := range 2 {
		for j := range 2 {
			u.Set(i, j, w.At(i, j)-a*p.mean.At(i, j))
		}
	}
	if err := p.inner.Denoise(v, u, []float64{tm}); err != nil {
		t.Fatal(err)
	}
	v.Add(v, p.mean)
	if !mat.EqualApprox(v, d[2], 1e-6) {
		t.Errorf("centered it is %v, want %v", mat.Formatted(v), mat.Formatted(d[2]))
	}
}
