package sample

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// correlated is a Gaussian law in d dimensions, whose Jacobian at a time is the
// same everywhere.
func correlated(tb testing.TB, d int) sde.Law { return laws(tb, d, sde.VP{})["Gaussian"] }

// The mean over all 2^d sign vectors is the exact trace.
func TestRademacherEnumerated(t *testing.T) {
	for d := 1; d <= 4; d++ {
		l := laws(t, d, sde.VP{})["mixture"]
		x, mean := mat.NewDense(2, d, nil), mat.NewDense(2, d, nil)
		l.Sample(x, 1, 0)
		pull, err := l.Linearize(mean, x, []float64{0.2})
		if err != nil {
			t.Fatal(err)
		}
		h := &hutchinson{v: mat.NewDense(2, d, nil), jv: mat.NewDense(2, d, nil)}
		for k := range 1 << d {
			v := mat.NewDense(2, d, nil)
			v.Apply(func(_, j int, _ float64) float64 { return float64(k>>j&1)*2 - 1 }, v)
			h.probes = append(h.probes, v)
		}
		h.keep([]int{0, 1})
		got, want := mat.NewDense(2, d+1<<d, nil), mat.NewDense(2, d+1, nil)
		if err := h.of(got, pull); err != nil {
			t.Fatal(err)
		}
		e := newExactTrace(2, d)
		e.keep([]int{0, 1})
		if err := e.of(want, pull); err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			m, _ := meanAndError(got.RawRowView(i)[d:])
			if math.Abs(m-want.At(i, d)) > 1e-12 {
				t.Errorf("d = %d, row %d: mean over all signs %g, trace %g", d, i, m, want.At(i, d))
			}
		}
	}
}

// probeVariance is the variance of a log density by one probe, in theory: that
// of vᵀMv for M = ∫ α J dλ, by the trapezoidal rule.
func probeVariance(tb testing.TB, l sde.Law, kind Probe) float64 {
	tb.Helper()
	d, sched := l.Dim(), l.Schedule()
	m := mat.NewSymDense(d, nil)
	a, b := sched.Coeff(1).Lambda(), sched.Coeff(sde.MinTime(sched)).Lambda()
	eye, jv, mean := mat.NewDense(d, d, nil), mat.NewDense(d, d, nil), mat.NewDense(d, d, nil)
	for j := range d {
		eye.Set(j, j, 1)
	}
	const n = 400
	for k := range n + 1 {
		t := sde.TimeAt(sched, a+(b-a)*float64(k)/n)
		pull, err := l.Linearize(mean, eye, []float64{t})
		if err == nil {
			err = pull(jv, eye)
		}
		if err != nil {
			tb.Fatal(err)
		}
		w := (b - a) / n * sched.Coeff(t).Alpha
		if k == 0 || k == n {
			w /= 2
		}
		for i := range d {
			for j := i; j < d; j++ {
				m.SetSym(i, j, m.At(i, j)+w*0.5*(jv.At(i, j)+jv.At(j, i)))
			}
		}
	}
	var v float64
	for i := range d {
		for j := range d {
			if kind == GaussianProbe || i != j {
				v += 2 * m.At(i, j) * m.At(i, j)
			}
		}
	}
	return v
}

