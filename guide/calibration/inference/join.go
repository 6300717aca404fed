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
	slices.SortStableFunc(parts, func(a, b *Report) int { return cmp.Compare(a.Part.First, b.Part.First) })
	all := &Report{Draws: parts[0].Draws, Levels: parts[0].Levels}
	for _, p := range parts[0].Parameters {
		all.Parameters = append(all.Parameters, Parameter{Column: emptied(p.Column)})
	}
	for _, g := range parts[0].Regions {
		all.Regions = append(all.Regions, Region{Column: emptied(g.Column), Draws: g.Draws})
	}
	if l := parts[0].Local; l != nil {
		all.Local = l.emptied()
	}
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
	if err := all.Local.complete(); err != nil {
		return nil, err
	}
	all.finish()
	return all, nil
}

// emptied is a column without ranks.
func emptied(c calibration.Column) calibration.Column {
	return calibration.Column{Name: c.Name, Levels: c.Levels}
}

// extend adds the simulations of a part.
func (r *Report) extend(part *Report) error {
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
	if err := r.Local.extend(part.Local); err != nil {
		return err
	}
	r.Simulations += part.Simulations
	for _, c := range part.Caveats {
		if !slices.Contains(r.Caveats, c) {
			r.Caveats = append(r.Caveats, c)
		}
	}
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

// emptied has no statistics.
func (l *Local) emptied() *Local {
	e := *l
	e.Observations = make([]Observation, len(l.Observations))
	for i, o := range l.Observations {
		e.Observations[i].Nulls = o.Nulls
	}
	return &e
}

// extend adds the statistics of the classifiers of a part.
func (l *Local) extend(part *Local) error {
	if l == nil && part == nil {
		return nil
	}
	if l == nil || part == nil || len(l.Observations) != len(part.Observations) || l.Pairs != part.Pairs {
		return errors.New("inference: parts have different observations, or other pairs")
	}
	for i := range l.Observations {
		o := &l.Observations[i]
		o.Statistics = append(o.Statistics, part.Observations[i].Statistics...)
	}
	return nil
}

// complete errs unless all of the first part and of the classifiers are there.
func (l *Local) complete() error {
	if l == nil {
		return nil
	}
	if l.Novelty == nil {
		return errors.New("inference: the first part does not say whether the observations are like the simulations")
	}
	for _, o := range l.Observations {
		if l.Pairs > 0 && len(o.Statistics) != o.Nulls+1 {
			return fmt.Errorf("inference: the parts have %d classifiers of %d: give all parts of one run", len(o.Statistics), o.Nulls+1)
		}
	}
	return nil
}
