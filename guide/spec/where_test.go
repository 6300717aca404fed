package spec

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/where"
	"tweedie/guide"
	"tweedie/sde"
)

// middles encodes cells, numbers as the middle of their rounding cell and 0 where they
// have no meaning.
func middles(t *testing.T, c *datasets.Codec, cells *datasets.Cells) *mat.Dense {
	t.Helper()
	x := mat.NewDense(cells.Rows(), c.Dim(), nil)
	for i := range cells.Rows() {
		row := x.RawRowView(i)
		for j, f := range c.Metadata().Columns {
			if f.Condition {
				continue
			}
			if err := c.EncodeCell(row, f.Name, string(cells.AppendText(nil, i, j))); err != nil {
				t.Fatal(err)
			}
		}
		for j, v := range row {
			if math.IsNaN(v) {
				row[j] = 0
			}
		}
	}
	return x
}

// allowed tells of each encoded row whether the guides allow it.
func allowed(t *testing.T, c *datasets.Codec, terms []guide.Term, x *mat.Dense) []bool {
	t.Helper()
	one := mat.NewSymDense(c.Dim(), nil)
	for j := range c.Dim() {
		one.SetSym(j, j, 1)
	}
	p := guide.New(must(sde.NewGaussian(make([]float64, c.Dim()), one, sde.VP{})), terms...)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	n, _ := x.Dims()
	logp, ok := make([]float64, n), make([]bool, n)
	if err := p.LogLikelihood(logp, x); err != nil {
		t.Fatal(err)
	}
	for i, v := range logp {
		ok[i] = v == 0
	}
	return ok
}

// The guides allow the rows that satisfy the conditions, and no others.
func TestWhereAllowsWhatHolds(t *testing.T) {
	for _, standard := range []bool{true, false} {
		cells, c := table(t, standard)
		x := middles(t, c, cells)
		for _, p := range []struct {
			expressions []string
			terms       int
		}{
			{[]string{"a > 2.1"}, 1},
			{[]string{"1.5 <= a <= 2.1"}, 1},
			{[]string{"m > 0.2"}, 1},
			{[]string{"m is missing"}, 1},
			{[]string{"m is not missing"}, 1},
			{[]string{"z = 3"}, 1},
			{[]string{"z != 3"}, 1},
			{[]string{"z > 1.6"}, 1},
			{[]string{"z < 1.6"}, 1},
			{[]string{"k = 'u'"}, 1},
			{[]string{"k = 'u'", "m < 0", "z < 2"}, 1},
			{[]string{"a + b < 1.5"}, 1},
			{[]string{"2*a - b >= 4.2"}, 1},
			{[]string{"a > b + 1.7"}, 1},
			{[]string{"a + z <= 3.5"}, 1},
			{[]string{"a - m > 2"}, 2}, // m must have a number
			{[]string{"a + b < 1.5", "a < 2"}, 2},
		} {
			w, err := where.Parse(c, false, p.expressions)
			if err != nil {
				t.Fatal(err)
			}
			terms := Terms(w, nil)
			if len(terms) != p.terms {
				t.Errorf("%q: %d terms", p.expressions, len(terms))
			}
			ok, count := allowed(t, c, terms, x), 0
			for i := range cells.Rows() {
				want := w.Holds(cells, i)
				if want {
					count++
				}
				if ok[i] != want {
					t.Errorf("%q, standard %v, row %d: allowed %v, holds %v", p.expressions, standard, i, ok[i], want)
				}
			}
			if count < 10 || count > cells.Rows()-10 {
				t.Errorf("%q: %d rows: nothing is tested", p.expressions, count)
			}
		}
	}
}

