package tabular

import (
	"fmt"
	"math"
	"strings"
)

// Evidence is what particles show besides their rows.
type Evidence struct {
	Particles   int       `json:"particles"` // of a group
	Groups      int       `json:"groups"`
	Collapsed   int       `json:"collapsed"`       // groups all of whose weights became 0
	LogEvidence *float64  `json:"log_evidence"`    // ln of the mean over groups, in nats; nil if all collapsed
	SE          *float64  `json:"log_evidence_se"` // its standard error; nil for fewer than two groups
	Times       []float64 `json:"times"`
	ESS         []float64 `json:"ess"`                 // mean over groups, at each time and after the last step
	Resampled   float64   `json:"resampled"`           // mean over groups
	Distinct    int       `json:"distinct"`            // particles among the rows
	Satisfied   *float64  `json:"satisfied,omitempty"` // share of the particles that satisfy every condition
}

// Fewer effective particles than this, or this share of them, are worth a caveat.
const (
	fewest      = 1.5
	fewestShare = 0.05
)

// summarize puts what the particles showed into the report.
func (s *particles) summarize(distinct int, err error) {
	e, caveats := s.evidence(distinct)
	r := &s.report
	r.Caveats = append(r.Caveats, caveats...)
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
	e := &Evidence{Particles: s.Conditioning.Particles, Groups: s.groups, Distinct: distinct}
	var logs []float64
	var caveats []string
	alive, passed := 0, 0
	for _, c := range s.chunks {
		logs = append(logs, c.log...)
		e.Times = c.cloud.Times
		for g, k := range c.cloud.Collapsed {
			e.Resampled += float64(c.cloud.Resampled[g]) / float64(s.groups)
			if k >= 0 {
				e.Collapsed++
				continue
			}
			alive++
			if e.ESS == nil {
				e.ESS = make([]float64, len(c.cloud.ESS[g]))
			}
			for j, v := range c.cloud.ESS[g] {
				e.ESS[j] += v
			}
		}
		for _, w := range c.weight {
			if w > 0 {
				passed++
			}
		}
		for _, why := range c.cloud.Caveats {
			if c.first == 0 && !strings.HasPrefix(why, "group ") { // those are counted
				caveats = append(caveats, why)
			}
		}
	}
	for j := range e.ESS {
		e.ESS[j] /= float64(alive)
	}
	least := 0
	for j, v := range e.ESS {
		if v < e.ESS[least] {
			least = j
		}
	}
	if e.ESS != nil && e.ESS[least] < math.Max(fewest, fewestShare*float64(e.Particles)) {
		caveats = append(caveats, fmt.Sprintf("at t = %.3g only %.1f of %d particles counted: rows and evidence rest on few; take more particles, more noise in the observation or another method for it",
			e.Times[min(least, len(e.Times)-1)], e.ESS[least], e.Particles))
	}
	if s.where != nil || len(s.bounds) > 0 {
		share := float64(passed) / float64(s.groups*e.Particles)
		e.Satisfied = &share
	}
	e.LogEvidence, e.SE = logMean(logs)
	return e, caveats
}

// logMean is ln of the mean of e^v, and its standard error by the spread of e^v: nil
// where they have no meaning.
func logMean(v []float64) (mean, se *float64) {
	top := math.Inf(-1)
	for _, x := range v {
		top = math.Max(top, x)
	}
	if math.IsInf(top, 0) || math.IsNaN(top) {
		return nil, nil
	}
	m, s, n := 0.0, 0.0, float64(len(v))
	for _, x := range v {
		m += math.Exp(x-top) / n
	}
	for _, x := range v {
		e := math.Exp(x - top)
		s += (e - m) * (e - m)
	}
	log := top + math.Log(m)
	if len(v) > 1 {
		s = math.Sqrt(s) / n * (math.Sqrt(n/(n-1)) / m) // of the mean, by the delta method
		se = &s
	}
	return &log, se
}
