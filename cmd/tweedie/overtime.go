package main

import (
	"strconv"

	"tweedie/sde"
)

// overTime is the value of a flag that takes a number or a formula of the time.
type overTime struct {
	number  float64
	formula string
}

const overTimeType = "number or formula of t"

func (v *overTime) Type() string { return overTimeType }

func (v *overTime) String() string {
	if v.formula != "" {
		return v.formula
	}
	return strconv.FormatFloat(v.number, 'g', -1, 64)
}

// Set reads either. The schedule of the model, unknown here, matters to no error.
func (v *overTime) Set(text string) error {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		*v = overTime{number: n}
		return nil
	}
	if _, err := sde.ParseOverTime(text, sde.VP{}); err != nil {
		return err
	}
	*v = overTime{formula: text}
	return nil
}

// to stores what the user gave, if anything. A number of 0 becomes -1: see given.
func (v *overTime) to(changed bool, number *float64, formula *string) {
	if *formula = v.formula; v.formula == "" {
		given(changed, number, v.number)
	}
}
