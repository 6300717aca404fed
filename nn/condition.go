package nn

import (
	"fmt"
	"math"

	"tweedie/internal/kernel"
)

// Condition describes one variable that a model can be conditioned on. The
// value of a condition is a float64: the index of a level, a number where Levels
// is 0, or NaN for "not given". Every condition has a null token of its own, so
// any subset of them can be given, as far as training has left out such subsets
// (losses.ConditionDropout).
//
// A number v enters the network as (v − Mean)/Std; a Std of 0 means that it is
// standardized already.
type Condition struct {
	Name   string  `json:"name"`
	Levels int     `json:"levels"` // number of classes; 0 for a number
	Mean   float64 `json:"mean,omitempty"`
	Std    float64 `json:"std,omitempty"`
}

// String is how saved states of training name the condition: a stored format.
func (c Condition) String() string {
	if c.Std == 0 && c.Mean == 0 {
		return fmt.Sprintf("{Name:%s Levels:%d}", c.Name, c.Levels)
	}
	return fmt.Sprintf("{Name:%s Mean:%v Std:%v}", c.Name, c.Mean, c.Std)
}

// scaled is a number as the network sees it.
func (c Condition) scaled(v float64) float64 {
	if c.Std == 0 {
		return v
	}
	return (v - c.Mean) / c.Std
}

// check errs unless the condition can be one.
func (c Condition) check() error {
	if c.Levels < 0 || c.Levels > maxLevels {
		return fmt.Errorf("nn: condition %q has %d levels: from 0 to %d are possible", c.Name, c.Levels, maxLevels)
	}
	if !(c.Std >= 0) || math.IsInf(c.Std, 0) || math.IsNaN(c.Mean) || math.IsInf(c.Mean, 0) || c.Levels > 0 && (c.Std != 0 || c.Mean != 0) {
		return fmt.Errorf("nn: condition %q has mean %v and standard deviation %v: give finite ones of a number, and none of levels", c.Name, c.Mean, c.Std)
	}
	return nil
}

// width is the number of features of the condition. A class is one-hot over
// Levels+1, the last for the null token; a number is (value, null flag).
func (c Condition) width() int {
	if c.Levels == 0 {
		return 2
	}
	return c.Levels + 1
}

func conditionFeatures(cs []Condition) int {
	n := 0
	for _, c := range cs {
		n += c.width()
	}
	return n
}

// encodeConditions writes the features of a row of values, null tokens for a nil row.
func encodeConditions[T kernel.Float](f []T, cs []Condition, row []float64) {
	clear(f)
	for k, c := range cs {
		v := math.NaN()
		if row != nil {
			v = row[k]
		}
		w := c.width()
		switch {
		case math.IsNaN(v):
			f[w-1] = 1
		case c.Levels == 0:
			f[0] = T(c.scaled(v))
		default:
			f[int(v)] = 1
		}
		f = f[w:]
	}
}

// checkConditions reports the first value that the conditions cannot take.
func checkConditions(cs []Condition, row []float64) error {
	if len(row) != len(cs) {
		return fmt.Errorf("nn: %d condition values for a model with %d conditions", len(row), len(cs))
	}
	for k, c := range cs {
		v := row[k]
		switch {
		case math.IsNaN(v):
		case c.Levels == 0 && math.IsInf(v, 0):
			return fmt.Errorf("nn: condition %q is %v: give a finite number, or NaN for none", c.Name, v)
		case c.Levels > 0 && (v != math.Trunc(v) || v < 0 || v >= float64(c.Levels)):
			return fmt.Errorf("nn: condition %q has no level %v: levels are 0 to %d, NaN for none", c.Name, v, c.Levels-1)
		}
	}
	return nil
}
