package spec

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"tweedie/datasets"
)

// ColumnSum is a weighted sum Σ_j w_j v_j of columns of numbers, in units of the table, as a
// function of an encoded row x. For a column whose cells are all numbers, v = T(x_z) at
// the position z of its number. A column with levels besides its number counts with
// its mean over them,
//
//	v = x_p T(x_z) + Σ_k x_k a_k,
//
// where x_p is the level "a number" and x_k that of the atom a_k. Where each value is a level
// (datasets.Field.LevelValues) T(x_z) is the only value that is no atom. A missing cell counts
// as 0.
type ColumnSum []part

type part struct {
	field           *datasets.Field
	weight          float64
	number, present int       // positions; present is -1 for a column without levels
	atoms           []float64 // whose levels follow present
	levels          []float64 // all values, if each is a level, present being the first
}

// each calls add with the positions of the levels of p and their values, if it has nothing else.
func (p *part) each(add func(at int, value float64)) {
	for k, v := range p.levels {
		add(p.present+k, v)
	}
}

// NewColumnSum returns the sum of the columns that weights names. It errs on a column that
// is not a number, and on one that is not always a number, because of missing cells or
// atoms.
func NewColumnSum(c *datasets.Codec, weights map[string]float64) (ColumnSum, error) {
	if len(weights) == 0 {
		return nil, errors.New("weights of columns are missing")
	}
	var s ColumnSum
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		w := weights[name]
		if math.IsNaN(w) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("the weight of column %q is %v: give a number", name, w)
		}
		p, err := newPart(c, name, w)
		if err != nil {
			return nil, err
		}
		if p.present >= 0 && (p.levels == nil || p.field.Missing > 0) {
			return nil, fmt.Errorf("column %q has missing cells, or values that stand out, and is not always a number: %s", name, remedy(p.field))
		}
		s = append(s, p)
	}
	return s, nil
}

func newPart(c *datasets.Codec, column string, weight float64) (p part, err error) {
	p.weight, p.field = weight, c.Metadata().Field(column)
	if p.number, p.present, err = c.Number(column); err != nil || p.present < 0 {
		return p, err
	}
	if p.levels = p.field.LevelValues(); p.levels != nil {
		return p, nil
	}
	for _, a := range p.field.Atoms {
		p.atoms = append(p.atoms, a.Value)
	}
	return p, nil
}

// remedy is what can be done about a column that is not always a number.
func remedy(f *datasets.Field) string {
	if f.Missing > 0 {
		return "bound it by a condition, give it, or train on the rows that have it"
	}
	return "bound it by a condition, give it, or standardize its encoding"
}

// affine returns the weights w of encoded numbers and the constant with
// s(x) = w·x + offset: with T(z) = mean + std z, Σ w v = Σ w mean + Σ (w std) z. ok is
// false if the sum is not affine in x.
func (s ColumnSum) affine(c *datasets.Codec) (w []float64, offset float64, ok bool) {
	w = make([]float64, c.Dim())
	for _, p := range s {
		if p.levels != nil {
			p.each(func(at int, v float64) { w[at] = p.weight * v })
			continue
		}
		mean, std, ok := c.Affine(p.number)
		if !ok || p.present >= 0 {
			return nil, 0, false
		}
		w[p.number] = p.weight * std
		offset += p.weight * mean
	}
	return w, offset, true
}

func (s ColumnSum) value(c *datasets.Codec, x []float64) float64 {
	sum := 0.0
	for _, p := range s {
		if p.levels != nil {
			p.each(func(at int, v float64) { sum += float64(p.weight * v * x[at]) })
			continue
		}
		v, _ := c.ToValue(p.number, x[p.number])
		if p.present >= 0 {
			v *= x[p.present]
			for k, a := range p.atoms {
				v += x[p.present+1+k] * a
			}
		}
		sum += p.weight * v
	}
	return sum
}

// gradient calls add with each position that the sum depends on and the derivative there.
func (s ColumnSum) gradient(c *datasets.Codec, x []float64, add func(at int, slope float64)) {
	for _, p := range s {
		if p.levels != nil {
			p.each(func(at int, v float64) { add(at, p.weight*v) })
			continue
		}
		v, slope := c.ToValue(p.number, x[p.number])
		if p.present < 0 {
			add(p.number, p.weight*slope)
			continue
		}
		add(p.number, p.weight*slope*x[p.present])
		add(p.present, p.weight*v)
		for k, a := range p.atoms {
			add(p.present+1+k, p.weight*a)
		}
	}
}
