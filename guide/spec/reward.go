package spec

import (
	"errors"
	"fmt"
	"math"

	"tweedie/datasets"
	"tweedie/guide"
)

// RewardEntry is a reward of rows, in nats, by a weighted sum or a formula v of columns in
// units of the table: Strength·v, or with a Target -Strength (v - Target)²/2. Rows are drawn from
// the law of the model times the exponential of the reward.
type RewardEntry struct {
	Weights  map[string]float64 `yaml:"weights"`
	Target   *float64           `yaml:"target"`
	Strength float64            `yaml:"strength"` // 0 means 1
	Formula  string             `yaml:"formula"`  // in the place of Weights
}

// Build returns the reward as a guide for rows encoded by c.
func (r *RewardEntry) Build(c *datasets.Codec) (guide.Reward, error) {
	if math.IsInf(r.Strength, 0) || math.IsNaN(r.Strength) {
		return guide.Reward{}, fmt.Errorf("reward: strength is %v: give a number", r.Strength)
	}
	if r.Target != nil && r.Strength < 0 {
		return guide.Reward{}, errors.New("reward: a negative strength pushes away from the target without end: leave the target out")
	}
	if r.Formula != "" {
		return r.byFormula(c)
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
		for _, p := range sum { // without levels: see NewColumnSum
			_, s := c.ToValue(p.number, x[p.number])
			grad[p.number] += slope * p.weight * s
		}
		return reward
	}
	return guide.Reward{R: value, Strength: r.Strength}, nil
}
