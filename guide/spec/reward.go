package spec

import (
	"errors"
	"fmt"

	"tweedie/datasets"
	"tweedie/guide"
)

// RewardEntry is a reward of rows, in nats, by a weighted sum or a formula v of columns in
// units of the table: Strength·v, or with a Target -Strength (v - Target)²/2. Rows are drawn from
// the law of the model times the exponential of the reward.
type RewardEntry struct {
	Weights  map[string]float64 `yaml:"weights"`
	Target   *float64           `yaml:"target"`
	Strength OverTime           `yaml:"strength"` // 0 means 1
	Formula  string             `yaml:"formula"`  // in the place of Weights
}

// Build returns the reward as a guide for rows encoded by c.
func (r *RewardEntry) Build(c *datasets.Codec) (guide.Reward, error) {
	strength, over, err := r.Strength.get("strength")
	if err != nil {
		return guide.Reward{}, fmt.Errorf("reward: %w", err)
	}
	if r.Target != nil && strength < 0 {
		return guide.Reward{}, errors.New("reward: a negative strength pushes away from the target without end: leave the target out")
	}
	if r.Formula != "" {
		reward, err := r.byFormula(c)
		reward.Strength, reward.StrengthFunc = strength, over
		return reward, err
	}
	sum, err := NewColumnSum(c, r.Weights)
	if err != nil {
		return guide.Reward{}, err
	}
	target := r.Target
	value := func(grad, x []float64, _ int) float64 {
		v := sum.value(c, x)
		reward, slope := v, 1.0
		if target != nil {
			reward, slope = -(v-*target)*(v-*target)/2, *target-v
		}
		sum.gradient(c, x, func(at int, s float64) { grad[at] += slope * s })
		return reward
	}
	return guide.Reward{R: value, Strength: strength, StrengthFunc: over}, nil
}
