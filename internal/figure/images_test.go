package figure

import (
	"bytes"
	"image/color"
	"image/png"
	"math"
	"testing"
)

func TestImagesHaveTheirPixels(t *testing.T) {
	grey := []float64{0, 0.5, 1, 2}
	colour := []float64{1, 0, 0, 0, 1, 0, 0, 0, 1, -3, 0.2, 0.2}
	g := Images{Width: 2, Height: 2, Scale: 4, Cells: [][][]float64{{grey, colour}, {nil, grey}}}
	var b, again bytes.Buffer
	if err := g.WritePNG(&b); err != nil {
		t.Fatal(err)
	}
	if g.WritePNG(&again) != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("the same grid gives other bytes")
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	const gap, cell = 2, 10
	if r := img.Bounds(); r.Dx() != 2*cell+gap || r.Dy() != 2*cell+gap {
		t.Fatalf("size %v", r)
	}
	for _, c := range []struct {
		x, y    int
		r, g, b uint8
	}{
		{0, 0, 255, 255, 255}, // the gap
		{gap, gap, 0, 0, 0}, {gap + 3, gap + 3, 0, 0, 0}, {gap + 4, gap, 128, 128, 128}, {gap, gap + 4, 255, 255, 255}, {gap + 7, gap + 7, 255, 255, 255},
		{cell + gap, gap, 255, 0, 0}, {cell + gap + 4, gap, 0, 255, 0}, {cell + gap, gap + 7, 0, 0, 255}, {cell + gap + 5, gap + 5, 0, 51, 51},
		{gap + 2, cell + gap + 2, 255, 255, 255}, // nothing there
		{cell + gap, cell + gap, 0, 0, 0},
	} {
		if got := color.NRGBAModel.Convert(img.At(c.x, c.y)).(color.NRGBA); got != (color.NRGBA{c.r, c.g, c.b, 255}) {
			t.Errorf("pixel (%d, %d) is %v, want %v", c.x, c.y, got, c)
		}
	}
	for name, bad := range map[string]Images{
		"empty":      {Width: 2, Height: 2},
		"no columns": {Width: 2, Height: 2, Cells: [][][]float64{{}}},
		"no size":    {Cells: [][][]float64{{grey}}},
		"size":       {Width: 3, Height: 2, Cells: [][][]float64{{grey}}},
		"NaN":        {Width: 1, Height: 1, Cells: [][][]float64{{{0, math.NaN(), 0}}}},
	} {
		if bad.WritePNG(&again) == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
