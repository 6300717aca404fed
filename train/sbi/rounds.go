package sbi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
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

// rounds is a run of FitRounds.
type rounds struct {
	o        RoundsOptions
	x        *mat.Dense
	theta, y []*mat.Dense // simulations of each round
	models   []*Model
	region   *Region // of the models but the last; nil for all of the space
	narrowed int     // models that region is of
}

func (r *rounds) seed(what string, k int) uint64 {
	return stream.Seed(r.o.Fit.Seed, "sbi/rounds/"+what, uint64(k))
}

// round does what is not kept of round k.
func (r *rounds) round(ctx context.Context, k int) (*Round, error) {
	rep := &Round{Round: k + 1, Mass: 1, Method: "prior", File: r.path("model", k)}
	simulated, err := r.readSimulations(k)
	if err != nil {
		return nil, err
	}
	if simulated {
		if rep.Kept, err = r.readModel(k, rep); err != nil || rep.Kept {
			return rep, err
		}
	}
	theta := mat.NewDense(r.o.Rows, r.o.Fit.Prior.Dim(), nil)
	if k == 0 {
		r.o.Fit.Prior.Sample(theta, r.o.Fit.Seed, 0)
	} else {
		if err := r.narrow(ctx); err != nil {
			return nil, err
		}
		d, err := r.region.Sample(ctx, r.o.Rows, r.seed("parameters", k))
		if err != nil {
			return nil, err
		}
		theta, rep.Mass, rep.Method = d.Theta, d.Mass, d.Method
	}
	if !simulated {
		y, err := r.o.Simulate(ctx, theta, k*r.o.Rows)
		if err != nil {
			return nil, err
		}
		r.theta, r.y = append(r.theta, theta), append(r.y, y)
		if err := r.writeSimulations(k); err != nil {
			return nil, err
		}
	}
	return rep, r.fit(ctx, k, rep)
}

// narrow makes the region that of all models.
func (r *rounds) narrow(ctx context.Context) error {
	for ; r.narrowed < len(r.models); r.narrowed++ {
		p, err := r.models[r.narrowed].Posterior(r.x)
		if err != nil {
			return err
		}
		g, err := p.Region(ctx, r.o.Epsilon, &DrawOptions{Seed: r.seed("region", r.narrowed), Workers: r.o.Fit.Workers})
		if err != nil {
			return err
		}
		r.region = g.Within(r.region)
	}
	return nil
}

// fit fits the model of round k to the simulations in the region.
func (r *rounds) fit(ctx context.Context, k int, rep *Round) error {
	s, err := r.inside(ctx)
	if err != nil {
		return err
	}
	rep.Rows, _ = s.Theta.Dims()
	o := r.o.Fit
	o.Seed, o.truncated = r.seed("fit", k), k > 0
	if tell := o.Stage; tell != nil {
		o.Stage = func(s Stage) { s.Round = k + 1; tell(s) }
	}
	m, err := Fit(ctx, s, &o)
	if err != nil {
		return err
	}
	if k > 0 {
		m.rounds = r.describe(k, s, rep.Mass)
	}
	rep.LogScore = m.summary.LogScore
	r.models = append(r.models, m)
	return r.writeModel(k)
}

// describe says what the model of round k is of.
func (r *rounds) describe(k int, s *Simulations, mass float64) *Rounds {
	n, d := s.Theta.Dims()
	c := &Rounds{Observation: slices.Clone(r.x.RawRowView(0)), Round: k + 1, Epsilon: r.o.Epsilon, Mass: mass, Low: make([]float64, d), High: make([]float64, d)}
	for j := range d {
		c.Low[j], c.High[j] = math.Inf(1), math.Inf(-1)
		for i := range n {
			c.Low[j], c.High[j] = min(c.Low[j], s.Theta.At(i, j)), max(c.High[j], s.Theta.At(i, j))
		}
	}
	return c
}

// inside are the simulations of all rounds in the region. Those of the last round are, as they
// were drawn.
func (r *rounds) inside(ctx context.Context) (*Simulations, error) {
	last := len(r.theta) - 1
	s := &Simulations{Theta: r.theta[last], X: r.y[last], XNames: r.o.XNames}
	if r.region == nil {
		return s, nil
	}
	for k := range last {
		in, err := r.region.Contains(ctx, r.theta[k])
		if err != nil {
			return nil, err
		}
		var list []int
		for i, ok := range in {
			if ok {
				list = append(list, i)
			}
		}
		if len(list) == 0 {
			continue
		}
		_, d := s.Theta.Dims()
		_, w := s.X.Dims()
		var theta, x mat.Dense
		theta.Stack(s.Theta, pick(r.theta[k], list, d))
		x.Stack(s.X, pick(r.y[k], list, w))
		s.Theta, s.X = &theta, &x
	}
	return s, nil
}
