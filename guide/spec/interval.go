package spec

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"tweedie/datasets"
	"tweedie/datasets/where"
	"tweedie/guide"
)

// Interval is Min ≤ v ≤ Max for a column, a weighted sum of columns or a formula, in
// units of the table. One end may be nil. Values are those of cells: of a column that is
// rounded the guide reaches half a step beyond its outermost values, to all numbers that are
// rounded to them, and Min may equal Max; of a sum see withinSum. Formulas that are not sums
// of columns are bounded as they are.
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

// ends are infinite where there is no bound. They may be equal if points says so.
func (v *IntervalEntry) ends(points bool) (lo, hi float64, err error) {
	lo, hi = math.Inf(-1), math.Inf(1)
	if v.Min != nil {
		lo = *v.Min
	}
	if v.Max != nil {
		hi = *v.Max
	}
	if !(lo < hi || points && lo == hi) || math.IsInf(lo, -1) && math.IsInf(hi, 1) {
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
	for _, p := range sum {
		if p.levels != nil {
			return nil, fmt.Errorf("within: each value of column %q is a level: bound it by a condition, or truncate it", p.field.Name)
		}
	}
	if len(sum) == 1 {
		return v.ofColumn(c, sum[0])
	}
	lo, hi, err := v.ends(false)
	if err != nil {
		return nil, err
	}
	w, ok := withinSum(c, sum, lo, hi)
	if !ok {
		return nil, errors.New("within: a sum of columns that are encoded by their quantiles is not linear: standardize their encoding, or bound the columns one by one")
	}
	return w, nil
}

// withinSum is the guide to lo ≤ s ≤ hi for an affine sum s. Its cells are rounded one by
// one, each by up to half a step of its column: encoded rows whose cells hold are within
// Σ_j |w_j| step_j/2 of the interval, by which it is wider at each end (but for numbers
// that are clipped to the range of their column). Half of the step of the sum itself would
// lose some of them.
func withinSum(c *datasets.Codec, s ColumnSum, lo, hi float64) (_ guide.Within, ok bool) {
	a, offset, ok := s.affine(c)
	if !ok {
		return nil, false
	}
	half := 0.0
	for _, p := range s {
		half += math.Abs(p.weight) * p.field.Step() / 2
	}
	return guide.Within{{A: a, Lo: lo - half - offset, Hi: hi + half - offset}}, true
}

// beyond is farther, in encoded units, than any row is.
const beyond = 1e6

// ofColumn is the guide to an interval of the weighted column p: of its encoded numbers, up
// to the ends of the cells that are rounded to its outermost values.
func (v *IntervalEntry) ofColumn(c *datasets.Codec, p part) (guide.Term, error) {
	lo, hi, err := v.encoded(c, p)
	if err != nil {
		return nil, err
	}
	if math.IsInf(lo, -1) && math.IsInf(hi, 1) { // all rows are within
		lo = -beyond
	}
	return guide.Within{guide.Interval(c.Dim(), p.number, lo, hi)}, nil
}

// encoded are the ends of the encoded numbers of the column p. It errs where no value of
// the column is within the interval.
func (v *IntervalEntry) encoded(c *datasets.Codec, p part) (lo, hi float64, err error) {
	if p.weight == 0 {
		return 0, 0, errors.New("within: the weight of the column is 0")
	}
	if lo, hi, err = v.ends(p.field.Step() > 0); err != nil {
		return 0, 0, err
	}
	lo, hi = lo/p.weight, hi/p.weight // decimals that are exact but for rounding errors
	if p.weight != 1 {
		lo, hi = min(lo, hi), max(lo, hi)
		lo, hi = lo-math.Abs(lo)*roundoff, hi+math.Abs(hi)*roundoff
	}
	w, err := where.Parse(c, c.Extrapolates(), nil)
	if err != nil {
		return 0, 0, err
	}
	k := w.Column(p.field.Name)
	if err := w.Restrict(k, &where.Set{Numbers: []where.Segment{{Lo: lo, Hi: hi}}}, "within"); err != nil {
		return 0, 0, v.outside(c, p.field, k)
	}
	lo, hi, _ = w.Interval(k)
	return lo, hi, nil
}

// roundoff is the relative error of a bound that is divided by a weight.
const roundoff = 1e-12

// outside is the error of an interval that holds no value of column k.
func (v *IntervalEntry) outside(c *datasets.Codec, f *datasets.Field, k int) error {
	ends := datasets.NewCells(c.Metadata(), 2)
	ends.SetNumber(0, k, f.Range.Min)
	ends.SetNumber(1, k, f.Range.Max)
	text := fmt.Sprintf("the table has %s from %s to %s", f.Name, ends.AppendText(nil, 0, k), ends.AppendText(nil, 1, k))
	if s := f.Step(); s > 0 {
		text += fmt.Sprintf(", in steps of %.12g", s)
	}
	return fmt.Errorf("%s: no row of the model satisfies %s", text, v.text())
}

// text says which ends there are, as "min 30, max 32".
func (v *IntervalEntry) text() string {
	var parts []string
	if v.Min != nil {
		parts = append(parts, fmt.Sprintf("min %.12g", *v.Min))
	}
	if v.Max != nil {
		parts = append(parts, fmt.Sprintf("max %.12g", *v.Max))
	}
	return strings.Join(parts, ", ")
}

// String says what is bounded, and how.
func (v *IntervalEntry) String() string {
	what := cmp.Or(v.Formula, v.Column)
	if v.Weights != nil {
		var terms []string
		for _, name := range slices.Sorted(maps.Keys(v.Weights)) {
			terms = append(terms, fmt.Sprintf("%.12g*%s", v.Weights[name], name))
		}
		what = strings.Join(terms, " + ")
	}
	return what + " " + v.text()
}

// Bound is an interval as it is checked on cells, after decoding and rounding.
type Bound struct {
	columns []int
	weights []float64
	lo, hi  float64
	formula *cellFormula // in the place of the sum; nil without
	text    string
}

// String says what is bounded, and how, as "age min 30, max 32".
func (b Bound) String() string { return b.text }

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
		return Bound{lo: lo, hi: hi, formula: f.onCells(), text: v.String()}, nil
	}
	weights, err := v.weights()
	if err != nil {
		return b, err
	}
	sum, err := NewColumnSum(c, weights) // refuses columns that are not numbers
	if err != nil {
		return b, err
	}
	if len(sum) == 1 { // refuses intervals without a value
		if _, _, err := v.encoded(c, sum[0]); err != nil {
			return b, err
		}
	}
	if b.lo, b.hi, err = v.ends(len(sum) == 1); err != nil {
		return b, err
	}
	b.text = v.String()
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
