package calibration

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Report is the outcome of a calibration. Either each of Replicas had an observation of
// its own and so many Draws, or there was one law, of which References are the effective
// rows, and Rows the guided ones.
type Report struct {
	Columns []Column `json:"columns"`
	// Fit are quantities of rows and of what is known of them together, which a guide that
	// does nothing gets wrong (Modrák et al. 2023, arXiv:2211.02383): the name says which.
	// Its ranks are those of the truth among the draws.
	Fit        []Column   `json:"fit"`
	Levels     []float64  `json:"levels"` // of the intervals of Column.Cover
	Replicas   int        `json:"replicas,omitempty"`
	Draws      int        `json:"draws,omitempty"`    // for each replica
	Rows       float64    `json:"rows,omitempty"`     // guided, as many as tell as much if all are independent
	Compared   int        `json:"compared,omitempty"` // guided, of one law
	References float64    `json:"references,omitempty"`
	Tried      int        `json:"tried,omitempty"` // rows of the model from which the truth was chosen or weighted
	Satisfied  *Satisfied `json:"satisfied,omitempty"`
	Truth      string     `json:"truth"`             // what stands for the truth
	Method     string     `json:"method,omitempty"`  // of conditioning
	Remedies   []Remedy   `json:"remedies"`          // where something is off
	Caveats    []string   `json:"caveats,omitempty"` // what is approximate about the guide by its own account
	Calibrated bool       `json:"calibrated"`        // nothing was seen: see Alpha
	// Part is set in a report of some of the replicas, which says nothing before it is
	// joined with the others: see Join.
	Part *PartOf `json:"part,omitempty"`
}

// Satisfied are the shares of guided rows and of rows of the model that satisfy conditions.
type Satisfied struct {
	Guided float64 `json:"guided"`
	Model  float64 `json:"model"`
}

// Remedy is what may mend the rows: settings of a tabular.Query by their names and
// values, or a sentence.
type Remedy struct {
	Settings [][2]string `json:"settings,omitempty"`
	Text     string      `json:"text,omitempty"`
}

// Say returns the remedy with prefix before the names of settings, as "--".
func (r Remedy) Say(prefix string) string {
	var parts []string
	for _, s := range r.Settings {
		parts = append(parts, prefix+s[0]+" "+s[1])
	}
	if r.Text != "" {
		parts = append(parts, r.Text)
	}
	return strings.Join(parts, " ")
}

// Significance is the probability of a report that sees a fault where there is none.
const Significance = 0.01

// leastSatisfied is the share of guided rows that must satisfy the conditions. Rows end
// at a noise of some thousandths, which takes some across an end of an interval.
const leastSatisfied = 0.99

// Alpha is the p-value below which a column is off: Significance over the number of
// columns and quantities.
func (r *Report) Alpha() float64 {
	return Significance / float64(max(1, len(r.Columns)+len(r.Fit)))
}

// Judge sets Calibrated, and takes the remedies away where nothing is off.
func (r *Report) Judge() {
	off := func(c Column) bool { return !(c.P > r.Alpha()) }
	r.Calibrated = !slices.ContainsFunc(r.Columns, off) && !slices.ContainsFunc(r.Fit, off) && !r.tooFew()
	if r.Calibrated || r.Remedies == nil {
		r.Remedies = []Remedy{}
	}
}

func (r *Report) tooFew() bool { return r.Satisfied != nil && r.Satisfied.Guided < leastSatisfied }

// Findings says what was seen, a sentence each: what was compared, all columns in their
// order, the quantities of Fit, conditions, and the verdict with its remedy. prefix stands before the names of
// settings, as "--".
func (r *Report) Findings(prefix string) []string {
	list := []string{r.compared()}
	for _, c := range r.Columns {
		list = append(list, c.VerdictAt(r.Alpha()))
	}
	for _, c := range r.Fit {
		list = append(list, c.fitVerdict(r.Alpha()))
	}
	if s := r.Satisfied; s != nil {
		list = append(list, fmt.Sprintf("conditions: %s of the guided rows satisfy them, and %s of the model's own", percent(s.Guided), percent(s.Model)))
	}
	return append(list, r.Verdict(prefix))
}

// compared says how many rows were.
func (r *Report) compared() string {
	if r.Replicas > 0 {
		return fmt.Sprintf("compared: %d %s with %d guided rows each", r.Replicas, strings.TrimSuffix(r.Truth, ","), r.Draws)
	}
	return fmt.Sprintf("compared: %s with %s (%.0f effective)", r.guidedRows(), r.Truth, r.References)
}

// guidedRows says how many were compared, and how many independent ones tell as much.
func (r *Report) guidedRows() string {
	all, effective := strconv.Itoa(r.Compared), fmt.Sprintf("%.0f", r.Rows)
	if r.Compared == 0 || all == effective {
		return effective + " guided rows"
	}
	return all + " guided rows, of which " + effective + " are effective,"
}

