package losses

import (
	"fmt"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// predict converts a denoiser output to target q by the definitions alone.
func predict(q Prediction, c sde.Coeff, x, d float64) float64 {
	eps := (x - c.Alpha*d) / c.Sigma
	switch q {
	case X0:
		return d
	case Eps:
		return eps
	case Score:
		return -eps / c.Sigma
	default:
		return c.DAlpha*d + c.DSigma*eps
	}
}

// checkEqualLoss compares, for random predictions, the loss with weight w on
// each target to the loss with weight w·scale² on D.
func checkEqualLoss(scale func(Prediction, sde.Coeff) float64) error {
	const n, d = 40, 3
	x0, out := normals(n, d, "x0"), normals(n, d, "out")
	for name, s := range schedules {
		obj := Denoising{Sched: s, Times: Times{Spread: Independent}}
		var p Problem
		obj.Draw(&p, x0, Batch{Seed: 5, Total: n})
		for _, q := range targets {
			var onQ float64
			for i := range n {
				c := s.Coeff(p.T[i])
				w := 1 + float64(i%3)
				p.Weight[i] = w * scale(q, c) * scale(q, c)
				for j := range d {
					x := p.X.At(i, j)
					e := predict(q, c, x, out.At(i, j)) - predict(q, c, x, x0.At(i, j))
					onQ += w * e * e / n
				}
			}
			if err := near(fmt.Sprintf("%s %s", name, q), p.Loss(out), onQ, 1e-10); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestLossIsEqualOnEveryTarget(t *testing.T) {
	if err := checkEqualLoss(ErrorScale); err != nil {
		t.Error(err)
	}
	for _, bad := range []struct {
		q     Prediction
		scale func(sde.Coeff) float64
	}{
		{X0, func(c sde.Coeff) float64 { return c.Alpha }},
		{Eps, func(c sde.Coeff) float64 { return 1 / c.Sigma }},
		{Score, func(c sde.Coeff) float64 { return 1 / (c.Sigma * c.Sigma) }},
		{V, func(c sde.Coeff) float64 { return 1 / c.Sigma }},
	} {
		mustFail(t, string(bad.q), checkEqualLoss(func(q Prediction, c sde.Coeff) float64 {
			if q == bad.q {
				return bad.scale(c)
			}
			return ErrorScale(q, c)
		}))
	}
}

// The true targets are what the noise says, not only what predict computes from
// x: z, -z/σ and α'x_0 + σ'z.
func TestTargetsOfTheNoise(t *testing.T) {
	c := sde.VP{}.Coeff(0.3)
	x0, z := 0.7, -1.3
	x := c.Alpha*x0 + c.Sigma*z
	for q, want := range map[Prediction]float64{
		Eps: z, Score: -z / c.Sigma, V: c.DAlpha*x0 + c.DSigma*z,
	} {
		if err := near(string(q), predict(q, c, x, x0), want, 1e-12); err != nil {
			t.Error(err)
		}
	}
}

func TestParseTarget(t *testing.T) {
	for _, q := range append(targets, "") {
		if got, err := ParsePrediction(string(q)); err != nil || got != q {
			t.Errorf("ParseTarget(%q) = %q, %v", q, got, err)
		}
	}
	if _, err := ParsePrediction("noise"); err == nil || !strings.Contains(err.Error(), "x0, score, eps, v") {
		t.Errorf("unknown target: %v", err)
	}
}

// On α² + σ² = 1, EDM{1} is weight 1 on the v of Salimans & Ho, αε̂ - σD.
func TestEDMIsPlainOnTheOtherV(t *testing.T) {
	for _, u := range []float64{0.01, 0.4, 0.95} {
		c := sde.VP{}.Coeff(u)
		v := func(d float64) float64 { return c.Alpha*(0.3-c.Alpha*d)/c.Sigma - c.Sigma*d }
		e := v(0.7) - v(0.2)
		if err := near("v", e*e, onD(EDM{}, c)*0.5*0.5, 1e-12); err != nil {
			t.Error(err)
		}
	}
}

// A Target given to a Denoising overrides the one of its weighting, and Constant
// on eps is Sigma2.
func TestDenoisingTarget(t *testing.T) {
	x := normals(20, 2, "x")
	var a, b Problem
	batch := Batch{Seed: 1, Total: 20}
	Denoising{Sched: sde.VP{}, Weight: Constant{}, Target: Eps}.Draw(&a, x, batch)
	Denoising{Sched: sde.VP{}, Weight: Sigma2{}}.Draw(&b, x, batch)
	if !mat.EqualApprox(mat.NewVecDense(20, a.Weight), mat.NewVecDense(20, b.Weight), 1e-10) {
		t.Error("constant on eps is not sigma2")
	}
	Denoising{Sched: sde.VP{}, Weight: Constant{}}.Draw(&b, x, batch)
	if b.Weight[3] != 1 || a.Weight[3] == 1 {
		t.Error("constant without a target is not 1 on x0")
	}
}
