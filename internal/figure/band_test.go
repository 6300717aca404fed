package figure

import (
	"bytes"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestBanded(t *testing.T) {
	s := Series{Name: "line", X: []float64{0, 1, 2}, Y: []float64{0, 1, 0}}
	draw := func(b Band, marks bool) []byte {
		f, err := Banded(Axes{X: "x", Y: "y"}, b, marks, s)
		if err != nil {
			t.Fatal(err)
		}
		return f.PNG()
	}
	b := Band{Name: "band", X: []float64{0, 2}, Lo: []float64{-1, -1}, Hi: []float64{1, 2}}
	plain := draw(b, false)
	if !bytes.Equal(plain, draw(b, false)) {
		t.Error("the same arguments give other bytes")
	}
	other := b
	other.Hi = []float64{1, 3}
	unnamed := b
	unnamed.Name = ""
	if bytes.Equal(plain, draw(other, false)) || bytes.Equal(plain, draw(b, true)) || bytes.Equal(plain, draw(unnamed, false)) {
		t.Error("the band, the marks or the name are not drawn")
	}
	for name, bad := range map[string]Band{"length": {X: []float64{0, 1}, Lo: []float64{0}, Hi: []float64{0, 1}}, "points": {X: []float64{0}, Lo: []float64{0}, Hi: []float64{0}}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			draw(bad, false)
		}()
	}
}

func TestClouds(t *testing.T) {
	o := CloudOptions{XMin: -1, XMax: 1, YMin: -1, YMax: 1}
	a, b := mat.NewDense(2, 2, []float64{0, 0, 0.5, 0.5}), mat.NewDense(1, 2, []float64{0.3, -0.5})
	f, err := Clouds(o, []string{"a", "b"}, a, b)
	if err != nil {
		t.Fatal(err)
	}
	if f.width != 2*cloudWidth || f.height != cloudHeight {
		t.Errorf("size %v x %v", f.width, f.height)
	}
	swapped, err := Clouds(o, []string{"a", "b"}, b, a)
	if err != nil || bytes.Equal(f.PNG(), swapped.PNG()) {
		t.Errorf("rows do not stand in their panels (%v)", err)
	}
	o.XMax = -2
	if _, err := Clouds(o, []string{"a"}, a); err == nil {
		t.Error("an empty box is accepted")
	}
	defer func() {
		if recover() == nil {
			t.Error("a cloud without a name does not panic")
		}
	}()
	Clouds(o, nil, a)
}
