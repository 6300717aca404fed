package sample

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// flatland is a Gaussian on the line that lives in a plane of R⁴: its latent law,
// the subspace, and its law in R⁴, whose covariance is singular.
func flatland(tb testing.TB) (latent *sde.Gaussian, p *PCA, data *sde.Gaussian) {
	tb.Helper()
	latent = gauss2(tb, 0.5, -1, 1.5, sde.VP{})
	h := 0.5
	p = &PCA{Mean: []float64{1, -2, 0, 0.3}, V: mat.NewDense(4, 2, []float64{h, h, h, -h, h, h, h, -h})}
	var cov mat.Dense
	cov.Product(p.V, latent.Covariance(), p.V.T())
	sym := mat.NewSymDense(4, nil)
	for i := range 4 {
		for j := range i + 1 {
			sym.SetSym(i, j, cov.At(i, j))
		}
	}
	mean := mat.NewDense(1, 4, nil)
	if err := p.Decode(mean, mat.NewDense(1, 2, latent.Mean())); err != nil {
		tb.Fatal(err)
	}
	data, err := sde.NewGaussian(mean.RawRowView(0), sym, sde.VP{})
	if err != nil {
		tb.Fatal(err)
	}
	return latent, p, data
}

// A latent model serves in the data space as the model of the law that lives in the
// subspace: values, derivative and moments.
func TestLiftedModelsAreModelsInTheSubspace(t *testing.T) {
	latent, p, data := flatland(t)
	d, err := p.Denoiser(latent)
	if err != nil {
		t.Fatal(err)
	}
	off := &PCA{Mean: []float64{1, -2, 0, 0.4}, V: p.V}
	wrong, err := off.Denoiser(latent)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(3, 4, []float64{0.3, 1, -2, 0.4, 5, -4, 3, 3, 0, 0, 1, 2})
	got, want := mat.NewDense(3, 4, nil), mat.NewDense(3, 4, nil)
	for _, ts := range [][]float64{{0.02}, {0.4}, {1}, {0.1, 0.5, 0.9}} {
		for _, c := range []struct {
			d     sde.Denoiser
			equal bool
		}{{d, true}, {wrong, false}} {
			if err := c.d.Denoise(got, x, ts); err != nil {
				t.Fatal(err)
			}
			if err := data.Denoise(want, x, ts); err != nil {
				t.Fatal(err)
			}
			if mat.EqualApprox(got, want, 1e-9) != c.equal {
				t.Errorf("t = %v: equality is %t", ts, !c.equal)
			}
		}
		v := mat.NewDense(3, 4, []float64{1, 2, 3, 4, -1, 0, 1, 0, 0, 0, 0, 1})
		a, err := d.(sde.Differentiable).Linearize(got, x, ts)
		if err != nil {
			t.Fatal(err)
		}
		b, err := data.Linearize(want, x, ts)
		if err != nil || !mat.EqualApprox(got, want, 1e-9) {
			t.Fatalf("t = %v: the means of the linearizations differ (%v)", ts, err)
		}
		if a(got, v) != nil || b(want, v) != nil || !mat.EqualApprox(got, want, 1e-9) {
			t.Errorf("t = %v: pullbacks differ", ts)
		}
	}
	m, n := TerminalOf(d, 0.3), TerminalOf(data, 0.3)
	for j := range 4 {
		if math.Abs(m.Mean[j]-n.Mean[j]) > 1e-9 || math.Abs(m.SD[j]-n.SD[j]) > 1e-9 {
			t.Errorf("coordinate %d: moments %g, %g, want %g, %g", j, m.Mean[j], m.SD[j], n.Mean[j], n.SD[j])
		}
	}
	if _, err := p.Denoiser(data); err == nil {
		t.Error("another dimension: no error")
	}
}

