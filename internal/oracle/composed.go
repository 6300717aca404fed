package oracle

import "math"

// Corrected follows each step of pred, a sampler without history, by m Langevin
// updates of the size 2 (snr σ)² at its end.
func Corrected(pred Sampler, snr float64, m int) Sampler {
	per := pred.PerStep + m
	return Sampler{per, func(g Gaussian, ts []float64, x float64, z []float64) float64 {
		for i := range len(ts) - 1 {
			zi := z[i*per:]
			x = pred.Run(g, ts[i:i+2], x, zi)
			s := ts[i+1]
			step := 2 * math.Pow(snr*Sigma(s), 2)
			for k := range m {
				x += step*g.Score(x, s) + math.Sqrt(2*step)*zi[pred.PerStep+k]
			}
		}
		return x
	}}
}

// Recurrent takes each step of pred, a sampler without history, 1+r times, going
// back by the forward process in between.
func Recurrent(pred Sampler, r int) Sampler {
	per := (1+r)*pred.PerStep + r
	return Sampler{per, func(g Gaussian, ts []float64, x float64, z []float64) float64 {
		for i := range len(ts) - 1 {
			zi := z[i*per:]
			t, s := ts[i], ts[i+1]
			b := integral(t) - integral(s)
			for k := range r + 1 {
				if k > 0 {
					x = math.Exp(-b/2)*x + math.Sqrt(-math.Expm1(-b))*zi[0]
					zi = zi[1:]
				}
				x = pred.Run(g, []float64{t, s}, x, zi)
				zi = zi[pred.PerStep:]
			}
		}
		return x
	}}
}

// DDPM is the discrete chain of n levels with β_i = linspace(.1/n, 20/n, n), and
// ancestral sampling from level n-1 to level 0 by the published update.
type DDPM struct{ Beta, Bar []float64 }

// NewDDPM returns the chain of n levels.
func NewDDPM(n int) DDPM {
	c := DDPM{make([]float64, n), make([]float64, n)}
	bar := 1.0
	for i := range n {
		c.Beta[i] = (beta0 + (beta1-beta0)*float64(i)/float64(n-1)) / float64(n)
		bar *= 1 - c.Beta[i]
		c.Bar[i] = bar
	}
	return c
}

// Marginal returns mean and variance at level i.
func (c DDPM) Marginal(g Gaussian, i int) (mean, variance float64) {
	return math.Sqrt(c.Bar[i]) * g.M, c.Bar[i]*g.V + 1 - c.Bar[i]
}

// Affine returns the map from level n-1 to level 0, with the variance β_i when
// large, and the posterior's otherwise.
func (c DDPM) Affine(g Gaussian, large bool) Affine {
	n := len(c.Beta)
	return Probe(func(x float64, z []float64) float64 {
		for i := n - 1; i > 0; i-- {
			m, v := c.Marginal(g, i)
			b := c.Beta[i]
			w := b
			if !large {
				w *= (1 - c.Bar[i-1]) / (1 - c.Bar[i])
			}
			x = (x-b*(x-m)/v)/math.Sqrt(1-b) + math.Sqrt(w)*z[i]
		}
		return x
	}, n)
}
