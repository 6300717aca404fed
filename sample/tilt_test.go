package sample

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// quadratic is the reward b x - ½ k x² on the line.
type quadratic struct{ b, k float64 }

func (q quadratic) reward(dst []float64, x *mat.Dense, _ int) error {
	for i := range dst {
		v := x.At(i, 0)
		dst[i] = q.b*v - 0.5*q.k*v*v
	}
	return nil
}

func (q quadratic) gradient(dst, x *mat.Dense, _ int) error {
	n, _ := x.Dims()
	for i := range n {
		dst.Set(i, 0, q.b-q.k*x.At(i, 0))
	}
	return nil
}

func (q quadratic) tilt() *Tilt { return &Tilt{Reward: q.reward, Gradient: q.gradient} }

// Laws tilted by a quadratic reward have the mean, variance and normalizing
// constant of the closed form: with noise of one kind or another, by the flow, with
// another β, and on top of guidance.
func TestTiltsGiveTheTiltedLaw(t *testing.T) {
	vp, ve := sde.VP{}, sde.VE{SigmaMin: 0.01, SigmaMax: 50}
	zero := func(float64) float64 { return 0 }
	q := quadratic{1.2, 0.7}
	square := q.tilt()
	square.Beta = func(t float64) float64 { return (1 - t) * (1 - t) }
	constant := q.tilt()
	constant.Beta = func(float64) float64 { return 1 }
	for name, c := range map[string]struct {
		m       Method
		tilt    *Tilt
		weights []float64
		laws    []*sde.Gaussian
	}{
		"reverse SDE":          {EulerMaruyama{}, q.tilt(), []float64{1}, []*sde.Gaussian{gauss1(t, 0.5, 1, vp)}},
		"second order":         {DPMpp2MSDE{}, q.tilt(), []float64{1}, []*sde.Gaussian{gauss1(t, 0.5, 1, ve)}},
		"half the noise":       {DPMpp2MSDE{Eta: 0.5}, q.tilt(), []float64{1}, []*sde.Gaussian{gauss1(t, 0.5, 1, vp)}},
		"flow":                 {DPMpp2MSDE{EtaFunc: zero}, q.tilt(), []float64{1}, []*sde.Gaussian{gauss1(t, 0.5, 1, vp)}},
		"another beta":         {DPMpp2MSDE{}, square, []float64{1}, []*sde.Gaussian{gauss1(t, 0.5, 1, vp)}},
		"constant beta":        {DPMpp2MSDE{}, constant, []float64{1}, []*sde.Gaussian{gauss1(t, 0.5, 1, vp)}},
		"guidance and reward":  {DPMpp2MSDE{}, q.tilt(), []float64{2, -1}, []*sde.Gaussian{gauss1(t, 1, 1, vp), gauss1(t, 0, 2, vp)}},
		"a reward that widens": {DPMpp2MSDE{}, quadratic{0.3, -0.4}.tilt(), []float64{1}, []*sde.Gaussian{gauss1(t, 0.5, 1, vp)}},
	} {
		if testing.Short() && name != "second order" {
			continue
		}
		r := q
		if name == "a reward that widens" {
			r = quadratic{0.3, -0.4}
		}
		f := FKC{Weights: c.weights, Tilt: c.tilt}
		for _, l := range c.laws {
			f.Models = append(f.Models, l)
		}
		cloud := particles(t, f, c.m, 60, 64, ParticleOptions{Options: Options{Steps: 200, Seed: 4}})
		m, v, logZ := product(c.weights, c.laws...)
		mean, variance, more := oracle.Quadratic(m, v, r.b, r.k)
		if diff := unbiased(cloud, mean, variance, logZ+more); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if unbiased(cloud, m, v, logZ) == "" {
			t.Errorf("%s: the law without reward passes", name)
		}
	}
}

// Without its weights a tilted run has another law: drift alone does not tilt.
func TestTiltsNeedTheirWeights(t *testing.T) {
	q := quadratic{1.2, 0.7}
	f := FKC{Models: []sde.Denoiser{gauss1(t, 0.5, 1, sde.VP{})}, Weights: []float64{1}, Tilt: q.tilt()}
	mean, variance, _ := oracle.Quadratic(0.5, 1, q.b, q.k)
	run := func(th float64, drop bool) string {
		c := particles(t, f, DPMpp2MSDE{}, 60, 64, ParticleOptions{Options: Options{Steps: 200, Seed: 4}, Threshold: th})
		if drop {
			for i := range c.Weights {
				c.Weights[i] = 1. / 64
			}
			clear(c.LogEvidence)
			return unbiased(c, mean, variance, 0)
		}
		_, _, logZ := oracle.Quadratic(0.5, 1, q.b, q.k)
		return unbiased(c, mean, variance, logZ)
	}
	if diff := run(-1, false); diff != "" {
		t.Errorf("never resampled: %s", diff)
	}
	if run(-1, true) == "" {
		t.Error("dropped weights pass")
	}
	half := quadratic{q.b, q.k}.tilt() // the flow's part of the weight left out
	half.Gradient = func(dst, x *mat.Dense, _ int) error { dst.Zero(); return nil }
	f.Tilt = half
	if run(0, false) == "" {
		t.Error("weights without the flow's part pass")
	}
}

func TestTiltsRefuse(t *testing.T) {
	q := quadratic{1, 1}
	for name, tilt := range map[string]*Tilt{
		"no gradient": {Reward: q.reward},
		"no reward":   {Gradient: q.gradient},
		"beta":        {q.reward, q.gradient, func(float64) float64 { return math.NaN() }},
	} {
		f := FKC{Models: []sde.Denoiser{gauss1(t, 0, 1, sde.VP{})}, Weights: []float64{1}, Tilt: tilt}
		if _, err := RunParticles(context.Background(), f, DDIM{Eta: 1}, 2, 4, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
