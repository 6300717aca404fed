package inference

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tweedie/guide/calibration"
)

// Report is the outcome of a calibration of an inference model.
type Report struct {
	Simulations int         `json:"simulations"`
	Draws       int         `json:"draws"`  // of θ for each
	Levels      []float64   `json:"levels"` // of the intervals of Column.Cover
	Parameters  []Parameter `json:"parameters"`
	Regions     []Region    `json:"regions"`
	Local       *Local      `json:"local,omitempty"`
	Caveats     []string    `json:"caveats,omitempty"`
	Alpha       float64     `json:"alpha"`      // the p-value below which a parameter or region is off
	Calibrated  bool        `json:"calibrated"` // no parameter or region is
	// Part is set in a report of some of the simulations, which says nothing before it is
	// joined with the others: see Join.
	Part *calibration.PartOf `json:"part,omitempty"`
}

// Parameter is the calibration of one parameter. Its P is the joint one of Uniformity.
type Parameter struct {
	calibration.Column
	calibration.Uniformity
	ZMean float64 `json:"z_mean"` // of (mean of the draws - θ)/sd of the draws: 0
	ZSD   float64 `json:"z_sd"`   // its standard deviation: 1 and a little more, as draws are few
	// Contraction is the mean of 1 - Var(draws)/Var(θ of all simulations): near 0 the data
	// say nothing about the parameter, near 1 nearly all.
	Contraction float64 `json:"contraction"`
	// Errors and Contractions are, of a part alone, those of its simulations that ZMean, ZSD and
	// Contraction are of: see Join.
	Errors       []float64 `json:"errors,omitempty"`
	Contractions []float64 `json:"contractions,omitempty"`
}

// Judge sets Alpha, calibration.Significance over the number of parameters and regions, and
// Calibrated.
func (r *Report) Judge() {
	r.Alpha = calibration.Significance / float64(max(1, len(r.Parameters)+len(r.Regions)))
	r.Calibrated = true
	for _, p := range r.Parameters {
		r.Calibrated = r.Calibrated && p.P > r.Alpha
	}
	for _, g := range r.Regions {
		r.Calibrated = r.Calibrated && g.P > r.Alpha
	}
}

// Findings says what was seen, a sentence each: what was compared, each parameter, each
// region, the observations, and the verdict.
func (r *Report) Findings() []string {
	list := []string{fmt.Sprintf("compared: the true θ of %d simulations with %d draws for each", r.Simulations, r.Draws)}
	for _, p := range r.Parameters {
		list = append(list, p.VerdictAt(r.Alpha))
	}
	for _, g := range r.Regions {
		list = append(list, g.verdict(r.Alpha))
	}
	if r.Local != nil {
		list = append(list, r.Local.findings()...)
	}
	return append(list, "verdict: "+r.Verdict())
}

// Verdict says in a sentence whether the posteriors are right, and what to do if not.
func (r *Report) Verdict() string {
	var local string
	wrong := false
	if r.Local != nil {
		local, wrong = r.Local.verdict()
	}
	switch {
	case !r.Calibrated && local != "":
		return "not right: " + strings.Join(r.faults(), "; ") + "; " + local
	case !r.Calibrated:
		return "not right: " + strings.Join(r.faults(), "; ")
	case wrong:
		return fmt.Sprintf("right on average, as far as %d simulations tell, but %s", r.Simulations, local)
	case local != "":
		return fmt.Sprintf("no fault was seen; %s; %s", r.power(), local)
	}
	return "no fault was seen; " + r.power()
}

