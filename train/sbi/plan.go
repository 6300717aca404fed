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

// choose compares the plans by short runs, by the log density of held-out rows.
func (f *fit) choose(ctx context.Context) (plan, error) {
	list := f.plans()
	if f.o.only != nil {
		return *f.o.only, nil
	}
	if f.steps() < trialWorth {
		return list[0], nil
	}
	var best plan
	most := 0.0
	for k, p := range list {
		f.stage = Stage{Trial: true, Part: k + 1, Parts: len(list)}
		r, err := f.member(ctx, p, 0, min(trialSteps, f.steps()/3), trialScored)
		if err != nil {
			return best, err
		}
		if k == 0 || r.score > most {
			best, most = p, r.score
		}
	}
	return best, nil
}

// steps are the most of a network.
func (f *fit) steps() int {
	n, _ := f.f.Dims()
	s := f.o.Steps
	set(&s, min(10_000, 2000+n/10))
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
	if f.steps() < trialWorth || n >= 50_000 || f.o.only != nil {
		return 1
	}
	return 2
}
