package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"tweedie/guide"
	"tweedie/sample"
)

// The types of guide are what sample's methods ask for, though neither package
// knows the other.
var (
	_ sample.Evaluated = (*guide.Posterior)(nil)
	_ sample.Likely    = (*guide.Posterior)(nil)
	_ guide.Operator   = sample.Greys{}
	_ guide.Puller     = sample.Greys{}
	_ guide.Pusher     = sample.Greys{}
	_                  = sample.Measured{A: guide.Linear{}}
	_                  = sample.Measured{A: guide.Columns{}}
	_                  = sample.Observed{A: guide.Linear{}, Error: guide.Normal{}}
	_                  = sample.Observed{A: tableOperator{}, Error: guide.StudentT{}}
)

// steering is a method of --method.
type steering struct {
	kind    steerKind
	options string // the flags that not every method has, separated by blanks
	nfe     int    // the default of --nfe, 0 for that of the flag
}

type steerKind int

const (
	byGuide    steerKind = iota // a denoiser, under any sampler
	byKnown                     // columns that are known, under any sampler
	byMeasured                  // an observation, in steps of the method's own
	byChain                     // the same, in a Markov chain
	byStrength                  // CFG++
	byCloud                     // particles
)

// steerings are the methods by name.
func steerings() map[string]steering {
	return map[string]steering{
		"guided":      {kind: byGuide},
		"tds":         {byCloud, "particles resampler ess", 0},
		"fk":          {byCloud, "particles resampler ess potential", 0},
		"fkc":         {byCloud, "particles resampler ess anneal", 0},
		"mcgdiff":     {byCloud, "particles resampler ess", 0},
		"replacement": {byKnown, "", 0},
		"repaint":     {byKnown, "jump repeats", 500},
		"diffpir":     {byMeasured, "lambda", 0},
		"ddnm":        {byMeasured, "", 0},
		"daps":        {byMeasured, "", 250},
		"dps-step":    {byMeasured, "zeta", 0},
		"gibbs":       {byChain, "rho iterations", 0},
		"cfgpp":       {byStrength, "", 0},
	}
}