// faults are what is wrong, the worst parameter first, and what to do.
func (r *Report) faults() (list []string) {
	off := slices.DeleteFunc(slices.Clone(r.Parameters), func(p Parameter) bool { return p.P > r.Alpha })
	slices.SortStableFunc(off, func(a, b Parameter) int { return compare(a.P, b.P) })
	for k, p := range off {
		if k == 2 && len(off) > 3 {
			list = append(list, fmt.Sprintf("%d more parameters are off", len(off)-k))
			break
		}
		list = append(list, p.Name+" "+p.Fault())
	}
	for _, g := range r.Regions {
		if g.P <= r.Alpha {
			list = append(list, g.Name+": "+g.fault())
		}
	}
	if len(off) == 0 {
		list = append(list, "each parameter alone is right: the relation of parameters, or of θ and x, is not")
	}
	return append(list, "give the training more simulations or more time, or correct draws by their weights")
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// power says how large a fault has to be to be seen.
func (r *Report) power() string {
	lo, hi := calibration.CoverBand(float64(r.Simulations), 0.9, 1-r.Alpha)
	text := fmt.Sprintf("with %d simulations, intervals of 90 %% that hold the truth in less than %.0f %%", r.Simulations, 100*lo)
	if hi < 1 {
		text += fmt.Sprintf(" or more than %.0f %%", 100*hi)
	}
	return text + " would have been"
}

func (g Region) verdict(alpha float64) string {
	if g.P > alpha {
		return fmt.Sprintf("%s: regions hold the truth as often as they say (p = %.2g)", g.Name, g.P)
	}
	return fmt.Sprintf("%s: %s (p = %.1g)", g.Name, g.fault(), g.P)
}

// fault says in which direction regions are off.
func (g Region) fault() string {
	held := 100 * g.coverage(0.9)
	switch {
	case g.Center > 0.53:
		return fmt.Sprintf("regions are too small: those of 90 %% hold the truth in %.0f %%", held)
	case g.Center < 0.47:
		return fmt.Sprintf("regions are too large: those of 90 %% hold the truth in %.0f %%", held)
	}
	return fmt.Sprintf("regions hold the truth in other shares than they say: those of 90 %% in %.0f %%", held)
}

// coverage is the share of simulations whose truth is in the region of that credibility.
func (g Region) coverage(level float64) float64 {
	in := 0
	for _, r := range g.Ranks {
		if float64(r)+0.5 <= level*float64(g.Draws+1) {
			in++
		}
	}
	return float64(in) / float64(len(g.Ranks))
}

// leastNull is the p-value of an observation at which it is called unlike the simulations.
const leastNull = calibration.Significance

func (l *Local) findings() (list []string) {
	for i, o := range l.Observations {
		name := l.name(i)
		if o.P > 0 {
			what := "no fault was seen"
			if o.P <= leastNull+1e-12 {
				what = "draws are not those of the posterior, as seen"
			}
			list = append(list, fmt.Sprintf("%s: %s by L-C2ST (p = %.2g of at least %.2g, %d pairs)", name, what, o.P, 1/float64(o.Nulls+1), l.Pairs))
		}
		what := "such as the simulator makes"
		if l.Novelty.P[i] <= leastNull {
			what = "unlike the simulations"
		}
		list = append(list, fmt.Sprintf("%s: %s (p = %.2g; %.1f from the nearest, %.1f is typical), most in %s, %s", name, what, l.Novelty.P[i], l.Novelty.Score[i], l.Novelty.Typical, l.Novelty.Column[i], beyond(l.Novelty.Share[i])))
	}
	if len(l.Observations) > 1 {
		list = append(list, fmt.Sprintf("all %d observations: p = %.2g, by the kernel distance %.2g, that they are such as the simulator makes, each with a θ of its own", len(l.Observations), l.Novelty.All, l.Novelty.MMD))
	}
	for i, p := range l.Predictive {
		list = append(list, fmt.Sprintf("%s: %s", l.name(i), p.finding()))
	}
	return list
}

func (l *Local) name(i int) string {
	if len(l.Observations) == 1 {
		return "observation"
	}
	return fmt.Sprintf("observation %d", i+1)
}

// beyond says how far out a number is among simulations.
func beyond(share float64) string {
	if share == 0 {
		return "beyond all simulations"
	}
	return fmt.Sprintf("where %.2g %% of the simulations are as far out", 100*share)
}

// verdict of the observations, and whether a fault was seen.
func (l *Local) verdict() (text string, wrong bool) {
	var far, told, list []string
	for i, o := range l.Observations {
		if l.Novelty.P[i] <= leastNull {
			far = append(far, fmt.Sprint(i+1))
		}
		if o.P > 0 && o.P <= leastNull+1e-12 {
			told = append(told, fmt.Sprint(i+1))
		}
	}
	if len(far) > 0 {
		list = append(list, fmt.Sprintf("%s unlike the simulations, so that nothing here tells whether the posterior is right: look at the simulator and the prior", numbered(far, len(l.Observations), "is", "are")))
	} else if len(l.Observations) > 1 && l.Novelty.All <= leastNull {
		list = append(list, "the observations as a whole are unlike the simulations: look at the simulator and the prior")
	}
	if len(told) > 0 {
		list = append(list, fmt.Sprintf("the posterior of %s is not the true one: give the training more simulations, best near it", numbered(told, len(l.Observations), "", "")))
	}
	if len(list) == 0 {
		return "no fault was seen at the " + plural(len(l.Observations), "observation"), false
	}
	return strings.Join(list, "; "), true
}

// numbered names some of the observations, with a verb.
func numbered(list []string, of int, is, are string) string {
	verb := is
	text := "observation " + strings.Join(list, ", ")
	switch {
	case of == 1:
		text = "the observation"
	case len(list) > 10:
		text, verb = fmt.Sprintf("%d observations", len(list)), are
	case len(list) > 1:
		text, verb = "observations "+strings.Join(list, ", "), are
	}
	return strings.TrimSpace(text + " " + verb)
}

func plural(n int, what string) string {
	if n == 1 {
		return what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// finding of a predictive check.
func (p *Predictive) finding() string {
	least := 0
	for j := range p.P {
		if p.P[j] < p.P[least] {
			least = j
		}
	}
	own := math.Min(1, p.P[least]*float64(len(p.P)))
	what := "data simulated with draws look as it does"
	if math.Min(own, p.Distance) <= leastNull {
		what = "data simulated with draws look otherwise"
	}
	return fmt.Sprintf("%s (p = %.2g as a whole; %.2g of the worst of %d numbers, %s)", what, p.Distance, own, len(p.P), p.Names[least])
}

// Validate errs unless the numbers of the report can be drawn, as those of a report that was
// read from a file may not.
func (r *Report) Validate() error {
	if len(r.Parameters) == 0 || len(r.Regions) == 0 {
		return fmt.Errorf("inference: %d parameters and %d regions: want some of both", len(r.Parameters), len(r.Regions))
	}
	for _, p := range r.Parameters {
		if err := p.ValidateRanks(r.Simulations, r.Draws); err != nil {
			return err
		}
	}
	for _, g := range r.Regions { // may be of fewer simulations
		if err := g.ValidateRanks(len(g.Ranks), g.Draws); err != nil {
			return err
		}
	}
	return nil
}
