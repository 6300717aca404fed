package main

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/sample"
	"tweedie/sde"
)

// sampler is a method as the command line knows it.
type sampler struct {
	options string // the flags that not every sampler has, separated by blanks
	grid    string // where its steps are unless --grid says
	method  func(o *methodFlags, s sde.Schedule) (sample.Method, error)
}

// stepped are the flags of the samplers that follow a grid within a budget.
const stepped = "nfe grid start end corrector recurrence "

// samplers are the methods by name. Grids are those that each is best on, or
// was published with: exponential integrators take equal steps in λ, Heun's
// rule in σ/α and the schemes in t need short steps where σ/α is large.
func samplers() map[string]sampler {
	plain := func(m sample.Method) func(*methodFlags, sde.Schedule) (sample.Method, error) {
		return func(*methodFlags, sde.Schedule) (sample.Method, error) { return m, nil }
	}
	noisy := func(build func(eta func(float64) float64) sample.Method) func(*methodFlags, sde.Schedule) (sample.Method, error) {
		return func(o *methodFlags, _ sde.Schedule) (sample.Method, error) { return build(o.etaFunc()), nil }
	}
	type eta = func(t float64) float64
	return map[string]sampler{
		"dpmpp2m":  {stepped, "logsnr", plain(sample.DPMpp2M{})},
		"dpmpp2s":  {stepped, "logsnr", plain(sample.DPMpp2S{})},
		"unipc":    {stepped, "logsnr", plain(sample.UniPC2{})},
		"rk4":      {stepped, "logsnr", plain(sample.RK4{})},
		"pf-euler": {stepped, "uniform", plain(sample.ProbabilityFlow{})},
		"heun": {stepped + "churn", "uniform", func(o *methodFlags, _ sde.Schedule) (sample.Method, error) {
			return sample.Heun{Churn: o.churn}, nil
		}},
		"ddim": {stepped + "eta", "logsnr", func(o *methodFlags, _ sde.Schedule) (sample.Method, error) {
			return sample.DDIM{Eta: o.eta}, nil
		}},
		"dopri5": {"start end tolerance", "", func(o *methodFlags, _ sde.Schedule) (sample.Method, error) {
			return sample.DormandPrince{RTol: o.tolerance, ATol: o.tolerance}, nil
		}},

		"euler":           {stepped + "eta", "uniform", noisy(func(e eta) sample.Method { return sample.EulerMaruyama{EtaFunc: e} })},
		"reverse":         {stepped + "eta", "uniform", noisy(func(e eta) sample.Method { return sample.ReverseDiffusion{EtaFunc: e} })},
		"ancestral":       {stepped + "eta variance", "uniform", ancestral},
		"dpmpp2m-sde":     {stepped + "eta", "logsnr", noisy(func(e eta) sample.Method { return sample.DPMpp2MSDE{EtaFunc: e} })},
		"stochastic-heun": {stepped + "eta", "uniform", noisy(func(e eta) sample.Method { return sample.StochasticHeun{EtaFunc: e} })},
		"shark":           {stepped + "eta", "uniform", noisy(func(e eta) sample.Method { return sample.ShARK{EtaFunc: e} })},
		"adaptive-sde": {"start end eta tolerance", "", func(o *methodFlags, _ sde.Schedule) (sample.Method, error) {
			return sample.AdaptiveSDE{RTol: o.tolerance, ATol: o.tolerance, EtaFunc: o.etaFunc()}, nil
		}},
		"ald": {"nfe grid start end eta snr corrector-steps", "logsnr", func(o *methodFlags, _ sde.Schedule) (sample.Method, error) {
			return sample.AnnealedLangevin{SNR: o.snr, Steps: o.correctorSteps, EtaFunc: o.etaFunc()}, nil
		}},
		"none": {"nfe grid start end corrector", "logsnr", plain(nil)},
		"ddpm": {"levels variance", "", ddpm},
		"smld": {"levels variance", "", smld},
	}
}