func steerNames() []string {
	var names []string
	for n := range steerings() {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// resamplers by name.
var resamplers = map[string]sample.Resampler{"systematic": sample.Systematic, "stratified": sample.Stratified, "multinomial": sample.Multinomial, "residual": sample.Residual}

// potentials are those of fk in a run of so many steps, over which max and sum are
// spread: the product of all is then of the size of e^r, however many there are.
var potentials = map[string]func(steps int) sample.Potential{
	"difference": func(int) sample.Potential { return sample.Difference() },
	"max": func(steps int) sample.Potential {
		return thinned(sample.Max(), float64(steps))
	},
	"sum": func(steps int) sample.Potential {
		return thinned(sample.Sum(), float64(steps)*float64(steps+1)/2)
	},
}

func thinned(p sample.Potential, over float64) sample.Potential {
	return sample.Potential{Start: p.Start, Next: func(state, reward float64) (next, logG float64) {
		next, logG = p.Next(state, reward)
		return next, logG / over
	}}
}

// steerFlags say how rows are steered beyond a guide.
type steerFlags struct {
	method, resampler, potential, json   string
	particles, jump, repeats, iterations int
	ess, anneal, lambda, zeta, rho       float64
	changed                              func(flag string) bool
}

func (o *steerFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.method, "method", "guided", strings.Join(steerNames(), ", ")+": docs/guidance.md (default tds with --particles)")
	f.IntVar(&o.particles, "particles", 0, "weight groups of so many rows, which mends an approximate guide (64 for methods that need them)")
	f.StringVar(&o.resampler, "resampler", "systematic", "of particles: "+strings.Join(sortedNames(resamplers), ", "))
	f.Float64Var(&o.ess, "ess", 0.5, "resample when the effective number of particles is below this fraction: 0 for never, 1 for always")
	f.StringVar(&o.potential, "potential", "difference", "of fk: "+strings.Join(sortedNames(potentials), ", "))
	f.Float64Var(&o.anneal, "anneal", 1, "power of the law that fkc samples")
	f.IntVar(&o.jump, "jump", 1, "steps that repaint takes back at a time")
	f.IntVar(&o.repeats, "repeats", 10, "times that repaint takes them")
	f.Float64Var(&o.lambda, "lambda", 1, "weight of the prior in diffpir")
	f.Float64Var(&o.zeta, "zeta", 1, "length of the published step of dps-step")
	f.Float64Var(&o.rho, "rho", 0.1, "coupling of gibbs at the end, in standard deviations of columns")
	f.IntVar(&o.iterations, "iterations", 100, "of gibbs")
	f.StringVar(&o.json, "json", "", "file for a summary: evidence, effective particles, caveats (- for stdout)")
	complete(c, "method", steerNames()...)
	complete(c, "resampler", sortedNames(resamplers)...)
	complete(c, "potential", sortedNames(potentials)...)
	o.changed = f.Changed
}

func sortedNames[V any](m map[string]V) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// steered reports whether rows are drawn otherwise than by a guide under a sampler.
func (o *steerFlags) steered() bool { return o.method != "guided" || o.json != "" }

// steerChecks settles the method, and refuses what it cannot honour.
func (o *sampleFlags) steerChecks() error {
	s := &o.steer
	if s.changed("particles") && !s.changed("method") {
		s.method = "tds"
	}
	how, ok := steerings()[s.method]
	if !ok {
		return badUsage("--method %q: use one of %s", s.method, strings.Join(steerNames(), ", "))
	}
	for _, flag := range []string{"particles", "resampler", "ess", "potential", "anneal", "jump", "repeats", "lambda", "zeta", "rho", "iterations"} {
		if s.changed(flag) && !slices.Contains(strings.Fields(how.options), flag) {
			return badUsage("--%s is no option of --method %s: it is one of %s", flag, s.method, steerTakers(flag))
		}
	}
	if err := s.numbers(); err != nil {
		return err
	}
	if how.nfe > 0 && !o.changed("nfe") {
		o.nfe = how.nfe
	}
	if s.json == "-" && (o.out == "" || o.out == "-") {
		return badUsage("--json - writes to stdout, and so do the rows: give --out FILE")
	}
	return o.steerCombination(how.kind)
}

func steerTakers(flag string) string {
	var names []string
	for _, n := range steerNames() {
		if slices.Contains(strings.Fields(steerings()[n].options), flag) {
			names = append(names, n)
		}
	}
	return strings.Join(names, ", ")
}

func (o *steerFlags) numbers() error {
	if _, ok := resamplers[o.resampler]; !ok {
		return badUsage("--resampler %q: use one of %s", o.resampler, strings.Join(sortedNames(resamplers), ", "))
	}
	if _, ok := potentials[o.potential]; !ok {
		return badUsage("--potential %q: use one of %s", o.potential, strings.Join(sortedNames(potentials), ", "))
	}
	if steerings()[o.method].kind == byCloud {
		if !o.changed("particles") {
			o.particles = defaultParticles
		}
		if err := between("particles", o.particles, 2, maxRows); err != nil {
			return err
		}
	}
	if !(o.ess >= 0 && o.ess <= 1) {
		return badUsage("--ess is %v: give a fraction from 0 to 1", o.ess)
	}
	for flag, v := range map[string]float64{"anneal": o.anneal, "lambda": o.lambda, "zeta": o.zeta, "rho": o.rho} {
		if !(v > 0 && v <= 1e6) {
			return badUsage("--%s is %v: give a positive number", flag, v)
		}
	}
	for flag, v := range map[string]int{"jump": o.jump, "repeats": o.repeats, "iterations": o.iterations} {
		if err := between(flag, v, 1, maxNFE); err != nil {
			return err
		}
	}
	return nil
}

const defaultParticles = 64

// steerMethod is the method of rows: a scheme under a guide, or with values put in.
func (o *sampleFlags) steerMethod(b *bundle) (sample.Method, error) {
	s := &o.steer
	switch s.method {
	case "diffpir":
		return sample.DiffPIR{Lambda: s.lambda}, nil
	case "ddnm":
		return sample.DDNM{}, nil
	case "daps":
		return sample.DAPS{}, nil
	case "dps-step":
		return sample.DPSStep{Zeta: s.zeta}, nil
	case "cfgpp":
		return sample.CFGPlusPlus{Uncond: b.model}, nil
	}
	m, err := o.on(b.model.Schedule())
	if err != nil {
		return nil, err
	}
	switch s.method {
	case "replacement":
		return sample.Replacement{Inner: m}, nil
	case "repaint":
		if o.nfe < s.repeats {
			return nil, badUsage("--nfe is %d: one step of repaint, taken %d times, takes as many evaluations", o.nfe, s.repeats)
		}
		return sample.RePaint{Inner: m, Length: s.jump, Repeats: s.repeats}, nil
	case "gibbs":
		return m, nil
	case "guided":
		return m, nil
	}
	return nil, fmt.Errorf("method %s is none of rows", s.method)
}
