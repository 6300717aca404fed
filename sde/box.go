package sde

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Box is a law of independent coordinates, each N(Mu_j, Var_j) restricted to
// [Lo_j, Hi_j], or uniform on it where Var_j is +Inf. Given x_t, coordinate j is
// again a restricted normal,
//
//	x_0j | x_t ~ N(m, s²) on [Lo_j, Hi_j]
//	m = (σ² Mu + α Var x)/(α² Var + σ²)   s² = σ² Var/(α² Var + σ²)     (uniform: m = x/α, s = σ/α)
//
// whose mean is D, and whose variance gives the diagonal Jacobian. Both are
// accurate far outside the box and for any σ. The marginal density is
//
//	p_t(x) = N(x; α Mu, α² Var + σ²) Z(m, s)/Z(Mu, √Var)                (uniform: Z(x/α, σ/α)/(α (Hi - Lo)))
//
// with Z the mass of the normal in [Lo, Hi]. Make one with NewBox or
// NewTruncatedNormal; the fields are to be read only. At σ = 0 a point outside
// the box has log density -Inf, the nearest point of the box as denoised value,
// and an infinite score.
type Box struct {
	Lo, Hi  []float64
	Mu, Var []float64
	Sched   Schedule
}

var _ Observable = (*Box)(nil)

// NewBox returns the uniform law on [lo, hi]. It errs unless lo < hi, both
// finite, in every coordinate.
func NewBox(lo, hi []float64, sched Schedule) (*Box, error) {
	v := make([]float64, len(lo))
	for j := range v {
		v[j] = math.Inf(1)
	}
	return NewTruncatedNormal(make([]float64, len(lo)), v, lo, hi, sched)
}

// NewTruncatedNormal returns the law N(mu, diag(variance)) restricted to
// [lo, hi]. Ends may be infinite where the variance is not. It errs unless
// lo < hi, mu is finite and the variance positive in every coordinate, and if
// the box has no mass. It panics on unequal lengths or a nil schedule.
func NewTruncatedNormal(mu, variance, lo, hi []float64, sched Schedule) (*Box, error) {
	d := len(lo)
	if d == 0 || len(hi) != d || len(mu) != d || len(variance) != d {
		panic(badSize)
	}
	if sched == nil {
		panic("sde: nil schedule")
	}
	dup := func(v []float64) []float64 { return append([]float64(nil), v...) }
	b := &Box{dup(lo), dup(hi), dup(mu), dup(variance), sched}
	for j := range d {
		if !(lo[j] < hi[j]) {
			return nil, fmt.Errorf("sde: Box: coordinate %d: [%g, %g] is empty", j, lo[j], hi[j])
		}
		if !(variance[j] > 0) || math.IsNaN(mu[j]) || math.IsInf(mu[j], 0) {
			return nil, fmt.Errorf("sde: Box: coordinate %d: N(%g, %g) is not a normal law", j, mu[j], variance[j])
		}
		if b.flat(j) && math.IsInf(hi[j]-lo[j], 0) {
			return nil, fmt.Errorf("sde: Box: coordinate %d: no uniform law on [%g, %g]", j, lo[j], hi[j])
		}
		if math.IsInf(b.prior(j).logZ, -1) {
			return nil, fmt.Errorf("sde: Box: coordinate %d: N(%g, %g) has no mass in [%g, %g]", j, mu[j], variance[j], lo[j], hi[j])
		}
	}
	return b, nil
}

func (b *Box) flat(j int) bool { return math.IsInf(b.Var[j], 1) }

// prior is the law of coordinate j of x_0, unless it is flat.
func (b *Box) prior(j int) truncation {
	if b.flat(j) {
		return truncation{}
	}
	return truncate(b.Mu[j], math.Sqrt(b.Var[j]), b.Lo[j], b.Hi[j])
}

