package sbi

import (
	"fmt"

	"tweedie/train"
)

// TrainingPage is what train.WriteHTML says of the training of the model, of so many networks,
// beside the losses of one: the simulations, the parameters and data, and the settings, with a
// prefix before the names of options, as "--". Title, Command and Footer are left to the caller.
func (m *Model) TrainingPage(prefix string, networks int) train.Page {
	s, x := m.Summary(), len(m.XNames())
	p := train.Page{Settings: train.SettingsOf(m.Provenance(), prefix)}
	p.About = []string{
		fmt.Sprintf("The posterior of %d parameters given %d data was trained on %d simulations, of which %d are held out; %d without finite data are left out.", len(m.ThetaNames()), x, s.Rows, s.Held, s.Dropped),
		fmt.Sprintf("On the held-out simulations the log density of the true parameters is %.4f nats above that of the prior: what the data tell, as far as the model has learned it.", s.LogScore)}
	lo, hi := m.Prior().Support()
	for j, name := range m.ThetaNames() {
		p.Columns = append(p.Columns, [3]string{name, "parameter", fmt.Sprintf("from %g to %g", lo[j], hi[j])})
	}
	for _, name := range m.XNames() {
		p.Columns = append(p.Columns, [3]string{name, "data", ""})
	}
	if networks > 1 {
		p.About = append(p.About, fmt.Sprintf("%d networks were trained, and held-out simulations chose: %s. The curves are of the network that was trained last.", networks, s.Networks))
	}
	return p
}
