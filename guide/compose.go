package guide

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Composition says how the posteriors of single observations are put together.
type Composition int

const (
	// JAC takes the precisions from the Jacobians of the posteriors (Linhart et al. 2024,
	// arXiv:2404.07593): Dim backward passes for each observation. It follows each
	// posterior at every noise level, and so does every error of the Jacobian of a network,
	// which σ²/α multiplies at noise.
	JAC Composition = iota
	// GAUSS takes each posterior as normal with a covariance that does not change:
	// ComposeOptions.Covariances (auto-GAUSS, when these are estimated from draws), or half
	// of that of the prior. No backward pass.
	GAUSS
	// FNPE adds the scores up (Geffner et al. 2023, arXiv:2209.14249). What it follows is
	// the score of a law at each level, but these laws are no diffusion: the steps of a solver,
	// stochastic or not, run away for more than a few observations. It is for Langevin steps at
	// each level (sample.AnnealedLangevin, of a ratio SNR of about 0.5/√N), which are many.
	FNPE
)

// CompositionNames lists the names that ParseComposition reads, sorted.
func CompositionNames() []string { return []string{"auto-gauss", "fnpe", "gauss", "jac"} }

// ParseComposition returns the composition of a name. "auto-gauss" and "gauss" are both
// GAUSS; auto says that covariances are to be estimated.
func ParseComposition(name string) (c Composition, auto bool, err error) {
	switch name {
	case "jac":
		return JAC, false, nil
	case "gauss":
		return GAUSS, false, nil
	case "auto-gauss":
		return GAUSS, true, nil
	case "fnpe":
		return FNPE, false, nil
	}
	return 0, false, fmt.Errorf("there is no composition %q: give one of %s", name, strings.Join(CompositionNames(), ", "))
}

// String returns "jac", "gauss" or "fnpe".
func (c Composition) String() string {
	if c < JAC || c > FNPE {
		return "unknown"
	}
	return [...]string{"jac", "gauss", "fnpe"}[c]
}

// ComposeOptions of Compose and ComposeRows. The zero value is JAC.
type ComposeOptions struct {
	Composition Composition
	// Covariances of the posteriors at the data, one for each observation, with GAUSS. JAC
	// bounds the variances of a network by them: within a factor of four of those of normal
	// posteriors in every direction, and where a Jacobian is that of no law, with a variance
	// that is not positive, it takes the normal posterior. Give them to JAC of any trained
	// model: without, some percent of the draws run away.
	Covariances []mat.Symmetric
	// Power a is that of the likelihood of each observation, positive; zero means 1:
	// p(θ)^{1-aN} Π_i p(θ|y_i)^a. With one observation this is a tempered posterior.
	Power float64
	// Block is the number of pairs of a row and an observation that are evaluated at once,
	// zero meaning 512. It bounds the memory and changes no bit.
	Block int
}

// Composed is the posterior of N independent observations of the same parameters, from
// posteriors of one observation each, under a normal prior with the mean D_p and the
// covariance V_p of x_0 given x_t:
//
//	p(θ|y_1, …, y_N) ∝ p(θ)^{1-N} Π_i p(θ|y_i)
//	D = Λ⁻¹ [(1-N) Λ_p D_p + Σ_i Λ_i D_i]       Λ = (1-N) Λ_p + Σ_i Λ_i
//
// with precisions Λ = V⁻¹ of x_0 given x_t (Linhart et al. 2024, arXiv:2404.07593, in
// denoisers: what scores have of x_t cancels), and with a Power a, a Λ_i in the place of Λ_i
// and a N in that of N. JAC has V_i =
// σ²/α ∂D_i/∂x_t, GAUSS has Λ_i = C_i⁻¹ + α²/σ². Both are exact for normal posteriors; for
// others they take x_0 given x_t as normal. No Λ_i is let below Λ_p in any direction, as if
// an observation took knowledge away, so that Λ ≥ Λ_p is positive definite for any N.
// FNPE adds scores, with that of the prior at the data:
//
//	∇ log p_t = Σ_i s_i + (1-N) (1-t) ∇ log p(x_t).
//
// It is a Denoiser and an sde.PerRow, and Differentiable if the posteriors are. JAC's
// derivative holds the precisions, which for posteriors that are not normal leaves a part
// out: take sde.ByDifferences for log densities of the flow. It is safe for concurrent use
// if the posteriors are. The memory does not depend on N.
type Composed struct {
	prior  *priorBasis
	o      ComposeOptions
	from   posteriors
	groups [][]int     // the observations of each row; one group serves any number of rows
	widest int         // the largest N
	prec   [][]float64 // of each observation: Qᵀ C⁻¹ Q - 1/c, of Covariances
	pool   *sync.Pool
}

var _ sde.PerRow = (*Composed)(nil)

// Compose returns the posterior of all observations, one posterior each. Such as are an
// sde.PerRow have a row for each row of a batch. It errs on posteriors of other sizes or
// schedules than the prior's, and on covariances that are none.
func Compose(prior *sde.Gaussian, o ComposeOptions, list ...sde.Denoiser) (*Composed, error) {
	group := make([]int, len(list))
	for k, d := range list {
		if group[k] = k; d == nil {
			panic("guide: nil posterior")
		}
	}
	return newComposed(prior, o, listed(list), [][]int{group}, len(list))
}

// ComposeRows does so for a model that has a row for each of n observations. Each group
// lists those of one row of the batch; one group serves any number of rows, and none means
// that of all n.
func ComposeRows(prior *sde.Gaussian, o ComposeOptions, d sde.PerRow, n int, groups ...[]int) (*Composed, error) {
	if len(groups) == 0 {
		groups = [][]int{make([]int, n)}
		for k := range n {
			groups[0][k] = k
		}
	}
	return newComposed(prior, o, batched{d}, groups, n)
}

