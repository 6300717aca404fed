package sample

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// EnKG is ensemble Kalman guidance: the posterior mean of x_0 given x_t and y = A(x_0) + e,
// e ~ N(0, R), by the statistics of an ensemble of J particles, with no derivative of A and
// none of the model. At each evaluation, for particles x_i at time t,
//
//	D_i = E[x_0|x_t = x_i],   h_i = A(D_i)
//	G   = Cov(x, x)⁻¹ Cov(x, D)                    d×d, the slope of D
//	V   = σ²/α (G + Gᵀ)/2                          Cov[x_0|x_t]
//	B   = Cov(D, D)⁺ Cov(D, h)                     d×m, the slope of A
//	D_i ← D_i + V B (R + Bᵀ V B)⁻¹ (y - h_i)
//
// with empirical covariances over the ensemble. The result is a mean, so that any sampler
// moves the particles, with or without noise.
//
// It is exact for normal data and a linear A, as soon as the ensemble spans the space,
// J ≥ d+1. Proof: D is affine in x there, D = a + M x with M = αC(α²C + σ²I)⁻¹ for data of
// covariance C, and the regression of an affine map on its argument returns the map,
// whatever the law of the argument: G = Mᵀ. By Tweedie's formula of second order
// Cov[x_0|x_t] = σ²/α ∂D/∂x, so V is the covariance of x_0 given x_t. h is affine in D, so
// B is Aᵀ on the directions in which D varies, which are the range of V, and V B = V Aᵀ.
// The update is then that of Kalman, E[x_0|x_t, y] itself. A sampler with exact means makes
// draws of the posterior, of which mean and covariance are both right; those of an ensemble
// of J have the errors of J independent draws, which fall as 1/√J.
//
// The published form (Zheng et al. 2024, arXiv:2409.20175, and its code) moves x_i itself
// between the steps of a flow, by w Σ_j c_ij (x_j - x̄) with c_ij = (y - h_i)·(h_j - h̄)/J,
// that is w Cov(x, h)(y - h_i), and w a step length over the norm of the matrix c. It has
// the same cross-covariance Cov(x, h), but neither R nor the spread of x_0 given x_t enter,
// and nothing makes up for the spread that its steps take away: it seeks a maximum, and its
// variance is far too small also for normal data. docs/measurements/guidance.md has numbers of both. The
// slopes by regression are the statistical linearization of iterative ensemble Kalman
// methods (Chada, Chen and Sanz-Alonso 2021, arXiv:2010.13299).
//
// Elsewhere it is approximate: all particles share one gain, a mean over the ensemble, so
// that several modes get the slope between them; A is taken at D, without the spread of x_0
// around it; x_0 given x_t counts as normal, and so do errors that are not (by
// sde.LocallyGaussian). FK is the remedy that also takes an A without derivatives.
type EnKG struct {
	Model sde.Denoiser
	// Observations, with one row of Y for all ensembles or one for each. A needs no
	// derivative. Numbers may be missing.
	Observations []sde.Observation
}

// RunEnKG draws groups ensembles of k rows each, with the steps of m. Row i of ensemble g
// is row g k + i of the result. Ensembles are independent: each is a function of (e, m,
// times, o.Seed) and its global index o.First+g, so that workers and shards change no bit
// of it; the rows of one are not. o.First counts ensembles, Workers are over ensembles, and
// Block is refused. A model that is an sde.PerRow stands for the ensembles: all rows of
// one have its row g. The operators are called by several goroutines.
//
// It errs on fewer than d+2 rows an ensemble, d being the dimension: slopes in d directions
// are estimated from them. 4 d and more are better where the model is not normal.
func RunEnKG(ctx context.Context, e EnKG, m Method, groups, k int, o *Options) (*Result, error) {
	opts := valueOf(o)
	if groups <= 0 || k <= 0 {
		panic("sample: non-positive number of ensembles or rows")
	}
	if opts.Block != 0 {
		return nil, errors.New("sample: Block is not for ensembles, which are blocks themselves")
	}
	if err := e.Check(opts.First+groups, k); err != nil {
		return nil, err
	}
	if m.Info().EvalsPerStep == 0 {
		return nil, fmt.Errorf("sample: EnKG evaluates its rows at one time: %s takes steps of its own, so use another", m.Info().Name)
	}
	d := &ensembles{e, k, opts.First}
	opts.Block, opts.First = k, opts.First*k
	return runRows(ctx, d, m, groups*k, &opts, false)
}

// Check errs unless e can guide ensembles of k rows with global indices below groups.
func (e EnKG) Check(groups, k int) error {
	if e.Model == nil || len(e.Observations) == 0 {
		return errors.New("sample: EnKG needs Model and Observations")
	}
	if err := sde.Err(e.Model); err != nil {
		return err
	}
	d := e.Model.Dim()
	if k < d+2 {
		return fmt.Errorf("sample: EnKG: ensembles of %d rows are too small for %d coordinates: take at least %d, better %d", k, d, d+2, 4*d)
	}
	for i, o := range e.Observations {
		if err := o.Check(d); err != nil {
			return fmt.Errorf("sample: EnKG: observation %d: %w", i+1, err)
		}
		if r, _ := o.Y.Dims(); r != 1 && r < groups {
			return fmt.Errorf("sample: EnKG: observation %d has %d rows of Y for %d ensembles", i+1, r, groups)
		}
		if !sde.IsLocallyGaussian(o.Error) {
			return fmt.Errorf("sample: EnKG: observation %d: %T has no Gaussian approximation (method Precision): use FK", i+1, o.Error)
		}
	}
	return nil
}

// ensembles is the guided denoiser of all ensembles. Only its restriction to the rows of
// one can be evaluated.
type ensembles struct {
	EnKG
	k, first int
}

func (e *ensembles) Schedule() sde.Schedule { return e.Model.Schedule() }
func (e *ensembles) Dim() int               { return e.Model.Dim() }

func (e *ensembles) Denoise(_, _ *mat.Dense, _ []float64) error {
	return errors.New("sample: EnKG is evaluated for one ensemble at a time")
}

// Rows returns the denoiser of the ensemble that the rows are of.
func (e *ensembles) Rows(idx []int) sde.Denoiser { return newEnsemble(e, idx[0]/e.k) }

// Moments are those of the model, and of standardized data where it knows none.
func (e *ensembles) Moments() (mean, variance []float64) {
	if mean, variance, ok := sde.Moments(e.Model); ok {
		return mean, variance
	}
	mean, variance = make([]float64, e.Dim()), make([]float64, e.Dim())
	for j := range variance {
		variance[j] = 1
	}
	return mean, variance
}

// Caveats are those of the model, and that of the ensemble unless it is exact.
func (e *ensembles) Caveats() []string {
	list := append([]string(nil), sde.Caveats(e.Model)...)
	exact := false
	if _, ok := e.Model.(*sde.Gaussian); ok {
		exact = true
		for _, o := range e.Observations {
			exact = exact && sde.IsLinear(o.A) && sde.IsNormal(o.Error)
		}
	}
	if !exact {
		list = append(list, "EnKG is approximate: one gain for all rows of an ensemble, the operator taken at the mean of x_0 given x_t, and that law as normal; compare with method fk and many particles")
	}
	return list
}
