package inference

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/shard"
	"tweedie/guide/calibration"
)

// Posterior is an inference model: q(θ|x), of which one row of x has one.
type Posterior interface {
	// Sample returns n draws of q(θ|x_i) for each row of x, those of row i in the rows
	// i·n … (i+1)·n-1. They are functions of the seed, of x_i and of first+i.
	Sample(ctx context.Context, x *mat.Dense, first, n int, seed uint64) (*mat.Dense, error)
	// LogProb returns log q(θ_i|x_i) in nats for each row; a term of x alone may be left out.
	LogProb(ctx context.Context, theta, x *mat.Dense) ([]float64, error)
}

// Simulations are pairs of parameters and data, a row each, that the model has not seen.
type Simulations struct {
	Theta, X           *mat.Dense
	ThetaNames, XNames []string // required
}

// Options of Calibrate. The zero value is ready to use; nil stands for it.
type Options struct {
	Simulations int // that are used, the first ones; 0 means all, at most 500
	Draws       int // of θ for each simulation, at least 9; 0 means 99
	// Densities is the number of draws for each simulation whose log q is taken, at least 9;
	// 0 means 19, and -1 none: regions of highest density are left out.
	Densities int
	Seed      uint64
	Part      shard.Part // of the simulations, whose report is for Join; may have none
}

// MostSimulations is how many simulations Calibrate uses unless it is told otherwise.
const MostSimulations = 500

// leastSimulations are those below which the tests tell nothing.
const leastSimulations = 20

// Calibrate draws θ for each x, and compares the draws with the θ that x was simulated
// with. It errs on fewer than 20 simulations, on numbers that are not finite, where the
// posterior errs, and when ctx is done.
func Calibrate(ctx context.Context, p Posterior, s Simulations, o *Options) (*Report, error) {
	r, err := o.resolve(&s)
	if err != nil {
		return nil, err
	}
	first, n := r.Part.Range(r.Simulations, 1)
	if n == 0 { // there may be fewer simulations than parts
		return &Report{Draws: r.Draws, Part: &calibration.PartOf{First: first, Of: r.Simulations}}, nil
	}
	part := s.rows(first, n)
	draws, err := p.Sample(ctx, part.X, first, r.Draws, r.Seed)
	if err != nil {
		return nil, err
	}
	if err := finite(draws, "draw", s.ThetaNames); err != nil {
		return nil, fmt.Errorf("the posterior: %w", err)
	}
	refs := NewReferences(s.Theta, s.X, r.Seed).from(first, n)
	rep := &Report{
		Simulations: n, Draws: r.Draws, Levels: calibration.IntervalLevels(), Parameters: parameters(s, part, draws, r.Draws, first),
		Regions: []Region{tarp(part.Theta, draws, r.Draws, refs, first)},
	}
	if r.Densities > 0 {
		d, err := densities(ctx, p, part, draws, r.Draws, r.Densities, first)
		if err != nil {
			return nil, err
		}
		rep.Regions = append(rep.Regions, d)
	}
	if r.Part.Whole() {
		rep.finish()
	} else {
		rep.Part = &calibration.PartOf{First: first, Of: r.Simulations}
	}
	return rep, nil
}

// rows are n simulations from first on.
func (s *Simulations) rows(first, n int) Simulations {
	_, d := s.Theta.Dims()
	_, w := s.X.Dims()
	part := *s
	part.Theta = s.Theta.Slice(first, first+n, 0, d).(*mat.Dense)
	part.X = s.X.Slice(first, first+n, 0, w).(*mat.Dense)
	return part
}

