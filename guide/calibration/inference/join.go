package inference

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"tweedie/guide/calibration"
)

// Join returns the report of all simulations from the reports of parts of them, in any order:
// the same, bit for bit, as that of one run. It errs unless they make a whole.
func Join(parts []*Report) (*Report, error) {
	if len(parts) == 0 {
		return nil, errors.New("inference: no reports to join")
	}
	for _, p := range parts {
		if p.Part == nil {
			return nil, errors.New("inference: a report is of all its simulations, and no part of one")
		}
	}
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b *Report) int {
		return cmp.Or(a.Part.First-b.Part.First, a.Simulations-b.Simulations)
	})
	all := &Report{Draws: parts[0].Draws}
	for _, p := range parts {
		if p.Draws != all.Draws || *p.Part != (calibration.PartOf{First: all.Simulations, Of: parts[0].Part.Of}) {
			return nil, fmt.Errorf("inference: a part begins with simulation %d of %d, and the parts before it end at %d: give all parts of one run", p.Part.First, p.Part.Of, all.Simulations)
		}
		if err := all.extend(p); err != nil {
			return nil, err
		}
	}
	if all.Simulations != parts[0].Part.Of {
		return nil, fmt.Errorf("inference: the parts have %d simulations of %d: give all parts", all.Simulations, parts[0].Part.Of)
	}
	var err error
	if all.Local, err = joinLocal(parts); err != nil {
		return nil, err
	}
	all.finish()
	return all, nil
}

// emptied is a column without ranks.
func emptied(c calibration.Column) calibration.Column {
	return calibration.Column{Name: c.Name, Levels: c.Levels}
}

// extend adds the simulations of a part; the first that has any says what their parameters and
// regions are.
func (r *Report) extend(part *Report) error {
	for _, c := range part.Caveats {
		if !slices.Contains(r.Caveats, c) {
			r.Caveats = append(r.Caveats, c)
		}
	}
	if part.Simulations == 0 {
		return nil
	}
	if r.Simulations == 0 {
		r.Levels = part.Levels
		for _, p := range part.Parameters {
			r.Parameters = append(r.Parameters, Parameter{Column: emptied(p.Column)})
		}
		for _, g := range part.Regions {
			r.Regions = append(r.Regions, Region{Column: emptied(g.Column), Draws: g.Draws})
		}
	}
	if len(part.Parameters) != len(r.Parameters) || len(part.Regions) != len(r.Regions) {
		return errors.New("inference: parts have different parameters or regions")
	}
	for k := range r.Parameters {
		p, of := &r.Parameters[k], part.Parameters[k]
		if err := p.Extend(of.Column); err != nil {
			return err
		}
		p.Errors, p.Contractions = append(p.Errors, of.Errors...), append(p.Contractions, of.Contractions...)
	}
	for k := range r.Regions {
		g, of := &r.Regions[k], part.Regions[k]
		if g.Draws != of.Draws {
			return fmt.Errorf("inference: %s is of %d draws in one part and of %d in another", g.Name, g.Draws, of.Draws)
		}
		if err := g.Extend(of.Column); err != nil {
			return err
		}
	}
	r.Simulations += part.Simulations
	return nil
}

// finish fills in what follows from the numbers of all simulations, and takes those away that
// are of parts alone.
func (r *Report) finish() {
	for k := range r.Parameters {
		r.Parameters[k].finish(r.Draws)
	}
	for k := range r.Regions {
		r.Regions[k].finish()
	}
	if r.Local != nil && r.Local.Pairs > 0 {
		for i := range r.Local.Observations {
			r.Local.Observations[i].finish()
		}
	}
	r.Judge()
}

func (p *Parameter) finish(draws int) {
	p.Finish(draws)
	p.Uniformity = calibration.UniformityOf(p.Ranks, draws)
	p.P = p.Joint()
	for _, c := range p.Contractions {
		p.Contraction += c / float64(len(p.Contractions))
	}
	if z := p.Errors; len(z) > 1 {
		m, v := meanVariance(len(z), func(i int) float64 { return z[i] })
		p.ZMean, p.ZSD = m, math.Sqrt(v)
	}
	p.Errors, p.Contractions = nil, nil
}

func (g *Region) finish() {
	g.FinishFit(g.Draws)
	g.Uniformity = calibration.UniformityOf(g.Ranks, g.Draws)
	g.P = g.Joint()
}

// joinLocal is what all parts know of the observations, nil if that was not asked for.
func joinLocal(parts []*Report) (*Local, error) {
	var list []*Local
	var all *Local
	for _, p := range parts {
		if (p.Local == nil) != (parts[0].Local == nil) {
			return nil, errors.New("inference: some parts tell of observations, and others do not")
		}
		if l := p.Local; l != nil {
			list = append(list, l)
			if l.Novelty != nil {
				all = l.emptied()
			}
		}
	}
	if list == nil {
		return nil, nil
	}
	if all == nil {
		return nil, errors.New("inference: the first part does not say whether the observations are like the simulations")
	}
	slices.SortStableFunc(list, func(a, b *Local) int { return cmp.Or(a.First-b.First, a.classifiers()-b.classifiers()) })
	for _, l := range list {
		if err := all.extend(l); err != nil {
			return nil, err
		}
	}
	return all, all.complete()
}

// emptied has no statistics.
func (l *Local) emptied() *Local {
	e := *l
	e.First, e.Observations = 0, make([]Observation, len(l.Observations))
	for i, o := range l.Observations {
		e.Observations[i].Nulls = o.Nulls
	}
	return &e
}

// classifiers is the number of those of a part.
func (l *Local) classifiers() int {
	if len(l.Observations) == 0 {
		return 0
	}
	return len(l.Observations[0].Statistics)
}

// extend adds the statistics of the classifiers of a part.
func (l *Local) extend(part *Local) error {
	if len(l.Observations) != len(part.Observations) || l.Pairs != part.Pairs {
		return errors.New("inference: parts have different observations, or other pairs")
	}
	if n := l.classifiers(); part.First != n {
		return fmt.Errorf("inference: a part begins with classifier %d, and the parts before it end at %d: give all parts of one run", part.First, n)
	}
	for i := range l.Observations {
		o := &l.Observations[i]
		o.Statistics = append(o.Statistics, part.Observations[i].Statistics...)
	}
	return nil
}

// complete errs unless all classifiers are there.
func (l *Local) complete() error {
	for _, o := range l.Observations {
		if l.Pairs > 0 && len(o.Statistics) != o.Nulls+1 {
			return fmt.Errorf("inference: the parts have %d classifiers of %d: give all parts of one run", len(o.Statistics), o.Nulls+1)
		}
	}
	return nil
}
