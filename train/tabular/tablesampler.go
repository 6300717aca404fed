package tabular

import (
	"tweedie/sample"
	"tweedie/sde"
)

// tableSampler has noise, which forgets errors of the network and of guides made at
// high noise; docs/measurements/tables.md.
const tableSampler = "dpmpp2m-sde"

// Evaluations for each row of a table: of one that is guided, and of one that is not.
const (
	guidedNFE = 100
	plainNFE  = 32
)

// Rows of a table are decided where ln(α/σ) lies between these two. Before it the noise hides
// all but the moments of each column, from which a run starts: of two columns with
// correlation ρ the start forgets ¼ρ²(α/σ)⁴ nats, 10⁻⁵ at most. After it the noise is a
// hundredth of a column's spread, and the posterior mean ends the run.
const (
	plainFrom = -2.5
	plainTo   = 4.5
)

// tableSampler is the sampler of rows when no other was named, with the settings of s. Where rows
// begin and end is that of plain rows unless s says one of them, or a grid.
func (r *query) tableSampler(s sample.Sampler) sample.Sampler {
	ends := s.Start == 0 && s.End == 0 && s.Grid == ""
	s.Name = tableSampler
	if r.guides() || r.model.levels != nil {
		set(&s.NFE, guidedNFE)
		return s
	}
	set(&s.NFE, plainNFE)
	if s.NFE < 2 || !ends {
		return s
	}
	sched := r.model.net.Schedule()
	if from := sde.TimeAt(sched, plainFrom); !r.conditions() && from < 1 {
		s.Start = from
	}
	if to := sde.TimeAt(sched, plainTo); to > sde.MinTime(sched) {
		s.End, s.Denoise = to, true
	}
	return s
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
