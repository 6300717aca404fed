package main

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"tweedie/sample"
	"tweedie/sde"
)

// methodFlags say how rows are drawn.
type methodFlags struct {
	sampler, grid, variance, corrector      string
	nfe, levels, correctorSteps, recurrence int
	eta, churn, tolerance, snr              float64
	start, end, temperature                 float64
	denoise                                 bool

	set func(flag string) bool // whether the user gave a flag; nil for none
}

// define adds the flags to a command.
func (o *methodFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.sampler, "sampler", "dpmpp2m", "(of a table, default dpmpp2m-sde with --nfe 100) "+strings.Join(samplerNames(), ", ")+"; docs/samplers.md says which for what")
	f.IntVar(&o.nfe, "nfe", 50, "denoiser evaluations per row (1000 for ald)")
	f.StringVar(&o.grid, "grid", "", "where the steps are: "+strings.Join(gridNames(), ", ")+" (default by sampler)")
	f.Float64Var(&o.eta, "eta", 0, "amount of noise: 0 for none, 1 for that of the reverse SDE (default 0 for ddim, else 1)")
	f.Float64Var(&o.churn, "churn", 0, "noise of the heun sampler")
	f.Float64Var(&o.tolerance, "tolerance", 0, "local error of an adaptive sampler (default 1e-5 for dopri5, 1e-2 for adaptive-sde)")
	f.StringVar(&o.variance, "variance", "", "of ancestral steps: forward or posterior (default forward for ancestral, posterior for ddpm and smld)")
	f.IntVar(&o.levels, "levels", 0, "levels of the ddpm and smld chains (default 1000)")
	f.StringVar(&o.corrector, "corrector", "", "follow each step by corrections: "+strings.Join(correctors, ", "))
	f.IntVar(&o.correctorSteps, "corrector-steps", 0, "steps per correction (default 1, of ald 100)")
	f.Float64Var(&o.snr, "snr", 0, "signal-to-noise ratio of corrections (default 0.16, of ald 0.22)")
	f.IntVar(&o.recurrence, "recurrence", 0, "take back and repeat each step so many times")
	f.Float64Var(&o.temperature, "temperature", 1, "spread of all noise: below 1 for more typical rows")
	f.Float64Var(&o.start, "start", 1, "first time; below 1 from a normal law of the table's moments")
	f.Float64Var(&o.end, "end", 0, "last time (default by schedule)")
	f.BoolVar(&o.denoise, "denoise", false, "end with the posterior mean, on the support of the data")
	complete(c, "sampler", samplerNames()...)
	complete(c, "grid", gridNames()...)
	complete(c, "variance", variances...)
	complete(c, "corrector", correctors...)
	o.set = f.Changed
}

func (o *methodFlags) changed(flag string) bool { return o.set != nil && o.set(flag) }

// method returns the method for the default schedule.
func (o *methodFlags) method() (sample.Method, error) { return o.on(sde.VP{}) }

// check refuses what no schedule can honour.
func (o *methodFlags) check() error {
	s, ok := samplers()[o.sampler]
	if !ok {
		return badUsage("--sampler %q: use one of %s", o.sampler, strings.Join(samplerNames(), ", "))
	}
	for _, flag := range []string{"eta", "churn", "tolerance", "variance", "levels", "nfe", "grid", "start", "end", "corrector", "recurrence"} {
		if o.changed(flag) && !s.has(flag) {
			return badUsage("--%s is no option of --sampler %s: it is one of %s", flag, o.sampler, takers(flag))
		}
	}
	for _, flag := range []string{"snr", "corrector-steps"} {
		if o.changed(flag) && !s.has(flag) && o.corrector == "" {
			return badUsage("--%s needs --corrector, or --sampler ald", flag)
		}
	}
	if o.variance != "" && !slices.Contains(variances, o.variance) {
		return badUsage("--variance %q: use one of %s", o.variance, strings.Join(variances, ", "))
	}
	if o.grid != "" {
		if _, err := parseGrid(o.grid); err != nil {
			return err
		}
	}
	if err := o.checkNumbers(); err != nil {
		return err
	}
	return o.checkBudget()
}

