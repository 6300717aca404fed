package tabular

import (
	"maps"
	"slices"
	"strings"

	"tweedie/sample"
)

// Conditioning says how rows come to agree with what is known of them. Settings
// that the method does not have must be zero.
type Conditioning struct {
	Method string // see ConditioningMethods; default guided, or tds with Particles

	Particles int     // of each group; default 64, of enkg 128 or 4 for each encoded number
	Resampler string  // of particles, see sample.ParseResampler; default systematic
	ESS       float64 // resample below this share of effective particles; default 0.5, negative for never
	Potential string  // of fk, see sample.ParsePotential; default difference
	Proposal  string  // of fk: what moves particles, see ProposalNames; default prior
	Anneal    float64 // power of the law that fkc samples; default 1

	Jump, Repeats int     // steps that repaint takes back at a time, and how often; default 1, 10
	Lambda        float64 // weight of the prior in diffpir; default 1
	Zeta          float64 // length of the published step of dps-step, or fraction of new noise in diffpir, negative for none; default 1
	Rho           float64 // coupling of gibbs at the end, in standard deviations; default 0.1
	Iterations    int     // of gibbs; default 100

	// LambdaFormula and ZetaFormula, in place of the numbers, are formulas of the time at which a
	// step begins, as "0.3*(1-t)": see sde.ParseOverTime.
	LambdaFormula, ZetaFormula string
}

// method is a conditioning method.
type method struct {
	kind     methodKind
	settings string // those of Conditioning that not every method has
	nfe      int    // default number of evaluations, 0 for that of the sampler
}

type methodKind int

const (
	byGuide       methodKind = iota // a guided denoiser, under any sampler
	byValues                        // known values put into the rows, under any sampler
	byObservation                   // an observation, in steps of the method's own
	byGibbs                         // the same, in a Markov chain
	byCFG                           // CFG++
	byParticles
	byEnsemble // EnKG
)

// methods are the conditioning methods by name.
var methods = map[string]method{
	"guided":      {kind: byGuide},
	"tds":         {byParticles, "particles resampler ess", 0},
	"fk":          {byParticles, "particles resampler ess potential proposal", 0},
	"fkc":         {byParticles, "particles resampler ess anneal", 0},
	"mcgdiff":     {byParticles, "particles resampler ess", 0},
	"replacement": {byValues, "", 0},
	"repaint":     {byValues, "jump repeats", 500},
	"diffpir":     {byObservation, "lambda zeta", 0},
	"ddnm":        {byObservation, "", 0},
	"daps":        {byObservation, "", 250},
	"dps-step":    {byObservation, "zeta", 0},
	"gibbs":       {byGibbs, "rho iterations", 0},
	"cfgpp":       {byCFG, "", 0},
	"enkg":        {byEnsemble, "particles", 0},
}

// ConditioningMethods are the names of the methods.
func ConditioningMethods() []string { return slices.Sorted(maps.Keys(methods)) }

// takers lists the methods that have a setting.
func takers(setting string) string {
	var names []string
	for _, n := range ConditioningMethods() {
		if slices.Contains(strings.Fields(methods[n].settings), setting) {
			names = append(names, n)
		}
	}
	return strings.Join(names, ", ")
}

