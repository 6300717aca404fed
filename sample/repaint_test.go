package sample

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

func plane(tb testing.TB, rho float64, s sde.Schedule) *sde.Gaussian {
	tb.Helper()
	g, err := sde.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{1, rho, rho, 1}), s)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func withKnown(tb testing.TB, d sde.Denoiser, k ValueCondition) sde.Denoiser {
	tb.Helper()
	p, err := ConditionOnValues(d, k)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// unit is a noise of which entry draws-2 of the batch, counted over rows 3, 4, …,
// is 1 in each draw and all else is 0.
type unit struct{ draws int }

func (z *unit) Normal(dst *mat.Dense, _, _ float64, _ int) {
	dst.Zero()
	n, c := dst.Dims()
	for j := range c {
		if r := 3 + z.draws; r < n {
			dst.Set(r, j, 1)
		}
		z.draws++
	}
}

// law returns mean and covariance of the second coordinate after m has carried
// d, of which every step is affine, over the times ts: each step is probed by
// unit states and unit noises, and moves mean and covariance.
func law(tb testing.TB, d sde.Denoiser, m Method, ts []float64) (mean, variance float64) {
	tb.Helper()
	c := d.Schedule().Coeff(ts[0])
	cov := TerminalOf(d, ts[0])
	mu := mat.NewVecDense(2, nil)
	S := mat.NewSymDense(2, []float64{cov.SD[0] * cov.SD[0], 0, 0, cov.SD[1] * cov.SD[1]})
	if g, ok := knownLaw(d); ok {
		S.SetSym(0, 1, c.Alpha*c.Alpha*g.Covariance().At(0, 1))
	}
	var st Stepper
	rows := 0
	for k := range len(ts) - 1 {
		z := &unit{}
		if st == nil {
			st = m.New(d, 3)
			if err := st.Step(mat.NewDense(3, 2, nil), ts[0], ts[1], z); err != nil {
				tb.Fatal(err)
			}
			rows, z = 3+z.draws, &unit{}
			st = m.New(d, rows)
		}
		x := mat.NewDense(rows, 2, nil)
		x.Set(1, 0, 1)
		x.Set(2, 1, 1)
		if err := st.Step(x, ts[k], ts[k+1], z); err != nil {
			tb.Fatal(err)
		}
		A, N := mat.NewDense(2, 2, nil), mat.NewSymDense(2, nil)
		b := mat.NewVecDense(2, []float64{x.At(0, 0), x.At(0, 1)})
		for i := 1; i < rows; i++ {
			u, v := x.At(i, 0)-b.AtVec(0), x.At(i, 1)-b.AtVec(1)
			if i < 3 {
				A.Set(0, i-1, u)
				A.Set(1, i-1, v)
				continue
			}
			N.SetSym(0, 0, N.At(0, 0)+u*u)
			N.SetSym(0, 1, N.At(0, 1)+u*v)
			N.SetSym(1, 1, N.At(1, 1)+v*v)
		}
		var next mat.VecDense
		next.MulVec(A, mu)
		mu.AddVec(&next, b)
		var full mat.Dense
		full.Product(A, S, A.T())
		for i := range 2 {
			for j := i; j < 2; j++ {
				S.SetSym(i, j, full.At(i, j)+N.At(i, j))
			}
		}
	}
	return mu.AtVec(1), S.At(1, 1)
}

func knownLaw(d sde.Denoiser) (*sde.Gaussian, bool) {
	g, ok := d.(interface{ Unwrap() sde.Denoiser }).Unwrap().(*sde.Gaussian)
	return g, ok
}

// Replacement and RePaint have the mean and variance of their recursion, biased
// as they are; the golden values of which are .4989, .4891 to .7939, .3305.
func TestRePaintEqualsTheOracle(t *testing.T) {
	known := ValueCondition{Index: []int{0}, Values: mat.NewDense(1, 1, []float64{1})}
	d := withKnown(t, plane(t, 0.8, squares{}), known)
	for _, n := range []int{64, 1000} {
		for _, r := range []int{1, 3, 10, 50} {
			if testing.Short() && n*r > 1000 {
				continue
			}
			mean, v := law(t, d, RePaint{DDIM{Eta: 1}, 1, r}, uniform(n))
			same := func(renoise float64) bool {
				m, u := oracle.Replaced(0.8, 1, n, r, renoise)
				return math.Abs(mean-m) < 1e-8 && math.Abs(v-u) < 1e-8
			}
			if !same(1) {
				m, u := oracle.Replaced(0.8, 1, n, r, 1)
				t.Errorf("%d steps, %d times: %.8f, %.8f, want %.8f, %.8f", n, r, mean, v, m, u)
			}
			if r > 1 && same(0.99) {
				t.Errorf("%d steps, %d times: a planted error passes", n, r)
			}
		}
	}
	mean, v := law(t, d, Replacement{DDIM{Eta: 1}}, uniform(64))
	if m, u := oracle.Replaced(0.8, 1, 64, 1, 1); math.Abs(mean-m) > 1e-8 || math.Abs(v-u) > 1e-8 {
		t.Errorf("replacement: %.8f, %.8f, want %.8f, %.8f", mean, v, m, u)
	}
}

// Longer segments lessen the bias as well, at the published cost.
func TestRePaintSegments(t *testing.T) {
	known := ValueCondition{Index: []int{0}, Values: mat.NewDense(1, 1, []float64{1})}
	d := withKnown(t, plane(t, 0.8, squares{}), known)
	ts := uniform(250)
	plain, _ := oracle.Replaced(0.8, 1, 250, 1, 1)
	noise := &visits{Noise: sde.NewStreams(1, "test", 0)}
	st := RePaint{Inner: DDIM{Eta: 1}}.New(d, 400)
	x := mat.NewDense(400, 2, nil)
	noise.Noise.Normal(x, 1, 1, 0)
	for k := range 250 {
		if err := st.Step(x, ts[k], ts[k+1], noise); err != nil {
			t.Fatal(err)
		}
	}
	// each step down draws for itself and for the known values
	if noise.down != 2410 || noise.ups != 216 {
		t.Errorf("%d steps down in %d jumps, want 2410 in 216 (of 10 steps each)", noise.down, noise.ups)
	}
	if noise.first != [2]float64{ts[9], ts[19]} {
		t.Errorf("the first jump spans %v, want %g to %g", noise.first, ts[9], ts[19])
	}
	if noise.repeated {
		t.Error("a draw is used twice")
	}
	mean := 0.0
	for i := range 400 {
		mean += x.At(i, 1) / 400
	}
	if se := 0.6 / 20; mean < plain+3*se || mean > 0.8+3*se {
		t.Errorf("mean %.3f, replacement alone has %.3f and the truth is .8", mean, plain)
	}
}

// visits counts the draws of a RePaint by their uses.
type visits struct {
	sde.Noise
	down, ups int
	first     [2]float64 // the times of the first jump
	repeated  bool
	seen      map[string]bool
}

func (c *visits) Normal(dst *mat.Dense, t, s float64, use int) {
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	key := fmt.Sprint(t, s, use)
	c.repeated = c.repeated || c.seen[key]
	c.seen[key] = true
	switch use % usesPerStep {
	case 0:
		c.down++
	case usesPerStep - 1:
		if c.ups++; c.ups == 1 {
			c.first = [2]float64{t, s}
		}
	}
	c.Noise.Normal(dst, t, s, use)
}

// Values with an error are set while the noise is above it: the end is nearer
// to the conditional law than that of values taken for exact.
func TestKnownValuesMayHaveErrors(t *testing.T) {
	values := mat.NewDense(1, 1, []float64{1})
	base := plane(t, 0.8, squares{})
	noisy := withKnown(t, base, ValueCondition{Index: []int{0}, Values: values, SD: 0.7})
	hard := withKnown(t, base, ValueCondition{Index: []int{0}, Values: values})
	want := 0.8 / (1 + 0.49) // E[x_2|y]
	m := RePaint{DDIM{Eta: 1}, 1, 20}
	a, _ := law(t, noisy, m, uniform(200))
	b, _ := law(t, hard, m, uniform(200))
	if math.Abs(a-want) > 0.15 || math.Abs(b-want) < 0.15 {
		t.Errorf("means %.3f and, as if exact, %.3f, want %.3f", a, b, want)
	}
}

// Values stay with their rows through blocks, workers and shards.
func TestKnownValuesStayWithTheirRows(t *testing.T) {
	values := mat.NewDense(9, 1, nil)
	for i := range 9 {
		values.Set(i, 0, float64(i))
	}
	d := withKnown(t, plane(t, 0.8, sde.VP{}), ValueCondition{Index: []int{1}, Values: values})
	for _, m := range []Method{RePaint{DPMpp2M{}, 3, 2}, Replacement{Heun{}}, RePaint{DDIM{Eta: 0.5}, 1, 3}} {
		run := func(o Options) *mat.Dense {
			o.Steps, o.Seed, o.Grid = 12, 5, LogSNRGrid{}
			res, err := Run(context.Background(), d, m, 9, &o)
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Caveats) == 0 || !strings.Contains(res.Caveats[0], "biased") {
				t.Errorf("caveats %q", res.Caveats)
			}
			return res.X
		}
		want := run(Options{Block: 9})
		if !mat.Equal(run(Options{Block: 2, Workers: 3}), want) {
			t.Errorf("%s: blocks change the rows", m.Info().Name)
		}
		for i := range 9 {
			if want.At(i, 1) != float64(i) {
				t.Errorf("%s: row %d has %g for %d", m.Info().Name, i, want.At(i, 1), i)
			}
		}
		// a stepper that is used again starts anew
		st := m.New(d, 9)
		for range 2 {
			x := mat.NewDense(9, 2, nil)
			start := TerminalOf(d, 1)
			start.Sample(x, sde.NewStreams(5, "sample/init", 0))
			ts := LogSNRGrid{}.Times(sde.VP{}, 1, sde.MinTime(sde.VP{}), 12)
			for k := range 12 {
				if err := st.Step(x, ts[k], ts[k+1], sde.NewStreams(5, "sample/step", 0)); err != nil {
					t.Fatal(err)
				}
			}
			unscale(x, sde.VP{}, ts[12])
			sde.SetKnown(x, d)
			if !mat.Equal(x, want) {
				t.Errorf("%s: another trajectory on second use", m.Info().Name)
			}
		}
	}
}

func TestKnownRefuses(t *testing.T) {
	base := plane(t, 0.8, sde.VP{})
	one := mat.NewDense(1, 1, nil)
	for name, k := range map[string]ValueCondition{
		"nothing":        {},
		"out of range":   {Index: []int{2}, Values: one},
		"twice":          {Index: []int{0, 0}, Values: mat.NewDense(1, 2, nil)},
		"widths":         {Index: []int{0, 1}, Values: one},
		"infinite":       {Index: []int{0}, Values: mat.NewDense(1, 1, []float64{math.Inf(1)})},
		"negative error": {Index: []int{0}, Values: one, SD: -1},
	} {
		if _, err := ConditionOnValues(base, k); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for name, d := range map[string]sde.Denoiser{
		"no values": base, "too few values": withKnown(t, base, ValueCondition{Index: []int{0}, Values: mat.NewDense(2, 1, nil)}),
	} {
		for _, m := range []Method{Replacement{DDIM{Eta: 1}}, RePaint{Inner: DDIM{Eta: 1}}} {
			if _, err := Run(context.Background(), d, m, 3, nil); err == nil {
				t.Errorf("%s, %s: no error", name, m.Info().Name)
			}
		}
	}
}
