package oracle

import "math"

// Gaussian is the data law N(M, V) under the VP process.
type Gaussian struct{ M, V float64 }

// Marginal returns mean and variance of x_t.
func (g Gaussian) Marginal(t float64) (mean, variance float64) {
	a, s := Alpha(t), Sigma(t)
	return a * g.M, a*a*g.V + s*s
}

// Score is ∇ log p_t(x).
func (g Gaussian) Score(x, t float64) float64 {
	m, v := g.Marginal(t)
	return -(x - m) / v
}

// Denoise is E[x_0 | x_t = x].
func (g Gaussian) Denoise(x, t float64) float64 {
	a, s := Alpha(t), Sigma(t)
	return (x + s*s*g.Score(x, t)) / a
}

// Flow is the probability-flow map from t to u: affine, monotone.
func (g Gaussian) Flow(x, t, u float64) float64 {
	mt, vt := g.Marginal(t)
	mu, vu := g.Marginal(u)
	return mu + math.Sqrt(vu/vt)*(x-mt)
}

// LogProb is log p_t(x) in nats.
func (g Gaussian) LogProb(x, t float64) float64 {
	m, v := g.Marginal(t)
	return -0.5*(x-m)*(x-m)/v - 0.5*math.Log(2*math.Pi*v)
}

// Affine is a map x ↦ Offset + Gain x + N(0, Var): what a fixed-step sampler
// does to Gaussian data.
type Affine struct{ Offset, Gain, Var float64 }

// Push returns mean and variance of the image of N(mean, variance).
func (a Affine) Push(mean, variance float64) (m, v float64) {
	return a.Offset + a.Gain*mean, a.Gain*a.Gain*variance + a.Var
}

// Wasserstein is the 2-Wasserstein distance of two Gaussians on the line.
func Wasserstein(m1, v1, m2, v2 float64) float64 {
	return math.Hypot(m1-m2, math.Sqrt(v1)-math.Sqrt(v2))
}

// Error is the Wasserstein distance between the image under a of the exact p_t
// at the first of ts and the exact law at the last.
func (g Gaussian) Error(a Affine, ts []float64) float64 {
	m, v := a.Push(g.Marginal(ts[0]))
	me, ve := g.Marginal(ts[len(ts)-1])
	return Wasserstein(m, v, me, ve)
}

// Probe finds the affine map of f, a sampler as a function of the start and of
// n independent standard normals.
func Probe(f func(x float64, z []float64) float64, n int) Affine {
	z := make([]float64, n)
	a := Affine{Offset: f(0, z)}
	a.Gain = f(1, z) - a.Offset
	for k := range z {
		z[k] = 1
		c := f(0, z) - a.Offset
		a.Var += c * c
		z[k] = 0
	}
	return a
}

// Order is the slope of log error in log step between two runs of which the
// second has ratio times as many steps.
func Order(coarse, fine, ratio float64) float64 {
	return math.Log(coarse/fine) / math.Log(ratio)
}
