package sample

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// With the exact denoiser the bound is the log density.
func TestLowerBoundOfExactLaws(t *testing.T) {
	for _, s := range []sde.Schedule{sde.VP{}, sde.SubVP{}, sde.VE{}, sde.Cosine{}, sde.Rectified{}} {
		for _, name := range []string{"Gaussian", "mixture"} {
			l := laws(t, 2, s)[name]
			const n = 60
			x := mat.NewDense(n, 2, nil)
			l.Sample(x, 6, 0)
			r, err := LowerBound(context.Background(), l, x, &LowerBoundOptions{Samples: 200, Seed: 1, Terminal: exactTerminal{l}})
			if err != nil {
				t.Fatal(err)
			}
			want := exactLogProb(l, x, sde.MinTime(s))
			var diff, se float64
			for i := range n {
				diff += (r.LogProb[i] - want[i]) / n
				se += r.StdErr[i] * r.StdErr[i] / (n * n)
			}
			// The decoder's variance, and End, are right to σ/α = .01 squared.
			if se = math.Sqrt(se); math.Abs(diff) > 4*se+1e-3 {
				t.Errorf("%T, %s: bound above the log density by %g ± %g", s, name, diff, se)
			}
			if r.NFE != 400 {
				t.Errorf("NFE %g", r.NFE)
			}
		}
	}
}

// A wrong denoiser gives a bound below, by the squared error of its score.
func TestLowerBoundOfAWrongModel(t *testing.T) {
	l := laws(t, 2, sde.VP{})["mixture"]
	const n = 200
	x := mat.NewDense(n, 2, nil)
	l.Sample(x, 6, 0)
	at := func(d sde.Law) []float64 {
		r, err := LowerBound(context.Background(), d, x, &LowerBoundOptions{Samples: 256, Terminal: exactTerminal{l}})
		if err != nil {
			t.Fatal(err)
		}
		return r.LogProb
	}
	wrong, right := at(off{l}), at(l) // on the same draws
	var diff float64
	for i := range n {
		diff += (wrong[i] - right[i]) / n
	}
	// The error .5 σ²/(α²+σ²) in each of 2 dimensions costs ∫ e^{2λ} |ΔD|² dλ =
	// .5 ∫ e^{2λ}/(1+e^{2λ})² dλ = .25. The product of both errors has mean 0,
	// and a standard error of .015 over 200·256 draws.
	if math.Abs(diff+0.25) > 0.06 {
		t.Errorf("mean bound changes by %g, want -0.25", diff)
	}
}

type off struct{ sde.Law }

func (o off) Denoise(dst, x *mat.Dense, t []float64) error {
	err := o.Law.Denoise(dst, x, t)
	n, _ := x.Dims()
	for i := range n {
		c := o.Schedule().Coeff(sde.Time(t, i))
		for j := range dst.RawRowView(i) {
			dst.RawRowView(i)[j] += 0.5 * c.Sigma * c.Sigma / (c.Alpha*c.Alpha + c.Sigma*c.Sigma)
		}
	}
	return err
}

func TestLowerBoundSplitsAndErrs(t *testing.T) {
	l := bimodal(t, sde.VP{})
	x := mat.NewDense(10, 2, nil)
	l.Sample(x, 6, 0)
	at := func(x *mat.Dense, o LowerBoundOptions) []float64 {
		o.Samples = 4
		r, err := LowerBound(context.Background(), l, x, &o)
		if err != nil {
			t.Fatal(err)
		}
		return r.LogProb
	}
	want := at(x, LowerBoundOptions{})
	if worst(want, at(x, LowerBoundOptions{Block: 3, Workers: 2})) != 0 {
		t.Error("blocks change the result")
	}
	if worst(want[4:], at(mat.DenseCopyOf(x.Slice(4, 10, 0, 2)), LowerBoundOptions{First: 4})) != 0 {
		t.Error("a shard has other samples")
	}
	if worst(want, at(x, LowerBoundOptions{Seed: 1})) == 0 {
		t.Error("the seed changes nothing")
	}
	if _, err := LowerBound(context.Background(), broken{l}, x, nil); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
	if _, err := LowerBound(context.Background(), l, x, &LowerBoundOptions{Samples: 1}); err == nil {
		t.Error("one sample is accepted")
	}
}

