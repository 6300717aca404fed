package inference

import (
	"cmp"
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/metrics"
	"tweedie/datasets/shard"
)

// ObservationOptions are the settings of AtObservations. The zero value is ready to use;
// nil stands for it.
type ObservationOptions struct {
	Pairs   int // of θ and x that classifiers learn from, the first simulations; 0 means all, at most 5000
	Nulls   int // classifiers of the null hypothesis; 0 means 99, and -1 leaves L-C2ST out
	Draws   int // of θ at each observation; 0 means 1000
	Seed    uint64
	Workers int
	// Part of the classifiers, whose results are for Join. The first part has the rest.
	Part shard.Part
	// Progress, if not nil, is called with the number of classifiers that are trained.
	Progress func(done, of int)
}

// MostPairs is how many pairs AtObservations uses unless it is told otherwise.
const MostPairs = 5000

// Observation is what is known of the posterior of one observation.
type Observation struct {
	// Statistic and P are those of the local classifier two-sample test; P is at least
	// 1/(Nulls+1). All are 0 if it was left out.
	Statistic float64 `json:"lc2st,omitempty"`
	P         float64 `json:"p_lc2st,omitempty"`
	Nulls     int     `json:"nulls,omitempty"`
	// Statistics are, of a part alone, those of its classifiers: see Join.
	Statistics []float64 `json:"statistics,omitempty"`
}

// Local is what is known of the posteriors of some observations, each with a θ of its own.
type Local struct {
	Observations []Observation `json:"observations"`
	Novelty      *Novelty      `json:"novelty"`         // of the first part alone
	Pairs        int           `json:"pairs,omitempty"` // that L-C2ST learned from
	Predictive   []*Predictive `json:"predictive,omitempty"`
	Compared     int           `json:"compared"` // simulations that Novelty saw
	// First is, of a part alone, the index of its first classifier: see Join.
	First int `json:"first,omitempty"`
}

// AtObservations tests posteriors where no true θ is known: by the local classifier
// two-sample test, for which one draw of q(θ|x_i) is made for each simulation; and by
// whether the observations, m×w, are such as the simulator makes. It fails as Calibrate
// does, and panics where the widths of observations and of data differ.
func AtObservations(ctx context.Context, p Posterior, s Simulations, observations *mat.Dense, o *ObservationOptions) (*Local, error) {
	var r ObservationOptions
	if o != nil {
		r = *o
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	n, _ := s.Theta.Dims()
	m, _ := observations.Dims()
	l := &Local{Observations: make([]Observation, m), Compared: min(n, 2*noveltyMost)}
	if r.Part.Index <= 1 {
		var err error
		if l.Novelty, err = Misspecification(s.XNames, s.X, observations, r.Seed, r.Workers); err != nil {
			return nil, err
		}
	}
	if r.Nulls < 0 {
		return l, nil
	}
	r.Nulls, r.Draws = cmp.Or(r.Nulls, 99), cmp.Or(r.Draws, 1000)
	l.Pairs = cmp.Or(r.Pairs, min(n, MostPairs))
	if l.Pairs > n {
		return nil, fmt.Errorf("%d pairs are asked for, and there are %d simulations: give more, or ask for fewer", l.Pairs, n)
	}
	return l, l.classify(ctx, p, s.rows(0, l.Pairs), observations, &r)
}

// classify does L-C2ST with those classifiers that are of the part.
func (l *Local) classify(ctx context.Context, p Posterior, s Simulations, observations *mat.Dense, r *ObservationOptions) error {
	first, count := r.Part.Range(r.Nulls+1, 1)
	for i := range l.Observations {
		l.Observations[i].Nulls = r.Nulls
	}
	l.First = first
	if count == 0 { // there may be fewer classifiers than parts
		return nil
	}
	one, err := p.Sample(ctx, s.X, 0, 1, ^r.Seed)
	if err != nil {
		return err
	}
	draws, err := p.Sample(ctx, observations, 0, r.Draws, r.Seed)
	if err != nil {
		return err
	}
	test, err := metrics.NewLC2ST(ctx, s.Theta, one, s.X, metrics.LC2STOptions{
		Nulls: r.Nulls, First: first, Count: count, Seed: r.Seed, Workers: r.Workers, Progress: r.Progress,
	})
	if err != nil {
		return err
	}
	for i := range l.Observations {
		at := &l.Observations[i]
		part := draws.Slice(i*r.Draws, (i+1)*r.Draws, 0, len(s.ThetaNames)).(*mat.Dense)
		if at.Statistics, err = test.Statistics(observations.RawRowView(i), part); err != nil {
			return err
		}
		if r.Part.Whole() {
			at.finish()
		}
	}
	return nil
}

// finish fills in what follows from the statistics of all classifiers, and takes them away.
func (o *Observation) finish() {
	o.Statistic, o.P = metrics.LC2STOf(o.Statistics)
	o.Statistics = nil
}
