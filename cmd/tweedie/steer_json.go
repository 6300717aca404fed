package main

import (
	"encoding/json"
	"math"

	"tweedie/internal/atomicfile"
)

// steerSummary is what --json writes of a run.
type steerSummary struct {
	Method    string    `json:"method"`
	Rows      int       `json:"rows"`
	NFE       float64   `json:"nfe"` // denoiser evaluations per row, or particle
	Caveats   []string  `json:"caveats"`
	Warnings  []string  `json:"warnings,omitempty"`
	Particles *evidence `json:"particles,omitempty"`
}

// evidence is what particles know besides their rows.
type evidence struct {
	Particles   int       `json:"particles"` // of a group
	Groups      int       `json:"groups"`
	Collapsed   int       `json:"collapsed"`       // groups
	LogEvidence *float64  `json:"log_evidence"`    // ln of the mean over groups, in nats; null if all collapsed
	SE          *float64  `json:"log_evidence_se"` // its standard error; null for fewer than two groups
	Times       []float64 `json:"times"`
	ESS         []float64 `json:"ess"`                 // mean over groups, at each time and after the last step
	Resampled   float64   `json:"resampled"`           // mean over groups
	Distinct    int       `json:"distinct"`            // particles among the rows
	Satisfied   *float64  `json:"satisfied,omitempty"` // share of the particles that satisfy every condition
}

func (a *app) writeSummary(path string, s steerSummary) error {
	if path == "" {
		return nil
	}
	if s.Caveats == nil {
		s.Caveats = []string{}
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if path == "-" {
		_, err := a.stdout.Write(b)
		return err
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Commit()
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
	e := make([]float64, len(v))
	for i, x := range v {
		e[i] = math.Exp(x - top)
	}
	m, s := meanSE(e)
	log := top + math.Log(m)
	if len(v) > 1 {
		s *= math.Sqrt(float64(len(v))/float64(len(v)-1)) / m // of the mean, by the delta method
		se = &s
	}
	return &log, se
}
