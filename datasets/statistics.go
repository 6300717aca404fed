package datasets

import (
	"math"
	"slices"
)

// What makes a frequent value an Atom: it holds at least atomShare of the
// rows, atomLead times as many as the next most frequent, and the other values
// are varied. Heaped measurements (round numbers) and counts are not atoms.
const (
	atomShare    = 0.03
	atomLead     = 4
	atomDistinct = 20
)

// estimate fills in the statistics of a numeric column.
func (s *ColumnSchema) estimate(c *Column) *Error {
	sorted := slices.Clone(c.Values)
	slices.Sort(sorted)
	s.Decimals, s.Integer = c.Decimals, c.Integer
	s.Min, s.Max = sorted[0], sorted[len(sorted)-1]
	s.Constant = s.Min == s.Max
	s.countValues(sorted)
	if s.Constant {
		s.Mean = s.Min
		return nil
	}
	// On the unit interval neither sums nor squares overflow.
	width := s.Max - s.Min
	var mean, square float64
	for _, v := range c.Values {
		mean += (v - s.Min) / width
	}
	mean /= float64(len(c.Values))
	for _, v := range c.Values {
		d := (v-s.Min)/width - mean
		square += d * d
	}
	s.Mean = s.Min + width*mean
	s.Std = width * math.Sqrt(square/float64(len(c.Values)))
	if math.IsInf(width, 0) || s.Std < minStd {
		return &Error{Column: s.Name, Found: "its spread is beyond a float64", Remedy: "rescale the column"}
	}
	return nil
}

// minStd is the smallest standard deviation that can be divided by without
// losing digits to denormal numbers.
const minStd = 1e-290

// countValues finds the number of distinct values, and the atom.
func (s *ColumnSchema) countValues(sorted []float64) {
	var value float64
	first, second := 0, 0
	for i := 0; i < len(sorted); {
		k := i + 1
		for k < len(sorted) && sorted[k] == sorted[i] {
			k++
		}
		s.Distinct++
		if run := k - i; run > first {
			value, first, second = sorted[i], run, first
		} else if run > second {
			second = run
		}
		i = k
	}
	share := float64(first) / float64(len(sorted))
	if share >= atomShare && first >= atomLead*second && s.Distinct > atomDistinct {
		s.Atom = &Atom{value, share}
	}
}
