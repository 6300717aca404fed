package sbi

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
)

// features turn an observation into the numbers that bases and networks see: each column on
// the scale on which its simulations are nearest to a normal law, standardized. A column that
// is constant in the simulations says nothing and is left out, and so is a copy of another.
type features struct {
	Width   int      `json:"width"`   // of an observation
	Columns []column `json:"columns"` // of an observation, or of the summaries of a set
	// Of a set of points, features are summaries, and networks see the points as well:
	// Points are their columns, alike for all points.
	Blocks Blocks   `json:"blocks,omitzero"`
	Points []column `json:"points,omitempty"`
}

// column is a feature, (T(x) − Mean)/SD.
type column struct {
	Index int     `json:"index"` // in the observation
	Scale scale   `json:"scale"`
	Mean  float64 `json:"mean"`
	SD    float64 `json:"sd"`
}

// scale is a monotone function T of the numbers x of a column: x itself, ln(1 + x/Unit) or
// √x for numbers that are not negative, asinh((x − Center)/Unit) for heavy tails.
type scale struct {
	Kind   string  `json:"kind"` // "", "log", "sqrt" or "asinh"
	Center float64 `json:"center,omitempty"`
	Unit   float64 `json:"unit,omitempty"`
}

func (s scale) of(x float64) float64 {
	switch s.Kind {
	case "log":
		return math.Log1p(max(x, 0) / s.Unit)
	case "sqrt":
		return math.Sqrt(max(x, 0))
	case "asinh":
		return math.Asinh((x - s.Center) / s.Unit)
	}
	return x
}

// scales are the candidates for sorted numbers. Counts have the unit 1.
func scales(v []float64) []scale {
	list := []scale{{}}
	at := func(q float64) float64 { return v[int(q*float64(len(v)-1))] }
	if spread := (at(0.75) - at(0.25)) / 1.35; spread > 0 {
		list = append(list, scale{Kind: "asinh", Center: at(0.5), Unit: spread})
	}
	if v[0] < 0 {
		return list
	}
	list = append(list, scale{Kind: "sqrt"})
	whole := !slices.ContainsFunc(v, func(x float64) bool { return x != math.Trunc(x) })
	unit := 1.0
	if !whole {
		first, _ := slices.BinarySearch(v, math.SmallestNonzeroFloat64)
		unit = v[first+(len(v)-1-first)/20]
	}
	return append(list, scale{Kind: "log", Unit: unit})
}

// normality is the correlation of T of sorted numbers with the quantiles of a normal law
// (Filliben 1975).
func (s scale) normality(v []float64) float64 {
	n := len(v)
	var a, b, aa, bb, ab float64
	for i, x := range v {
		p, q := s.of(x), math.Sqrt2*math.Erfinv(2*(float64(i)+0.5)/float64(n)-1)
		a, b, aa, bb, ab = a+p, b+q, aa+p*p, bb+q*q, ab+p*q
	}
	m := float64(n)
	return (ab - a*b/m) / math.Sqrt(max((aa-a*a/m)*(bb-b*b/m), 1e-300))
}

// mostSorted bounds the rows that a scale is chosen by.
const mostSorted = 5000

// preference is what another scale than x itself must gain in correlation.
const preference = 0.005

func newScale(x *mat.Dense, j int) scale {
	n, _ := x.Dims()
	step := (n + mostSorted - 1) / mostSorted
	var v []float64
	for i := 0; i < n; i += step {
		v = append(v, x.At(i, j))
	}
	slices.Sort(v)
	best, score := scale{}, scale{}.normality(v)+preference
	for _, s := range scales(v)[1:] {
		if r := s.normality(v); r > score {
			best, score = s, r
		}
	}
	return best
}