// at evaluates coordinate j at x. Its log density leaves out logMass.
func (b *Box) at(j int, x float64, c Coeff) cell {
	m, s, slope := x/c.Alpha, c.Sigma/c.Alpha, 1/c.Alpha // of N(m, s²), and dm/dx
	var outer, logp float64                              // the score and log density of the unrestricted normal
	if !b.flat(j) {
		v := c.Alpha*c.Alpha*b.Var[j] + c.Sigma*c.Sigma
		r := x - c.Alpha*b.Mu[j]
		slope = c.Alpha * b.Var[j] / v
		m = b.Mu[j] + slope*r
		s = c.Sigma * math.Sqrt(b.Var[j]/v)
		outer, logp = -r/v, -(r*r/v+math.Log(2*math.Pi*v))/2
	} else {
		logp = -math.Log(c.Alpha)
	}
	q := truncate(m, s, b.Lo[j], b.Hi[j])
	k := cell{q.mean, q.ratio * slope, outer, logp + q.logZ}
	if q.shift != 0 {
		k.score += c.Alpha * (s / c.Sigma) * (q.shift / c.Sigma)
	}
	if math.IsInf(q.shift, 0) {
		k.score = q.shift
	}
	return k
}

// logMass is the log of the mass that normalizes the prior of coordinate j.
func (b *Box) logMass(j int) float64 {
	if b.flat(j) {
		return math.Log(b.Hi[j] - b.Lo[j])
	}
	return b.prior(j).logZ
}

func (b *Box) Schedule() Schedule { return b.Sched }
func (b *Box) Dim() int           { return len(b.Lo) }

func (b *Box) each(x *mat.Dense, t []float64, f func(i, j int, k cell)) {
	n, _ := x.Dims()
	for i := range n {
		c := at(b.Sched, t, i)
		for j, v := range x.RawRowView(i) {
			f(i, j, b.at(j, v, c))
		}
	}
}

// Denoise implements Denoiser. Its error is always nil.
func (b *Box) Denoise(dst, x *mat.Dense, t []float64) error { denoiseCells(b, dst, x, t); return nil }

// Linearize implements Differentiable. Its error is always nil.
func (b *Box) Linearize(mean, x *mat.Dense, t []float64) (Pullback, error) {
	return linearizeCells(b, mean, x, t), nil
}

func (b *Box) Score(dst, x *mat.Dense, t []float64) { scoreCells(b, dst, x, t) }

func (b *Box) LogProb(dst []float64, x *mat.Dense, t []float64) {
	norm := 0.0
	for j := range b.Lo {
		norm += b.logMass(j)
	}
	logProbCells(b, dst, x, t, -norm)
}

func (b *Box) Sample(dst *mat.Dense, seed uint64, first int) {
	sampleRows(dst, b.Dim(), seed, "sde/box", first, func(row []float64, src *stream.Source) {
		for j := range row {
			if b.flat(j) {
				row[j] = b.Lo[j] + src.Float64()*(b.Hi[j]-b.Lo[j])
			} else {
				row[j] = drawTruncated(b.Mu[j], math.Sqrt(b.Var[j]), b.Lo[j], b.Hi[j], src)
			}
		}
	})
}

func (b *Box) Mean() []float64 {
	mean := make([]float64, b.Dim())
	for j := range mean {
		if b.flat(j) {
			mean[j] = b.Lo[j] + (b.Hi[j]-b.Lo[j])/2
		} else {
			mean[j] = b.prior(j).mean
		}
	}
	return mean
}

// Covariance implements Law. It is diagonal.
func (b *Box) Covariance() *mat.SymDense {
	c := mat.NewSymDense(b.Dim(), nil)
	for j := range b.Lo {
		v := (b.Hi[j] - b.Lo[j]) * (b.Hi[j] - b.Lo[j]) / 12
		if !b.flat(j) {
			v = b.Var[j] * b.prior(j).ratio
		}
		c.SetSym(j, j, v)
	}
	return c
}
