package main

import (
	"fmt"
	"math"

	"tweedie/datasets"
	"tweedie/guide"
)

// rewardLaw is a reward of rows, in nats, of a sum v = Σ w c of columns c in units of
// the table:
//
//	reward: {weights: {x: 1}, strength: 2}                 # strength v
//	reward: {weights: {x: 1}, strength: 2, target: 0.5}    # -strength (v - target)²/2
//
// Rows are then drawn from the model's law times the exponential of it.
type rewardLaw struct {
	Weights  map[string]float64 `yaml:"weights"`
	Target   *float64           `yaml:"target"`
	Strength float64            `yaml:"strength"` // 0 means 1
}

// build returns the reward as a guide.
func (r *rewardLaw) build(e *datasets.Codec) (guide.Reward, error) {
	sum, err := weights(e, r.Weights)
	if err != nil {
		return guide.Reward{}, err
	}
	if math.IsInf(r.Strength, 0) || math.IsNaN(r.Strength) {
		return guide.Reward{}, fmt.Errorf("reward: strength is %v: give a number", r.Strength)
	}
	if r.Target != nil && r.Strength < 0 {
		return guide.Reward{}, fmt.Errorf("reward: a negative strength pushes away from the target without end: leave the target away")
	}
	value := func(grad, x []float64, _ int) float64 {
		v := 0.0
		for _, c := range sum {
			u, _ := e.ToValue(c.position, x[c.position])
			v += c.weight * u
		}
		reward, slope := v, 1.0
		if r.Target != nil {
			reward, slope = -(v-*r.Target)*(v-*r.Target)/2, *r.Target-v
		}
		for _, c := range sum {
			_, s := e.ToValue(c.position, x[c.position])
			grad[c.position] += slope * c.weight * s
		}
		return reward
	}
	return guide.Reward{R: value, Strength: r.Strength}, nil
}
