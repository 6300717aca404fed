package mixture25

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// problem is a posterior with many modes that is known in closed form. The prior is 25
// unit normals with random weights. Their means are a grid of spacing 8 in the plane,
// repeated over the coordinates. The m observations are linear. Their singular values
// are uniform in (0, 1), and the standard deviation of their error is uniform between 0
// and the largest of them (Cardoso et al. 2024, §4, arXiv:2308.07983).
type problem struct {
	prior *sde.Mixture
	post  sde.Law
	obs   sde.Observation
}

// schedule is the schedule of all problems: σ from 80 to .01.
var schedule = sde.VE{SigmaMin: 0.01, SigmaMax: 80}

// newProblem draws a problem. It draws the prior too if prior is nil.
func newProblem(d, m int, key stream.Key, prior *sde.Mixture) (*problem, error) {
	src := stream.NewSource(key)
	if prior == nil {
		var err error
		if prior, err = newPrior(d, src); err != nil {
			return nil, err
		}
	}
	a, top, err := newOperator(d, m, src)
	if err != nil {
		return nil, err
	}
	sd := top * src.Float64()
	x, y, cov := mat.NewDense(1, d, nil), mat.NewDense(1, m, nil), mat.NewSymDense(m, nil)
	prior.Sample(x, src.Uint64(), 0)
	y.Mul(x, a.T())
	for i := range m {
		y.Set(0, i, y.At(0, i)+sd*src.NormFloat64())
		cov.SetSym(i, i, sd*sd)
	}
	post, err := prior.Posterior(a, y.RawRowView(0), cov)
	if err != nil {
		return nil, fmt.Errorf("the posterior of the problem: %w", err)
	}
	return &problem{prior, post, sde.Observation{A: sde.NewLinearMap(a), Y: y, Error: sde.NormalError{SD: sd}}}, nil
}

// newPrior draws the weights, which are squares of normal numbers.
func newPrior(d int, src *stream.Source) (*sde.Mixture, error) {
	eye := mat.NewSymDense(d, nil)
	for j := range d {
		eye.SetSym(j, j, 1)
	}
	var weights []float64
	var parts []*sde.Gaussian
	for i := -2; i <= 2; i++ {
		for k := -2; k <= 2; k++ {
			at := [2]float64{-8 * float64(i), -8 * float64(k)}
			mean := make([]float64, d)
			for j := range mean {
				mean[j] = at[j%2]
			}
			g, err := sde.NewGaussian(mean, eye, schedule)
			if err != nil {
				return nil, err
			}
			z := src.NormFloat64()
			weights, parts = append(weights, z*z), append(parts, g)
		}
	}
	return sde.NewMixture(weights, parts)
}

// newOperator draws an m×d matrix U diag(s) Vᵀ and returns the largest of s.
func newOperator(d, m int, src *stream.Source) (a *mat.Dense, top float64, err error) {
	raw := mat.NewDense(m, d, nil)
	for i := range raw.RawMatrix().Data {
		raw.RawMatrix().Data[i] = src.NormFloat64()
	}
	var svd mat.SVD
	if !svd.Factorize(raw, mat.SVDThin) {
		return nil, 0, fmt.Errorf("a random %d×%d matrix has no singular values", m, d)
	}
	var u, v, us mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	s := make([]float64, m)
	for i := range s {
		s[i] = src.Float64()
	}
	us.Mul(&u, mat.NewDiagDense(m, s))
	a = new(mat.Dense)
	a.Mul(&us, v.T())
	return a, slices.Max(s), nil
}

// span is the number of units of log-SNR between the ends of the schedule. The
// published step size of DPS is per step; that of DPSNorm is per unit of log-SNR.
func span(s sde.VE) float64 { return 2 * math.Log(s.SigmaMax/s.SigmaMin) }