// What the guides consist of: events of the columns asked for, then all other blocks of
// levels; and the ends of bounds midway between sums.
func TestWhereTerms(t *testing.T) {
	_, c := table(t, false)
	at := func(expressions []string, fixed ...int) []guide.Term {
		return Terms(must(where.Parse(c, false, expressions)), fixed)
	}
	w := must(where.Parse(c, false, nil))
	mBlock, mAt := w.Positions("m")
	zBlock, zAt := w.Positions("z")
	kBlock, _ := w.Positions("k")
	all := func(block []int) guide.Event { return guide.Levels(block, block) }
	k := guide.Levels(kBlock, kBlock[:1])
	if got := at([]string{"k = 'u'"}); !reflect.DeepEqual(got, []guide.Term{guide.Where{k, all(mBlock), all(zBlock)}}) {
		t.Errorf("a level: %v", got)
	}
	if got := at([]string{"m is missing", "k = 'u'"}, 4); !reflect.DeepEqual(got, []guide.Term{guide.Where{guide.Levels(mBlock, mBlock[len(mBlock)-1:]), all(zBlock), all(kBlock)}}) {
		t.Errorf("a level that is given, and a missing cell: %v", got)
	}
	if got := at([]string{"k = 'u'"}, 4); len(got) != 0 {
		t.Errorf("what is given: %v", got)
	}
	if got := at([]string{"z is not missing", "b is not missing", "k in ('u', 'v')"}); len(got) != 0 {
		t.Errorf("what always holds: %v", got)
	}
	if got := at(nil); len(got) != 0 {
		t.Errorf("no conditions: %v", got)
	}
	e := at([]string{"z > 1.5"})[0].(guide.Where)[0]
	if lo := c.FromValue(zAt, 1.5005); !slices.Equal(e.Block, zBlock) || !slices.Equal(e.Allowed, zBlock[1:2]) || e.Present != zBlock[0] || e.Number != zAt || math.Abs(e.Lo-lo) > 1e-9 || !math.IsInf(e.Hi, 1) {
		t.Errorf("above 1.5, where 3 is an atom: %+v, want %v", e, lo)
	}
	e = at([]string{"m <= 0"})[0].(guide.Where)[0]
	if hi := c.FromValue(mAt, 0.0005); len(e.Allowed) != 0 || e.Number != mAt || math.Abs(e.Hi-hi) > 1e-9 || !math.IsInf(e.Lo, -1) {
		t.Errorf("at most 0: %+v, want %v", e, hi)
	}
	inf := math.Inf(1)
	for _, p := range []struct {
		op     string
		lo, hi float64
	}{{"<", -inf, 1.4995}, {"<=", -inf, 1.5005}, {">", 1.5005, inf}, {">=", 1.4995, inf}, {"=", 1.4995, 1.5005}} {
		b := at([]string{"a + b " + p.op + " 1.5"})[0].(guide.Bounds)
		if !(b.Lo == p.lo || near(b.Lo, p.lo, 1e-12)) || !(b.Hi == p.hi || near(b.Hi, p.hi, 1e-12)) {
			t.Errorf("a + b %s 1.5: [%v, %v], want [%v, %v]", p.op, b.Lo, b.Hi, p.lo, p.hi)
		}
	}
	if got := at([]string{"a + b != 1.5"}); len(got) != 0 {
		t.Errorf("not equal: %v", got)
	}
}

// Events of a column with a code allow all rows that satisfy the condition; no others
// when it is one level, and pairs of clusters and members when it is several.
func TestWhereOfCodedLevels(t *testing.T) {
	var text bytes.Buffer
	text.WriteString("x,town\n")
	for i := range 2000 {
		name := fmt.Sprintf("town %d", (i*i+3*i)%200)
		if i%50 == 0 {
			name = ""
		}
		fmt.Fprintf(&text, "%d,%s\n", i%7, name)
	}
	raw := text.Bytes()
	src := datasets.CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil })
	m := must(datasets.Infer(src, &datasets.InferOptions{OneHot: 20}))
	cells := must(datasets.ReadCells(src, m))
	c := must(datasets.Fit(cells, nil))
	f := c.Metadata().Field("town")
	frequent, rare, other := f.Levels[f.Clustering.Order[3]].Name, f.Levels[f.Clustering.Order[len(f.Clustering.Order)-1]].Name, f.Levels[f.Clustering.Order[25]].Name
	x := middles(t, c, cells)
	for _, p := range []struct {
		expression string
		exact      bool
		blocks     int // that the condition says something of
	}{
		{fmt.Sprintf("town = %q", frequent), true, 2},
		{fmt.Sprintf("town = %q", rare), true, 2},
		{fmt.Sprintf("town in (%q, %q)", rare, other), false, 2},
		{"town is missing", true, 2},
		{fmt.Sprintf("town != %q", frequent), true, 1},
		{"town is not missing", true, 1},
	} {
		w := must(where.Parse(c, false, []string{p.expression}))
		events := Terms(w, nil)[0].(guide.Where)
		blocks := 0
		for _, e := range events {
			if len(e.Allowed) < len(e.Block) {
				blocks++
			}
		}
		if blocks != p.blocks {
			t.Errorf("%s: events of %d blocks, want %d", p.expression, blocks, p.blocks)
		}
		for i, ok := range allowed(t, c, []guide.Term{events}, x) {
			if holds := w.Holds(cells, i); holds && !ok || p.exact && ok != holds {
				t.Errorf("%s, row %d: allowed %v, holds %v", p.expression, i, ok, holds)
			}
		}
	}
}

// Conditions on a column that is not encoded have no guide.
func TestWhereOfConditionColumns(t *testing.T) {
	cells, _ := table(t, true)
	meta := cells.Metadata()
	if err := meta.SetConditions([]string{"k"}); err != nil {
		t.Fatal(err)
	}
	c := must(datasets.Fit(cells, nil))
	if got := Terms(must(where.Parse(c, false, []string{"k = 'u'"})), nil); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := Terms(must(where.Parse(c, false, []string{"k = 'u'", "a > 2"})), nil); len(got) != 1 {
		t.Errorf("%v", got)
	}
}
