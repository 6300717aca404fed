package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/kernel"
	"tweedie/sde"
)

// levelLag is the share of the last change of logits by which those of a step run ahead, as 1/2 is
// that of posterior means in the methods of order 2: docs/measurements/tables.md.
const levelLag = 0.6

// Logits are extrapolated of levels of at least the probability leastLevel, in categories of which
// more than undecided is left to others than the most probable level.
const (
	leastLevel = 1e-4
	undecided  = 1e-3
)

// levelSDE is the stepper of DPMpp2MSDE with Levels. A category is a row of 0 and 1, and the
// posterior mean D of its positions the probabilities p = softmax(α x/σ² + F) of its levels. If F,
// what the other columns say of it, stays as it is, then the reverse kernel
//
//	x_s ~ Σ_k p_k N((σ_s/σ_t) e^{-h} x + α_s (1 − e^{-2h}) e_k, σ_s² (1 − e^{-2h}) I)
//
// is exact for a step of any size, where a step along the mean Σ_k p_k e_k is exact for small
// ones alone. So a level k is drawn, and takes the place of D. F follows the other columns a step
// late. To make up for it p is that of F + c (F − F_p), F_p being that of the last step and
// c = levelLag h/h_p.
// Columns are drawn separately given x_t: what binds them is the dependence of F on all of x_t.
type levelSDE struct {
	eval
	hist   history
	m      DPMpp2MSDE
	z, u   *mat.Dense // normals of positions, and of categories
	factor []float32  // of the probabilities of a row
	logits *mat.Dense // F of the last step, but for a constant of each category; NaN where p was below leastLevel
}

func newLevelSDE(d sde.Denoiser, m DPMpp2MSDE, n int) *levelSDE {
	dense := func(width int) *mat.Dense { return mat.NewDense(n, width, nil) }
	return &levelSDE{eval{d: d}, newHistory(n, d.Dim()), m, dense(d.Dim()), dense(len(m.Levels)), make([]float32, d.Dim()), dense(d.Dim())}
}

func (st *levelSDE) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	ct, cs := st.d.Schedule().Coeff(t), st.d.Schedule().Coeff(s)
	d := st.hist.next(t, s)
	if err := st.denoise(d, x, t); err != nil {
		return err
	}
	h := cs.Lambda() - ct.Lambda()
	a, k, sd := ct.ReverseKernel(cs)
	e := st.hist.extrapolation(h)
	z.Normal(st.u, t, s, 1)
	st.drawLevels(d, x, ct, 2*levelLag*e)
	extrapolate(x, a, x, k*(1+e), d, -k*e, st.hist.prev)
	st.hist.push(h)
	if sd > 0 {
		addNoise(x, sd, z, st.z, t, s)
	}
	return nil
}

// drawLevels replaces the probabilities of levels in d, and those of the last step, by levels.
func (st *levelSDE) drawLevels(d, x *mat.Dense, c sde.Coeff, ahead float64) {
	n, _ := d.Dims()
	gain := c.Alpha / (c.Sigma * c.Sigma)
	for i := range n {
		p, prev, y, f := d.RawRowView(i), st.hist.prev.RawRowView(i), x.RawRowView(i), st.logits.RawRowView(i)
		for _, l := range st.m.Levels {
			lo, hi := l[0], l[1]
			changes(st.factor[lo:hi], p[lo:hi], f[lo:hi], y[lo:hi], gain, ahead)
		}
		if ahead != 0 {
			kernel.ExpMinus(st.factor, st.factor) // of numbers too, which nobody reads
		}
		for b, l := range st.m.Levels {
			lo, hi := l[0], l[1]
			if ahead != 0 {
				scaleLaw(p[lo:hi], st.factor[lo:hi])
			}
			drawLevel(p[lo:hi], st.u.At(i, b))
			copy(prev[lo:hi], p[lo:hi])
		}
	}
}

// changes stores −ahead (F − F_p) in dst, 0 where p stays as it is, and the F of p in f, which is F_p.
// What the levels have in common is left out: it is that of the most probable one, and may be too great for exp.
func changes(dst []float32, p, f, x []float64, gain, ahead float64) {
	clear(dst)
	top := 0
	for j, v := range p {
		if v > p[top] {
			top = j
		}
	}
	if p[top] > 1-undecided {
		for j := range f {
			f[j] = math.NaN()
		}
		return
	}
	common := roughLog(p[top]) - gain*x[top] - f[top]
	for j, v := range p {
		next := math.NaN()
		if v >= leastLevel {
			next = roughLog(v) - gain*x[j]
			if change := next - f[j] - common; change == change {
				dst[j] = float32(-ahead * change)
			}
		}
		f[j] = next
	}
}

// roughLog is ln v to 2·10⁻⁵, of a positive normal number: by the Chebyshev interpolation of degree 5 on [1, 2].
func roughLog(v float64) float64 {
	b := math.Float64bits(v)
	m := math.Float64frombits(b&(1<<52-1) | 1023<<52)
	y := float64(m*0.029808765243435193) - 0.27900102387540926
	y = float64(m*y) + 1.1017396261326036
	y = float64(m*y) - 2.418999477900546
	y = float64(m*y) + 3.498906747698812
	y = float64(m*y) - 1.9324431902013348
	return y + float64(float64(int(b>>52)-1023)*math.Ln2)
}

// scaleLaw multiplies probabilities by factors, and by what makes their sum 1.
func scaleLaw(p []float64, factor []float32) {
	sum := 0.0
	for j, v := range factor {
		p[j] *= float64(v)
		sum += p[j]
	}
	part := 1 / sum
	for j := range p {
		p[j] *= part
	}
}

// finish draws the levels of x, the posterior mean at the last time t.
func (st *levelSDE) finish(x *mat.Dense, t float64, z sde.Noise) {
	z.Normal(st.u, t, 0, 1)
	n, _ := x.Dims()
	for i := range n {
		for b, l := range st.m.Levels {
			drawLevel(x.RawRowView(i)[l[0]:l[1]], st.u.At(i, b))
		}
	}
}
