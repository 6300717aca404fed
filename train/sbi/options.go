package sbi

import (
	"errors"
	"fmt"
	"math"

	"tweedie/datasets/prior"
	"tweedie/losses"
	"tweedie/sde"
	"tweedie/train"
)

// Blocks say that an observation is a set: Points rows of Width numbers behind each other,
// whose order means nothing.
type Blocks struct {
	Points int `json:"points"`
	Width  int `json:"width"`
}

// Options are the settings of Fit. Prior is required; the zero values of all others are the
// automatic recipe, a function of the simulations alone.
type Options struct {
	Prior        *prior.Prior // that the parameters were drawn from
	Exchangeable Blocks       // that an observation consists of; zero: looked for in the data
	Ordered      bool         // the order of the columns of the data means something: no points are looked for
	DropNaN      bool         // leave out simulations whose data are not finite, which is an error without it

	Steps  int     // most optimizer steps; fewer where held-out rows say so
	Batch  int     // rows in each step
	Rate   float64 // peak learning rate
	Hidden int     // width of the hidden layers
	Layers int     // number of hidden layers

	Seed    uint64
	Workers int // goroutines, 0 for one per core; changes no bit

	// Observe receives the reports of training. Its error ends the run.
	Observe func(train.Report) error
	// Stage is told when the training of a network begins; nil for none.
	Stage func(Stage)
	// Version, Data and DataSHA256 are recorded in the provenance of the model.
	Version, Data, DataSHA256 string

	truncated bool // parameters are of a part of the prior, on purpose

	// For ablations.
	only *plan // in place of the choice
	many int   // members
}

// holdout is the share of n simulations that a network is validated on: a tenth, but 200 of
// them, or a fifth, if they are few.
func holdout(n int) float64 { return max(0.1, min(0.2, 200/float64(n))) }

func (o *Options) check() error {
	if o == nil || o.Prior == nil {
		return errors.New("sbi: no prior: give the law that the parameters were drawn from, as prior.New, prior.Read or a task of simulators has it (--prior FILE.yaml or --prior task:NAME)")
	}
	if b := o.Exchangeable; b != (Blocks{}) && (b.Points < 2 || b.Width < 1) {
		return fmt.Errorf("sbi: exchangeable blocks of %d points of %d numbers: give at least two points", b.Points, b.Width)
	}
	if o.Ordered && o.Exchangeable != (Blocks{}) {
		return errors.New("sbi: ordered data of exchangeable points: give one or the other")
	}
	for _, c := range []struct {
		name string
		v    float64
	}{{"steps", float64(o.Steps)}, {"batch", float64(o.Batch)}, {"rate", o.Rate}, {"hidden", float64(o.Hidden)}, {"layers", float64(o.Layers)}} {
		if !(c.v >= 0) || math.IsInf(c.v, 0) {
			return fmt.Errorf("sbi: %s is %v: give a positive number, or 0 for the automatic one", c.name, c.v)
		}
	}
	return nil
}

// times is the law of training times: posteriors are often much narrower than their base.
var times = losses.Times{Law: losses.LogNormalSigma{Mean: -2, Std: 1.5, Floor: 0.1}, Spread: losses.Stratified}

func objective() losses.Denoising {
	return losses.Denoising{Sched: sde.VP{}, Times: times}
}

// A network of one coordinate is small, and what it lacks after some thousand steps is due to
// the noise of its gradients: batches of all rows, at most so many, in fewer steps.
const (
	coordinateBatch = 4096 // at most
	coordinateSteps = 8    // fewer by this
)

// config is the run of a network, of all coordinates or of one, on n rows, of so many steps.
func (o *Options) config(n, steps int, one bool) train.Config {
	loss := objective()
	c := train.Config{
		Steps: steps, Batch: o.Batch, Rate: train.Rate{Peak: o.Rate}, Objective: loss, Validation: loss.Fixed(16),
		Draws: 8192, Patience: 12, Seed: o.Seed, Workers: o.Workers,
	}
	if one {
		set(&c.Batch, min(n, coordinateBatch))
	}
	set(&c.Batch, map[bool]int{true: 512, false: 256}[n >= 50_000])
	set(&c.Rate.Peak, 5e-3)
	return c
}

// set gives *v a default.
func set[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}
