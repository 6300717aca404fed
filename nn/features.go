package nn

import (
	"math"

	"tweedie/internal/kernel"
)

// Time enters the network through half the log signal-to-noise ratio
// λ = ln(α/σ), which every schedule shares and in which the denoiser of
// standardized data varies on a scale of one. Its features are
//
//	sin(ω_k λ),  cos(ω_k λ),   ω_k = π/24 · 2^{k/2},   k < 8:
//
// a handful of smooth ones, the slowest monotone over all |λ| that occur. High
// Fourier frequencies, useful for images, make a low-dimensional score rough
// in time. There are 16, a multiple of what a vector register holds.
const (
	timeFreqs    = 8
	timeFeatures = 2 * timeFreqs
	maxLambda    = 12.0 // |λ| is clipped here: beyond, x_t is data or noise to 5 digits
)

// timeFeature fills the time part of rows features, of stride values each, from
// the λ of the rows. ang, sin and cos are scratch of rows·timeFreqs values.
func timeFeature[T kernel.Float](f []T, stride int, lambda []float64, ang, sin, cos []T) {
	n := len(lambda) * timeFreqs
	for i, l := range lambda {
		for k := range timeFreqs {
			ang[i*timeFreqs+k] = T(l * timeOmega[k])
		}
	}
	kernel.SinCos(sin[:n], cos[:n], ang[:n])
	for i := range lambda {
		row := f[i*stride : i*stride+timeFeatures]
		copy(row, sin[i*timeFreqs:(i+1)*timeFreqs])
		copy(row[timeFreqs:], cos[i*timeFreqs:(i+1)*timeFreqs])
	}
}

var timeOmega = func() (w [timeFreqs]float64) {
	for k := range w {
		w[k] = math.Pi / 24 * math.Pow(2, float64(k)/2)
	}
	return w
}()

func clipLambda(l float64) float64 { return max(-maxLambda, min(maxLambda, l)) }

// idleFeatures is how many of the last of feat features are 0 in all rows: flags, where nothing is given.
func idleFeatures(f []float32, feat int) int {
	used := 0
	for ; len(f) > 0; f = f[feat:] {
		j := feat
		for j > used && f[j-1] == 0 {
			j--
		}
		used = j
	}
	return feat - used
}