func (o *methodFlags) checkNumbers() error {
	positive := func(v float64) bool { return v > 0 && v <= math.MaxFloat64 }
	for _, c := range []struct {
		flag string
		v    float64
		ok   bool
		want string
	}{
		{"eta", o.eta, o.eta == 0 || positive(o.eta), "a number that is not negative"},
		{"churn", o.churn, o.churn == 0 || positive(o.churn), "a number that is not negative"},
		{"tolerance", o.tolerance, o.tolerance > 0 && o.tolerance <= 1, "a positive number of at most 1"},
		{"snr", o.snr, o.snr > 0 && o.snr < 1, "a number between 0 and 1"},
		{"temperature", o.temperature, positive(o.temperature), "a positive number"},
		{"start", o.start, o.start > 0 && o.start <= 1, "a time above 0, of at most 1"},
		{"end", o.end, o.end > 0 && o.end < o.start, "a time above 0 and below --start"},
	} {
		if o.changed(c.flag) && !c.ok {
			return badUsage("--%s is %v: give %s", c.flag, c.v, c.want)
		}
	}
	for _, c := range []struct {
		flag        string
		v           int
		least, most int
	}{{"nfe", o.nfe, 1, maxNFE}, {"levels", o.levels, 2, maxNFE}, {"corrector-steps", o.correctorSteps, 1, maxNFE}, {"recurrence", o.recurrence, 0, maxNFE}} {
		if !o.changed(c.flag) && c.flag != "nfe" {
			continue
		}
		if err := between(c.flag, c.v, c.least, c.most); err != nil {
			return err
		}
	}
	return nil
}

// budgeted tells whether the sampler works within a number of evaluations.
func (o *methodFlags) budgeted() bool { return samplers()[o.sampler].has("nfe") }

// evaluations is --nfe, or its default.
func (o *methodFlags) evaluations() int {
	if o.sampler == "ald" && !o.changed("nfe") {
		return 1000
	}
	return o.nfe
}

// options are the settings of a run, once check has passed them.
func (o *methodFlags) options() *sample.Options {
	r := &sample.Options{Denoise: o.denoise, Temperature: o.temperature}
	if o.changed("start") {
		r.Start = o.start
	}
	if o.changed("end") {
		r.End = o.end
	}
	if o.budgeted() {
		r.NFE = o.evaluations()
		name := o.grid
		if name == "" {
			name = samplers()[o.sampler].grid
		}
		r.Grid = grids()[name]
	}
	return r
}

// caveatsOf says once in which way a method's rows are biased.
func (a *app) caveatsOf(m sample.Method) {
	if c, ok := m.(interface{ Caveats() []string }); ok {
		for _, line := range c.Caveats() {
			a.log.Warn("approximate", "why", line)
		}
	}
}

// grids are the placements of steps by name.
func grids() map[string]sample.Grid {
	return map[string]sample.Grid{"logsnr": sample.LogSNR{}, "uniform": sample.Uniform{}, "karras": sample.Karras{}, "quadratic": sample.Quadratic{}}
}

func gridNames() []string { return slices.Sorted(maps.Keys(grids())) }

func parseGrid(name string) (sample.Grid, error) {
	if g, ok := grids()[name]; ok {
		return g, nil
	}
	return nil, badUsage("--grid %q: use one of %s", name, strings.Join(gridNames(), ", "))
}

var shardForm = regexp.MustCompile(`^(\d{1,9})/(\d{1,9})$`)

// part returns the rows of a shard "i/n" of rows.
func part(shard string, rows int) (first, count int, err error) {
	if shard == "" {
		return 0, rows, nil
	}
	var i, n int
	if m := shardForm.FindStringSubmatch(shard); m != nil {
		i, _ = strconv.Atoi(m[1]) // nine digits fit
		n, _ = strconv.Atoi(m[2])
	}
	if i < 1 || i > n {
		return 0, 0, badUsage("--shard %q: give i/n with 1 ≤ i ≤ n, as 2/4", shard)
	}
	if n > rows {
		return 0, 0, badUsage("--shard %q: --rows %d cannot be cut into %d parts", shard, rows, n)
	}
	// Long division: i·rows may be beyond an int.
	q, r := rows/n, rows%n
	first, end := (i-1)*q+(i-1)*r/n, i*q+i*r/n
	return first, end - first, nil
}
