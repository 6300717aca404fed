// Package bench measures the speed of this machine at training, sampling and guiding:
// rows per second, milliseconds per step, allocations, and the share of the peak. The
// peak is the speed of the matrix kernel on one thread with its operands in the
// first-level cache, measured before and after, times the number of workers. Only the
// products of the network count as work. Everything else that a step does lowers the
// share.
//
// Its subpackages measure what does not depend on the machine. Package accuracy measures
// the error of samplers, mixture25 the distance of guided rows to exact posteriors, tables
// the quality of models of tables, and coloring that of the colors of gray pictures.
// Package pictures draws each guide. All return values and print nothing. They read no
// clock but that of their options.
package bench

import (
	"context"
	"fmt"
	"time"

	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
	"tweedie/train"
)

// Loss is what models of laws in the plane are trained on under a schedule: times with
// ln(σ/α) ~ N(-2, 1.5²), a tenth of them uniform, and the weights of Karras et al. 2022.
func Loss(s sde.Schedule) losses.Denoising {
	times := losses.Times{Law: losses.LogNormalSigma{Mean: -2, Std: 1.5, Floor: 0.1}, Spread: losses.Stratified}
	return losses.Denoising{Sched: s, Times: times, Weight: losses.EDM{}}
}

// Fit trains a model on rows and returns the trained model. The held-out rows may be
// train.Data{}.
func Fit(ctx context.Context, m *nn.Model, rows, held train.Rows, c train.Config) (*nn.Model, error) {
	t, err := train.New(m, rows, held, c)
	if err != nil {
		return nil, err
	}
	if err := t.Run(ctx); err != nil {
		return nil, err
	}
	return t.Model(), nil
}

// Network is the size of the network that is measured.
type Network struct {
	Dim    int  `json:"dim"`            // columns of the data
	Hidden int  `json:"hidden"`         // width of the hidden layers
	Layers int  `json:"layers"`         // number of hidden layers
	FiLM   bool `json:"film,omitempty"` // time scales the layers, and does not only shift them
}

// Model returns an untrained model of standardized data.
func (n Network) Model(seed uint64) (*nn.Model, error) {
	mean, variance := make([]float64, n.Dim), make([]float64, n.Dim)
	for j := range variance {
		variance[j] = 1
	}
	return nn.New(nn.Config{
		Hidden: n.Hidden, Layers: n.Layers, FiLM: n.FiLM, Schedule: sde.VP{},
		Mean: mean, Variance: variance, Seed: seed,
	})
}

// Options are the settings that the measurements of speed share.
type Options struct {
	Network
	Seed     uint64
	Workers  int           // at least 1
	Duration time.Duration // of the measurement; positive
	Scaling  bool          // measure one worker as well, in turn with Workers

	// Clock tells the time. It must be set, as a rule to time.Now.
	Clock func() time.Time
	// Profile, if not nil, calls the function that measures, for instance under a
	// CPU profile.
	Profile func(measure func() error) error
}

// Validate errs for options that no measurement can use.
func (o *Options) Validate() error {
	if o.Dim < 1 || o.Hidden < 1 || o.Layers < 1 {
		return fmt.Errorf("a network of %d columns and %d layers of %d: all must be positive", o.Dim, o.Layers, o.Hidden)
	}
	if o.Workers < 1 || o.Duration <= 0 {
		return fmt.Errorf("%d workers for %v: both must be positive", o.Workers, o.Duration)
	}
	return nil
}

// workers are the numbers of workers to measure, one after the other.
func (o *Options) workers() []int {
	if o.Scaling {
		return []int{o.Workers, 1}
	}
	return []int{o.Workers}
}

// rounds is how often the measurements take turns: what disturbs the machine disturbs
// all of them.
const rounds = 5

// share is the time of one of n measurements in a round.
func (o *Options) share(n int) time.Duration { return o.Duration / time.Duration(rounds*n) }

// inTurn measures the runs in turn, several times over, and returns the peak of one
// thread in operations per second.
func inTurn[B any](o *Options, runs []B, rounds int, measure func(B) error) (peak float64, err error) {
	all := func() error {
		for range rounds {
			for _, b := range runs {
				if err := measure(b); err != nil {
					return err
				}
			}
		}
		return nil
	}
	profile := o.Profile
	if profile == nil {
		profile = func(measure func() error) error { return measure() }
	}
	peak = measurePeak(o.Clock)
	if err := profile(all); err != nil {
		return 0, err
	}
	return max(peak, measurePeak(o.Clock)), nil
}