func TestHutchinsonAgainstTheory(t *testing.T) {
	l := correlated(t, 4)
	x := mat.NewDense(40, 4, nil)
	l.Sample(x, 2, 0)
	exact, err := LogProb(context.Background(), l, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []Probe{RademacherProbe, GaussianProbe} {
		const k = 25
		got, err := LogProb(context.Background(), l, x, &LogProbOptions{Probe: kind, Probes: k, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		var z2, v float64 // mean squared error in units of the standard error, mean of k·SE²
		for i := range 40 {
			e := got.LogProb[i] - exact.LogProb[i]
			z2 += e * e / (got.StdErr[i] * got.StdErr[i]) / 40
			v += got.StdErr[i] * got.StdErr[i] * k / 40
		}
		want := probeVariance(t, l, kind)
		// 40·25 probes: the relative standard error of their variance is below
		// √(14/1000) for quadratic forms.
		if r := v / want; math.Abs(r-1) > 4*math.Sqrt(14./1000) {
			t.Errorf("probe %d: variance of a probe %g, theory %g", kind, v, want)
		}
		if z2 < 0.4 || z2 > 1.9 { // χ² with 40 degrees, and the t tails of 25 probes
			t.Errorf("probe %d: errors are %.2f standard errors", kind, math.Sqrt(z2))
		}
	}
}

// RademacherProbe probes have no variance on a diagonal Jacobian.
func TestRademacherOnADiagonal(t *testing.T) {
	l := laws(t, 3, sde.VP{})["box"]
	x := mat.NewDense(10, 3, nil)
	l.Sample(x, 2, 0)
	exact, err := LogProb(context.Background(), l, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := LogProb(context.Background(), l, x, &LogProbOptions{Probe: RademacherProbe, Probes: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if math.Abs(got.LogProb[i]-exact.LogProb[i]) > 1e-3 || got.StdErr[i] > 1e-12 {
			t.Errorf("row %d: %g ± %g, exactly %g", i, got.LogProb[i], got.StdErr[i], exact.LogProb[i])
		}
	}
}

func TestProbesBelongToRows(t *testing.T) {
	l := laws(t, 3, sde.VP{})["mixture"]
	x := mat.NewDense(12, 3, nil)
	l.Sample(x, 2, 0)
	at := func(x *mat.Dense, o LogProbOptions) []float64 {
		o.Probe, o.Probes = GaussianProbe, 1
		r, err := LogProb(context.Background(), l, x, &o)
		if err != nil {
			t.Fatal(err)
		}
		if !math.IsNaN(r.StdErr[0]) {
			t.Error("one probe has a standard error")
		}
		return r.LogProb
	}
	want := at(x, LogProbOptions{Seed: 1})
	if worst(at(x, LogProbOptions{Seed: 1, Block: 5}), want) != 0 {
		t.Error("blocks change the probes")
	}
	part := mat.DenseCopyOf(x.Slice(4, 9, 0, 3))
	if worst(at(part, LogProbOptions{Seed: 1, First: 4}), want[4:9]) != 0 {
		t.Error("a shard has other probes")
	}
	if worst(at(part, LogProbOptions{Seed: 2, First: 4}), want[4:9]) == 0 {
		t.Error("the seed changes nothing")
	}
}

func TestByDifferences(t *testing.T) {
	l := laws(t, 3, sde.VP{})["mixture"]
	x := mat.NewDense(9, 3, nil)
	l.Sample(x, 2, 0)
	f := sde.ByDifferences(justDenoiser{l}, 0)
	mean, v := mat.NewDense(9, 3, nil), mat.NewDense(9, 3, nil)
	got, want := mat.NewDense(9, 3, nil), mat.NewDense(9, 3, nil)
	sde.NewStreams(1, "v", 0).Normal(v, 1, 1, 0)
	for _, u := range []float64{0.01, 0.3, 1} {
		p, err := f.Linearize(mean, x, []float64{u})
		if err == nil {
			err = p(got, v)
		}
		if err != nil {
			t.Fatal(err)
		}
		p, _ = l.Linearize(mean, x, []float64{u})
		p(want, v)
		if !mat.EqualApprox(got, want, 1e-6*mat.Norm(want, 1)) {
			t.Errorf("t = %g: pullback %v, want %v", u, mat.Formatted(got), mat.Formatted(want))
		}
	}
	a, err := LogProb(context.Background(), f, x, &LogProbOptions{Terminal: exactTerminal{l}})
	if err != nil {
		t.Fatal(err)
	}
	if w := worst(a.LogProb, exactLogProb(l, x, sde.MinTime(sde.VP{}))); w > 1e-3 {
		t.Errorf("log density off by %g", w)
	}
	if len(a.Caveats) != 2 || a.Caveats[1] != "biased" {
		t.Errorf("caveats %q", a.Caveats)
	}
}

// justDenoiser hides what a law can do beyond.
type justDenoiser struct{ l sde.Law }

func (j justDenoiser) Schedule() sde.Schedule { return j.l.Schedule() }
func (j justDenoiser) Dim() int               { return j.l.Dim() }
func (j justDenoiser) Caveats() []string      { return []string{"biased"} }
func (j justDenoiser) Denoise(dst, x *mat.Dense, t []float64) error {
	return j.l.Denoise(dst, x, t)
}

func TestBitsPerDim(t *testing.T) {
	// UniformGrid on 256 cells over [-1, 1]^3: density 2^-3, 8 bits per dimension.
	if b := BitsPerDim(-3*math.Ln2, 3, 2./256); math.Abs(b-8) > 1e-12 {
		t.Errorf("%g bits, want 8", b)
	}
}
