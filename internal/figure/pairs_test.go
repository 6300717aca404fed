package figure

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestPairs(t *testing.T) {
	a, b := rings(400, 1, 0.1), rings(400, 2, 0.4)
	a3, b3 := mat.NewDense(400, 3, nil), mat.NewDense(400, 3, nil)
	for i := range 400 {
		a3.SetRow(i, []float64{a.At(i, 0), a.At(i, 1), a.At(i, 0) * a.At(i, 1)})
		b3.SetRow(i, []float64{b.At(i, 0), b.At(i, 1), b.At(i, 0) * b.At(i, 1)})
	}
	o := PairsOptions{Names: []string{"one", "two", "a product with a long name"}, SecondRows: b3}
	render := func(o PairsOptions) []byte {
		f, err := Pairs(o, a3)
		if err != nil {
			t.Fatal(err)
		}
		b := f.PNG()
		if err := inked(b, int(f.width.Dots(dpi)+0.5), int(f.height.Dots(dpi)+0.5)); err != nil {
			t.Error(err)
		}
		return b
	}
	both := render(o)
	if !bytes.Equal(both, render(o)) {
		t.Error("the same arguments give other bytes")
	}
	o.SecondRows = nil
	if bytes.Equal(both, render(o)) {
		t.Error("the second table is not drawn")
	}
	a3.Set(0, 1, math.NaN())
	render(o)
	for i := range 400 {
		a3.Set(i, 1, math.Inf(1))
	}
	if _, err := Pairs(o, a3); err == nil || !strings.Contains(err.Error(), `"two" has no finite number`) {
		t.Errorf("an empty column: %v", err)
	}
	if _, err := Pairs(PairsOptions{Names: []string{"a"}}, mat.NewDense(5, 1, nil)); err == nil {
		t.Error("one column has no pairs")
	}
}

func TestFewTicks(t *testing.T) {
	for _, span := range [][2]float64{{0, 1}, {-3.1, 2.7}, {0, 1000}} {
		n := 0
		for _, tick := range (fewTicks{}).Ticks(span[0], span[1]) {
			n += b2i(tick.Label != "")
		}
		if n < 1 || n > 3 {
			t.Errorf("%v: %d labels", span, n)
		}
	}
}
