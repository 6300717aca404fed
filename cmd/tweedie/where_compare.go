package main

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// reversed is the operator of the sides in the other order.
var reversed = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}

// compare adds the condition left op right.
func (p *whereParser) compare(left side, op token, right side) error {
	for _, s := range []side{left, right} {
		if s.lone.kind == tokenEnd || s.column < 0 {
			continue
		}
		f, err := p.w.field(s.column)
		if err != nil {
			return positioned{s.lone.at, err}
		}
		other, how := right, op.text
		if s.column == right.column && s.lone.at == right.lone.at {
			other, how = left, reversed[op.text]
		}
		if f.Levels != nil {
			return p.compareLevels(s, f, op, how, other)
		}
		if other.lone.kind != tokenEnd && other.column < 0 {
			v, err := p.w.value(f, other.lone.text)
			if err != nil {
				if s.lone.at == left.lone.at || right.column >= 0 { // perhaps a misspelt column
					if near, ok := suggest.Nearest(other.lone.text, p.w.names); ok && other.lone.kind == tokenWord && f.Type != datasets.TypeDateTime {
						return wrong(other.lone.at, "%s is neither a number nor a column: did you mean %s?", suggest.Quote(other.lone.text), near)
					}
				}
				return positioned{other.lone.at, err}
			}
			set := anyCell(f)
			set.missing, set.numbers = false, numbersThat(how, v)
			return p.w.restrict(s.column, set, p.text)
		}
	}
	return p.compareSums(left, op.text, right)
}

// compareLevels adds a condition on a categorical column.
func (p *whereParser) compareLevels(s side, f *datasets.Field, op token, how string, other side) error {
	if other.lone.kind == tokenEnd && len(other.terms) == 1 && other.terms[0].column < 0 { // -1
		t := other.terms[0]
		t.token.text = strconv.FormatFloat(t.weight, 'g', -1, 64)
		other.lone = t.token
	}
	if other.lone.kind == tokenEnd {
		return wrong(other.at, "a sum where a level of %s should be: %s is %s", suggest.Quote(f.Name), suggest.Quote(f.Name), f.Type)
	}
	set := anyCell(f)
	set.missing = false
	if how == "=" || how == "!=" {
		level, err := p.w.level(f, other.lone.text)
		if err != nil {
			if other.column >= 0 {
				return wrong(other.lone.at, "%s and %s are two columns, and only numbers and dates are compared with each other", suggest.Quote(f.Name), suggest.Quote(other.lone.text))
			}
			return positioned{other.lone.at, err}
		}
		for k := range set.levels {
			set.levels[k] = (k == level) == (how == "=")
		}
		return p.w.restrict(s.column, set, p.text)
	}
	bound, err := strconv.ParseFloat(other.lone.text, 64)
	for k, l := range f.Levels {
		v, e := strconv.ParseFloat(l.Name, 64)
		if e != nil || err != nil {
			return wrong(op.at, "%s is %s and has no order: use =, != or in (…)", suggest.Quote(f.Name), f.Type)
		}
		set.levels[k] = numbersThat(how, bound)[0].holds(v)
	}
	return p.w.restrict(s.column, set, p.text)
}

// compareSums adds a condition on sums of columns of numbers.
func (p *whereParser) compareSums(left side, op string, right side) error {
	r := relation{op: op, weights: map[int]float64{}, text: p.text}
	for k, s := range []side{left, right} {
		for _, t := range s.terms {
			w := t.weight * float64(1-2*k)
			switch {
			case t.column < 0 && math.IsNaN(t.weight):
				return p.unknown(t.token)
			case t.column < 0:
				r.bound -= w
				continue
			}
			f, err := p.w.field(t.column)
			if err != nil {
				return positioned{t.token.at, err}
			}
			if f.Levels != nil {
				return wrong(t.token.at, "%s is %s, and only numbers and dates are compared with each other", suggest.Quote(f.Name), f.Type)
			}
			r.weights[t.column] += w
		}
	}
	maps.DeleteFunc(r.weights, func(_ int, w float64) bool { return w == 0 })
	for k, w := range r.weights {
		r.scale += math.Abs(w)
		if f := &p.w.meta.Columns[k]; math.IsInf(w, 0) || math.IsInf(r.bound, 0) {
			return wrong(left.at, "the numbers are too large")
		} else if first := &p.w.meta.Columns[slices.Min(slices.Collect(maps.Keys(r.weights)))]; (f.Type == datasets.TypeDateTime) != (first.Type == datasets.TypeDateTime) || f.Type == datasets.TypeDateTime && f.Format != first.Format {
			return wrong(left.at, "%s and %s are in different units: dates are compared with dates of the same format", suggest.Quote(first.Name), suggest.Quote(f.Name))
		}
	}
	switch len(r.weights) {
	case 0:
		return wrong(left.at, "no column is left in this comparison: name one, as in age >= 30")
	case 1:
		for k, w := range r.weights {
			if w < 0 {
				r.op = reversed[r.op]
			}
			f := &p.w.meta.Columns[k]
			set := anyCell(f)
			set.missing, set.numbers = false, numbersThat(r.op, snap(f, r.bound/w))
			return p.w.restrict(k, set, p.text)
		}
	}
	r.columns = slices.Sorted(maps.Keys(r.weights))
	return p.w.relate(r)
}

// snap returns the number of the column's grid that v is but for rounding, or v.
func snap(f *datasets.Field, v float64) float64 {
	step := cellStep(f)
	if step == 0 {
		return v
	}
	pow := math.Round(1 / step)
	if near := math.Round(v*pow) / pow; math.Abs(near-v) <= 1e-12*math.Abs(v) {
		return near
	}
	return v
}

// cellStep is the width of what a written number stands for: 0 when numbers of
// the column are not rounded.
func cellStep(f *datasets.Field) float64 {
	switch {
	case f.Digits == nil || f.Digits.Max == datasets.Shortest:
		return 0
	case f.Type == datasets.TypeInteger:
		return 1
	}
	return math.Pow10(-f.Digits.Max)
}

// relation is Σ w v op bound for several columns of numbers, in units of the table.
type relation struct {
	columns []int // in order
	weights map[int]float64
	scale   float64
	op      string
	bound   float64
	text    string
}

// roundoff is what sums of decimals may differ by, relative to their size.
const roundoff = 1e-12

// holds reports whether the relation holds of row i; it does not where a cell is
// missing.
func (r relation) holds(c *datasets.Cells, i int) bool {
	sum, size := -r.bound, math.Abs(r.bound)
	for _, k := range r.columns {
		v := r.weights[k] * c.Number(i, k)
		sum += v
		size += math.Abs(v)
	}
	if math.IsNaN(sum) {
		return false
	}
	if math.Abs(sum) <= roundoff*size {
		sum = 0
	}
	return numbersThat(r.op, 0)[0].holds(sum) || r.op == "!=" && sum > 0
}
