package sample

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tweedie/sde"
)

type samplerKind struct {
	name     string
	settings string // those that not every sampler has, separated by blanks
	method   func(s Sampler, sched sde.Schedule) (Method, error)
	steps    int // of a run on a VE schedule, at least, for rows within 0.03 of a normal law
}

// stepped are the settings of samplers that follow a grid within a budget.
const stepped = "nfe grid start end corrector recurrence "

// samplerKinds lists the samplers by name. The grid of each method is one with which 50
// evaluations bring it within 0.03, as the 2-Wasserstein distance, of a normal law and of
// one of two modes on every schedule (docs/measurements/samplers.md). Where there is none, the sampler
// is refused on that schedule, or with fewer steps than it takes.
func samplerKinds() []samplerKind {
	return []samplerKind{
		{"adaptive-sde", "start end eta tolerance", noised(func(s Sampler, eta func(float64) float64) Method {
			return AdaptiveSDE{RTol: s.Tolerance, ATol: s.Tolerance, EtaFunc: eta}
		}), 0},
		{"ald", "nfe grid start end eta snr corrector-steps levels", ald, 0},
		{"ancestral", stepped + "eta variance", ancestral, 100},
		{"ddim", stepped + "eta", noised(func(s Sampler, eta func(float64) float64) Method {
			if s.EtaFormula != "" {
				return DDIM{EtaFunc: eta}
			}
			return DDIM{Eta: s.eta()}
		}), 0},
		{"ddpm", "levels variance", ddpm, 0},
		{"dopri5", "start end tolerance", with(func(s Sampler) Method { return DormandPrince{RTol: s.Tolerance, ATol: s.Tolerance} }), 0},
		{"dpmpp2m", stepped, with(func(Sampler) Method { return DPMpp2M{} }), 0},
		{"dpmpp2m-sde", stepped + "eta", noised(func(s Sampler, eta func(float64) float64) Method { return DPMpp2MSDE{EtaFunc: eta} }), 0},
		{"dpmpp2s", stepped, with(func(Sampler) Method { return DPMpp2S{} }), 0},
		{"euler", stepped + "eta", noised(func(s Sampler, eta func(float64) float64) Method { return EulerMaruyama{EtaFunc: eta} }), 0},
		{"heun", stepped + "churn", with(func(s Sampler) Method { return Heun{Churn: s.Churn} }), 0},
		{"none", "nfe grid start end corrector", with(func(Sampler) Method { return nil }), 0},
		{"pf-euler", stepped, with(func(Sampler) Method { return ProbabilityFlow{} }), 500},
		{"reverse", stepped + "eta", reverse, 100},
		{"rk4", stepped, with(func(Sampler) Method { return RK4{} }), 0},
		{"shark", stepped + "eta", noised(func(s Sampler, eta func(float64) float64) Method { return ShARK{EtaFunc: eta} }), 0},
		{"smld", "levels variance", smld, 0},
		{"stochastic-heun", stepped + "eta", noised(func(s Sampler, eta func(float64) float64) Method { return StochasticHeun{EtaFunc: eta} }), 0},
		{"unipc", stepped, with(func(Sampler) Method { return UniPC2{} }), 0},
	}
}

// with makes a method that every schedule has.
func with(method func(Sampler) Method) func(Sampler, sde.Schedule) (Method, error) {
	return func(s Sampler, _ sde.Schedule) (Method, error) { return method(s), nil }
}

// noised makes a method of the noise scale η.
func noised(method func(s Sampler, eta func(t float64) float64) Method) func(Sampler, sde.Schedule) (Method, error) {
	return func(s Sampler, sched sde.Schedule) (Method, error) {
		eta, err := s.etaFunc(sched)
		if err != nil {
			return nil, err
		}
		return method(s, eta), nil
	}
}

// kind returns what s.Name names.
func (s Sampler) kind() (samplerKind, error) {
	name := cmp.Or(s.Name, "dpmpp2m")
	for _, k := range samplerKinds() {
		if k.name == name {
			return k, nil
		}
	}
	return samplerKind{}, notOneOf("sampler", s.Name, SamplerNames())
}

func (k samplerKind) has(setting string) bool {
	return slices.Contains(strings.Fields(k.settings), setting)
}

// SamplerNames lists the samplers, sorted.
func SamplerNames() []string {
	var names []string
	for _, k := range samplerKinds() {
		names = append(names, k.name)
	}
	return names
}

func ancestral(s Sampler, sched sde.Schedule) (Method, error) {
	eta, err := s.etaFunc(sched)
	if err != nil {
		return nil, err
	}
	m := Ancestral{Posterior: s.Variance == "posterior", EtaFunc: eta}
	switch sched.(type) {
	case sde.VP, sde.VE:
		return m, nil
	}
	if !m.Posterior {
		return nil, settingError("sampler", s.Name, "%s ancestral has a step for the schedules vp and ve alone, and the model has %s: add %s posterior, or use reverse", ref("sampler"), scheduleName(sched), ref("variance"))
	}
	return m, nil
}

func reverse(s Sampler, sched sde.Schedule) (Method, error) {
	switch sched.(type) {
	case sde.VP, sde.SubVP, sde.VE:
		eta, err := s.etaFunc(sched)
		return ReverseDiffusion{EtaFunc: eta}, err
	}
	return nil, settingError("sampler", s.Name, "%s reverse was published for the schedules vp, subvp and ve, and the model has %s: use euler", ref("sampler"), scheduleName(sched))
}

func ddpm(s Sampler, sched sde.Schedule) (Method, error) {
	if _, ok := sched.(sde.VP); !ok {
		return nil, s.wrongChain("vp", sched)
	}
	return s.chain(sched)
}

func smld(s Sampler, sched sde.Schedule) (Method, error) {
	if _, ok := sched.(sde.VE); !ok {
		return nil, s.wrongChain("ve", sched)
	}
	return s.chain(sched)
}

func (s Sampler) chain(sched sde.Schedule) (Method, error) {
	c, err := s.chainOf(sched)
	if err != nil {
		return nil, err
	}
	return DiscreteAncestral{Levels: c, FixedLarge: s.Variance == "forward"}, nil
}

func (s Sampler) wrongChain(schedule string, sched sde.Schedule) error {
	return settingError("sampler", s.Name, "%s %s is the chain of a %s schedule, and the model has %s: use ancestral with %s posterior", ref("sampler"), s.Name, schedule, scheduleName(sched), ref("variance"))
}

func scheduleName(s sde.Schedule) string {
	spec, err := sde.SpecOf(s)
	if err != nil {
		return fmt.Sprintf("%T", s)
	}
	return spec.String()
}
