package sbi

import (
	"fmt"
	"math"

	"tweedie/train"
)

// TrainingPage is what train.WriteHTML says of the training of the model, of so many networks,
// beside the losses of one: the simulations, the parameters and data, and the settings, with a
// prefix before the names of options, as "--". Title, Command and Footer are left to the caller.
func (m *Model) TrainingPage(prefix string, networks int) train.Page {
	s, x := m.Summary(), len(m.XNames())
	p := train.Page{Settings: train.SettingsOf(m.Provenance(), prefix)}
	p.About = []string{
		fmt.Sprintf("The posterior of %d parameters given %d numbers was trained on %d simulations, of which %d are held out.", len(m.ThetaNames()), x, s.Rows, s.Held),
		fmt.Sprintf("On the held-out simulations the log density of the true parameters is %.4f nats above that of the prior: what the data tell, as far as the model has learned it.", s.LogScore)}
	if s.Dropped > 0 {
		p.About[0] += fmt.Sprintf(" Left out: %d without finite data.", s.Dropped)
	}
	lo, hi := m.Prior().Support()
	for j, name := range m.ThetaNames() {
		p.Columns = append(p.Columns, [3]string{name, "parameter", interval(lo[j], hi[j])})
	}
	for _, name := range m.XNames() {
		p.Columns = append(p.Columns, [3]string{name, "data", ""})
	}
	if networks > 1 {
		p.About = append(p.About, fmt.Sprintf("%d networks were trained, and held-out simulations chose: %s. The curves are of the longest of these runs.", networks, s.Networks))
	}
	return p
}

// LongestRun is the run of the most steps among those of a fit, which the page of a training
// draws; nil of none.
func LongestRun(runs [][]train.Report) []train.Report {
	var longest []train.Report
	for _, r := range runs {
		if n := len(r); n > 0 && (longest == nil || r[n-1].Step > longest[len(longest)-1].Step) {
			longest = r
		}
	}
	return longest
}

// interval says where numbers lie.
func interval(lo, hi float64) string {
	switch {
	case math.IsInf(lo, -1) && math.IsInf(hi, 1):
		return "any number"
	case math.IsInf(hi, 1):
		return fmt.Sprintf("from %g", lo)
	case math.IsInf(lo, -1):
		return fmt.Sprintf("up to %g", hi)
	}
	return fmt.Sprintf("%g to %g", lo, hi)
}
