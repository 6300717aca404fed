package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/losses"
)

// townsBundle is the codec of a table with a column of 200 levels, 20 of which have
// positions of their own.
func townsBundle(t *testing.T) (*bundle, *datasets.Cells) {
	t.Helper()
	text := townsText(2000, 200)
	src := datasets.CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
	m, err := datasets.Infer(src, &datasets.InferOptions{OneHot: 20})
	if err != nil {
		t.Fatal(err)
	}
	c, err := datasets.ReadCells(src, m)
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{}
	if b.codec, err = datasets.Fit(c, nil); err != nil {
		t.Fatal(err)
	}
	if err := b.prepare(); err != nil {
		t.Fatal(err)
	}
	return b, c
}

// Events of a column with a code allow all rows that satisfy the condition: no others
// when it is one level, and those of the same clusters and members when they are
// several.
func TestWhereOfCodedLevels(t *testing.T) {
	b, c := townsBundle(t)
	f := &b.codec.Metadata().Columns[0]
	frequent, rare := f.Levels[f.Code.Order[3]].Name, f.Levels[f.Code.Order[150]].Name
	other := f.Levels[f.Code.Order[60]].Name
	for _, p := range []struct {
		expression  string
		blocks, all int // events, and pairs that they allow
	}{
		{fmt.Sprintf("town = %q", frequent), 2, 1},
		{fmt.Sprintf("town = %q", rare), 2, 1},
		{fmt.Sprintf("town in (%q, %q)", rare, other), 2, 4},
		{fmt.Sprintf("town in (%q, %q)", rare, frequent), 2, 4},
		{"town is missing", 2, 1},
		{fmt.Sprintf("town != %q", rare), 1, 0},
		{fmt.Sprintf("town != %q", frequent), 1, 0},
		{"town is not missing", 1, 0},
	} {
		w, err := b.parseWhere([]string{p.expression})
		if err != nil {
			t.Fatal(err)
		}
		list, how := w.events(0)
		pairs := 1
		for _, e := range list {
			pairs *= len(e.Allowed)
		}
		if how != sometimes || len(list) != p.blocks || p.all > 0 && pairs > p.all {
			t.Errorf("%s: %v, %d events of %d pairs, want %d of %d", p.expression, how, len(list), pairs, p.blocks, p.all)
		}
		// missed is the number of rows that satisfy the condition and not its events; the
		// row of each is moved on by so many.
		missed := func(by int) (n int) {
			x, _ := encodeCells(b.codec, c, 1)
			for i := range c.Rows() {
				row := x.RawRowView((i + by) % c.Rows())
				for _, e := range list {
					if w.holds(c, i) && !slices.ContainsFunc(e.Allowed, func(j int) bool { return row[j] == 1 }) {
						n++
					}
				}
			}
			return n
		}
		if n := missed(0); n > 0 {
			t.Errorf("%s: %d rows satisfy it and not its events", p.expression, n)
		}
		if missed(7) == 0 {
			t.Errorf("%s: the events of other rows pass", p.expression)
		}
	}
	if _, err := b.parseWhere([]string{"town = 'town 9'"}); err == nil || !strings.Contains(err.Error(), "unseen category") {
		t.Error(err)
	}
}

// Training gives a column with a code as a whole, or its clusters alone.
func TestMaskingOfCodedLevels(t *testing.T) {
	b, _ := townsBundle(t)
	m, blocks := masking(b.codec, 1), b.codec.Blocks()
	if len(m.Columns) != 3 || len(m.Columns[0]) != 2 || m.Columns[0][0].End != blocks[1].Start || m.Columns[0][1].End != blocks[2].Start {
		t.Fatalf("masks %v", m.Columns)
	}
	const n = 4000
	x, known := mat.NewDense(n, b.codec.Dim(), nil), mat.NewDense(n, b.codec.Dim(), nil)
	var p losses.Problem
	m.Draw(known, x, losses.Batch{Seed: 1, Total: n}, &p)
	var whole, clusters float64
	for i := range n {
		row := known.RawRowView(i)
		first, second := !math.IsNaN(row[0]), !math.IsNaN(row[blocks[1].Start])
		switch {
		case first && second:
			whole++
		case first:
			clusters++
		case second:
			t.Fatal("members are given without clusters")
		}
	}
	// A column is given in half of the rows, its first part alone in a quarter of these.
	within := func(got, want float64) bool { return math.Abs(got-n*want) < 5*math.Sqrt(n*want*(1-want)) }
	if !within(whole, 3./8) || !within(clusters, 1./8) {
		t.Errorf("%g rows are given the column and %g its cluster, of %d", whole, clusters, n)
	}
	if within(whole, 1./2) || within(clusters, 1./4) {
		t.Error("other shares pass")
	}
}
