package oracle

import (
	"math"
	"math/rand/v2"
)

// Density is the law of a point on the line as weights of the grid points
// Lo + i·Step.
type Density struct {
	Lo, Step float64
	P        []float64
}

// NewDensity returns a grid of n points from lo to hi with weights proportional
// to f.
func NewDensity(lo, hi float64, n int, f func(x float64) float64) Density {
	d := Density{lo, (hi - lo) / float64(n-1), make([]float64, n)}
	sum := 0.0
	for i := range d.P {
		d.P[i] = f(d.At(i))
		sum += d.P[i]
	}
	for i := range d.P {
		d.P[i] /= sum
	}
	return d
}

// At is grid point i.
func (d Density) At(i int) float64 { return d.Lo + float64(i)*d.Step }

// Move returns the law after a step of a chain that draws from N(mean(x), sd²),
// on the same grid: the rule of rectangles, which for a Gaussian wider than the
// step of the grid has no error to speak of.
func (d Density) Move(mean func(x float64) float64, sd float64) Density {
	e := Density{d.Lo, d.Step, make([]float64, len(d.P))}
	for i, p := range d.P {
		if p < 1e-18 {
			continue
		}
		m := mean(d.At(i))
		lo := max(0, int((m-9*sd-d.Lo)/d.Step))
		hi := min(len(d.P)-1, int((m+9*sd-d.Lo)/d.Step)+1)
		c := p * d.Step / (sd * math.Sqrt(2*math.Pi))
		for k := lo; k <= hi; k++ {
			z := (d.At(k) - m) / sd
			e.P[k] += c * math.Exp(-0.5*z*z)
		}
	}
	return e
}

// Mean is the expectation of f.
func (d Density) Mean(f func(x float64) float64) float64 {
	s := 0.0
	for i, p := range d.P {
		s += p * f(d.At(i))
	}
	return s
}

// Squares is the mixture Σ W_k N(M_k, SD_k²) under the schedule Squared.
type Squares Mixture

// Density of x_t.
func (g Squares) Density(x, t float64) float64 {
	a, s := Squared(t)
	p := 0.0
	for k, w := range g.W {
		v := a*a*g.SD[k]*g.SD[k] + s*s
		p += w * math.Exp(-0.5*(x-a*g.M[k])*(x-a*g.M[k])/v) / math.Sqrt(2*math.Pi*v)
	}
	return p
}

// Denoise is E[x_0|x_t = x].
func (g Squares) Denoise(x, t float64) float64 {
	a, s := Squared(t)
	num, den := 0.0, 0.0
	for k, w := range g.W {
		v := a*a*g.SD[k]*g.SD[k] + s*s
		// relative to the far end of the exponents, for x where all underflow
		p := w * math.Exp(math.Max(-700, -0.5*(x-a*g.M[k])*(x-a*g.M[k])/v)) / math.Sqrt(v)
		den += p
		num += p * (g.M[k] + a*g.SD[k]*g.SD[k]/v*(x-a*g.M[k]))
	}
	return num / den
}

// Ancestral returns the law of x_0 after n steps of DDPM, uniform in t from 1 to
// 0, from the exact law at t = 1. The last step, of which the noise is narrower
// than the grid, is left to Tilt.
func (g Squares) Ancestral(n int) Density {
	d := NewDensity(-9, 9, 601, func(x float64) float64 { return g.Density(x, 1) })
	for k := n; k > 1; k-- {
		mean, sd := g.step(k, n)
		d = d.Move(mean, sd)
	}
	return d
}

func (g Squares) step(k, n int) (mean func(x float64) float64, sd float64) {
	t := float64(k) / float64(n)
	a, s := Squared(t)
	b, u := Squared(float64(k-1) / float64(n))
	r := a * u / (b * s)
	c := u * r / s
	return func(x float64) float64 { return c*x + (b-c*a)*g.Denoise(x, t) }, u * math.Sqrt(1-r*r)
}

// Tilt returns the mean of x_0 under p(x_0) e^{f(x_0)}, p being the law after n
// steps of Ancestral, and the log of the normalising constant E[e^f].
func (g Squares) Tilt(n int, f func(x float64) float64) (mean, logZ float64) {
	last, _ := g.step(1, n)
	d := g.Ancestral(n)
	z := d.Mean(func(x float64) float64 { return math.Exp(f(last(x))) })
	m := d.Mean(func(x float64) float64 { return last(x) * math.Exp(f(last(x))) })
	return m / z, math.Log(z)
}

// Steered is a plain program for Feynman-Kac steering by difference potentials
// of the reward r, with k particles over n steps of Ancestral: rows, their
// weights and log Ẑ. When drop is true it drops the weights of steps at which
// nothing is resampled, a published fault.
func (g Squares) Steered(n, k int, r func(x float64) float64, drop bool, seed uint64) (x, w []float64, logZ float64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	a, s := Squared(1)
	x, w = make([]float64, k), make([]float64, k)
	log, last := make([]float64, k), make([]float64, k)
	for i := range x {
		c := 0
		for u := rnd.Float64(); c < len(g.W)-1 && u > g.W[c]; c++ {
			u -= g.W[c]
		}
		x[i] = a*(g.M[c]+g.SD[c]*rnd.NormFloat64()) + s*rnd.NormFloat64()
	}
	for step := n; step >= 1; step-- {
		mean, sd := g.step(step, n)
		for i, v := range x {
			reward := r(g.Denoise(v, float64(step)/float64(n)))
			if drop {
				log[i] = 0
			}
			log[i] += reward - last[i]
			last[i] = reward
		}
		sum, sq := 0.0, 0.0
		for i, l := range log {
			w[i] = math.Exp(l)
			sum += w[i]
			sq += w[i] * w[i]
		}
		if sum*sum/sq < 0.5*float64(k) {
			logZ += math.Log(sum / float64(k))
			y, q := make([]float64, k), make([]float64, k)
			for i := range y {
				j := 0
				for u := rnd.Float64() * sum; j < k-1 && u > w[j]; j++ {
					u -= w[j]
				}
				y[i], q[i] = x[j], last[j]
			}
			x, last = y, q
			clear(log)
		}
		for i, v := range x {
			x[i] = mean(v) + sd*rnd.NormFloat64()
		}
	}
	sum := 0.0
	for i, v := range x {
		if drop {
			log[i] = 0
		}
		w[i] = math.Exp(log[i] + r(v) - last[i])
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return x, w, logZ + math.Log(sum/float64(k))
}

// Quadratic returns mean and variance of N(m, v) tilted by e^{b x - k x²/2}, and the
// log of the normalising constant, E[e^{b x - k x²/2}] under N(m, v).
func Quadratic(m, v, b, k float64) (mean, variance, logZ float64) {
	p := 1/v + k
	mean, variance = (m/v+b)/p, 1/p
	return mean, variance, 0.5*math.Log(variance/v) + 0.5*p*mean*mean - 0.5*m*m/v
}
