package where

import (
	"fmt"
	"math"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// Relation is the condition Σ_k Weights[k] v_k Op Bound on the numbers v_k of two
// columns or more, in units of the table.
type Relation struct {
	Columns []int           // of the metadata, increasing
	Weights map[int]float64 // by column, not 0
	Op      string          // <, <=, >, >=, = or !=
	Bound   float64
	Text    string // the expression that it comes from
}

// roundoff is the error of a sum of decimals relative to its absolute terms.
const roundoff = 1e-12

// Holds reports whether the relation holds in row i of c. Sums that differ from
// the bound by rounding errors alone are equal to it. A relation does not hold
// when a cell of it is missing.
func (r Relation) Holds(c *datasets.Cells, i int) bool {
	sum, size := -r.Bound, math.Abs(r.Bound)
	for _, k := range r.Columns {
		v := r.Weights[k] * c.Number(i, k)
		sum += v
		size += math.Abs(v)
	}
	if math.IsNaN(sum) {
		return false
	}
	if math.Abs(sum) <= roundoff*size {
		sum = 0
	}
	return satisfies(sum, r.Op, 0)
}

// Names lists the columns of r, quoted, in the order of m.
func (r Relation) Names(m *datasets.Metadata) string {
	var names []string
	for _, k := range r.Columns {
		names = append(names, m.Columns[k].Name)
	}
	return suggest.List(names, 4)
}

// Steps returns the distance of neighboring values of the sum, which is the greatest common divisor of
// the steps of its terms, and the largest of these steps. Both are 0 when one of the columns is not rounded, and the first
// is when the steps have no common divisor.
func (r Relation) Steps(m *datasets.Metadata) (common, largest float64) {
	for _, k := range r.Columns {
		s := m.Columns[k].Step() * math.Abs(r.Weights[k])
		if s == 0 {
			return 0, 0
		}
		largest = max(largest, s)
	}
	for _, k := range r.Columns {
		common = commonDivisor(common, m.Columns[k].Step()*math.Abs(r.Weights[k]), finestStep*largest)
	}
	if common < finestStep*largest {
		common = 0
	}
	return common, largest
}

// finestStep is the least common divisor of steps that are taken for multiples of one, relative to the largest.
const finestStep = 1e-9

// commonDivisor is the greatest common divisor of a and b, remainders up to tolerance being 0.
func commonDivisor(a, b, tolerance float64) float64 {
	for b > tolerance {
		a, b = b, math.Abs(a-b*math.Round(a/b))
	}
	return a
}

// relate adds a relation, whose columns are then not missing. It errs when no row holds it.
func (c *Conditions) relate(r Relation) error {
	for _, k := range r.Columns {
		if f := &c.meta.Columns[k]; f.Missing > 0 {
			if err := c.Restrict(k, anyValue(f), r.Text); err != nil {
				return err
			}
		}
	}
	if _, largest := r.Steps(c.meta); r.Op == "=" && largest == 0 {
		return fmt.Errorf("numbers that are not rounded are equal with probability 0: give a range, or observe the sum in a guide file")
	}
	if !c.extrapolates && !r.possible(c.meta) {
		return fmt.Errorf("the values of %s in the table never do that", r.Names(c.meta))
	}
	c.relations = append(c.relations, r)
	return nil
}

// possible reports whether numbers within the ranges of the columns can satisfy r.
func (r Relation) possible(m *datasets.Metadata) bool {
	least, most := -r.Bound, -r.Bound
	for _, k := range r.Columns {
		f, w := &m.Columns[k], r.Weights[k]
		least += min(w*f.Range.Min, w*f.Range.Max)
		most += max(w*f.Range.Min, w*f.Range.Max)
	}
	slack := roundoff * (math.Abs(least) + math.Abs(most) + math.Abs(r.Bound))
	sums := Segment{Lo: least - slack, Hi: most + slack}
	return slices.ContainsFunc(solutions(r.Op, 0), func(s Segment) bool { return !s.and(sums).empty() })
}

// check errs unless r is a comparison of columns of one unit with finite numbers. Dates that
// are counted in different units it makes ones in seconds, which go with no other number.
func (r Relation) check(m *datasets.Metadata) error {
	if len(r.Columns) == 0 {
		return fmt.Errorf("no column is left in this comparison: name one, as in age >= 30")
	}
	first, apart := &m.Columns[r.Columns[0]], 0
	for _, k := range r.Columns {
		f := &m.Columns[k]
		isDate := f.Type == datasets.TypeDateTime
		if math.IsInf(r.Weights[k], 0) || math.IsInf(r.Bound, 0) {
			return fmt.Errorf("the numbers are too large")
		}
		if isDate != (first.Type == datasets.TypeDateTime) || (f.Unit() == 0) != (first.Unit() == 0) {
			return fmt.Errorf("%s and %s are in different units: dates are compared with dates, and times of day with times of day", suggest.Quote(first.Name), suggest.Quote(f.Name))
		}
		if f.Unit() != first.Unit() {
			apart = k
		}
	}
	switch {
	case apart == 0:
		return nil
	case r.Bound != 0:
		return fmt.Errorf("%s and %s are dates of different units, days or seconds, which go with no number: compare them alone", suggest.Quote(first.Name), suggest.Quote(m.Columns[apart].Name))
	}
	for _, k := range r.Columns {
		r.Weights[k] *= m.Columns[k].Unit()
	}
	return nil
}
