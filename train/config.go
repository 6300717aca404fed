package train

import (
	"cmp"
	"fmt"
	"math"
	"runtime"

	"tweedie/losses"
)

// Config of a run. Zero values take the defaults given. Everything but Workers
// and Observe is part of the result: the same Config, Data and model give the
// same bits.
type Config struct {
	Steps int `json:"steps"` // optimizer steps; required
	Batch int `json:"batch"` // rows per step; 0 means 512

	Rate        Rate    `json:"rate"`
	Beta1       float64 `json:"beta1"`        // decay of Adam's first moment; 0 means 0.9
	Beta2       float64 `json:"beta2"`        // of its second; 0 means 0.99
	Eps         float64 `json:"eps"`          // 0 means 1e-8
	WeightDecay float64 `json:"weight_decay"` // decoupled (AdamW), times the rate; 0 means none
	Clip        float64 `json:"clip"`         // bound of the gradient's norm; 0 means 1, negative none
	EMA         float64 `json:"ema"`          // decay of the parameter average; 0 means 0.999

	Objective losses.Objective        `json:"-"`       // what to regress on; required
	Dropout   losses.ConditionDropout `json:"dropout"` // of conditions
	Masking   losses.Masking          `json:"masking"` // which parts of the rows are given
	// UnitDropout is the share of the hidden units that a step drops: see
	// nn.UnitDropout. With Masking, units are dropped only in rows with given values,
	// which a network memorizes first; rows without given values are drawn closer to
	// the law if trained without dropout.
	UnitDropout float64 `json:"unit_dropout"`

	Validation losses.Objective `json:"-"`           // the same draws in every validation; nil means Objective
	Every      int              `json:"every"`       // steps between validations, reports and saves; 0 means Steps/50, at least 1
	Draws      int              `json:"validations"` // noisy rows per validation; 0 means 4096
	Patience   int              `json:"patience"`    // validations without improvement before stopping; 0 means never

	Seed    uint64 `json:"seed"`
	Workers int    `json:"-"` // goroutines; 0 means GOMAXPROCS. Never changes a bit.

	// Observe is called every Every steps and after the last. An error stops the
	// run and is returned.
	Observe func(Report) error `json:"-"`
	// Save is called after each Observe, when the state is worth keeping. See
	// Trainer.State and Trainer.Model.
	Save func(*Trainer) error `json:"-"`
}

// Report is the state of a run after some steps.
type Report struct {
	Step       int     `json:"step"` // steps done
	Steps      int     `json:"steps"`
	Loss       float64 `json:"loss"`                 // mean training loss since the last report
	Rate       float64 `json:"rate"`                 // learning rate of the last step
	GradNorm   float64 `json:"grad_norm"`            // of the last step, before clipping
	Validation float64 `json:"validation,omitempty"` // of the averaged parameters on held-out rows
	Best       float64 `json:"best,omitempty"`       // lowest Validation so far
	// ConditionGap is the mean of w |D_c − D_∅|² on the held-out rows: what the
	// conditions change, in units of the loss. Near 0 the network ignores them.
	ConditionGap float64 `json:"condition_gap,omitempty"`
	Final        bool    `json:"final,omitempty"`
}

func (c Config) withDefaults() (Config, error) {
	if c.Steps < 1 {
		return c, fmt.Errorf("train: the number of steps must be positive, not %d", c.Steps)
	}
	if c.Objective == nil {
		return c, fmt.Errorf("train: no objective")
	}
	c.Beta1, c.Beta2, c.Eps = cmp.Or(c.Beta1, 0.9), cmp.Or(c.Beta2, 0.99), cmp.Or(c.Eps, 1e-8)
	c.Clip, c.EMA = cmp.Or(c.Clip, 1), cmp.Or(c.EMA, 0.999)
	c.Batch, c.Every, c.Draws = cmp.Or(c.Batch, 512), cmp.Or(c.Every, max(1, c.Steps/50)), cmp.Or(c.Draws, 4096)
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Batch < 0 || c.Every < 0 || c.Draws < 0 || c.Patience < 0 {
		return c, fmt.Errorf("train: negative size: batch %d, every %d, draws %d, patience %d", c.Batch, c.Every, c.Draws, c.Patience)
	}
	for _, p := range []struct {
		name  string
		v     float64
		below float64
	}{{"beta1", c.Beta1, 1}, {"beta2", c.Beta2, 1}, {"EMA decay", c.EMA, 1}, {"weight decay", c.WeightDecay, math.Inf(1)}, {"eps", c.Eps, math.Inf(1)}} {
		if !(p.v >= 0 && p.v < p.below) {
			return c, fmt.Errorf("train: %s is %v: it must lie in [0, %v)", p.name, p.v, p.below)
		}
	}
	if !(c.UnitDropout >= 0 && c.UnitDropout < 1) {
		return c, fmt.Errorf("train: share of the hidden units to leave out is %v: it must lie in [0, 1)", c.UnitDropout)
	}
	if c.Validation == nil {
		c.Validation = c.Objective
	}
	var err error
	c.Rate, err = c.Rate.withDefaults(c.Steps)
	return c, err
}
