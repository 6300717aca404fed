package sbi

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
	"tweedie/guide/spec"
	"tweedie/internal/formula"
)

// statements are the entries of a guide file as log weights of parameters:
//
//	within, truncate   0 inside of the bounds, -Inf beyond
//	reward             strength · v, or with a target -strength (v - target)²/2
//	formula            log p(value | v), by the law of noise
//
// with v a parameter, a weighted sum of some, or a formula. Entries that need the columns of
// a table are refused, and those that no row of at has a log weight for.
func statements(f *spec.File, p *prior.Prior, at *mat.Dense) ([]statement, error) {
	var list []statement
	for i, t := range f.Terms {
		s, err := statementOf(t, p)
		if err == nil {
			s.name = fmt.Sprintf("guide %d", i+1)
			err = s.probe(at)
		}
		if err != nil {
			err = fmt.Errorf("guide %d: %w", i+1, err)
			if f.Path != "" {
				err = fmt.Errorf("%s: %w", f.Path, err)
			}
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func statementOf(t spec.Entry, p *prior.Prior) (statement, error) {
	bounds := cmp.Or(t.Within, t.Truncate)
	switch {
	case t.Prior != nil:
		return statement{}, errors.New("prior: the new prior of parameters is a file of its own (--prior-swap)")
	case t.Affine != nil:
		return statement{}, errors.New("affine: the likelihood to a power is an option of its own (--temper), which has a law")
	case t.Command != "" || t.Inverse != "" || t.Timeout != 0:
		return statement{}, errors.New("command: a program is no formula of the parameters: give formula or observe")
	case t.Method != "" || !t.Strength.IsZero() || !t.Zeta.IsZero() || !t.Anneal.IsZero() || t.Curvature:
		return statement{}, errors.New("method, strength, zeta, anneal and curvature are of guides of tables: what is said of parameters enters by its density")
	case bounds != nil && t.Reward == nil && t.Formula == nil && t.Observe == nil && t.Linear == nil:
		return boundsOf(bounds, p)
	case t.Reward != nil && bounds == nil && t.Formula == nil && t.Observe == nil && t.Linear == nil:
		return rewardOf(t.Reward, p)
	case bounds != nil || t.Reward != nil:
		return statement{}, errors.New("within, truncate and reward stand alone")
	}
	return observationOf(t, p)
}

// valueIn is the value of a parameter, of a weighted sum, or of a formula.
func valueIn(p *prior.Prior, text string, weights map[string]float64) (func(theta []float64) float64, error) {
	names := p.Names()
	if text != "" {
		if weights != nil {
			return nil, errors.New("a formula and weights: give one")
		}
		f, err := formula.Names{Vars: names, What: "parameter"}.Parse(text)
		if err != nil {
			return nil, err
		}
		return f.Value, nil
	}
	if len(weights) == 0 {
		return nil, errors.New("give a formula, or weights of parameters")
	}
	w := make([]float64, len(names))
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		j := slices.Index(names, name)
		if j < 0 {
			return nil, fmt.Errorf("there is no parameter %q", name)
		}
		w[j] = weights[name]
	}
	return func(theta []float64) float64 {
		s := 0.0
		for j, v := range theta {
			s += w[j] * v
		}
		return s
	}, nil
}

func boundsOf(b *spec.IntervalEntry, p *prior.Prior) (statement, error) {
	weights := b.Weights
	if b.Column != "" {
		if weights != nil || b.Formula != "" {
			return statement{}, errors.New("within: give a column, weights or a formula")
		}
		weights = map[string]float64{b.Column: 1}
	}
	v, err := valueIn(p, b.Formula, weights)
	if err != nil {
		return statement{}, fmt.Errorf("within: %w", err)
	}
	lo, hi := math.Inf(-1), math.Inf(1)
	if b.Min != nil {
		lo = *b.Min
	}
	if b.Max != nil {
		hi = *b.Max
	}
	if !(lo < hi) || math.IsInf(lo, -1) && math.IsInf(hi, 1) {
		return statement{}, errors.New("within: give a min, a max or both, min below max")
	}
	return statement{bound: true, value: func(theta []float64) float64 {
		if x := v(theta); x >= lo && x <= hi { // NaN is beyond
			return 0
		}
		return math.Inf(-1)
	}}, nil
}

func rewardOf(r *spec.RewardEntry, p *prior.Prior) (statement, error) {
	if r.Strength.Formula != "" {
		return statement{}, errors.New("reward: a strength over time has no law at the data: give a number")
	}
	v, err := valueIn(p, r.Formula, r.Weights)
	if err != nil {
		return statement{}, fmt.Errorf("reward: %w", err)
	}
	k := cmp.Or(r.Strength.Number, 1)
	if r.Target != nil && k < 0 {
		return statement{}, errors.New("reward: a negative strength pushes away from the target without end: leave the target out")
	}
	return statement{value: func(theta []float64) float64 {
		x := v(theta)
		if r.Target != nil {
			x = -(x - *r.Target) * (x - *r.Target) / 2
		}
		return orImpossible(k * x)
	}}, nil
}

// orImpossible makes what is no number impossible: a formula may have none somewhere.
func orImpossible(v float64) float64 {
	if math.IsNaN(v) {
		return math.Inf(-1)
	}
	return v
}

func observationOf(t spec.Entry, p *prior.Prior) (statement, error) {
	if t.Noise == nil {
		return statement{}, errors.New("an observation needs noise, the standard deviation of its error or a law")
	}
	law, err := t.Noise.Build()
	if err != nil {
		return statement{}, err
	}
	var values []func(theta []float64) float64
	var seen []float64
	add := func(text string, weights map[string]float64, y float64) error {
		v, err := valueIn(p, text, weights)
		if err == nil && (math.IsNaN(y) || math.IsInf(y, 0)) {
			err = fmt.Errorf("the observed value is %v", y)
		}
		values, seen = append(values, v), append(seen, y)
		return err
	}
	if len(t.Value) != len(t.Formula) {
		return statement{}, fmt.Errorf("%d values for %d formulas: give a value for each", len(t.Value), len(t.Formula))
	}
	for k, text := range t.Formula {
		if err := add(text, nil, t.Value[k]); err != nil {
			return statement{}, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Observe)) {
		if err := observable(p, name, t.Observe[name], t.Noise); err != nil {
			return statement{}, err
		}
		if err := add("", map[string]float64{name: 1}, t.Observe[name]); err != nil {
			return statement{}, err
		}
	}
	for _, l := range t.Linear {
		if err := add("", l.Weights, l.Value); err != nil {
			return statement{}, err
		}
	}
	if len(values) == 0 {
		return statement{}, errors.New("nothing is observed: give formula and value, observe or linear")
	}
	return statement{value: func(theta []float64) float64 {
		sum := 0.0
		for k, v := range values {
			lp, _ := law.LogProb(k, seen[k], v(theta), 0)
			sum += lp
		}
		return orImpossible(sum)
	}}, nil
}
