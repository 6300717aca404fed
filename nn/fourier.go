package nn

import "math"

// Numbers enter the network as their normalized value and as Fourier features: the
// posterior means of periodic functions of the clean value,
//
//	E[sin ω_k u | x_t],  E[cos ω_k u | x_t],   ω_k = π/4 · 2^k,
//
// u = (x_0 − m)/√v being standard normal: with the mean μ = √v α (x − α m)/(α² v + σ²)
// and the variance τ² = σ²/(α² v + σ²) of its posterior they are
//
//	e^{−ω_k² τ²/2} sin ω_k μ  and  e^{−ω_k² τ²/2} cos ω_k μ.
//
// A network of the value alone is smooth in it and blurs fine structure of the law
// (values that repeat, thresholds); periodic features allow it (Gorishniy et al. 2022,
// arXiv:2203.05556). The factor e^{−ω²τ²/2} suits them to noisy inputs: a feature
// tends to 0 where the noise hides its period, so that no input varies faster than
// the score does. For values that are given, τ = 0.
const (
	leastOmega = math.Pi / 4
	maxFourier = 16 // the shortest period is 2e-4 standard deviations
)

func numbers(ps []part) []int {
	var at []int
	for _, p := range ps {
		if p.shares == nil {
			at = append(at, p.start)
		}
	}
	return at
}

// fourierFeatures stores the features of a number, sine and cosine of each of
// len(dst)/2 frequencies, from its posterior mean and variance. Frequencies double, so one sine, one
// cosine and one exponential make all of them.
func fourierFeatures(dst []float32, mu, tau2 float64) {
	sin, cos := math.Sincos(leastOmega * mu)
	fade := math.Exp(-leastOmega * leastOmega * tau2 / 2)
	for k := 0; k < len(dst); k += 2 {
		dst[k], dst[k+1] = float32(fade*sin), float32(fade*cos)
		sin, cos = 2*sin*cos, 1-float64(2*sin*sin)
		fade *= fade
		fade *= fade
	}
}

// fourierSlope is the inner product of g with the derivative of the features w in μ.
func fourierSlope(w, g []float32) float64 {
	sum, omega := 0.0, leastOmega
	for k := 0; k < len(w); k += 2 {
		sum += float64(omega * (float64(float64(g[k])*float64(w[k+1])) - float64(float64(g[k+1])*float64(w[k]))))
		omega *= 2
	}
	return sum
}

// fillFourier stores the features of the numbers of row i of a block behind its
// normalized values; x are its noisy values and y what is given of it, or nil.
func (m *inputs) fillFourier(dst []float32, x, y []float64, w *coeffs) {
	n := 2 * m.fourier
	for b, j := range m.numbers {
		d, v := dst[b*n:(b+1)*n], w.variance[j]
		switch den := float64(w.c.Alpha*w.c.Alpha*v) + float64(w.c.Sigma*w.c.Sigma); {
		case v == 0:
			clear(d)
		case y != nil && !math.IsNaN(y[j]):
			fourierFeatures(d, (y[j]-w.mean[j])*w.clean[j], 0)
		default:
			fourierFeatures(d, w.k[j]*(x[j]-float64(w.c.Alpha*w.mean[j]))*w.clean[j], w.c.Sigma*w.c.Sigma/den)
		}
	}
}

// addFourier adds to dst, the pullback of row i of a block, what passes through
// the features of its numbers. Those that are given are cleared by the caller.
func (m *inputs) addFourier(dst []float64, in, grad []float32, w *coeffs) {
	n := 2 * m.fourier
	for b, j := range m.numbers {
		dst[j] += float64(w.k[j] * w.clean[j] * fourierSlope(in[b*n:(b+1)*n], grad[b*n:(b+1)*n]))
	}
}
