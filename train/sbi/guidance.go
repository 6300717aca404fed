package sbi

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
	"tweedie/guide"
	"tweedie/guide/spec"
	"tweedie/sample"
	"tweedie/sde"
)

// MostPower bounds Guidance.Power: beyond it a posterior is a point to rounding.
const MostPower = 1000

// Guidance changes a posterior after training. The zero value changes nothing; everything
// that is set holds at once, for the law
//
//	p(θ)^{1-aN} Π_i p(θ|x_i)^a · p'(θ)/p(θ) · e^{r(θ)}
//
// of the parameters, restricted to what Guide says is within bounds.
type Guidance struct {
	// Compose takes the observations as independent data of one θ: "jac", "gauss",
	// "auto-gauss" or "fnpe" (see guide.Composition). "" leaves each a posterior of its own.
	Compose string
	// Power a of the likelihood of each observation, positive, at most MostPower; zero means 1.
	Power float64
	// Prior p' in the place of that of the simulations; nil leaves it. It must not reach
	// beyond the support of that.
	Prior *prior.Prior
	// Guide has bounds, rewards and observations by formulas of the parameters, as guide files
	// have: the entries within, truncate, reward and formula with value and noise.
	Guide *spec.File
	// Particles is the number of weighted particles of each group; zero means none. With them
	// draws are exact but for their number, the model and the steps. Without, the posterior is
	// taken as normal at each noise level: Guided.Caveats says of what. They are of a Prior and
	// a Guide; Guided refuses them with Compose or a Power, whose products of models a few
	// thousand of them do not reach.
	Particles int
}

// Guided is a posterior with guidance. It is safe for concurrent use.
type Guided struct {
	p       *Posterior
	g       Guidance
	base    sde.Differentiable // composed or tempered; the posterior without
	whole   *guide.Composed    // base, nil without
	weight  *weight            // of parameters; nil if nothing depends on them
	terms   []guide.Term
	rows    int // posteriors
	caveats []string
}

// Compositions lists the names for Guidance.Compose, sorted.
func Compositions() []string { return guide.CompositionNames() }

// CheckComposition errs unless there is a composition of that name.
func CheckComposition(name string) error {
	_, _, err := guide.ParseComposition(name)
	return err
}

// Guided returns the posterior under g. Covariances for "auto-gauss" are estimated from draws
// by the seed, the sampler and the NFE of o.
func (p *Posterior) Guided(ctx context.Context, g Guidance, o *DrawOptions) (*Guided, error) {
	if !(g.Power >= 0) || math.IsInf(g.Power, 0) {
		return nil, fmt.Errorf("sbi: the power of the likelihood is %v: give a positive number", g.Power)
	}
	if g.Power > MostPower {
		return nil, fmt.Errorf("sbi: the power of the likelihood is %v: give at most %d", g.Power, MostPower)
	}
	if g.Particles < 0 || g.Particles == 1 {
		return nil, fmt.Errorf("sbi: %d particles: give some hundreds, or 0 for none", g.Particles)
	}
	set(&g.Power, 1)
	if g.Particles > 0 && (g.Compose != "" || g.Power != 1) {
		return nil, errors.New("sbi: particles do not reach the law of a composition or of a likelihood to a power: leave them away, and compare auto-gauss with jac; the exact law has draws that are weighted by the densities of single observations")
	}
	q := &Guided{p: p, g: g, rows: p.Observations(), caveats: p.Caveats()}
	if err := q.compose(ctx, valueOf(o)); err != nil {
		return nil, err
	}
	if err := q.reweigh(); err != nil {
		return nil, err
	}
	if g.Particles == 0 {
		q.caveats = append(q.caveats, sde.Caveats(q.guided())...)
	}
	return q, nil
}

