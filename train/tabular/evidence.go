package tabular

import (
	"fmt"
	"math"

	"tweedie/sample"
)

// Evidence is what particles show besides their rows.
type Evidence struct {
	Particles   int       `json:"particles"` // of a group
	Groups      int       `json:"groups"`
	Collapsed   int       `json:"collapsed"`       // groups all of whose weights became 0
	LogEvidence *float64  `json:"log_evidence"`    // ln of the mean over groups, in nats; nil if all collapsed
	SE          *float64  `json:"log_evidence_se"` // its standard error, of sample.MeanEvidence
	Times       []float64 `json:"times"`
	ESS         []float64 `json:"ess"`                 // mean over groups, at each time and after the last step
	Resampled   float64   `json:"resampled"`           // mean over groups
	Distinct    int       `json:"distinct"`            // particles among the rows
	Satisfied   *float64  `json:"satisfied,omitempty"` // share of the particles that satisfy every condition

	bound           float64   // of LogEvidence, of evidenceBound
	logs, variances []float64 // of the groups
}

// summarize puts what the particles showed into the report.
func (s *particles) summarize(distinct int, err error) {
	e, caveats := s.evidence(distinct)
	r := &s.report
	r.Caveats = append(r.Caveats, caveats...)
	e.bound = s.evidenceBound()
	if why := e.beyond(); why != "" {
		r.Caveats = append(r.Caveats, why)
	}
	if e.Collapsed > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d of %d groups collapsed, all their weights being 0, and gave no rows: take more particles, more noise in the observation or wider bounds", e.Collapsed, e.Groups))
	}
	if err == nil && 2*distinct < s.rows {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the %d rows are but %d different particles: take more particles", s.rows, distinct))
	}
	r.Evidence, r.NFE = e, s.chunks[0].cloud.NFE
	if e.Satisfied != nil {
		r.WhereBy, r.Tried, r.Satisfied = "particles", e.Groups*e.Particles, *e.Satisfied
	}
}

// evidence sums the groups up, with the caveats that are not of single ones.
func (s *particles) evidence(distinct int) (*Evidence, []string) {
	all := s.merged()
	var caveats []string
	if m, ok := s.method.(interface{ Caveats() []string }); ok {
		caveats = m.Caveats()
	}
	e := &Evidence{logs: all.LogEvidence, variances: all.Variance, Particles: all.PerGroup, Groups: s.groups, Times: all.Times, ESS: all.MeanESS(), Distinct: distinct}
	passed := 0
	for g, k := range all.Collapsed {
		e.Resampled += float64(all.Resampled[g]) / float64(s.groups)
		if k >= 0 {
			e.Collapsed++
		}
	}
	for _, c := range s.chunks {
		for _, w := range c.weight {
			if w > 0 {
				passed++
			}
		}
	}
	if s.where != nil || len(s.bounds) > 0 {
		share := float64(passed) / float64(s.groups*e.Particles)
		e.Satisfied = &share
	}
	if log, se := all.Evidence(); !math.IsInf(log, 0) && !math.IsNaN(log) {
		e.LogEvidence, e.SE = &log, &se
		caveats = append(caveats, all.WeightCaveats()...)
	}
	return e, caveats
}

// merged is what the groups of all chunks showed, their evidence with the conditions.
func (s *particles) merged() *sample.Particles {
	all := &sample.Particles{PerGroup: s.Conditioning.Particles, Groups: s.groups, Done: s.groups}
	for _, c := range s.chunks {
		all.Times = c.cloud.Times
		all.LogEvidence, all.Variance = append(all.LogEvidence, c.log...), append(all.Variance, c.variance...)
		all.ESS, all.Collapsed = append(all.ESS, c.cloud.ESS...), append(all.Collapsed, c.cloud.Collapsed...)
		all.Resampled = append(all.Resampled, c.cloud.Resampled...)
	}
	return all
}
