package guide_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// tilted is the exact posterior of independent w_j ~ N(0, 1) with the log likelihoods
// logl(row, w_j, j): its rows have one of their own. Means and variances of w given w_t are
// sums over 161 points of the normal law that the prior alone gives, to about 1e-10 for a
// likelihood that is smooth on its scale.
type tilted struct {
	sched sde.Schedule
	d     int
	logl  func(k int, w float64, j int) float64
	idx   []int
}

func (p tilted) Schedule() sde.Schedule { return p.sched }
func (p tilted) Dim() int               { return p.d }

func (p tilted) Rows(idx []int) sde.Denoiser {
	if p.idx != nil {
		panic("guide_test: rows of rows")
	}
	p.idx = idx
	return p
}

func (p tilted) moments(k, j int, x, t float64) (m, v, jac float64) {
	c := p.sched.Coeff(t)
	s2 := c.Sigma * c.Sigma / (c.Alpha*c.Alpha + c.Sigma*c.Sigma)
	m0, sd := c.Alpha*x/(c.Alpha*c.Alpha+c.Sigma*c.Sigma), math.Sqrt(s2)
	const n = 161
	var l, at [n]float64
	top := math.Inf(-1)
	for i := range n {
		u := -9 + 18*float64(i)/(n-1)
		at[i] = sd * u
		l[i] = -u*u/2 + p.logl(k, m0+at[i], j)
		top = math.Max(top, l[i])
	}
	sum := 0.0
	for i, u := range at {
		q := math.Exp(l[i] - top)
		sum, m, v = sum+q, m+q*u, v+q*u*u
	}
	m /= sum
	v = v/sum - m*m
	if jac = 1 / c.Alpha; c.Sigma > 0 {
		jac = c.Alpha / (c.Sigma * c.Sigma) * v
	}
	return m0 + m, v, jac
}

func (p tilted) Denoise(dst, x *mat.Dense, t []float64) error {
	_, err := p.Linearize(dst, x, t)
	return err
}

func (p tilted) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	n, d := x.Dims()
	jac := mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			m, _, g := p.moments(p.idx[i], j, x.At(i, j), sde.Time(t, i))
			mean.Set(i, j, m)
			jac.Set(i, j, g)
		}
	}
	return func(dst, v *mat.Dense) error { dst.MulElem(jac, v); return nil }, nil
}

// uniformBox is the posterior of θ uniform on [-1, 1] in w = Φ⁻¹((1 + θ)/2), each of whose
// coordinates is seen with a normal error of deviation sd.
func uniformBox(sched sde.Schedule, sd float64, y ...float64) tilted {
	return tilted{sched: sched, d: 1, logl: func(k int, w float64, _ int) float64 {
		r := (y[k] - math.Erf(w/math.Sqrt2)) / sd
		return -r * r / 2
	}}
}

// The law by sums is the law in closed form, where there is one.
func TestTiltedIsExact(t *testing.T) {
	sched := sde.VP{}
	p := tilted{sched: sched, d: 1, logl: func(_ int, w float64, _ int) float64 { return -(w - 2) * (w - 2) / (2 * 0.3) }}
	want := line(sched, 2/1.3, 0.3/1.3)
	if e := apart(t, p.Rows(make([]int, 7)), want, want); !(e < 1e-8) {
		t.Errorf("off by %.2g", e)
	}
}

// Under uniform priors no composition is NaN, from one observation to 1,000, near the border
// of the prior, beyond it, and far off in x_t: in the coordinates in which the prior is
// normal its score is exact everywhere. (In θ, a score of a difference of distribution
// functions is 0/0 there.)
func TestComposedUnderUniformPriorsIsFinite(t *testing.T) {
	sched := sde.VP{}
	normal := line(sched, 0, 1)
	model := uniformBox(sched, 0.3, 0, 0.3, 0.99, 1.5, -1.2)
	cov := make([]mat.Symmetric, 5)
	for k := range cov {
		_, v, _ := model.moments(k, 0, 0, 1)
		cov[k] = mat.NewSymDense(1, []float64{v})
	}
	for _, n := range []int{1, 5, 1000} {
		many := make([]int, n)
		for i := range many {
			many[i] = i % 5
		}
		for _, o := range []guide.ComposeOptions{{}, {Covariances: cov}, {Composition: guide.GAUSS, Covariances: cov}, {Composition: guide.GAUSS}, {Composition: guide.FNPE}} {
			d := must(guide.ComposeRows(normal, o, model, 5, many))
			for _, u := range []float64{0, 1e-5, 0.2, 1} {
				x := mat.NewDense(5, 1, []float64{0, 1, -3, 9, -40})
				for i, v := range denoise(t, d, x, u).RawMatrix().Data {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Errorf("N = %d, %v, t = %g, x = %g: %g", n, o.Composition, u, x.At(i, 0), v)
					}
				}
			}
		}
	}
}
