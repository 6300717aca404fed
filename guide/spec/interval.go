package spec

import (
	"errors"
	"maps"
	"math"
	"slices"

	"tweedie/datasets"
	"tweedie/guide"
)

// Interval is Min ≤ v ≤ Max for a column, a weighted sum of columns or a formula, in
// units of the table. One end may be nil.
type IntervalEntry struct {
	Column  string             `yaml:"column"`
	Weights map[string]float64 `yaml:"weights"`
	Min     *float64           `yaml:"min"`
	Max     *float64           `yaml:"max"`
	Formula string             `yaml:"formula"`
}

func (v *IntervalEntry) weights() (map[string]float64, error) {
	if (v.Column == "") == (v.Weights == nil) {
		return nil, errors.New("within needs a column, weights of columns, or a formula")
	}
	if v.Weights == nil {
		return map[string]float64{v.Column: 1}, nil
	}
	return v.Weights, nil
}

// ends are infinite where there is no bound.
func (v *IntervalEntry) ends() (lo, hi float64, err error) {
	lo, hi = math.Inf(-1), math.Inf(1)
	if v.Min != nil {
		lo = *v.Min
	}
	if v.Max != nil {
		hi = *v.Max
	}
	if !(lo < hi) || math.IsInf(lo, -1) && math.IsInf(hi, 1) {
		return 0, 0, errors.New("within needs a min, a max or both, min below max")
	}
	return lo, hi, nil
}

func (v *IntervalEntry) build(c *datasets.Codec) (guide.Term, error) {
	if v.Formula != "" {
		return v.byFormula(c)
	}
	weights, err := v.weights()
	if err != nil {
		return nil, err
	}
	sum, err := NewColumnSum(c, weights)
	if err != nil {
		return nil, err
	}
	lo, hi, err := v.ends()
	if err != nil {
		return nil, err
	}
	if a, offset, ok := sum.affine(c); ok {
		return guide.Within{{A: a, Lo: lo - offset, Hi: hi - offset}}, nil
	}
	if len(sum) > 1 {
		return nil, errors.New("within: a sum of columns that are encoded by their quantiles is not linear: standardize their encoding, or bound the columns one by one")
	}
	p := sum[0] // T is monotone: an interval stays one
	if p.weight == 0 {
		return nil, errors.New("within: the weight of the column is 0")
	}
	lo, hi = encoded(c, p.number, lo/p.weight), encoded(c, p.number, hi/p.weight)
	return guide.Within{guide.Interval(c.Dim(), p.number, min(lo, hi), max(lo, hi))}, nil
}

// encoded is the encoded value of a bound, which may be infinite.
func encoded(c *datasets.Codec, position int, v float64) float64 {
	if math.IsInf(v, 0) {
		return v
	}
	return c.FromValue(position, v)
}

// Bound is an interval as it is checked on cells, after decoding and rounding.
type Bound struct {
	columns []int
	weights []float64
	lo, hi  float64
	formula *cellFormula // in the place of the sum; nil without
}

// Bounds returns the intervals of the file, those of its terms that have Within or Truncate.
func (f *File) Bounds(c *datasets.Codec) ([]Bound, error) {
	var list []Bound
	for i, t := range f.Terms {
		v := t.interval()
		if v == nil {
			continue
		}
		b, err := v.bound(c)
		if err != nil {
			return nil, f.errorAt(i, err)
		}
		list = append(list, b)
	}
	return list, nil
}

func (v *IntervalEntry) bound(c *datasets.Codec) (b Bound, err error) {
	if v.Formula != "" {
		f, lo, hi, err := v.formula(c)
		if err != nil {
			return b, err
		}
		return Bound{lo: lo, hi: hi, formula: f.onCells()}, nil
	}
	weights, err := v.weights()
	if err != nil {
		return b, err
	}
	if _, err := NewColumnSum(c, weights); err != nil { // refuses columns that are not numbers
		return b, err
	}
	if b.lo, b.hi, err = v.ends(); err != nil {
		return b, err
	}
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		j := slices.IndexFunc(c.Metadata().Columns, func(f datasets.Field) bool { return f.Name == name })
		b.columns, b.weights = append(b.columns, j), append(b.weights, weights[name])
	}
	return b, nil
}

// Holds reports whether row i of the cells is within the interval.
func (b Bound) Holds(cells *datasets.Cells, i int) bool {
	v := 0.0
	for k, j := range b.columns {
		v += b.weights[k] * cells.Number(i, j)
	}
	if b.formula != nil {
		v = b.formula.value(cells, i)
	}
	return v >= b.lo && v <= b.hi
}
