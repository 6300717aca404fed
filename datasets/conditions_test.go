package datasets

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// conditioned reads and fits a table given as text.
func conditioned(t *testing.T, csv string, conditions ...string) (*Cells, *Codec) {
	t.Helper()
	src := text(csv)
	m, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetConditions(conditions); err != nil {
		t.Fatal(err)
	}
	c, err := ReadCells(src, m)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Fit(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, e
}

const fruit = "size,kind,colour\n1.5,apple,red\n2.25,pear,green\n,apple,red\n3.0,fig,blue\n4.5,apple,green\n"

// A condition is no part of the rows, and comes back where it was.
func TestConditions(t *testing.T) {
	c, e := conditioned(t, fruit, "colour")
	for _, b := range e.Blocks() {
		if b.Column == "colour" {
			t.Error("a condition has a block")
		}
	}
	got := mat.NewDense(5, 1, nil)
	e.EncodeConditions(got, c, nil)
	names := e.Metadata().Conditions()[0].Levels
	for i, want := range []string{"red", "green", "red", "blue", "green"} {
		if name := names[int(got.At(i, 0))].Name; name != want {
			t.Errorf("row %d has %s, want %s", i, name, want)
		}
	}
	part := mat.NewDense(2, 1, nil)
	e.EncodeConditions(part, c, []int{3, 0})
	if part.At(0, 0) != got.At(3, 0) || part.At(1, 0) != got.At(0, 0) {
		t.Errorf("rows 3 and 0 have %v, and of all %v", part, got)
	}
	back := NewCells(e.Metadata(), 5)
	e.SetConditions(back, got)
	for i := range 5 {
		if back.Level(i, 2) != c.Level(i, 2) {
			t.Errorf("row %d comes back as %d", i, back.Level(i, 2))
		}
	}
	m := *e.Metadata()
	for name, want := range map[string]string{"colur": "did you mean", "size": "missing cells"} {
		err := m.SetConditions([]string{name})
		var at *Error
		if !errors.As(err, &at) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A cell that is typed is encoded as one that is read, but for its place within
// the cell.
func TestEncodeCell(t *testing.T) {
	c, e := conditioned(t, fruit)
	x := mat.NewDense(5, e.Dim(), nil)
	e.Encode(x, c, nil, 1)
	for i, line := range strings.Split(strings.TrimSpace(fruit), "\n")[1:] {
		row := make([]float64, e.Dim())
		for k, text := range strings.Split(line, ",") {
			if err := e.EncodeCell(row, []string{"size", "kind", "colour"}[k], text); err != nil {
				t.Fatal(err)
			}
		}
		for j, v := range row {
			w := x.At(i, j)
			if math.IsNaN(v) != math.IsNaN(w) || math.Abs(v-w) > 0.1 {
				t.Errorf("row %d, position %d: %v, and %v when read", i, j, v, w)
			}
		}
	}
	row := make([]float64, e.Dim())
	for cell, want := range map[[2]string]string{
		{"kind", "aple"}: "apple", {"size", "big"}: "not a number", {"kind", ""}: "had none", {"weight", "1"}: "no such column",
	} {
		if err := e.EncodeCell(row, cell[0], cell[1]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", cell, err)
		}
	}
}

// The spans of the columns are the blocks, in order and without a gap.
func TestSpans(t *testing.T) {
	_, e := conditioned(t, fruit)
	at := 0
	for _, c := range e.Spans() {
		for _, s := range c {
			if s[0] != at {
				t.Fatalf("a span from %d, after %d", s[0], at)
			}
			at = s[1]
		}
	}
	if at != e.Dim() {
		t.Errorf("spans end at %d of %d", at, e.Dim())
	}
	if n := len(e.Spans()); n != 3 {
		t.Errorf("%d columns", n)
	}
}
