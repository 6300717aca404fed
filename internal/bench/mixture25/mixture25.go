// Package mixture25 measures how far guided rows are from the exact posterior: the
// sliced 1-Wasserstein distance, over random problems whose prior is a mixture of 25
// normals in eight dimensions. The scores of the prior are exact.
package mixture25

import (
	"context"
	"fmt"
	"slices"

	"tweedie/internal/bench"
	"tweedie/internal/numeric"
	"tweedie/internal/stream"
)

const (
	Name = "mixture25" // of the problems
	Dim  = 8           // of a row

	projections = 100
	maxRows     = 1 << 20
)

// Options are the settings of a measurement.
type Options struct {
	Count        int   // problems for each number of observations, at least 1
	Observations []int // numbers observed, each from 1 to Dim
	Rows         int   // per problem, 2 to 1 << 20
	Steps        int   // of each method, at least 2
	Seed         uint64
	Workers      int // 0 means one per core; changes no bit

	Remedies bool // also what corrects MMPS: recurrence, a corrector, its curvature, particles
	All      bool // also the methods without gradients and the particle methods
	// Trained takes one prior for all problems and measures everything with a network,
	// trained on draws of it for TrainSteps steps, as well.
	Trained    bool
	TrainSteps int
}

// Validate errs for options that cannot be honored.
func (o *Options) Validate() error {
	if o.Count < 1 || o.Rows < 2 || o.Rows > maxRows || o.Steps < 2 || o.Trained && o.TrainSteps < 1 {
		return fmt.Errorf("%d problems, %d rows, %d steps, %d steps of training: give at least 1, 2 to %d, at least 2, at least 1", o.Count, o.Rows, o.Steps, o.TrainSteps, maxRows)
	}
	for _, m := range o.Observations {
		if m < 1 || m > Dim {
			return fmt.Errorf("%d observations: give 1 to %d", m, Dim)
		}
	}
	return nil
}

// Report is the result of a measurement.
type Report struct {
	Bench    string   `json:"bench"`
	Problems int      `json:"problems"`
	Dim      int      `json:"dim"`
	Rows     int      `json:"rows"`
	Steps    int      `json:"steps"`
	Seed     uint64   `json:"seed"`
	Results  []Result `json:"results"`

	TrainSteps int          `json:"train_steps,omitempty"`
	Errors     []ScoreError `json:"score_errors,omitempty"`
}

// Result is the sliced 1-Wasserstein distance of the draws of a method to exact draws,
// over the problems.
type Result struct {
	Observations int       `json:"observations"`
	Method       string    `json:"method"`
	NFE          float64   `json:"nfe"` // denoiser evaluations of a row
	Mean         float64   `json:"mean"`
	Median       float64   `json:"median"`
	SE           float64   `json:"standard_error"`
	Each         []float64 `json:"each"`             // problem by problem
	Failed       int       `json:"failed,omitempty"` // problems that stopped with an error, not in the above
}

// Run measures every method on every problem.
func Run(ctx context.Context, o *Options) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	r := &Report{Bench: "guide/" + Name, Problems: o.Count, Dim: Dim, Rows: o.Rows, Steps: o.Steps, Seed: o.Seed}
	key := stream.NewKey(o.Seed, "bench/"+Name)
	var learned *network
	if o.Trained {
		var err error
		if learned, err = learn(ctx, o, key, r); err != nil {
			return nil, err
		}
	}
	for _, m := range o.Observations {
		results, err := o.problems(ctx, m, key.At(uint64(m)), learned)
		if err != nil {
			return nil, err
		}
		for _, row := range results {
			row.Observations = m
			row.summarize()
			r.Results = append(r.Results, row)
		}
	}
	return r, nil
}

// problems measures the problems with m observations.
func (o *Options) problems(ctx context.Context, m int, key stream.Key, learned *network) ([]Result, error) {
	var results []Result
	for k := range o.Count {
		at := key.At(uint64(k))
		p, err := newProblem(Dim, m, at, learned.law())
		if err != nil {
			return nil, err
		}
		one := run{problem: p, o: o, seed: stream.NewSource(at.At(0)).Uint64()}
		if err := one.all(ctx, learned); err != nil {
			return nil, fmt.Errorf("%d observations, problem %d: %w", m, k+1, err)
		}
		if results == nil {
			results = one.rows
			continue
		}
		for i := range results {
			results[i].Each = append(results[i].Each, one.rows[i].Each...)
			results[i].Failed += one.rows[i].Failed
		}
	}
	return results, nil
}

func (r *Result) summarize() {
	if len(r.Each) == 0 {
		return
	}
	sorted := slices.Clone(r.Each)
	slices.Sort(sorted)
	r.Median = bench.Quantile(sorted, 0.5)
	r.Mean, r.SE = numeric.MeanSE(r.Each)
}