// Particles in the latent space, given an observation of the data, have the evidence
// and, decoded, the posterior mean of the law in the data space.
func TestLatentPosteriorIsThatOfTheData(t *testing.T) {
	latent, p, data := flatland(t)
	A, y, sd := mat.NewDense(2, 4, []float64{1, 0, 0, 0.5, 0, 1, -1, 0}), []float64{2, -1}, 0.5
	R := mat.NewSymDense(2, []float64{sd * sd, 0, 0, sd * sd})
	want, err := data.Posterior(A, y, R)
	if err != nil {
		t.Fatal(err)
	}
	op, err := NewDecodedOperator(p, matrix{A, nil})
	if err != nil {
		t.Fatal(err)
	}
	const groups, k = 80, 64
	c := particles(t, MCGDiff{Model: latent, Observation: LinearCondition{op, mat.NewDense(1, 2, y), sd}}, DPMpp2MSDE{}, groups, k, ParticleOptions{Options: Options{Steps: 200, Seed: 1}})
	x := mat.NewDense(groups*k, 4, nil)
	if err := p.Decode(x, c.X); err != nil {
		t.Fatal(err)
	}
	c.X = x
	if diff := unbiasedIn(c, want, data.LogEvidence(A, y, R)); diff != "" {
		t.Error(diff)
	}
	if unbiasedIn(c, data, data.LogEvidence(A, y, R)) == "" {
		t.Error("the law without observation passes")
	}
	// plug-and-play: linear stays linear, so that split Gibbs takes it
	d, err := ConditionOnLinear(latent, LinearCondition{op, mat.NewDense(1, 2, y), sd})
	if err != nil {
		t.Fatal(err)
	}
	res, err := SplitGibbs{Rho: 0.15, First: 2, Decay: 0.7, Iterations: 40}.Run(context.Background(), d, 600, &Options{Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	x = mat.NewDense(600, 4, nil)
	if err := p.Decode(x, res.X); err != nil {
		t.Fatal(err)
	}
	for j, m := range want.Mean() {
		if diff := within("", mat.Col(nil, j, x), m, 4); diff != "" {
			t.Errorf("split Gibbs, coordinate %d: %s", j, diff)
		}
	}
}

// The derivative of a decoded operator is that of differences, and DiffPIR descends
// it through a decoder that is not linear.
func TestDecodingPullsThroughTheDecoder(t *testing.T) {
	op, err := NewDecodedOperator(bent{}, cubic{3})
	if err != nil {
		t.Fatal(err)
	}
	z, v := mat.NewDense(2, 2, []float64{0.3, -0.4, 1, 0.2}), mat.NewDense(2, 1, []float64{1, -2})
	g := mat.NewDense(2, 2, nil)
	if err := op.Pull(g, z, v); err != nil {
		t.Fatal(err)
	}
	const h = 1e-5
	for j := range 2 {
		up, down, a, b := mat.DenseCopyOf(z), mat.DenseCopyOf(z), mat.NewDense(2, 1, nil), mat.NewDense(2, 1, nil)
		for i := range 2 {
			up.Set(i, j, z.At(i, j)+h)
			down.Set(i, j, z.At(i, j)-h)
		}
		if op.Apply(a, up) != nil || op.Apply(b, down) != nil {
			t.Fatal("no values")
		}
		for i := range 2 {
			if want := v.At(i, 0) * (a.At(i, 0) - b.At(i, 0)) / (2 * h); math.Abs(g.At(i, j)-want) > 1e-8 || want == 0 {
				t.Errorf("row %d, coordinate %d: %g, want %g", i, j, g.At(i, j), want)
			}
		}
	}
	d, err := ConditionOnObservation(bimodal(t, sde.VP{}), sde.Observation{A: op, Y: mat.NewDense(1, 1, []float64{1.2}), Error: normalError{0.02}})
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(context.Background(), d, DiffPIR{}, 5, &Options{Steps: 30})
	if err != nil {
		t.Fatal(err)
	}
	a := mat.NewDense(5, 1, nil)
	if err := op.Apply(a, res.X); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if math.Abs(a.At(i, 0)-1.2) > 0.2 {
			t.Errorf("row %d: restored to %g for 1.2", i, a.At(i, 0))
		}
	}
	if _, err := NewDecodedOperator(bent{}, cubic{2}); err == nil {
		t.Error("parts that do not fit: no error")
	}
	if err := (&DecodedOperator{dec: struct{ LatentDecoder }{bent{}}, a: cubic{3}}).Pull(g, z, v); err == nil || !strings.Contains(err.Error(), "decoder") {
		t.Errorf("a decoder without derivative: %v", err)
	}
}

// bent decodes (a, b) to (a, b, a b).
type bent struct{}

func (bent) Dims() (latent, data int) { return 2, 3 }

func (bent) Decode(dst, z *mat.Dense) error {
	n, _ := z.Dims()
	for i := range n {
		a, b := z.At(i, 0), z.At(i, 1)
		dst.SetRow(i, []float64{a, b, a * b})
	}
	return nil
}

func (bent) Pull(dst, z, v *mat.Dense) error {
	n, _ := z.Dims()
	for i := range n {
		dst.Set(i, 0, v.At(i, 0)+z.At(i, 1)*v.At(i, 2))
		dst.Set(i, 1, v.At(i, 1)+z.At(i, 0)*v.At(i, 2))
	}
	return nil
}