func newFeatures(x *mat.Dense, b Blocks) (*features, error) {
	n, w := x.Dims()
	f := &features{Width: w, Blocks: b}
	if b.Points > 0 {
		if w != b.Points*b.Width {
			return nil, fmt.Errorf("sbi: the data have %d columns, and exchangeable blocks of %d points of %d numbers are %d: give blocks that are all of the data", w, b.Points, b.Width, b.Points*b.Width)
		}
		f.pointColumns(x)
		x = b.summaries(x)
		_, w = x.Dims()
	}
	var kept []*mat.Dense // the features, to tell copies
	for j := range w {
		c := column{Index: j}
		if mean, sd := moments(x, j); !(sd > 1e-12*math.Abs(mean)) {
			continue
		}
		c.Scale = newScale(x, j)
		t := mat.NewDense(n, 1, nil)
		for i := range n {
			t.Set(i, 0, c.Scale.of(x.At(i, j)))
		}
		c.Mean, c.SD = moments(t, 0)
		if !(c.SD > 0) {
			continue
		}
		for i := range n {
			t.Set(i, 0, (t.At(i, 0)-c.Mean)/c.SD)
		}
		if slices.ContainsFunc(kept, func(k *mat.Dense) bool { return copies(k, t) }) {
			continue
		}
		kept = append(kept, t)
		f.Columns = append(f.Columns, c)
	}
	if len(f.Columns) == 0 {
		return nil, fmt.Errorf("sbi: all columns of the data are constant in %d simulations: they say nothing about the parameters", n)
	}
	return f, nil
}

// copies reports whether two standardized columns are the same, up to the sign.
func copies(a, b *mat.Dense) bool {
	n, _ := a.Dims()
	r := numeric.Dot(a.RawMatrix().Data, b.RawMatrix().Data) / float64(n)
	return math.Abs(r) > 1-1e-10
}

// moments are the mean and the standard deviation of column j.
func moments(x *mat.Dense, j int) (mean, sd float64) {
	n, _ := x.Dims()
	for i := range n {
		mean += x.At(i, j) / float64(n)
	}
	for i := range n {
		e := x.At(i, j) - mean
		sd += e * e / float64(n)
	}
	return mean, math.Sqrt(sd)
}

// size is the number of features.
func (f *features) size() int { return len(f.Columns) }

// of returns the features of the rows of x, and behind them the numbers of the points of a
// set.
func (f *features) of(x *mat.Dense) *mat.Dense {
	n, _ := x.Dims()
	own, p := x, f.size()
	if f.Blocks.Points > 0 {
		own = f.Blocks.summaries(x)
	}
	m := mat.NewDense(n, p+f.Blocks.Points*f.Blocks.Width, nil)
	for i := range n {
		from, to := own.RawRowView(i), m.RawRowView(i)
		for k, c := range f.Columns {
			to[k] = c.of(from[c.Index])
		}
		for k := range f.Blocks.Points * f.Blocks.Width {
			to[p+k] = f.Points[k%f.Blocks.Width].of(x.At(i, k))
		}
	}
	return m
}

func (c column) of(x float64) float64 { return (c.Scale.of(x) - c.Mean) / c.SD }

func (f *features) check() error {
	if len(f.Columns) == 0 {
		return errDamaged
	}
	width := f.Width
	if b := f.Blocks; b.Points != 0 || b.Width != 0 {
		if b.Points < 2 || b.Width < 1 || b.Points > f.Width || b.Points*b.Width != f.Width || len(f.Points) != b.Width {
			return errDamaged
		}
		width = b.summaryWidth()
	}
	for _, c := range slices.Concat(f.Columns, f.Points) {
		if c.Index < 0 || c.Index >= width || !(c.SD > 0) || !slices.Contains([]string{"", "log", "sqrt", "asinh"}, c.Scale.Kind) {
			return errDamaged
		}
		if (c.Scale.Kind == "log" || c.Scale.Kind == "asinh") && !(c.Scale.Unit > 0) {
			return errDamaged
		}
		if err := finite([]float64{c.SD, c.Mean, c.Scale.Center, c.Scale.Unit}); err != nil {
			return err
		}
	}
	return nil
}
