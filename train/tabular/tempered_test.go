package tabular

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// oversharp is a law whose Jacobian, at much noise, is a tenth of what it is, as those
// of networks can be.
type oversharp struct{ sde.Differentiable }

func (o oversharp) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	pull, err := o.Differentiable.Linearize(mean, x, t)
	return func(dst, v *mat.Dense) error {
		if err := pull(dst, v); err != nil {
			return err
		}
		n, _ := dst.Dims()
		for i := range n {
			if c := o.Schedule().Coeff(sde.Time(t, i)); c.Sigma > 2*c.Alpha {
				row := dst.RawRowView(i)
				for j := range row {
					row[j] /= 10
				}
			}
		}
		return nil
	}, err
}

// A twist that is far too sharp at much noise ruins particles, unless it is tempered; and
// one that is right is not made worse by that.
func TestTemperedTwist(t *testing.T) {
	const d, y, sd = 3, 1.5, 0.1
	cov := mat.NewSymDense(d, nil)
	for j := range d {
		cov.SetSym(j, j, 1)
	}
	law, err := sde.NewGaussian(make([]float64, d), cov, sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	obs := sde.Observation{A: sde.Columns{Dim: d, Index: []int{0, 1, 2}}, Y: mat.NewDense(1, d, []float64{y, -y, y}), Error: sde.NormalError{SD: sd}}
	want := -d * (y*y/(1+sd*sd) + math.Log(2*math.Pi*(1+sd*sd))) / 2
	off := func(prior sde.Differentiable, temper bool) bool {
		post := guide.New(prior, guide.MMPS{Observation: obs})
		var twist sample.TwistedDenoiser = post
		if temper {
			twist = tempered{post}
		}
		c, err := sample.RunParticles(context.Background(), sample.TDS{Model: prior, Guided: twist}, sample.DDIM{Eta: 1}, 16, 128,
			&sample.ParticleOptions{Options: sample.Options{Steps: 100, Seed: 1}})
		if err != nil {
			t.Fatal(err)
		}
		z, se := logMean(c.LogEvidence)
		t.Logf("%T, tempered %v: %.3f ± %.3f, want %.3f", prior, temper, *z, *se, want)
		return math.Abs(*z-want) > 4**se+0.15
	}
	if off(law, false) || off(law, true) {
		t.Error("the evidence of an exact law is off")
	}
	if off(oversharp{law}, true) {
		t.Error("tempered, the evidence is off")
	}
	if !off(oversharp{law}, false) {
		t.Error("as it is, a twist that is too sharp passes")
	}
}

// Tempering moves the mean from that of the prior by w of the way, and counts log p̃ by w.
func TestTemperedIsBetween(t *testing.T) {
	law, err := sde.NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{1}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	post := guide.New(law, guide.MMPS{Observation: sde.Observation{A: sde.Columns{Dim: 1, Index: []int{0}}, Y: mat.NewDense(1, 1, []float64{2}), Error: sde.NormalError{SD: 0.5}}})
	x, prior, full, part := mat.NewDense(1, 1, []float64{0.7}), mat.NewDense(1, 1, nil), mat.NewDense(1, 1, nil), mat.NewDense(1, 1, nil)
	lp, part1 := make([]float64, 1), make([]float64, 1)
	for _, at := range []float64{0.05, 0.4, 1} {
		ts := []float64{at}
		if err := post.Evaluate(prior, full, lp, x, ts); err != nil {
			t.Fatal(err)
		}
		if err := (tempered{post}).Denoise(part, x, ts); err != nil {
			t.Fatal(err)
		}
		if err := (tempered{post}).LogProb(part1, x, ts); err != nil {
			t.Fatal(err)
		}
		c := law.Schedule().Coeff(at)
		w := c.Alpha * c.Alpha / (c.Alpha*c.Alpha + 4*c.Sigma*c.Sigma)
		if e := part.At(0, 0) - (1-w)*prior.At(0, 0) - w*full.At(0, 0); math.Abs(e) > 1e-12 {
			t.Errorf("t = %g: the mean is off by %g", at, e)
		}
		if e := part1[0] - w*lp[0]; math.Abs(e) > 1e-12 {
			t.Errorf("t = %g: log p̃ is off by %g", at, e)
		}
		if at == 1 && w > 1e-3 {
			t.Errorf("at t = 1 the weight is %g", w)
		}
	}
}
