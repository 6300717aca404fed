package nn

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"tweedie/sde"
)

// Config describes a model before it has parameters.
type Config struct {
	Hidden, Layers  int          // of the MLP; 0 means 128 and 4
	FiLM            bool         // see MLP
	Schedule        sde.Schedule // nil means sde.VP{}
	Mean, Variance  []float64    // of the data the model will be trained on, per dimension
	Conditions      []Condition
	Categories      []Category // positions that hold the levels of a category
	FourierFeatures int        // frequencies of the Fourier features of each number: see fourier.go
	Raw             bool       // categories enter the network as noisy positions: see Category
	Conditional     bool       // values of some positions may be given: see Model.Conditional
	RowMoments      bool       // rows bring moments of their own: see rowmoments.go
	Encoder         *Encoder   // of numbers that the rows are conditioned on; nil for none
	Seed            uint64     // of the initial parameters
	// Network is one's own in the place of the MLP: then Hidden, Layers and FiLM must be
	// zero. Nil for the MLP.
	Network *Architecture
}

// maxLevels bounds the levels of a condition, so that no sum of them overflows.
const maxLevels = 1 << 24

// inputs checks the configuration; out is the width of the output, 0 for that of rows.
func (c Config) inputs(out int) (inputs, error) {
	if c.Network != nil {
		if c.Hidden != 0 || c.Layers != 0 || c.FiLM {
			return inputs{}, fmt.Errorf("nn: hidden layers are those of the built-in network: leave Hidden, Layers and FiLM away with a Network of your own")
		}
		if out != 0 {
			return inputs{}, fmt.Errorf("nn: classifiers and regressors have the built-in network: leave Network away")
		}
	} else {
		c.Hidden = cmp.Or(c.Hidden, 128)
		c.Layers = cmp.Or(c.Layers, 4)
	}
	if c.Schedule == nil {
		c.Schedule = sde.VP{}
	}
	if len(c.Mean) == 0 || len(c.Mean) != len(c.Variance) {
		return inputs{}, fmt.Errorf("nn: a model needs the mean and the variance of every dimension; got %d and %d", len(c.Mean), len(c.Variance))
	}
	for j, v := range c.Variance {
		if !(v >= 0) || math.IsInf(v, 0) || math.IsNaN(c.Mean[j]) || math.IsInf(c.Mean[j], 0) {
			return inputs{}, fmt.Errorf("nn: dimension %d has mean %v and variance %v: both must be finite", j, c.Mean[j], v)
		}
	}
	if c.FourierFeatures < 0 || c.FourierFeatures > maxFourier {
		return inputs{}, fmt.Errorf("nn: %d frequencies: from 0 to %d are possible", c.FourierFeatures, maxFourier)
	}
	for _, c := range c.Conditions {
		if err := c.check(); err != nil {
			return inputs{}, err
		}
	}
	if c.RowMoments && (len(c.Categories) > 0 || out != 0) {
		return inputs{}, fmt.Errorf("nn: moments of rows are for score models of numbers alone: leave RowMoments or the categories away")
	}
	if err := checkCategories(c.Categories, len(c.Mean)); err != nil {
		return inputs{}, err
	}
	net := MLP{
		Dim: len(c.Mean), Hidden: c.Hidden, Layers: c.Layers, FiLM: c.FiLM, Out: out,
		Feat: timeFeatures + conditionFeatures(c.Conditions),
	}
	in := inputs{
		Sched: c.Schedule, Conds: slices.Clone(c.Conditions), Cats: withLogs(c.Categories), Raw: c.Raw, Conditionable: c.Conditional, RowMoments: c.RowMoments,
		precond: newPrecond(c.Mean, c.Variance, c.Categories, c.Raw), fourier: c.FourierFeatures, parts: partsOf(c.Categories, len(c.Mean)),
	}
	if c.FourierFeatures > 0 {
		in.numbers = numbers(in.parts)
		net.Fourier = 2 * c.FourierFeatures * len(in.numbers)
	}
	if c.Conditional {
		net.Feat += len(in.parts)
	}
	if c.Encoder != nil {
		if c.Network != nil || out != 0 {
			return inputs{}, fmt.Errorf("nn: an encoder is for score models with the built-in network: leave it away")
		}
		var err error
		if net.Encoder, err = c.Encoder.withDefaults(); err != nil {
			return inputs{}, err
		}
		net.Feat += net.Encoder.Out
	}
	in.Net = net
	if c.Network == nil {
		return in, net.check()
	}
	var err error
	in.own, err = c.Network.discover(in)
	return in, err
}
