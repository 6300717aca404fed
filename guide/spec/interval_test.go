package spec

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"testing"

	"tweedie/datasets"
	"tweedie/guide"
)

// steps is the codec of a table of numbers alone: i is an integer from 0 to 9, g a number of steps
// of .25, u a number that is not rounded.
func steps(t *testing.T, o *datasets.FitOptions) *datasets.Codec {
	t.Helper()
	numbers := *o
	numbers.KeepAtoms = true
	var text bytes.Buffer
	text.WriteString("i,g,u\n")
	r := rand.New(rand.NewPCG(1, 2))
	for k := range 500 {
		fmt.Fprintf(&text, "%d,%.2f,%.17g\n", min(max(int(5+2*r.NormFloat64()), 0), 9), float64(k%41)*0.25, r.NormFloat64())
	}
	raw := text.Bytes()
	src := datasets.CSVSource("s.csv", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil })
	meta := must(datasets.Infer(src, nil))
	c := must(datasets.Fit(must(datasets.ReadCells(src, meta)), &numbers))
	if c.Metadata().Field("i").Step() != 1 || c.Metadata().Field("g").Step() != 0.25 || c.Metadata().Field("u").Step() != 0 {
		t.Fatal("other steps")
	}
	return c
}

// The encoded interval of a column ends half a step beyond its outermost values, where the
// numbers begin that are rounded to another; at the ends of the range there is none.
func TestIntervalsEndWithTheCells(t *testing.T) {
	inf := math.Inf(1)
	for _, o := range []*datasets.FitOptions{{}, {Knots: -1}, {Knots: -1, Extrapolate: true}} {
		c := steps(t, o)
		for _, p := range []struct {
			term   string
			lo, hi float64
		}{
			{"{within: {column: i, min: 3, max: 4}}", 2.5, 4.5},
			{"{truncate: {column: i, min: 3, max: 4}}", 2.5, 4.5},
			{"{within: {column: i, min: 2.1, max: 4.9}}", 2.5, 4.5},
			{"{within: {column: i, min: 4, max: 4}}", 3.5, 4.5},
			{"{within: {column: i, min: 4}}", 3.5, inf},
			{"{within: {column: i, min: 4, max: 9}}", 3.5, inf},
			{"{within: {weights: {i: -2}, min: -8, max: -6}}", 2.5, 4.5},
			{"{within: {weights: {i: 0.1}, max: 0.3}}", -inf, 3.5},
			{"{within: {column: g, min: 1, max: 2.5}}", 0.875, 2.625},
			{"{within: {column: u, min: -1, max: 1}}", -1, 1},
		} {
			w := must(parse(t, p.term).Build(c, ""))[0].(guide.Within)
			var at int
			for j, a := range w[0].A {
				if a != 0 {
					at = j
				}
			}
			if o.Extrapolate && p.term == "{within: {column: i, min: 4, max: 9}}" {
				p.hi = 9.5
			}
			for _, e := range []struct{ got, want float64 }{{w[0].Lo, p.lo}, {w[0].Hi, p.hi}} {
				v := e.got
				if !math.IsInf(v, 0) {
					v, _ = c.ToValue(at, v)
				}
				if v != e.want && !(math.Abs(v-e.want) < 1e-9) {
					t.Errorf("%s, %+v: an end at %v, want %v", p.term, *o, v, e.want)
				}
			}
			if b := must(parse(t, p.term).Bounds(c)); len(b) != 1 {
				t.Errorf("%s: %d bounds", p.term, len(b))
			}
		}
	}
	// rows are kept as they are by an interval that holds all of them
	all := must(parse(t, "{within: {column: i, min: -5}}").Build(steps(t, &datasets.FitOptions{}), ""))[0].(guide.Within)
	if !(all[0].Lo < -1e3) || !math.IsInf(all[0].Hi, 1) {
		t.Errorf("all rows: %+v", all[0])
	}
}

// An interval of a sum is wider by half a step of each column, times its weight.
func TestIntervalOfASumHasItsCells(t *testing.T) {
	c := steps(t, &datasets.FitOptions{Knots: -1})
	for _, p := range []struct {
		term   string
		lo, hi float64
	}{
		{"{within: {weights: {i: 1, g: -2}, min: 1, max: 3}}", 1 - 0.75, 3 + 0.75},
		{"{within: {formula: i - 2*g + 4, min: 5, max: 7}}", 1 - 0.75, 3 + 0.75},
		{"{within: {weights: {i: 1, u: 1}, max: 3}}", math.Inf(-1), 3.5},
	} {
		w := must(parse(t, p.term).Build(c, ""))[0].(guide.Within)
		offset := 0.0
		for j, a := range w[0].A {
			if a == 0 {
				continue
			}
			mean, std, _ := c.Affine(j)
			offset += a / std * mean
		}
		if lo, hi := w[0].Lo+offset, w[0].Hi+offset; !(lo == p.lo || math.Abs(lo-p.lo) < 1e-9) || math.Abs(hi-p.hi) > 1e-9 {
			t.Errorf("%s: from %v to %v, want %v to %v", p.term, lo, hi, p.lo, p.hi)
		}
	}
}

// Intervals without a value of the column are refused, by what builds guides and by what
// checks cells.
func TestIntervalsThatHoldNothingAreRefused(t *testing.T) {
	for _, p := range []struct {
		term        string
		want        string
		extrapolate bool // is refused by a codec that extrapolates too
	}{
		{"{truncate: {column: i, min: 100}}", "the table has i from 0 to 9, in steps of 1: no row of the model satisfies min 100", false},
		{"{within: {column: i, min: 9.6}}", "no row of the model satisfies min 9.6", false},
		{"{within: {column: i, max: -1}}", "no row of the model satisfies max -1", false},
		{"{within: {column: i, min: 3.2, max: 3.9}}", "no row of the model satisfies min 3.2, max 3.9", true},
		{"{within: {weights: {i: -1}, min: 1}}", "no row of the model satisfies min 1", false},
		{"{within: {column: g, min: 1.3, max: 1.4}}", "in steps of 0.25: no row", true},
		{"{within: {column: u, min: 50}}", "no row of the model satisfies min 50", false},
		{"{within: {column: u, min: 0.5, max: 0.5}}", "min below max", true},
		{"{within: {weights: {i: 1, g: 1}, min: 2, max: 2}}", "min below max", true},
	} {
		for _, extrapolate := range []bool{false, true} {
			c := steps(t, &datasets.FitOptions{Knots: -1, Extrapolate: extrapolate})
			f := parse(t, p.term)
			_, build := f.Build(c, "")
			_, bounds := f.Bounds(c)
			if extrapolate && !p.extrapolate {
				if build != nil || bounds != nil {
					t.Errorf("%s of a model that extrapolates: %v, %v", p.term, build, bounds)
				}
				continue
			}
			refuses(t, "Build "+p.term, build, "guide 1: ", p.want)
			refuses(t, "Bounds "+p.term, bounds, "guide 1: ", p.want)
		}
	}
}
