package sbi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Rounds says that a posterior was trained in rounds for one observation, on parameters of a
// region alone.
type Rounds struct {
	Observation []float64 `json:"observation"`
	Round       int       `json:"round"`
	Epsilon     float64   `json:"epsilon"` // mass of each round's posterior that the next one has left out
	Mass        float64   `json:"mass"`    // of the region under the prior, an estimate
	Low         []float64 `json:"low"`     // range of the parameters in the region
	High        []float64 `json:"high"`
}

// Rounds says how the model was trained in rounds, nil for a model of all observations.
func (m *Model) Rounds() *Rounds { return m.rounds }

// fits tells whether the numbers of a file are those of a model of d parameters and w data.
func (r *Rounds) fits(d, w int) bool {
	return r == nil || len(r.Observation) == w && len(r.Low) == d && len(r.High) == d
}

// caveats are those of observations other than that of the rounds.
func (r *Rounds) caveats(x *mat.Dense) []string {
	if r == nil {
		return nil
	}
	n, _ := x.Dims()
	for i := range n {
		if !slices.Equal(x.RawRowView(i), r.Observation) {
			return []string{fmt.Sprintf("the model was trained in %d rounds for another observation than number %d: here it has the posterior under the prior restricted to a region of mass %.2g; use the model of round 1, which is of all observations", r.Round, i+1, r.Mass)}
		}
	}
	return nil
}

// RoundsOptions are the settings of FitRounds.
type RoundsOptions struct {
	Fit     Options // of each round; Prior is required
	Rounds  int
	Rows    int     // simulations of each round
	Epsilon float64 // default 1e-4
	XNames  []string

	// Simulate returns data for the rows of theta, the simulations first, first+1, … of all
	// rounds.
	Simulate func(ctx context.Context, theta *mat.Dense, first int) (*mat.Dense, error)
	// Folder keeps the simulations and the model of each round, from which the same call goes
	// on; none if it is "". Simulator names it in the folder: another one is refused.
	Folder, Simulator string
	// SimulatorBatch is the number of rows that Simulate draws together, where the data depend
	// on it: the folder keeps it as it does the steps and the batch of Fit.
	SimulatorBatch int
	// Observe receives a report after each round. Its error ends the run.
	Observe func(Round) error
}

// Round is the report of a round.
type Round struct {
	Round    int     `json:"round"`
	Rows     int     `json:"rows"`   // simulations in the region, of all rounds
	Mass     float64 `json:"mass"`   // of the region under the prior, 1 in round 1
	Method   string  `json:"method"` // how its parameters were drawn
	LogScore float64 `json:"log_score"`
	Kept     bool    `json:"kept"` // the round was there
	File     string  `json:"file"` // of the model
}

func (o *RoundsOptions) check(x []float64) error {
	switch {
	case o.Fit.Prior == nil:
		return o.Fit.check()
	case o.Rounds < 1 || o.Rows < fewest:
		return fmt.Errorf("sbi: %d rounds of %d simulations: give at least one round of %d", o.Rounds, o.Rows, fewest)
	case !(o.Epsilon >= 0 && o.Epsilon < 0.5):
		return fmt.Errorf("sbi: epsilon is %v: give a mass between 0 and 0.5, as 1e-4", o.Epsilon)
	case len(x) != len(o.XNames):
		return fmt.Errorf("sbi: an observation of %d numbers, and the simulator gives %d: %s", len(x), len(o.XNames), brief(o.XNames))
	case slices.ContainsFunc(x, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }):
		return errors.New("sbi: the observation is not finite")
	}
	return nil
}

// FitRounds fits the posterior of one observation in rounds (truncated sequential neural
// posterior estimation, Deistler, Gonçalves & Macke 2022, arXiv:2210.04815). The parameters
// of the first round are draws of the prior. Those of each other one are draws of the prior
// restricted to the region, where the posteriors of all rounds before have their 1 − ε
// highest densities.
//
// Each model is fitted to the simulations of all rounds whose parameters are in the region
// of its round. Regions are nested, so these are draws of the prior restricted to it, and
// the loss needs no correction: at the observation, whose posterior is within the region but
// for ε a round, restricting the prior changes nothing. For other observations the model of
// round 1 is the one to use, since posteriors that reach out of the region are cut: see
// Model.Rounds.
//
// It returns the model of the last round, and errs as Fit and Simulate do; rounds that are
// done are kept in the folder.
func FitRounds(ctx context.Context, x []float64, o *RoundsOptions) (*Model, error) {
	if err := o.check(x); err != nil {
		return nil, err
	}
	r := &rounds{o: *o, x: mat.NewDense(1, len(x), slices.Clone(x))}
	set(&r.o.Epsilon, 1e-4)
	if err := r.openFolder(); err != nil {
		return nil, err
	}
	for k := range o.Rounds {
		report, err := r.round(ctx, k)
		if err != nil {
			return nil, fmt.Errorf("round %d: %w", k+1, err)
		}
		if o.Observe != nil {
			if err := o.Observe(*report); err != nil {
				return nil, err
			}
		}
	}
	return r.models[o.Rounds-1], nil
}