// resolve fills in the defaults, and cuts the simulations to those that are used.
func (o *Options) resolve(s *Simulations) (r Options, err error) {
	if o != nil {
		r = *o
	}
	if err := s.Check(); err != nil {
		return r, err
	}
	n, _ := s.Theta.Dims()
	r.Simulations = cmp.Or(r.Simulations, min(n, MostSimulations))
	r.Draws, r.Densities = cmp.Or(r.Draws, 99), cmp.Or(r.Densities, 19)
	switch {
	case r.Simulations > n:
		return r, fmt.Errorf("%d simulations are asked for, and there are %d: give more, or ask for fewer", r.Simulations, n)
	case r.Simulations < leastSimulations:
		return r, fmt.Errorf("%d simulations: give at least %d, better some hundred", r.Simulations, leastSimulations)
	case r.Draws < 9 || r.Densities > 0 && r.Densities < 9:
		return r, fmt.Errorf("%d draws, %d densities: want at least 9 of each", r.Draws, r.Densities)
	}
	r.Densities = min(r.Densities, r.Draws)
	*s = s.rows(0, r.Simulations)
	return r, nil
}

// Check errs on numbers that are not finite and on a θ without an x. It panics on names
// that do not fit.
func (s *Simulations) Check() error {
	n, d := s.Theta.Dims()
	m, w := s.X.Dims()
	if len(s.ThetaNames) != d || len(s.XNames) != w {
		panic("inference: size mismatch")
	}
	if n != m {
		return fmt.Errorf("%d rows of parameters and %d of data: row i of the data is to be simulated with row i of the parameters", n, m)
	}
	return errors.Join(finite(s.Theta, "parameters of simulation", s.ThetaNames), finite(s.X, "data of simulation", s.XNames))
}

// densities ranks log q of the first few draws of each simulation, from first on.
func densities(ctx context.Context, p Posterior, s Simulations, draws *mat.Dense, per, few, first int) (Region, error) {
	n, d := s.Theta.Dims()
	_, w := s.X.Dims()
	theta, x := mat.NewDense(n*(few+1), d, nil), mat.NewDense(n*(few+1), w, nil)
	for i := range n {
		for k := range few + 1 {
			row := i*(few+1) + k
			x.SetRow(row, s.X.RawRowView(i))
			if k == few {
				theta.SetRow(row, s.Theta.RawRowView(i))
			} else {
				theta.SetRow(row, draws.RawRowView(i*per+k))
			}
		}
	}
	log, err := p.LogProb(ctx, theta, x)
	if err != nil {
		return Region{}, err
	}
	truth, of := make([]float64, n), make([]float64, 0, n*few)
	for i := range n {
		at := i * (few + 1)
		of = append(of, log[at:at+few]...)
		truth[i] = log[at+few]
	}
	for i, l := range log {
		if math.IsNaN(l) {
			return Region{}, fmt.Errorf("the posterior: log q of simulation %d is NaN", first+i/(few+1)+1)
		}
	}
	return density(truth, of, few, first), nil
}

// parameters are the ranks of each in the part of s from first on, how far from the mean the
// truth is, and how much narrower than the prior, all of s, the posterior is.
func parameters(s, part Simulations, draws *mat.Dense, per, first int) []Parameter {
	columns := calibration.PartRanks(calibration.Numbers(s.ThetaNames), part.Theta, draws, per, first)
	list := make([]Parameter, len(columns))
	all, _ := s.Theta.Dims()
	n, _ := part.Theta.Dims()
	for j, c := range columns {
		list[j].Column = c
		_, prior := meanVariance(all, func(i int) float64 { return s.Theta.At(i, j) })
		for i := range n {
			mean, v := meanVariance(per, func(k int) float64 { return draws.At(i*per+k, j) })
			if prior > 0 {
				list[j].Contractions = append(list[j].Contractions, 1-v/prior)
			}
			if v > 0 {
				list[j].Errors = append(list[j].Errors, (mean-part.Theta.At(i, j))/math.Sqrt(v))
			}
		}
	}
	return list
}

func meanVariance(n int, at func(i int) float64) (mean, v float64) {
	for i := range n {
		mean += at(i) / float64(n)
	}
	for i := range n {
		v += (at(i) - mean) * (at(i) - mean) / float64(n-1)
	}
	return mean, v
}
