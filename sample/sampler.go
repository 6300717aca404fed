package sample

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tweedie/sde"
)

// Sampler names a method and its settings, as a flag or a file writes them. The
// zero value is dpmpp2m with 50 evaluations on its own grid.
type Sampler struct {
	Name string   // one of SamplerNames; "" for dpmpp2m
	NFE  int      // denoiser evaluations per row; 0 for 50, of ald and none 1000
	Grid string   // one of GridNames; "" for the sampler's own
	Eta  *float64 // noise scale: 0 for none, 1 for that of the reverse SDE; nil for 0 of ddim, else 1

	// EtaFormula, in place of Eta, is the noise scale as a formula of the time at which a step
	// begins, as "0.5*(1-t)": see sde.ParseOverTime. It must not be negative at a time of the run.
	EtaFormula string

	Churn     float64 // noise of heun
	Tolerance float64 // local error of an adaptive sampler; 0 for 1e-5 of dopri5, 1e-2 of adaptive-sde
	SNR       float64 // signal-to-noise ratio of corrections; 0 for 0.16, of ald 0.22
	Variance  string  // one of VarianceNames; "" for forward of ancestral, posterior of ddpm and smld
	Levels    int     // of the chains ddpm and smld; 0 for 1000. With it ald goes along levels too
	// LevelList, in place of Levels, are the levels themselves, as from a file.
	LevelList *sde.Levels

	Corrector      string // one of CorrectorNames, applied after each step; "" for none
	CorrectorSteps int    // steps per correction; 0 for 1, of ald 100
	Recurrence     int    // times that each step is taken back and repeated

	Temperature float64 // see Options; 0 for 1
	Start, End  float64 // first and last time; 0 for 1 and sde.MinTime
	Denoise     bool    // see Options
}

// ParseMethod reads a sampler as a flag writes it, "name" or
// "name:setting=value,setting=value": "dpmpp2m-sde", "ddim:eta=0.5,nfe=20",
// "heun:grid=karras,denoise", "ddim:eta=min(1, sigma)",
// "ddpm:levels=beta.csv". The settings are those of Sampler.Set.
func ParseMethod(spec string) (Sampler, error) {
	name, rest, found := strings.Cut(spec, ":")
	s := Sampler{Name: strings.TrimSpace(name)}
	if _, err := s.kind(); err != nil {
		return Sampler{}, err
	}
	if !found {
		return s, s.Validate()
	}
	seen := map[string]bool{}
	for _, part := range parts(rest) {
		name, value, ok := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok && name == "denoise" {
			value = "true"
		} else if !ok {
			return Sampler{}, fmt.Errorf("sample: sampler %q: %q is not setting=value", spec, part)
		}
		if seen[name] {
			return Sampler{}, fmt.Errorf("sample: sampler %q: %s is given twice", spec, name)
		}
		seen[name] = true
		if err := s.Set(name, value); err != nil {
			return Sampler{}, err
		}
	}
	return s, s.Validate()
}

// Set sets one setting by its name: nfe, grid, eta, churn, tolerance, snr,
// variance, levels, corrector, corrector-steps, recurrence, temperature, start,
// end or denoise. It errs on values out of range, 0 included where no sampler can
// honor it, and on settings that the sampler s.Name does not have. Validate
// checks what depends on several settings.
func (s *Sampler) Set(name, value string) error {
	i := slices.IndexFunc(settings(), func(c setting) bool { return c.name == name })
	if i < 0 {
		return fmt.Errorf("sample: %q is no setting of a sampler: use one of %s", name, strings.Join(settingNames(), ", "))
	}
	if err := s.allows(name); err != nil {
		return err
	}
	switch name {
	case "eta":
		return s.SetEta(value)
	case "levels":
		return s.SetLevels(value)
	}
	return settings()[i].set(s, value)
}

// Method returns the method for models of a schedule. It errs as Validate does, when
// the sampler has no step on the schedule, and when the evaluations do not pay for the
// steps that it takes there for rows of the model (docs/measurements/samplers.md).
func (s Sampler) Method(sched sde.Schedule) (Method, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	m, err := s.build(sched)
	if err != nil {
		return nil, err
	}
	return m, s.checkSteps(m, sched)
}

func (s Sampler) build(sched sde.Schedule) (Method, error) {
	k, err := s.kind()
	if err != nil {
		return nil, err
	}
	m, err := k.method(s, sched)
	if err != nil {
		return nil, err
	}
	switch {
	case s.Corrector != "":
		c, err := s.corrector()
		if err != nil {
			return nil, err
		}
		m = PredictorCorrector{Predictor: m, Corrector: c}
	case m == nil:
		return nil, settingError("corrector", "", "%s none needs %s: without either, nothing moves", ref("sampler"), ref("corrector"))
	}
	if s.Recurrence > 0 {
		m = Recurrence{Inner: m, Times: s.Recurrence}
	}
	return m, nil
}

func (s Sampler) corrector() (Corrector, error) {
	switch s.Corrector {
	case "langevin":
		return Langevin{SNR: s.SNR, Steps: s.CorrectorSteps}, nil
	case "langevin-batch":
		return BatchMeanLangevin{SNR: s.SNR, Steps: s.CorrectorSteps}, nil
	}
	return nil, notOneOf("corrector", s.Corrector, CorrectorNames())
}

// Coupled reports whether a row depends on others that are drawn together, so that a
// table drawn in parts is not that of the whole: see Info.
func (s Sampler) Coupled() bool {
	c, err := s.corrector()
	return err == nil && c.Info().Coupled
}

// CorrectorNames lists the correctors, VarianceNames the variances that a step of
// ancestral sampling can have.
func CorrectorNames() []string { return []string{"langevin", "langevin-batch"} }
func VarianceNames() []string  { return []string{"forward", "posterior"} }

// Options returns the options of a run as s has them: NFE, Grid, Start, End,
// Temperature and Denoise.
func (s Sampler) Options() *Options {
	o := &Options{NFE: s.Evaluations(), Start: s.Start, End: s.End, Temperature: s.Temperature, Denoise: s.Denoise}
	if o.NFE > 0 {
		o.Grid = gridOf(s.Grid)
	}
	return o
}

// Evaluations returns the denoiser evaluations that s may spend on a row, NFE or
// its default. It is 0 for samplers that have no such budget.
func (s Sampler) Evaluations() int {
	switch {
	case s.allows("nfe") != nil || s.onLevels():
		return 0
	case s.NFE == 0 && (s.Name == "ald" || s.Name == "none"):
		return 1000
	}
	return cmp.Or(s.NFE, 50)
}
