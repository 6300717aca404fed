package datasets

import (
	"bytes"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
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

// Rows that were not fitted survive too, but for numbers beyond the range.
func TestHeldOutRowsSurvive(t *testing.T) {
	train, err := OpenTable(realFile(t, "adult.csv"))
	if err != nil {
		t.Fatal(err)
	}
	test, err := OpenTable(realFile(t, "adult_test.csv"))
	if err != nil {
		t.Fatal(err)
	}
	_, e := fitted(t, train, nil, nil)
	c, err := ReadCells(test, e.Metadata())
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(c.Notes(), "\n"); !strings.Contains(notes, `beyond the range that was seen: "fnlwgt"`) {
		t.Errorf("notes %q", notes)
	}
	for j := range c.meta.Columns {
		f := &c.meta.Columns[j]
		for i := range c.Rows() {
			if f.IsNumber() {
				c.SetNumber(i, j, min(max(c.Number(i, j), f.Range.Min), f.Range.Max))
			}
		}
	}
	survive(t, c, e)
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

// Columns drawn independently from what a codec knows of them, levels by their
// frequency and numbers standard normal, have the marginals of the table: an
// encoding costs no shape. Standardising does.
func TestIndependentDrawsKeepShapes(t *testing.T) {
	src, err := OpenTable(realFile(t, "adult.csv"))
	if err != nil {
		t.Fatal(err)
	}
	c, e := fitted(t, src, nil, nil)
	least, mean := worstShape(t, c, e)
	t.Logf("shape: worst %.4f, mean %.4f", least, mean)
	// Two samples of n differ by 1.95 sqrt(2/n) once in a thousand times; the
	// numbers between two knots by less than a thousandth.
	if limit := 1 - 1.95*math.Sqrt(2/float64(c.Rows())) - 1e-3; least < limit {
		t.Errorf("worst shape %.4f, want %.4f", least, limit)
	}
	if e, err = Fit(c, &FitOptions{Knots: -1}); err != nil {
		t.Fatal(err)
	}
	if least, _ := worstShape(t, c, e); least > 0.97 {
		t.Errorf("standardised, the worst shape is %.4f", least)
	}
}

// worstShape returns the least and the mean, over columns, of 1 minus the
// Kolmogorov or total variation distance of drawn from real cells.
func worstShape(t *testing.T, c *Cells, e *Codec) (least, mean float64) {
	t.Helper()
	n, r := c.Rows(), stream.New(11, "datasets/test")
	z := mat.NewDense(n, e.Dim(), nil)
	for i := range n {
		for _, b := range e.Blocks() {
			if b.Kind == Continuous {
				z.Set(i, b.Start, r.NormFloat64())
				continue
			}
			u, k := r.Float64(), 0
			for k < b.Len-1 && u >= b.Freq[k] {
				u -= b.Freq[k]
				k++
			}
			z.Set(i, b.Start+k, 1)
		}
	}
	drawn := NewCells(e.Metadata(), 0)
	if err := e.Decode(drawn, z, Decoding{}); err != nil {
		t.Fatal(err)
	}
	least = 1
	for j := range c.meta.Columns {
		shape := 1.0
		if f := &c.meta.Columns[j]; f.IsNumber() {
			shape -= kolmogorov(numbersOf(c, j), numbersOf(drawn, j))
		} else if f.HasLevels() {
			diff := make([]float64, len(f.Levels)+1)
			for i := range n {
				diff[c.Level(i, j)+1] += 0.5 / float64(n)
				diff[drawn.Level(i, j)+1] -= 0.5 / float64(n)
			}
			for _, d := range diff {
				shape -= math.Abs(d)
			}
		}
		least, mean = min(least, shape), mean+shape/float64(len(c.meta.Columns))
	}
	return least, mean
}

func numbersOf(c *Cells, j int) []float64 {
	var values []float64
	for i := range c.Rows() {
		if v := c.Number(i, j); v == v {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	return values
}

// kolmogorov is the distance of two sorted samples.
func kolmogorov(a, b []float64) float64 {
	i, k, most := 0, 0, 0.0
	for i < len(a) && k < len(b) {
		v := min(a[i], b[k])
		for i < len(a) && a[i] == v {
			i++
		}
		for k < len(b) && b[k] == v {
			k++
		}
		most = max(most, math.Abs(float64(i)/float64(len(a))-float64(k)/float64(len(b))))
	}
	return most
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
			case f.IsNumber():
				v, w := a.Number(i, j), b.Number(i, j)
				same = v == w || v != v && w != w
			case f.HasLevels():
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
