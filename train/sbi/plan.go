package sbi

import (
	"context"
)

// plan is what a member is made of: a network of all coordinates over a linear base, or a
// network for each coordinate over a smooth one. (Over a smooth base a joint network is
// worse: what the splines have of the noise of their rows it sees as structure.)
type plan struct {
	separable bool // a network for each coordinate
	encoder   bool // what the network is given of the data passes a network of its own
	waves     int  // see inputs

	// For ablations.
	smooth, moments bool // a smooth base under a joint network, which sees its moments
}

// String says it in words.
func (p plan) String() string {
	switch {
	case p.separable:
		return "a network for each coordinate over a smooth base"
	case p.encoder:
		return "one network with an encoder of the data over a linear base"
	}
	return "one network over a linear base"
}

// inputs are those of its networks.
func (p plan) inputs(b *base, f *features) []inputs {
	if !p.separable {
		return []inputs{{Coordinate: -1, Waves: p.waves, Moments: p.moments, Encoder: p.encoder}}
	}
	var list []inputs
	d, _ := b.C.Dims()
	for j := range d {
		list = append(list, inputs{Coordinate: j, Features: b.relevant(j), Waves: p.waves, Moments: true})
	}
	return list
}

// fewFeatures is the most features that have waves beside them, which show fine structure in
// a few dimensions, and many of which help to memorize rows.
const (
	fewFeatures = 4
	waveOctaves = 3
)

// plans are the candidates.
func (f *fit) plans() []plan {
	waves := 0
	if f.m.features.size() <= fewFeatures {
		waves = waveOctaves
	}
	list := []plan{{waves: waves}}
	if f.o.Exchangeable.Points == 0 { // points pass an encoder in any case
		list = append(list, plan{waves: waves, encoder: true})
	}
	if f.m.prior.Dim() > 1 {
		list = append(list, plan{separable: true, waves: waves})
	}
	return list
}

// The steps of the short runs that plans are compared by, the least number of steps of a run
// that is worth it, and the held-out rows that are scored.
const (
	trialSteps  = 600
	trialWorth  = 600
	trialScored = 400
)

// choose compares the plans by short runs, by the log density of held-out rows. Where points
// are found in the data, it compares those that see them as well; if one is best, f becomes
// its fit.
func (f *fit) choose(ctx context.Context) (plan, error) {
	if f.o.only != nil {
		return *f.o.only, nil
	}
	own := f.plans()
	if f.steps() < trialWorth {
		return own[0], nil
	}
	points, err := f.asPoints()
	if err != nil {
		return plan{}, err
	}
	var others []plan
	if points != nil {
		others = points.plans()
	}
	best, most, err := f.compare(ctx, own, 0, len(own)+len(others))
	if err != nil || points == nil {
		return best, err
	}
	other, score, err := points.compare(ctx, others, len(own), len(own)+len(others))
	if err != nil || score <= most {
		return best, err
	}
	points.m.summary.Steps += f.m.summary.Steps
	*f = *points
	return other, nil
}

// compare returns the best of a list, of which the first is candidate number first of all,
// and its log density.
func (f *fit) compare(ctx context.Context, list []plan, first, all int) (best plan, most float64, err error) {
	for k, p := range list {
		f.stage = Stage{Trial: true, Part: first + k + 1, Parts: all}
		r, err := f.member(ctx, p, 0, min(trialSteps, f.steps()/3), trialScored)
		if err != nil {
			return best, most, err
		}
		if k == 0 || r.score > most {
			best, most = p, r.score
		}
	}
	return best, most, nil
}

// steps are the most of a network.
func (f *fit) steps() int {
	n, _ := f.f.Dims()
	s := f.o.Steps
	set(&s, 8000+min(n, 70_000)/10)
	return s
}

// hidden is the width of a network of all coordinates for n rows.
func (f *fit) hidden(n int) int {
	switch {
	case n < 3000:
		return 64
	case n < 50_000:
		return 128
	}
	return 256
}

// members is the number of them.
func (f *fit) members() int {
	n, _ := f.f.Dims()
	if f.o.many > 0 {
		return f.o.many
	}
	if f.steps() < trialWorth || n >= 50_000 || f.o.only != nil {
		return 1
	}
	return 3
}