// compose makes the base.
func (q *Guided) compose(ctx context.Context, o DrawOptions) error {
	d, law := q.p.Latent()
	q.base = d
	if q.g.Compose == "" && q.g.Power == 1 {
		return nil
	}
	n := q.p.Observations()
	co := guide.ComposeOptions{Power: q.g.Power}
	var groups [][]int
	estimated := true // covariances, which GAUSS takes and JAC is bounded by
	if q.g.Compose == "" {
		if n > 1 { // each its own, tempered
			for k := range n {
				groups = append(groups, []int{k})
			}
		}
	} else {
		q.rows = 1
		c, auto, err := guide.ParseComposition(q.g.Compose)
		if err != nil {
			return fmt.Errorf("sbi: %w", err)
		}
		co.Composition, estimated = c, auto || c == guide.JAC
	}
	if estimated && (n > 1 || q.g.Power != 1) {
		var err error
		if co.Covariances, err = q.p.covariances(ctx, o); err != nil {
			return err
		}
	}
	rows, ok := d.(sde.PerRow)
	if !ok {
		return errors.New("sbi: the posterior has no rows")
	}
	var err error
	if q.whole, err = guide.ComposeRows(law, co, rows, n, groups...); err != nil {
		return fmt.Errorf("sbi: %w", err)
	}
	q.base = q.whole
	return nil
}

// covarianceDraws is the number of draws that a covariance is estimated from, besides ten for
// each parameter.
const covarianceDraws = 128

// covariances are those of the posteriors in w, from draws of each.
func (p *Posterior) covariances(ctx context.Context, o DrawOptions) ([]mat.Symmetric, error) {
	k, d := p.Observations(), p.m.prior.Dim()
	n := covarianceDraws + 10*d
	draws, err := p.Sample(ctx, n, &DrawOptions{Seed: o.Seed, Workers: o.Workers, Sampler: o.Sampler, NFE: o.NFE})
	if err != nil {
		return nil, err
	}
	if err := p.m.Latent(draws.Theta, draws.Theta); err != nil {
		return nil, fmt.Errorf("sbi: %w", err)
	}
	list := make([]mat.Symmetric, k)
	for i := range k {
		if list[i], err = guide.PosteriorCovariance(draws.Theta.Slice(i*n, (i+1)*n, 0, d).(*mat.Dense)); err != nil {
			return nil, fmt.Errorf("sbi: observation %d: %w", i+1, err)
		}
	}
	return list, nil
}

// reweigh makes what depends on the parameters.
func (q *Guided) reweigh() error {
	if q.g.Prior == nil && q.g.Guide == nil {
		return nil
	}
	w, err := newWeight(q.p.m, q.g)
	if err != nil {
		return err
	}
	q.weight = w
	q.caveats = append(q.caveats, w.caveats()...)
	_, law := q.p.Latent()
	if to, ok := w.normal(law); ok { // in closed form
		swap, err := guide.NewPriorSwap(law, to)
		if err != nil {
			return fmt.Errorf("sbi: %w", err)
		}
		q.terms = []guide.Term{swap}
		return nil
	}
	q.terms = []guide.Term{guide.Reweight{R: w.exact, Guide: w.fast}}
	return nil
}

// guided is the denoiser with everything in it.
func (q *Guided) guided() sde.Denoiser {
	if len(q.terms) == 0 {
		return q.base
	}
	return guide.New(q.base, q.terms...)
}

// Model is that of the posterior.
func (q *Guided) Model() *Model { return q.p.m }

// Posteriors is the number of posteriors: 1 for a composition, or one for each observation.
func (q *Guided) Posteriors() int { return q.rows }

// Caveats say what is approximate, and name the remedy.
func (q *Guided) Caveats() []string { return append([]string(nil), q.caveats...) }

// target is what particles are carried to.
func (q *Guided) target() (sample.Target, error) {
	if len(q.terms) == 0 {
		return nil, errors.New("sbi: particles of a posterior that nothing guides: leave them away")
	}
	return sample.TDS{Model: q.base, Guided: guide.New(q.base, q.terms...)}, nil
}