func samplerNames() []string {
	var names []string
	for n := range samplers() {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// takers lists the samplers that have an option.
func takers(option string) string {
	var names []string
	for _, n := range samplerNames() {
		if samplers()[n].has(option) {
			names = append(names, n)
		}
	}
	return strings.Join(names, ", ")
}

func (s sampler) has(option string) bool {
	return slices.Contains(strings.Fields(s.options), option)
}

// The variances that a step of ancestral sampling can have.
var variances = []string{"forward", "posterior"}

func ancestral(o *methodFlags, s sde.Schedule) (sample.Method, error) {
	m := sample.Ancestral{Posterior: o.variance == "posterior", EtaFunc: o.etaFunc()}
	switch s.(type) {
	case sde.VP, sde.VE:
		return m, nil
	}
	if !m.Posterior {
		return nil, badUsage("--sampler ancestral has a step for the schedules vp and ve alone, and the model has %s: add --variance posterior, or use reverse", scheduleName(s))
	}
	return m, nil
}

func ddpm(o *methodFlags, s sde.Schedule) (sample.Method, error) {
	vp, ok := s.(sde.VP)
	if !ok {
		return nil, badUsage("--sampler ddpm is the chain of a vp schedule, and the model has %s: use ancestral --variance posterior", scheduleName(s))
	}
	c, err := sde.NewDDPM(vp, o.chainLevels())
	if err != nil {
		return nil, badUsage("--levels is %d: %w", o.chainLevels(), err)
	}
	return sample.Chain{Levels: c, FixedLarge: o.variance == "forward"}, nil
}

func smld(o *methodFlags, s sde.Schedule) (sample.Method, error) {
	ve, ok := s.(sde.VE)
	if !ok {
		return nil, badUsage("--sampler smld is the chain of a ve schedule, and the model has %s: use ancestral --variance posterior", scheduleName(s))
	}
	c, err := sde.NewSMLD(ve, o.chainLevels())
	if err != nil {
		return nil, badUsage("--levels is %d: %w", o.chainLevels(), err)
	}
	return sample.Chain{Levels: c, FixedLarge: o.variance == "forward"}, nil
}

// chainLevels is --levels, or the customary number.
func (o *methodFlags) chainLevels() int {
	if o.levels == 0 {
		return 1000
	}
	return o.levels
}

// etaFunc is --eta at all times, or nil for the method's own.
func (o *methodFlags) etaFunc() func(t float64) float64 {
	if !o.changed("eta") {
		return nil
	}
	return func(float64) float64 { return o.eta }
}

// correct puts the corrector of --corrector after each step of m.
func (o *methodFlags) correct(m sample.Method) (sample.Method, error) {
	var c sample.Corrector
	switch o.corrector {
	case "":
		if m == nil {
			return nil, badUsage("--sampler none needs --corrector: without either, nothing moves")
		}
		return m, nil
	case "langevin":
		c = sample.Langevin{SNR: o.snr, Steps: o.correctorSteps}
	case "langevin-batch":
		c = sample.BatchMeanLangevin{SNR: o.snr, Steps: o.correctorSteps}
	default:
		return nil, badUsage("--corrector %q: use one of %s", o.corrector, strings.Join(correctors, ", "))
	}
	return sample.PredictorCorrector{Predictor: m, Corrector: c}, nil
}

// correctors by name.
var correctors = []string{"langevin", "langevin-batch"}

// on returns the method for models of a schedule.
func (o *methodFlags) on(s sde.Schedule) (sample.Method, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return o.build(s)
}

func (o *methodFlags) build(s sde.Schedule) (sample.Method, error) {
	m, err := samplers()[o.sampler].method(o, s)
	if err != nil {
		return nil, err
	}
	if m, err = o.correct(m); err != nil {
		return nil, err
	}
	if o.recurrence > 0 {
		m = sample.Recurrence{Inner: m, Times: o.recurrence}
	}
	return m, nil
}

// checkBudget refuses a number of evaluations that does not pay for one step.
func (o *methodFlags) checkBudget() error {
	if !o.budgeted() {
		return nil
	}
	m, err := o.build(sde.VP{}) // any schedule costs the same
	if err != nil {
		return err
	}
	least := m.Info().EvalsPerStep
	if o.denoise {
		least++
	}
	if o.evaluations() < least {
		return badUsage("--nfe is %d: %s takes %d evaluations", o.nfe, o.smallest(), least)
	}
	return nil
}

// smallest names the shortest run.
func (o *methodFlags) smallest() string {
	text := "one step of " + o.sampler
	if o.corrector != "" {
		text += " with its corrections"
	}
	if o.recurrence > 0 {
		text += fmt.Sprintf(", taken %d times,", 1+o.recurrence)
	}
	if o.denoise {
		text += " and --denoise"
	}
	return text
}
