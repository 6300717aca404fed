package sde

import (
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// Law is a data distribution p_0 known in closed form under a Schedule, and so
// known at every time: x_t = α x_0 + σ z has the density p_t, the score
// ∇ log p_t and the exact denoiser. Laws are what everything else is tested
// against. They are immutable and safe for concurrent use.
//
// In every method t has one time for all rows or one per row, as in Denoiser,
// and sizes that do not match panic.
type Law interface {
	Differentiable
	// LogProb stores log p_t(x_i) in dst[i], in nats. At a time where σ = 0
	// the law must have a density for the value to be one.
	LogProb(dst []float64, x *mat.Dense, t []float64)
	// Score stores ∇ log p_t(x_i) in row i of dst.
	Score(dst, x *mat.Dense, t []float64)
	// Sample fills dst with independent draws of x_0. Row i of dst is draw
	// first+i of the seed, whatever the number of rows.
	Sample(dst *mat.Dense, seed uint64, first int)
	// Mean returns E[x_0], and Covariance Cov[x_0], as fresh memory.
	Mean() []float64
	Covariance() *mat.SymDense
}

// Observable is a Law that can be conditioned in closed form on a linear
// observation with Gaussian noise,
//
//	y = A x_0 + e,   e ~ N(0, R),   A: m×d, R: m×m.
type Observable interface {
	Law
	// Posterior returns the law of x_0 given y, under the same schedule. R may leave
	// parts of y without error. Such as repeat each other count once, and such as no
	// x_0 satisfies are ErrContradiction. (A Box takes none without error.)
	Posterior(A mat.Matrix, y []float64, R mat.Symmetric) (Law, error)
	// LogEvidence returns log p(y) in nats, where A Cov Aᵀ + R is singular the density
	// of y in its range. It panics where Posterior errs.
	LogEvidence(A mat.Matrix, y []float64, R mat.Symmetric) float64
}

// LogLikelihoodAt stores log p(y | x_t) in dst[i] for each row of x, in nats,
// by Bayes' rule on exact densities:
//
//	log p(y|x_t) = log p(y) + log p_t(x_t|y) - log p_t(x_t).
//
// post and logEvidence are what l.Posterior and l.LogEvidence return for y.
func LogLikelihoodAt(dst []float64, l, post Law, logEvidence float64, x *mat.Dense, t []float64) {
	buf := borrow(len(dst))
	defer release(buf)
	prior := *buf
	post.LogProb(dst, x, t)
	l.LogProb(prior, x, t)
	for i, p := range prior {
		dst[i] += logEvidence - p
	}
}

const (
	badSize     = "sde: size mismatch"
	badEvidence = "sde: no evidence of this observation in closed form; Posterior returns why"
)

// checkBatch panics on sizes that do not match and returns the number of rows.
func checkBatch(dst, x *mat.Dense, t []float64, d int) int {
	r, c := x.Dims()
	if n, m := dst.Dims(); n != r || m != c {
		panic(badSize)
	}
	if c != d || (len(t) != 1 && len(t) != r) {
		panic(badSize)
	}
	return r
}

// checkRows is checkBatch for a result with one number per row.
func checkRows(dst []float64, x *mat.Dense, t []float64, d int) int {
	r, c := x.Dims()
	if len(dst) != r || c != d || (len(t) != 1 && len(t) != r) {
		panic(badSize)
	}
	return r
}

// scratch holds work vectors of the laws, of unspecified content.
var scratch = sync.Pool{New: func() any { return new([]float64) }}

// borrow returns a work vector of length n, to be given back with release.
func borrow(n int) *[]float64 {
	p := scratch.Get().(*[]float64)
	*p = slices.Grow((*p)[:0], n)[:n]
	return p
}

func release(p *[]float64) { scratch.Put(p) }

// at is Coeff at the time of row i.
func at(s Schedule, t []float64, i int) Coeff { return s.Coeff(Time(t, i)) }
