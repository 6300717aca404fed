package sample

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Resampler is a way to draw particles in proportion to their weights W_i. All
// are unbiased: of n draws, the expected number of copies of particle i is n W_i.
// They differ in the variance of that number (Douc & Cappé 2005,
// arXiv:cs/0507025; Gerber et al. 2019, arXiv:1708.04221).
type Resampler int

const (
	// Systematic takes the quantiles (j+U)/n for one uniform U: ⌊n W_i⌋ or ⌈n W_i⌉
	// copies. Usually of least variance, though this depends on the order.
	Systematic Resampler = iota
	// Stratified takes the quantiles (j+U_j)/n: never worse than Multinomial.
	Stratified
	// Multinomial takes n independent draws.
	Multinomial
	// Residual takes ⌊n W_i⌋ copies, and the rest by Multinomial: never worse than it.
	Residual
)

var resamplerNames = [...]string{"systematic", "stratified", "multinomial", "residual"}

// String returns the name in lower case.
func (m Resampler) String() string {
	if m < 0 || int(m) >= len(resamplerNames) {
		return fmt.Sprintf("Resampler(%d)", int(m))
	}
	return resamplerNames[m]
}

// ResamplerNames lists the names that ParseResampler reads, sorted.
func ResamplerNames() []string { return slices.Sorted(slices.Values(resamplerNames[:])) }

// ParseResampler returns the resampler of a name in lower case.
func ParseResampler(name string) (Resampler, error) {
	if m := slices.Index(resamplerNames[:], name); m >= 0 {
		return Resampler(m), nil
	}
	return 0, notOneOf("resampler", name, ResamplerNames())
}

// Resample fills idx with the indices of particles drawn in proportion to the
// weights w, which need not sum to 1. A particle of weight 0 is never drawn. It
// panics on weights that are negative, not finite or all 0.
func (m Resampler) Resample(idx []int, w []float64, r *rand.Rand) {
	total := 0.0
	for _, v := range w {
		if !(v >= 0) {
			panic("sample: a weight that is negative or NaN")
		}
		total += v
	}
	if !(total > 0) || math.IsInf(total, 1) {
		panic("sample: weights that are all 0 or not finite")
	}
	weight := func(i int) float64 { return w[i] }
	n := float64(len(idx))
	switch m {
	case Systematic:
		u := r.Float64()
		sweep(idx, len(w), weight, total, func(j int) float64 { return (float64(j) + u) / n })
	case Stratified:
		sweep(idx, len(w), weight, total, func(j int) float64 { return (float64(j) + r.Float64()) / n })
	case Multinomial:
		sweep(idx, len(w), weight, total, sortedUniforms(len(idx), r))
	case Residual:
		residual(idx, w, total, r)
	default:
		panic("sample: unknown resampler")
	}
}

// sweep stores in idx[j] the particle at the quantile at(j), which increases in
// j, of the cumulative weights. Rounding cannot take it past the last particle
// of positive weight.
func sweep(idx []int, particles int, weight func(i int) float64, total float64, at func(j int) float64) {
	last := particles - 1
	for last > 0 && !(weight(last) > 0) {
		last--
	}
	i, sum := 0, weight(0)
	for j := range idx {
		p := at(j) * total
		for p >= sum && i < last {
			i++
			sum += weight(i)
		}
		idx[j] = i
	}
}

// sortedUniforms returns a function whose values for 0, 1, … n-1, asked for in
// this order, are n independent uniforms, sorted: the least of k uniforms on
// (v, 1) is v + (1-v)(1 - U^{1/k}).
func sortedUniforms(n int, r *rand.Rand) func(int) float64 {
	v := 0.0
	return func(j int) float64 {
		v -= (1 - v) * math.Expm1(math.Log(1-r.Float64())/float64(n-j))
		return v
	}
}

func residual(idx []int, w []float64, total float64, r *rand.Rand) {
	scale := float64(len(idx)) / total
	n, rest := 0, 0.0
	for i, v := range w {
		whole := math.Floor(v * scale)
		for range min(int(whole), len(idx)-n) {
			idx[n] = i
			n++
		}
		rest += v*scale - whole
	}
	if n == len(idx) {
		return
	}
	part := func(i int) float64 { v := w[i] * scale; return v - math.Floor(v) }
	if !(rest > 0) { // by rounding: the whole numbers of copies do not add up to n
		part, rest = func(i int) float64 { return w[i] }, total
	}
	sweep(idx[n:], len(w), part, rest, sortedUniforms(len(idx)-n, r))
}