// noted is a denoiser that notes the times at which it is evaluated.
type noted struct {
	sde.Denoiser
	seen *[]float64
}

func (d noted) Denoise(dst, x *mat.Dense, t []float64) error {
	*d.seen = append(*d.seen, t...)
	return d.Denoiser.Denoise(dst, x, t)
}

// Of n samples each takes its time, uniform in λ, from its n-th part of the whole, and fills it.
func TestTimesOfTheBoundAreStratified(t *testing.T) {
	const rows, samples = 400, 4
	var seen []float64
	s := sde.VP{}
	d := noted{gauss1(t, 0, 1, s), &seen}
	if _, err := LowerBound(context.Background(), d, mat.NewDense(rows, 1, nil), &LowerBoundOptions{Samples: samples, Workers: 1, Block: rows}); err != nil {
		t.Fatal(err)
	}
	lo, hi := s.Coeff(1).Lambda(), s.Coeff(sde.MinTime(s)).Lambda()
	var of [samples][]float64
	for _, u := range seen {
		if v := (s.Coeff(u).Lambda() - lo) / (hi - lo) * samples; v >= 0 && v < samples {
			of[int(v)] = append(of[int(v)], v-math.Floor(v))
		}
	}
	for k, v := range of {
		if len(v) < rows-2 {
			t.Errorf("sample %d: %d times", k, len(v))
		}
		if diff := within("mean", v, 0.5, 5); diff != "" {
			t.Errorf("sample %d: %s", k, diff)
		}
	}
}

// Standard errors are those of the estimates: samples are stratified, and what differs between strata is no error.
func TestLowerBoundStdErr(t *testing.T) {
	l := laws(t, 2, sde.VP{})["mixture"]
	const n = 400
	x := mat.NewDense(n, 2, nil)
	l.Sample(x, 6, 0)
	var said, is float64
	var once []float64
	for seed := range uint64(2) {
		r, err := LowerBound(context.Background(), l, x, &LowerBoundOptions{Seed: seed, Terminal: exactTerminal{l}})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range r.LogProb {
			said += r.StdErr[i] * r.StdErr[i]
			if seed == 1 {
				is += (v - once[i]) * (v - once[i])
			}
		}
		once = r.LogProb
	}
	if ratio := math.Sqrt(is / said); math.Abs(ratio-1) > 0.12 { // uncertain by .035
		t.Errorf("estimates of two seeds differ by %.3f of what their standard errors say", ratio)
	}
}

// Positions of their own, whose posterior mean is exact, can be left out: then the bound is that of the others, with less noise.
func TestLowerBoundOmits(t *testing.T) {
	l := laws(t, 2, sde.VP{})["mixture"]
	own, err := sde.NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{1}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	both, err := sde.NewProduct(l, own)
	if err != nil {
		t.Fatal(err)
	}
	const n = 200
	x := mat.NewDense(n, 3, nil)
	both.Sample(x, 6, 0)
	at := func(omit []bool) *LogDensityBound {
		r, err := LowerBound(context.Background(), both, x, &LowerBoundOptions{Terminal: exactTerminal{both}, Omit: omit})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	want := exactLogProb(l, mat.DenseCopyOf(x.Slice(0, n, 0, 2)), sde.MinTime(sde.VP{}))
	r, all := at([]bool{false, false, true}), at(nil)
	var diff, se, noise float64
	for i := range n {
		diff += (r.LogProb[i] - want[i]) / n
		se += r.StdErr[i] * r.StdErr[i] / (n * n)
		noise += all.StdErr[i] * all.StdErr[i] / (n * n)
	}
	if se = math.Sqrt(se); math.Abs(diff) > 4*se+1e-3 {
		t.Errorf("bound above the log density of the others by %g ± %g", diff, se)
	}
	if noise = math.Sqrt(noise); !(se < 0.9*noise) {
		t.Errorf("standard error %g, and %g with what is left out", se, noise)
	}
	if _, err := LowerBound(context.Background(), both, x, &LowerBoundOptions{Omit: []bool{true}}); err == nil {
		t.Error("positions of another dimension are accepted")
	}
}
