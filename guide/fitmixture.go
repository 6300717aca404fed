package guide

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// FittedMixture is a mixture of normals fitted to draws: the time marginals of a prior
// that has none in closed form. It is an approximation, and says so wherever it
// stands for the prior.
type FittedMixture struct {
	*sde.Mixture
	Rows        int     // fitted to
	MeanLogProb float64 // mean log density of those rows, in nats
	Steps       int     // of EM
}

// Caveats names what the mixture stands for.
func (f *FittedMixture) Caveats() []string {
	return []string{fmt.Sprintf("the prior is a mixture of %d normals fitted to %d draws of it: use its own law if there is one, or more draws and components", len(f.Comps), f.Rows)}
}

// FitMixture fits a mixture of k normals with full covariances to the rows of x
// by expectation maximization (Dempster, Laird & Rubin 1977), from centers that
// are spread over the rows (k-means++, Arthur & Vassilvitskii 2007). Covariances
// have 1e-6 of the variances of the data added. It is a function of x, k and
// seed. It errs on fewer than k (d + 1) rows, rows that are not finite and
// columns that are constant.
func FitMixture(x *mat.Dense, k int, sched sde.Schedule, seed uint64) (*FittedMixture, error) {
	n, d := x.Dims()
	if k < 1 || n < k*(d+1) {
		return nil, fmt.Errorf("guide: %d rows of %d do not determine %d normals: want at least %d rows", n, d, k, k*(d+1))
	}
	if i := numeric.NonFinite(x); i >= 0 {
		return nil, fmt.Errorf("guide: fit: row %d is infinite or NaN", i)
	}
	e := newEM(x, k)
	for j, v := range e.scale {
		if m := x.At(0, j); v <= 1e-24*m*m {
			return nil, fmt.Errorf("guide: fit: column %d is constant, so there is no density", j)
		}
	}
	e.spread(stream.New(seed, "guide/fit", 0))
	f := &FittedMixture{Rows: n}
	last := math.Inf(-1)
	for f.Steps = 1; f.Steps <= maxEM; f.Steps++ {
		l, ok := e.expect()
		if !ok {
			return nil, errors.New("guide: fit: a covariance became singular: use fewer components")
		}
		f.MeanLogProb = l
		if l-last < 1e-7 {
			break
		}
		last = l
		e.maximize()
	}
	var err error
	comps := make([]*sde.Gaussian, k)
	for c := range comps {
		if comps[c], err = sde.NewGaussian(e.mu.RawRowView(c), mat.NewSymDense(d, e.cov[c]), sched); err != nil {
			return nil, err
		}
	}
	f.Mixture, err = sde.NewMixture(e.w, comps)
	return f, err
}

const maxEM = 500

type em struct {
	x, mu, resp *mat.Dense
	w, scale    []float64
	cov         [][]float64
}

func newEM(x *mat.Dense, k int) *em {
	n, d := x.Dims()
	e := &em{x: x, mu: mat.NewDense(k, d, nil), resp: mat.NewDense(n, k, nil), w: make([]float64, k), scale: make([]float64, d)}
	for j := range d {
		m, s := 0.0, 0.0
		for i := range n {
			m += x.At(i, j) / float64(n)
		}
		for i := range n {
			s += (x.At(i, j) - m) * (x.At(i, j) - m) / float64(n)
		}
		e.scale[j] = s
	}
	for range k {
		c := make([]float64, d*d)
		for j, v := range e.scale {
			c[j*d+j] = v
		}
		e.cov = append(e.cov, c)
	}
	for c := range e.w {
		e.w[c] = 1 / float64(k)
	}
	return e
}

// spread draws centers from the rows, in proportion to the squared distance to earlier ones.
func (e *em) spread(src *rand.Rand) {
	n, d := e.x.Dims()
	k, _ := e.mu.Dims()
	near := make([]float64, n)
	for i := range near {
		near[i] = 1
	}
	for c := range k {
		total := 0.0
		for _, v := range near {
			total += v
		}
		u, pick := src.Float64()*total, n-1
		for i, v := range near {
			if u -= v; u < 0 {
				pick = i
				break
			}
		}
		e.mu.SetRow(c, e.x.RawRowView(pick))
		for i := range near {
			s := 0.0
			for j := range d {
				z := e.x.At(i, j) - e.x.At(pick, j)
				s += z * z / e.scale[j]
			}
			if c == 0 || s < near[i] {
				near[i] = s
			}
		}
	}
	for c := range e.cov { // begin narrow: a k-th of the volume each
		f := math.Pow(float64(k), -2/float64(d))
		for j := range e.cov[c] {
			e.cov[c][j] *= f
		}
	}
}

// expect computes the responsibilities and returns the mean log density.
func (e *em) expect() (float64, bool) {
	n, d := e.x.Dims()
	r, l := make([]float64, d), make([]float64, d*d)
	for c, w := range e.w {
		copy(l, e.cov[c])
		if !cholesky(l, d) {
			return 0, false
		}
		for i := range n {
			for j, v := range e.x.RawRowView(i) {
				r[j] = v - e.mu.At(c, j)
			}
			e.resp.Set(i, c, math.Log(w)+logNormal(l, r, d))
		}
	}
	total := 0.0
	for i := range n {
		total += numeric.Softmax(e.resp.RawRowView(i))
	}
	return total / float64(n), true
}

// maximize fits weights, means and covariances to the responsibilities.
func (e *em) maximize() {
	n, d := e.x.Dims()
	for c := range e.w {
		mass := 1e-12 // a component that lost its rows is left without weight
		mu := e.mu.RawRowView(c)
		clear(mu)
		for i := range n {
			mass += e.resp.At(i, c)
			numeric.Axpy(mu, e.resp.At(i, c), e.x.RawRowView(i))
		}
		for j := range mu {
			mu[j] /= mass
		}
		cov := e.cov[c]
		clear(cov)
		for i := range n {
			x, r := e.x.RawRowView(i), e.resp.At(i, c)/mass
			for j := range d {
				for l := range d {
					cov[j*d+l] += r * (x[j] - mu[j]) * (x[l] - mu[l])
				}
			}
		}
		for j, v := range e.scale {
			cov[j*d+j] += 1e-6 * v
		}
		e.w[c] = mass / float64(n)
	}
}
