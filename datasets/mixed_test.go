package datasets

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// text is a source in memory.
func text(csv string) Source {
	return CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(csv)), nil })
}

// fitted infers, reads and fits a table.
func fitted(t *testing.T, src Source, o *InferOptions, p *FitOptions) (*Cells, *Codec) {
	t.Helper()
	m, err := Infer(src, o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadCells(src, m)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Fit(c, p)
	if err != nil {
		t.Fatal(err)
	}
	return c, e
}

// There is no cell of the real tables that encoding, decoding, writing and
// reading changes, apart from levels that are grouped.
func TestRealTablesSurvive(t *testing.T) {
	for _, name := range []string{"abalone", "adult", "breast_cancer", "california", "concrete", "insurance", "iris", "penguins", "pima_diabetes", "titanic", "wine"} {
		t.Run(name, func(t *testing.T) {
			src, err := OpenTable(realFile(t, name+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			c, e := fitted(t, src, nil, nil)
			t.Logf("%d positions\n%s%s", e.Dim(), e.Metadata().Summary(), strings.Join(e.Metadata().Warnings(), "\n"))
			survive(t, c, e)
		})
	}
}

func survive(t *testing.T, c *Cells, e *Codec) {
	t.Helper()
	z := mat.NewDense(c.Rows(), e.Dim(), nil)
	e.Encode(z, c, nil, 7)
	back := NewCells(e.Metadata(), 0)
	if err := e.Decode(back, z, Decoding{}); err != nil {
		t.Fatal(err)
	}
	if d := differing(c, back); d != "" {
		t.Error("decoded: ", d)
	}
	var out bytes.Buffer
	w := NewCSVCells(&out, e.Metadata(), 0)
	if err := w.Write(back); err != nil {
		t.Fatal(err)
	}
	again, err := ReadCells(text(out.String()), e.Metadata())
	if err != nil {
		t.Fatal(err)
	}
	if d := differing(c, again); d != "" {
		t.Error("written and read: ", d)
	}
}

// differing names the first cell in which two tables differ, or "".
func differing(a, b *Cells) string {
	if a.Rows() != b.Rows() {
		return "numbers of rows"
	}
	for j := range a.meta.Columns {
		f := &a.meta.Columns[j]
		for i := range a.Rows() {
			same := true
			switch {
			case f.Type.isNumber():
				v, w := a.Number(i, j), b.Number(i, j)
				same = v == w || v != v && w != w
			case f.Type.isCategory():
				k, l := a.Level(i, j), b.Level(i, j)
				same = k == l || k >= 0 && l >= 0 && f.Levels[k].Grouped && f.Levels[l].Grouped
			}
			if !same {
				return "column " + f.Name
			}
		}
	}
	return ""
}
