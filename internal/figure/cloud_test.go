package figure

import (
	"bytes"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestCloud(t *testing.T) {
	x := mat.NewDense(4, 2, []float64{0, 0, 0.5, 0.5, 9, 9, math.NaN(), 0})
	o := CloudOptions{Title: "t", XMin: -1, XMax: 1, YMin: -1, YMax: 1, LogDensity: func(x, y float64) float64 { return -x*x - y*y }}
	draw := func(o CloudOptions) []byte {
		f, err := Cloud(o, x)
		if err != nil {
			t.Fatal(err)
		}
		return f.PNG()
	}
	plain := draw(o)
	if !bytes.Equal(plain, draw(o)) {
		t.Error("the same arguments give other bytes")
	}
	o.Line = [][2]float64{{-3, -3}, {3, 3}}
	if bytes.Equal(plain, draw(o)) {
		t.Error("the line is not drawn")
	}
	o.XMax = -2
	if _, err := Cloud(o, x); err == nil {
		t.Error("an empty box is accepted")
	}
}
