package tabular

import (
	"tweedie/sample"
	"tweedie/sde"
)

// tableSampler has noise, which forgets errors of the network and of guides made at
// high noise; docs/measurements/tables.md.
const tableSampler = "dpmpp2m-sde"

// Evaluations for each row of a table: of one that is guided, of one of which something is given or
// whose sampler has settings, and of others.
const (
	guidedNFE = 100
	longNFE   = 32
	plainNFE  = 18
)

// Rows of a table are decided where ln(α/σ) lies between these two, as a run of many evaluations
// has them. Before it the noise hides all but the moments of each column, from which a run starts:
// of two columns with correlation ρ the start forgets ¼ρ²(α/σ)⁴ nats, 10⁻⁵ at most. After it the
// noise is a hundredth of a column's spread, and the posterior mean ends the run.
const (
	plainFrom = -2.5
	plainTo   = 4.5
)

// plainEnds are the ln(α/σ) between which a run of nfe evaluations steps. A run of few leaves out more at both ends, since
// long steps in the middle, where levels are decided, cost more: docs/measurements/tables.md.
func plainEnds(nfe int) (from, to float64) {
	n := float64(nfe)
	return max(plainFrom, -(n+8)/16), min(plainTo, 0.8+0.16*n)
}

// tableSampler is the sampler of rows when no other was named, with the settings of s. Where rows
// begin and end is that of plain rows unless s says one of them, or a grid.
func (r *query) tableSampler(s sample.Sampler) sample.Sampler {
	plain := s == sample.Sampler{NFE: s.NFE} && !r.conditions()
	ends := s.Start == 0 && s.End == 0 && s.Grid == ""
	s.Name = tableSampler
	switch {
	case r.guides() || r.model.levels != nil:
		set(&s.NFE, guidedNFE)
		return s
	case plain:
		set(&s.NFE, plainNFE)
	}
	set(&s.NFE, longNFE)
	if s.NFE < 2 || !ends {
		return s
	}
	first, last := plainEnds(s.NFE)
	s.Start, s.End = runEnds(r.model.net.Schedule(), first, last, r.conditions())
	s.Denoise = s.Denoise || s.End > 0
	return s
}

// runEnds are the times of the ln(α/σ) from and to, 0 where the schedule ends before. Rows that are
// conditioned have other moments than those that a start has, and begin where the schedule does.
func runEnds(s sde.Schedule, from, to float64, conditioned bool) (start, end float64) {
	if t := sde.TimeAt(s, from); !conditioned && t < 1 {
		start = t
	}
	if t := sde.TimeAt(s, to); t > sde.MinTime(s) {
		end = t
	}
	return start, end
}

// withLevels makes a method of the reverse SDE draw the levels of the model's categories: see
// sample.DPMpp2MSDE. It is not for guided rows: what a guide makes of probabilities need not be probabilities.
func (m *Model) withLevels(of sample.Method, s sample.Sampler) sample.Method {
	_, ok := of.(sample.DPMpp2MSDE)
	scaled := s.Temperature != 0 && s.Temperature != 1
	if !ok || scaled || s.Eta != nil && *s.Eta != 1 || s.EtaFormula != "" {
		return of
	}
	return sample.DPMpp2MSDE{Levels: m.categories()}
}

// categories are the positions of rows that are a category, as first and behind the last.
func (m *Model) categories() (at [][2]int) {
	for _, c := range m.net.Cats {
		at = append(at, [2]int{c.Start, c.Start + len(c.Shares)})
	}
	return at
}

// guides reports whether anything bends the model's own law.
func (r *query) guides() bool {
	return r.Guide != nil || len(r.Terms) > 0 || r.Classifier != nil || !r.plain()
}

// conditions reports whether something is given of the rows, whose moments are then others
// than those of the table.
func (r *query) conditions() bool {
	return len(r.Given) > 0 || r.Balance != "" || len(r.model.net.Conds) > 0
}

// guidingSampler is the sampler of rows that are guided towards Where: one with
// noise, unless another was chosen.
func (r *query) guidingSampler() sample.Sampler {
	s := r.Sampler
	if r.chosen {
		return s
	}
	if s.Denoise && !r.asked.Sampler.Denoise { // of plain rows
		s = r.asked.Sampler
		set(&s.NFE, guidedNFE)
	}
	s.Name = tableSampler
	return s
}
