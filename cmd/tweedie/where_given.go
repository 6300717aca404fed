package main

import (
	"maps"
	"math"
	"slices"
)

// giveLevels gives the columns of which the conditions leave a single level, where
// they say something of other columns too, and the model can be given columns. A
// guide multiplies the chances of several conditions as if they were independent
// given x_t; what is given leaves one chance fewer to multiply.
func (r *request) giveLevels(b *bundle) error {
	if r.where == nil || !b.model.Parts || r.guides() < 2 {
		return nil
	}
	for _, k := range slices.Sorted(maps.Keys(r.where.sets)) {
		f := &r.where.meta.Columns[k]
		level, one := r.where.sets[k].only()
		if !one || f.Condition || f.Levels[level].Grouped || slices.Contains(r.fixed, k) {
			continue
		}
		if len(r.known) == 0 {
			r.known = [][]float64{nothing(b.codec.Dim())}
		}
		for i, known := range r.known {
			r.known[i] = slices.Clone(known)
			if err := b.codec.EncodeCell(r.known[i], f.Name, f.Levels[level].Name); err != nil {
				return err
			}
		}
		r.fixed = append(r.fixed, k)
	}
	return nil
}

// guides is the number of conditions that rows are guided by.
func (r *request) guides() int {
	n := len(r.where.relations)
	for k := range r.where.sets {
		if !r.where.meta.Columns[k].Condition && !slices.Contains(r.fixed, k) {
			n++
		}
	}
	return n
}

// only is the level that is left of a categorical column, if it is one alone.
func (s *cellSet) only() (level int, one bool) {
	if s.levels == nil || s.missing {
		return 0, false
	}
	for l, in := range s.levels {
		if in && one {
			return 0, false
		}
		if in {
			level, one = l, true
		}
	}
	return level, one
}

// nothing is an encoded row of which nothing is given.
func nothing(dim int) []float64 {
	row := make([]float64, dim)
	for j := range row {
		row[j] = math.NaN()
	}
	return row
}