func newComposed(prior *sde.Gaussian, o ComposeOptions, from posteriors, groups [][]int, n int) (*Composed, error) {
	if o.Composition < JAC || o.Composition > FNPE || o.Block < 0 || !(o.Power >= 0) || math.IsInf(o.Power, 0) {
		return nil, fmt.Errorf("guide: composition %d of power %g in blocks of %d: want one of this package and no negative number", o.Composition, o.Power, o.Block)
	}
	o.Power = cmp.Or(o.Power, 1)
	o.Block = cmp.Or(o.Block, 512)
	basis, err := newPriorBasis(prior)
	if err != nil {
		return nil, err
	}
	if err := from.check(prior, o.Composition == JAC); err != nil {
		return nil, err
	}
	c := &Composed{prior: basis, o: o, from: from, groups: groups, pool: &sync.Pool{New: func() any { return new(composing) }}}
	for g, list := range groups {
		if len(list) == 0 {
			return nil, fmt.Errorf("guide: composition: group %d has no observation", g)
		}
		c.widest = max(c.widest, len(list))
		for _, k := range list {
			if k < 0 || k >= n {
				return nil, fmt.Errorf("guide: composition: group %d has observation %d of %d", g, k, n)
			}
		}
	}
	return c, c.setCovariances(n)
}

func (c *Composed) Schedule() sde.Schedule { return c.prior.law.Schedule() }
func (c *Composed) Dim() int               { return c.prior.law.Dim() }

// Moments are those of the prior, which samplers start from; see Start.
func (c *Composed) Moments() (mean, variance []float64) { return sdeMoments(c.prior.law) }

func sdeMoments(d sde.Denoiser) (mean, variance []float64) {
	mean, variance, _ = sde.Moments(d)
	return mean, variance
}

// Start is the law that trajectories start from at time t near 1 (sample.Options.Init). For
// FNPE it is the product of N normal laws of noise; otherwise that of the moments.
func (c *Composed) Start(t float64) sde.DiagonalNormal {
	k := c.Schedule().Coeff(t)
	mean, variance := c.Moments()
	p := sde.DiagonalNormal{Mean: make([]float64, len(mean)), SD: make([]float64, len(mean))}
	for j, v := range variance {
		p.Mean[j], p.SD[j] = k.Alpha*mean[j], math.Sqrt(k.Alpha*k.Alpha*v+k.Sigma*k.Sigma)
		if c.o.Composition == FNPE {
			p.SD[j] /= math.Sqrt(c.o.Power * float64(c.widest))
		}
	}
	return p
}

// Rows implements sde.PerRow.
func (c *Composed) Rows(idx []int) sde.Denoiser {
	q := *c
	q.from = c.from.restrict(idx)
	if len(c.groups) > 1 {
		q.groups = make([][]int, len(idx))
		for i, r := range idx {
			q.groups[i] = c.groups[r]
		}
	}
	return &q
}

// plain reports whether D is that of the model.
func (c *Composed) plain() bool { return c.widest == 1 && c.o.Power == 1 }

// Err returns why a posterior cannot be evaluated, or nil.
func (c *Composed) Err() error { return c.from.err() }

// Exactness says what the composition has to do with the posterior of all observations.
func (c *Composed) Exactness() (e Exactness, note string) {
	if c.plain() {
		return Exact, ""
	}
	normal := c.from.gaussian()
	switch {
	case c.o.Composition == FNPE:
		return Heuristic, "FNPE: the scores are those of no diffusion, and the steps of a solver run away: take Langevin steps at each level (annealed Langevin, of a ratio of about 0.5/√N), or take jac or gauss, or weight particles (FKC) for a few observations"
	case c.o.Composition == GAUSS && c.o.Covariances == nil:
		return Heuristic, "GAUSS: half of the covariance of the prior stands for that of each posterior: give those of the posteriors (auto-gauss), or take jac"
	case normal && (c.o.Composition == JAC || c.from.have(c.o.Covariances)):
		return Exact, ""
	case c.o.Composition == GAUSS:
		return Heuristic, "GAUSS: each posterior is taken as normal with one covariance at all noise levels: jac follows posteriors that are not normal better, draws weighted by the densities of single observations are exact, and recurrence makes draws too narrow"
	}
	return Heuristic, "JAC: parameters given their noised values are taken as normal under each observation, which blurs the choice between modes: draws weighted by the densities of single observations are exact, stochastic samplers err less than the flow, and recurrence makes draws too narrow"
}

// Caveats lists what is approximate, with the remedy.
func (c *Composed) Caveats() []string {
	list := c.from.caveats()
	if _, note := c.Exactness(); note != "" {
		list = append(list, note)
	}
	return list
}

// Product returns the same law as Feynman-Kac correctors take it (sample.FKC): the
// posteriors to the power a, and the prior to the power 1 - a N. It is exact for any
// posteriors, but weights vary the more the more observations there are. It errs if rows
// have observations of their own.
func (c *Composed) Product() (models []sde.Denoiser, powers []float64, err error) {
	if len(c.groups) > 1 {
		return nil, nil, errors.New("guide: a product is of the observations of all rows, not of some for each row")
	}
	for _, k := range c.groups[0] {
		one := *c
		one.groups, one.widest, one.o = [][]int{{k}}, 1, ComposeOptions{Composition: FNPE, Power: 1, Block: c.o.Block}
		models, powers = append(models, &one), append(powers, c.o.Power)
	}
	if !c.plain() {
		models, powers = append(models, c.prior.law), append(powers, 1-c.o.Power*float64(len(powers)))
	}
	return models, powers, nil
}
