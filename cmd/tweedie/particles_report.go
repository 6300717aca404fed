package main

import (
	"fmt"
	"math"
	"strings"
)

// Fewer effective particles than this, or this share of them, are worth a word.
const (
	fewest      = 1.5
	fewestShare = 0.05
)

// nothing says why there are no rows.
func (s *swarm) nothing() error {
	alive := s.done
	for _, c := range s.chunks {
		alive -= collapsed(c.cloud)
	}
	if alive == 0 {
		return fmt.Errorf("all %d groups collapsed, every weight being 0: the model hardly reaches what is asked; take more --particles, more noise in the observation or wider bounds", s.done)
	}
	return fmt.Errorf("no particle of %d satisfied the conditions: take more --particles, or wider conditions", s.done*s.o.steer.particles)
}

// report logs and writes what the particles showed. It returns err, or its own.
func (s *swarm) report(distinct int, err error) error {
	e, caveats := s.evidence(distinct)
	caveats = append(s.aim.caveats, caveats...)
	var warnings []string
	if e.Collapsed > 0 {
		warnings = append(warnings, fmt.Sprintf("%d of %d groups collapsed, all their weights being 0, and gave no rows: take more --particles, more noise in the observation or wider bounds", e.Collapsed, e.Groups))
	}
	if err == nil && 2*distinct < s.o.rows {
		warnings = append(warnings, fmt.Sprintf("the %d rows are but %d different particles: take more --particles", s.o.rows, distinct))
	}
	sum := steerSummary{Method: s.o.steer.method, Rows: s.o.rows, NFE: s.chunks[0].cloud.NFE, Caveats: caveats, Warnings: warnings, Particles: e}
	if err != nil {
		sum.Rows = 0
	}
	if failed := s.app.writeSummary(s.o.steer.json, sum); err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	for _, c := range caveats {
		s.app.log.Warn("approximate", "why", c)
	}
	for _, w := range warnings {
		s.app.log.Warn(w)
	}
	log, ess := math.Inf(-1), math.NaN()
	if e.LogEvidence != nil {
		log = *e.LogEvidence
	}
	if len(e.ESS) > 0 {
		ess = e.ESS[len(e.ESS)-1]
	}
	s.app.log.Info("sample", "rows", s.o.rows, "groups", e.Groups, "particles", e.Particles,
		"log-evidence", fmt.Sprintf("%.4f", log), "ess", fmt.Sprintf("%.1f", ess))
	if e.Satisfied != nil {
		s.app.log.Info("rows that satisfy the conditions", "by", "particles", "share", fmt.Sprintf("%.4g", *e.Satisfied), "of", e.Groups*e.Particles)
	}
	return nil
}

// evidence sums the groups up, with the caveats that are not of single ones.
func (s *swarm) evidence(distinct int) (*evidence, []string) {
	e := &evidence{Particles: s.o.steer.particles, Groups: s.done, Distinct: distinct}
	var logs []float64
	var caveats []string
	alive, passed := 0, 0
	for _, c := range s.chunks {
		logs = append(logs, c.log...)
		e.Times = c.cloud.Times
		for g, k := range c.cloud.Collapsed {
			e.Resampled += float64(c.cloud.Resampled[g]) / float64(s.done)
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
		caveats = append(caveats, fmt.Sprintf("at t = %.3g only %.1f of %d particles counted: rows and evidence rest on few; take more --particles, more noise in the observation or another method for it",
			e.Times[min(least, len(e.Times)-1)], e.ESS[least], e.Particles))
	}
	if s.r.where != nil || len(s.bounds) > 0 {
		share := float64(passed) / float64(s.done*e.Particles)
		e.Satisfied = &share
	}
	e.LogEvidence, e.SE = logMean(logs)
	return e, caveats
}