// resolve returns the method and its settings with defaults filled in.
func (c Conditioning) resolve() (Conditioning, method, error) {
	if c.Method == "" {
		if c.Method = "guided"; c.Particles > 0 {
			c.Method = "tds"
		}
	}
	how, ok := methods[c.Method]
	if !ok {
		return c, how, bad("method", "%q: use one of %s", c.Method, strings.Join(ConditioningMethods(), ", "))
	}
	for _, s := range []struct {
		name string
		said bool
		ok   bool
		want string
	}{
		{"particles", c.Particles != 0, c.Particles >= 2, "at least 2"},
		{"resampler", c.Resampler != "", true, ""},
		{"ess", c.ESS != 0, c.ESS <= 1 && (c.ESS > 0 || c.ESS == -1), "a fraction from 0 to 1"},
		{"potential", c.Potential != "", true, ""},
		{"proposal", c.Proposal != "", true, ""},
		{"anneal", c.Anneal != 0, positive(c.Anneal), "a positive number"},
		{"jump", c.Jump != 0, c.Jump > 0 && c.Jump <= maxRepeats, "at least 1"},
		{"repeats", c.Repeats != 0, c.Repeats > 0 && c.Repeats <= maxRepeats, "at least 1"},
		{"lambda", c.Lambda != 0 || c.LambdaFormula != "", positive(c.Lambda) || c.LambdaFormula != "", "a positive number"},
		{"zeta", c.Zeta != 0 || c.ZetaFormula != "", c.zetaInRange(), "a positive number, of diffpir from 0 to 1"},
		{"rho", c.Rho != 0, positive(c.Rho), "a positive number"},
		{"iterations", c.Iterations != 0, c.Iterations > 0 && c.Iterations <= maxRepeats, "at least 1"},
	} {
		switch {
		case s.said && !slices.Contains(strings.Fields(how.settings), s.name):
			return c, how, bad(s.name, "is no option of method %s: it is one of %s", c.Method, takers(s.name))
		case s.said && !s.ok:
			return c, how, bad(s.name, "is out of range: give %s", s.want)
		}
	}
	if how.kind == byParticles {
		set(&c.Particles, 64)
	}
	if how.kind == byEnsemble {
		set(&c.Particles, 128)
	}
	set(&c.Resampler, "systematic")
	set(&c.ESS, 0.5)
	set(&c.Potential, "difference")
	set(&c.Proposal, "prior")
	set(&c.Anneal, 1)
	set(&c.Jump, 1)
	set(&c.Repeats, 10)
	set(&c.Lambda, 1)
	set(&c.Zeta, 1)
	set(&c.Rho, 0.1)
	set(&c.Iterations, 100)
	if _, err := sample.ParseResampler(c.Resampler); err != nil {
		return c, how, bad("resampler", "%q: %w", c.Resampler, err)
	}
	if !slices.Contains(ProposalNames(), c.Proposal) {
		return c, how, bad("proposal", "%q: use one of %s", c.Proposal, strings.Join(ProposalNames(), ", "))
	}
	_, err := sample.ParsePotential(c.Potential, 1)
	if err != nil {
		err = bad("potential", "%q: %w", c.Potential, err)
	}
	return c, how, err
}

func (c Conditioning) zetaInRange() bool {
	switch {
	case c.ZetaFormula != "":
		return true
	case c.Method == "diffpir":
		return positive(c.Zeta) && c.Zeta <= 1 || c.Zeta == -1
	}
	return positive(c.Zeta)
}

// maxRepeats bounds counts of steps: more is a slip of the keyboard.
const maxRepeats = 1 << 20

func positive(v float64) bool { return v > 0 && v <= 1e6 }

// defaults fills in method, sampler and strengths.
func (r *query) defaults() (err error) {
	byDefault := r.Conditioning.Particles == 0
	if r.Conditioning, r.how, err = r.Conditioning.resolve(); err != nil {
		return err
	}
	if byDefault && r.how.kind == byEnsemble {
		r.Conditioning.Particles = max(r.Conditioning.Particles, 4*r.model.codec.Dim())
	}
	set(&r.CFG, 1)
	set(&r.ClassifierScale, 1)
	set(&r.ClassifierForm, "score")
	set(&r.WhereBy, "auto")
	r.chosen = r.Sampler.Name != ""
	r.Sampler = r.sampler()
	if err := r.Sampler.Validate(); err != nil {
		return err
	}
	_, err = r.Sampler.Method(r.model.net.Schedule())
	return err
}

// sampler is the sampler of the query, or the default of its method and model.
func (r *query) sampler() sample.Sampler {
	s := r.Sampler
	if s = r.formSampler(s); s.Name != "" {
		return r.model.WithLevels(r.how.sampler(s))
	}
	if r.how.kind == byGuide && !r.model.open {
		s = r.tableSampler(s)
	}
	return r.model.WithLevels(r.how.sampler(forCorrectors(r.Conditioning.Method, s)))
}

// Sampler returns s with the defaults of the method: its name and the number of
// evaluations.
func (c Conditioning) Sampler(s sample.Sampler) sample.Sampler {
	c, how, err := c.resolve()
	if err != nil {
		return s
	}
	return how.sampler(forCorrectors(c.Method, s))
}

func (m method) sampler(s sample.Sampler) sample.Sampler {
	switch {
	case m.kind == byParticles && s.Name == "": // the default has no noise, and so no weights
		s.Name = "ddim"
		if s.Eta == nil && s.EtaFormula == "" {
			one := 1.0
			s.Eta = &one
		}
	case (m.kind == byValues || m.kind == byGibbs || m.kind == byEnsemble) && s.Name == "":
		s.Name = tableSampler
	}
	if m.nfe > 0 {
		set(&s.NFE, m.nfe)
	}
	return s
}
