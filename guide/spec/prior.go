package spec

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/sde"
)

// PriorEntry gives a model another prior: rows are drawn from p(row) To/From, where From
// is the law that the columns of To had in training. The law of the other columns, given
// these, stays. From is normal, uniform or both by column, or a normal fitted to draws of
// the model. To is any law; those that are no normals, nor mixtures of normals, enter as
// six normals fitted to 2000 quantiles.
type PriorEntry struct {
	From *LawsEntry `yaml:"from"`
	To   *LawsEntry `yaml:"to"`
}

func (p *PriorEntry) build(c *datasets.Codec, s *subject) (guide.Term, error) {
	switch {
	case s == nil:
		return nil, errNoSubject
	case p.From == nil || p.To == nil:
		return nil, errors.New("prior needs from, the law in training (fitted takes a normal fitted to draws), and to, the new one")
	case p.To.Fitted != 0:
		return nil, errors.New("prior: to is a new law: name columns")
	}
	sched := s.model.Schedule()
	to, err := p.To.blocks(c, sched)
	if err != nil {
		return nil, fmt.Errorf("prior: to: %w", err)
	}
	var index []int
	for _, b := range to {
		index = append(index, b.index...)
	}
	old, index, err := p.old(c, s, index)
	if err != nil {
		return nil, fmt.Errorf("prior: from: %w", err)
	}
	place := func(position int) int { return slices.Index(index, position) }
	law, err := mixture(to, len(index), place, true, sched)
	if err != nil {
		return nil, fmt.Errorf("prior: to: %w", err)
	}
	swap, err := guide.NewPriorSwapAt(c.Dim(), index, old, law)
	if err != nil {
		return nil, err
	}
	return swap, nil
}

// old is the law From of the positions index, and their order in it.
func (p *PriorEntry) old(c *datasets.Codec, s *subject, index []int) (sde.Law, []int, error) {
	if k := p.From.Fitted; k != 0 {
		if k > 1 {
			return nil, nil, fmt.Errorf("fitted is %d: a ratio by several normals has no closed form, so fit 1", k)
		}
		law, err := s.fit(1, index)
		return law, index, err
	}
	blocks, err := p.From.blocks(c, s.model.Schedule())
	if err != nil {
		return nil, nil, err
	}
	var order []int
	var laws []sde.Law
	for _, b := range blocks {
		var kept []int
		for k, at := range b.index {
			if slices.Contains(index, at) {
				kept, order = append(kept, k), append(order, at)
			}
		}
		law, err := b.marginal(kept)
		if err != nil {
			return nil, nil, err
		}
		if law != nil {
			laws = append(laws, law)
		}
	}
	for _, at := range index {
		if !slices.Contains(order, at) {
			return nil, nil, fmt.Errorf("column %q has a new law and no old one: name it", c.Names()[at])
		}
	}
	law, err := sde.NewProduct(laws...)
	return law, order, err
}

// marginal is the law of the coordinates kept of an old prior.
func (b block) marginal(kept []int) (sde.Law, error) {
	switch l := b.law.(type) {
	case *sde.Gaussian:
		if len(kept) == 0 {
			return nil, errors.New("a law of columns that have no new one: leave it out")
		}
		mu, cov := make([]float64, len(kept)), mat.NewSymDense(len(kept), nil)
		for j, a := range kept {
			mu[j] = l.Mu[a]
			for k, e := range kept {
				cov.SetSym(j, k, l.Cov.At(a, e))
			}
		}
		return sde.NewGaussian(mu, cov, l.Sched)
	case *sde.Box:
		if len(kept) == 1 {
			return l, nil
		}
		return nil, errors.New("a law of columns that have no new one: leave it out")
	}
	return nil, errors.New("the old prior is normal, uniform or fitted: others have no ratio in closed form (and a column encoded by quantiles no normal law: train with --encoding standard, or say fitted)")
}
