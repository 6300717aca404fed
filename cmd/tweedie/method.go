package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/sample"
	"tweedie/sde"
)

const defaultNFE = 50 // of the samplers that have a budget, but ald and none

// methodFlags say how rows are drawn.
type methodFlags struct {
	samplerName, grid, variance, corrector string
	nfe, correctorSteps, recurrence        int
	levels                                 string
	eta                                    overTime
	churn, tolerance, snr                  float64
	start, end, temperature                float64
	denoise                                bool

	flags *pflag.FlagSet // of the command; nil for none
}

// define adds the flags to a command.
func (o *methodFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.samplerName, "sampler", "dpmpp2m", "(of a table, default dpmpp2m-sde with --nfe 18, 32 where something is given, 100 under a guide) "+strings.Join(sample.SamplerNames(), ", ")+"; docs/explanation/samplers.md says which for what")
	f.IntVar(&o.nfe, "nfe", defaultNFE, "denoiser evaluations per row (1000 for ald and none; of a table see --sampler)")
	f.StringVar(&o.grid, "grid", "", "where the steps are: "+strings.Join(sample.GridNames(), ", ")+" (default by sampler)")
	f.Var(&o.eta, "eta", "amount of noise: 0 for none, 1 for that of the reverse SDE, or a formula of the time as 0.5*(1-t) (default 0 for ddim, else 1)")
	f.Float64Var(&o.churn, "churn", 0, "noise of the heun sampler")
	f.Float64Var(&o.tolerance, "tolerance", 0, "local error of an adaptive sampler (default 1e-5 for dopri5, 1e-2 for adaptive-sde)")
	f.StringVar(&o.variance, "variance", "", "of ancestral steps: forward or posterior (default forward for ancestral, posterior for ddpm and smld)")
	f.StringVar(&o.levels, "levels", "", "levels of the ddpm and smld chains and of ald: a number, or a CSV file with a column beta or sigma (default those of the model, else 1000)")
	f.StringVar(&o.corrector, "corrector", "", "follow each step by corrections: "+strings.Join(sample.CorrectorNames(), ", "))
	f.IntVar(&o.correctorSteps, "corrector-steps", 0, "steps per correction (default 1, of ald 100)")
	f.Float64Var(&o.snr, "snr", 0, "signal-to-noise ratio of corrections (default 0.16, of ald 0.22)")
	f.IntVar(&o.recurrence, "recurrence", 0, "take back and repeat each step so many times")
	f.Float64Var(&o.temperature, "temperature", 1, "spread of all noise: below 1 for more typical rows")
	f.Float64Var(&o.start, "start", 1, "first time; below 1 from a normal law of the table's moments")
	f.Float64Var(&o.end, "end", 0, "last time (default by schedule)")
	f.BoolVar(&o.denoise, "denoise", false, "end with the posterior mean, on the support of the data")
	complete(c, "sampler", sample.SamplerNames()...)
	complete(c, "grid", sample.GridNames()...)
	complete(c, "variance", sample.VarianceNames()...)
	complete(c, "corrector", sample.CorrectorNames()...)
	o.flags = f
}

func (o *methodFlags) changed(flag string) bool { return o.flags != nil && o.flags.Changed(flag) }

// samplerFlags are the flags of a sample.Sampler, by the names of its settings.
var samplerFlags = []string{"eta", "churn", "tolerance", "variance", "levels", "nfe", "grid", "start", "end", "corrector", "recurrence", "snr", "corrector-steps", "temperature"}

// sampler returns the sampler that the flags describe. Its name is empty if the user
// gave none, for the library to choose.
func (o *methodFlags) sampler() sample.Sampler {
	s := sample.Sampler{
		Grid: o.grid, Churn: o.churn, Tolerance: o.tolerance, SNR: o.snr,
		Variance: o.variance, Corrector: o.corrector, CorrectorSteps: o.correctorSteps,
		Recurrence: o.recurrence, Denoise: o.denoise,
	}
	if o.levels != "" {
		_ = s.SetLevels(o.levels) // check has set them before
	}
	if o.flags == nil || o.changed("sampler") {
		s.Name = o.samplerName
	}
	if o.changed("temperature") {
		s.Temperature = o.temperature
	}
	if o.changed("eta") || o.eta != (overTime{}) {
		if s.EtaFormula = o.eta.formula; s.EtaFormula == "" {
			s.Eta = &o.eta.number
		}
	}
	if o.flags == nil || o.changed("nfe") {
		s.NFE = o.nfe
	}
	if o.changed("start") {
		s.Start = o.start
	}
	if o.changed("end") {
		s.End = o.end
	}
	return s
}

// check refuses what no schedule can honor. Flags are set one by one first, because a
// sample.Sampler cannot tell a flag that is 0 from one that is not given.
func (o *methodFlags) check() error {
	name := o.samplerName
	if o.changed("eta") && !o.changed("sampler") {
		name = "dpmpp2m-sde" // that of tables, which has it; the query refuses it to models with another
	}
	given := sample.Sampler{Name: name}
	for _, flag := range samplerFlags {
		if o.changed(flag) {
			if err := given.Set(flag, o.flags.Lookup(flag).Value.String()); err != nil {
				return err
			}
		}
	}
	s := o.sampler()
	s.Name = name
	return s.Validate()
}

// method returns the method for the default schedule.
func (o *methodFlags) method() (sample.Method, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return o.sampler().Method(sde.VP{})
}
