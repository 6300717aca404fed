package sde

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Transformed is the law of one number x_0 = T(u), u ~ N(0, 1), T monotone: log-
// normal and logit-normal laws, and any law by its quantiles. Its marginals have
// no closed form but are integrals over u,
//
//	p_t(x) = ∫ φ(u) N(x; α T(u), σ²) du     D = E[T(u) | x]     ∂D/∂x = α/σ² Var[T(u) | x]
//
// which are taken by adaptive Gauss-Legendre quadrature, to about 1e-10 for a
// smooth T. Several stand side by side in a Product. Make one with
// NewTransformed. A number costs some thousand evaluations of T.
//
// At σ = 0 the density and its score are those of x_0, by differences of T, and
// D is the nearest point to x/α of the range.
type Transformed struct {
	T     func(u float64) float64
	Sched Schedule

	mean, variance float64
	down           bool // T decreases
}

var _ Law = (*Transformed)(nil)

// NewTransformed returns the law of T(u), u ~ N(0, 1). T must be safe for
// concurrent use. It errs if T is not monotone, or if T(u) has no finite mean
// and positive finite variance. It panics on a nil function or schedule.
func NewTransformed(T func(u float64) float64, sched Schedule) (*Transformed, error) {
	if T == nil || sched == nil {
		panic("sde: nil transform or schedule")
	}
	l := &Transformed{T: T, Sched: sched, down: T(1) < T(-1)}
	last := math.Inf(-1)
	for k := -64; k <= 64; k++ {
		u := float64(k) / 8
		v := l.rising(u)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("sde: Transformed: T(%g) is %g", u, T(u))
		}
		if v < last {
			return nil, fmt.Errorf("sde: Transformed: T is not monotone near %g", u)
		}
		last = v
	}
	buf := nodes.Get().(*rule)
	defer nodes.Put(buf)
	buf.integrate(l, Coeff{Alpha: 1, Sigma: math.Inf(1)}, 0)
	if _, l.mean, l.variance = buf.moments(); !(l.variance > 0) || math.IsInf(l.mean+l.variance, 0) {
		return nil, errors.New("sde: Transformed: T(u) has no finite mean and positive variance")
	}
	return l, nil
}

// NewLogNormal returns the law of exp(u), u ~ N(mu, sd²).
func NewLogNormal(mu, sd float64, sched Schedule) (*Transformed, error) {
	return NewTransformed(func(u float64) float64 { return math.Exp(mu + sd*u) }, sched)
}

// NewLogitNormal returns the law of lo + (hi - lo)/(1 + exp(-u)), u ~ N(mu, sd²).
func NewLogitNormal(mu, sd, lo, hi float64, sched Schedule) (*Transformed, error) {
	return NewTransformed(func(u float64) float64 { return lo + (hi-lo)/(1+math.Exp(-mu-sd*u)) }, sched)
}

// NewQuantile returns the law whose quantile at p in [0, 1] is q(p). Where q is
// infinite at an end, its tails are cut at 2e-16 of the mass.
func NewQuantile(q func(p float64) float64, sched Schedule) (*Transformed, error) {
	return NewTransformed(func(u float64) float64 {
		p := math.Erfc(-u/math.Sqrt2) / 2
		return q(math.Min(math.Max(p, 0x1p-52), 1-0x1p-52))
	}, sched)
}

// rising is T, or -T where that is what increases.
func (l *Transformed) rising(u float64) float64 {
	if l.down {
		return -l.T(u)
	}
	return l.T(u)
}

// farthest is the largest |u| that matters: φ is 1e-350 there.
const farthest = 40

// inverse returns the u in [-farthest, farthest] at which T is nearest to x.
func (l *Transformed) inverse(x float64) float64 {
	if l.down {
		x = -x
	}
	lo, hi := -float64(farthest), float64(farthest)
	for range 80 {
		mid := lo + (hi-lo)/2
		if l.rising(mid) < x {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

func (l *Transformed) Schedule() Schedule { return l.Sched }
func (*Transformed) Dim() int             { return 1 }
func (l *Transformed) Mean() []float64    { return []float64{l.mean} }

func (l *Transformed) Covariance() *mat.SymDense {
	return mat.NewSymDense(1, []float64{l.variance})
}

func (l *Transformed) Sample(dst *mat.Dense, seed uint64, first int) {
	sampleRows(dst, 1, seed, "sde/transformed", first, func(row []float64, src *stream.Source) {
		row[0] = l.T(src.NormFloat64())
	})
}

func (l *Transformed) each(x *mat.Dense, t []float64, f func(i, j int, k cell)) {
	buf := nodes.Get().(*rule)
	defer nodes.Put(buf)
	n, _ := x.Dims()
	for i := range n {
		f(i, 0, l.cell(buf, x.At(i, 0), at(l.Sched, t, i)))
	}
}

func (l *Transformed) cell(buf *rule, x float64, c Coeff) cell {
	if c.Sigma == 0 {
		return l.sharp(x, c.Alpha)
	}
	buf.integrate(l, c, x)
	logMass, mean, variance := buf.moments()
	s2 := c.Sigma * c.Sigma
	return cell{mean, c.Alpha / s2 * variance, (c.Alpha*mean - x) / s2, logMass - math.Log(2*math.Pi*c.Sigma)}
}

// sharp is the marginal at σ = 0: the density of α T(u).
func (l *Transformed) sharp(x, alpha float64) cell {
	u := l.inverse(x / alpha)
	const h = 1e-4
	below, here, above := l.T(u-h), l.T(u), l.T(u+h)
	if outside := math.Abs(u) > farthest-1e-6; outside || math.Abs(x/alpha-here) > 1e-9*(math.Abs(here)+math.Sqrt(l.variance)) {
		return cell{here, 0, math.Inf(int(math.Copysign(1, here-x/alpha))), math.Inf(-1)}
	}
	slope, bend := (above-below)/(2*h), (above-2*here+below)/(h*h)
	logp := -u*u/2 - math.Log(2*math.Pi)/2 - math.Log(math.Abs(alpha*slope))
	return cell{x / alpha, 1 / alpha, (-u - bend/slope) / (alpha * slope), logp}
}

// Denoise implements Denoiser. Its error is always nil.
func (l *Transformed) Denoise(dst, x *mat.Dense, t []float64) error {
	denoiseCells(l, dst, x, t)
	return nil
}

// Linearize implements Differentiable. Its error is always nil.
func (l *Transformed) Linearize(mean, x *mat.Dense, t []float64) (Pullback, error) {
	return linearizeCells(l, mean, x, t), nil
}

func (l *Transformed) Score(dst, x *mat.Dense, t []float64) { scoreCells(l, dst, x, t) }

func (l *Transformed) LogProb(dst []float64, x *mat.Dense, t []float64) {
	logProbCells(l, dst, x, t, 0)
}
