package sbi

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

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