// Verdict says in a sentence whether the guide is right on the model, and what to do if
// it is not.
func (r *Report) Verdict(prefix string) string {
	if r.Calibrated {
		return "verdict: no fault was seen; " + r.power()
	}
	var seen []string
	if c, ok := r.worst(); ok {
		seen = append(seen, c.Name+" "+c.Fault())
	}
	for _, c := range r.Fit {
		if c.P <= r.Alpha() {
			seen = append(seen, c.fitFault())
		}
	}
	if r.tooFew() {
		seen = append(seen, "rows leave the conditions")
	}
	text := "verdict: not right: " + strings.Join(seen, "; ")
	var use []string
	for _, m := range r.Remedies {
		use = append(use, m.Say(prefix))
	}
	if len(use) > 0 {
		text += "; use " + strings.Join(use, ", or ")
	}
	return text
}

// worst is the column furthest off.
func (r *Report) worst() (c Column, off bool) {
	for _, k := range r.Columns {
		if k.P <= r.Alpha() && (!off || k.P < c.P) {
			c, off = k, true
		}
	}
	return c, off
}

// power says how large a fault has to be to be seen.
func (r *Report) power() string {
	if r.Replicas > 0 {
		lo, _ := CoverBand(float64(r.Replicas), 0.9, 0.99)
		return fmt.Sprintf("with %d observations, intervals of 90 %% that hold the truth in less than %s would have been", r.Replicas, percent(lo))
	}
	return fmt.Sprintf("with %s and %.0f of the truth, distribution functions further apart than %.2g would have been", r.guidedRows(), r.References, flatBand(r.effective(), 0.99))
}

// effective is the number of rows that the distance of two samples has the law of.
func (r *Report) effective() float64 {
	if r.Replicas > 0 {
		return float64(r.Replicas)
	}
	return r.Rows * r.References / (r.Rows + r.References)
}

// Verdict says in a sentence whether the ranks are uniform (P above 0.01), and if not,
// whether the draws are too narrow, too wide or biased.
func (c Column) Verdict() string { return c.VerdictAt(Significance) }

// VerdictAt is Verdict with another bound than 0.01, as that of several columns together.
func (c Column) VerdictAt(alpha float64) string {
	if c.P > alpha {
		return fmt.Sprintf("%s: no miscalibration seen (p = %.2g)", c.Name, c.P)
	}
	return fmt.Sprintf("%s: %s (p = %.1g)", c.Name, c.Fault(), c.P)
}

// Fault says what is wrong with a column that is off.
func (c Column) Fault() string {
	switch {
	case c.Levels:
		return "has levels in other shares than the truth"
	case c.Spread > 1.1 && c.held() <= 0.9:
		return fmt.Sprintf("is too narrow by a factor of %.1f%s", c.Spread, c.interval())
	case c.Spread > 0 && c.Spread < 0.9 && c.held() >= 0.9:
		return fmt.Sprintf("is too wide by a factor of %.1f%s", 1/c.Spread, c.interval())
	case math.Abs(c.Bias) > 0.15:
		side := "low"
		if c.Bias < 0 {
			side = "high"
		}
		return fmt.Sprintf("is too %s by %.2f of its standard deviation", side, math.Abs(c.Bias))
	}
	return "has another shape than the truth"
}

// held is the share of the truth in central intervals of 90 %; 0.9 if it is not known.
func (c Column) held() float64 {
	if k := slices.Index(IntervalLevels(), 0.9); k < len(c.Cover) {
		return c.Cover[k]
	}
	return 0.9
}

// interval says what the central interval of 90 % holds.
func (c Column) interval() string {
	if len(c.Cover) == 0 {
		return ""
	}
	return fmt.Sprintf(": intervals of 90 %% hold the truth in %s", percent(c.held()))
}

func (c Column) fitVerdict(alpha float64) string {
	if c.P > alpha {
		return fmt.Sprintf("%s: as that of the truth (p = %.2g)", c.Name, c.P)
	}
	return fmt.Sprintf("%s: %s (p = %.1g)", c.Name, c.fitFault(), c.P)
}

// fitFault says in which direction a quantity of Fit is off.
func (c Column) fitFault() string {
	switch {
	case c.Center > 0.58:
		return fmt.Sprintf("rows agree less with what is known than the truth does (mean rank of the truth %.2f, ½ is right): the guide is too weak, or does nothing", c.Center)
	case c.Center < 0.42:
		return fmt.Sprintf("rows agree more with what is known than the truth does (mean rank of the truth %.2f, ½ is right): the guide is too strong, or misled", c.Center)
	}
	return "rows agree with what is known in another way than the truth does"
}

// percent is a share in percent, with a decimal where it is near an end.
func percent(p float64) string {
	if p > 0.0005 && p < 0.02 || p > 0.98 && p < 0.9995 {
		return fmt.Sprintf("%.1f %%", 100*p)
	}
	return fmt.Sprintf("%.0f %%", 100*p)
}
