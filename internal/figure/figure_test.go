package figure

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// rings is n points around two circles, with the given spread.
func rings(n int, seed uint64, spread float64) *mat.Dense {
	r := stream.New(seed, "rings")
	m := mat.NewDense(n, 2, nil)
	for i := range n {
		a, rad := 2*math.Pi*r.Float64(), float64(1+r.IntN(2))+spread*r.NormFloat64()
		m.Set(i, 0, rad*math.Cos(a))
		m.Set(i, 1, rad*math.Sin(a))
	}
	return m
}

// mixture is the log density and score of two unit-weight Gaussians.
func mixture(x, y float64) (logp, u, v float64) {
	const s2 = 0.3
	var w, wx, wy float64
	for _, c := range [][2]float64{{-1, -0.5}, {1, 0.7}} {
		p := math.Exp(-((x-c[0])*(x-c[0]) + (y-c[1])*(y-c[1])) / (2 * s2))
		w, wx, wy = w+p, wx+p*c[0], wy+p*c[1]
	}
	return math.Log(w), (wx/w - x) / s2, (wy/w - y) / s2
}

func decay(n int, level, noise float64, seed uint64) Series {
	r := stream.New(seed, "decay")
	s := Series{}
	for i := 1; i <= n; i++ {
		s.X = append(s.X, float64(i*10))
		s.Y = append(s.Y, (level+3/math.Sqrt(float64(i)))*math.Exp(noise*r.NormFloat64()))
	}
	return s
}

// gallery has one example of every figure.
func gallery(t testing.TB) map[string]*Figure {
	figs := map[string]*Figure{}
	add := func(name string, f *Figure, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		figs[name] = f
	}
	n := 3000
	if testing.Short() {
		n = 300
	}
	f, err := Scatter2("Two rings", rings(n, 1, 0.08), rings(n, 2, 0.15))
	add("scatter", f, err)
	f, err = Field(FieldOptions{Title: "Score at t = 0.1", XMin: -3, XMax: 3, YMin: -3, YMax: 3,
		LogDensity: func(x, y float64) float64 { l, _, _ := mixture(x, y); return l }},
		func(x, y float64) (float64, float64) { _, u, v := mixture(x, y); return u, v })
	add("field", f, err)
	train, held := decay(300, 0.5, 0.05, 1), decay(30, 0.6, 0.01, 2)
	train.Name, held.Name = "training", "validation"
	for i := range held.X {
		held.X[i] *= 10
	}
	f, err = Curve(Axes{Title: "Loss", X: "step", Y: "denoising loss (per dimension)", LogX: true, LogY: true}, train, held)
	add("curve", f, err)
	var orders []Series
	for k, name := range []string{"Euler", "Heun", "DPM-Solver++(2M)"} {
		s := Series{Name: name}
		for _, n := range []float64{5, 10, 20, 50, 100, 200} {
			s.X, s.Y = append(s.X, n), append(s.Y, 3*math.Pow(n, -1-0.9*float64(k)))
		}
		orders = append(orders, s)
	}
	f, err = Lines(Axes{Title: "Error against cost", X: "network evaluations", Y: "sliced Wasserstein distance", LogX: true, LogY: true}, orders...)
	add("lines", f, err)
	return figs
}

// inked checks that a PNG has the wanted size, a white edge, and between 1 %
// and 60 % of its pixels painted, some in color.
func inked(b []byte, w, h int) error {
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return err
	}
	if r := img.Bounds(); r != image.Rect(0, 0, w, h) {
		return fmt.Errorf("bounds %v, want %d x %d", r, w, h)
	}
	flat := image.NewRGBA(img.Bounds())
	draw.Draw(flat, flat.Rect, img, image.Point{}, draw.Src)
	painted, coloured := 0, 0
	for y := range h {
		for x := range w {
			c := flat.Pix[flat.PixOffset(x, y):][:3]
			r, g, b := c[0], c[1], c[2]
			white := min(r, g, b) > 250
			if edge := x < 4 || y < 4 || x >= w-4 || y >= h-4; edge && !white {
				return fmt.Errorf("pixel (%d, %d) of the edge is painted: cut off", x, y)
			}
			painted += b2i(!white)
			coloured += b2i(max(r, g, b)-min(r, g, b) > 40)
		}
	}
	if f := float64(painted) / float64(w*h); f < 0.01 || f > 0.6 {
		return fmt.Errorf("%.2f %% of the pixels are painted", 100*f)
	}
	if coloured < 200 {
		return fmt.Errorf("%d coloured pixels", coloured)
	}
	return nil
}

func TestFigures(t *testing.T) {
	res := dpi
	if testing.Short() {
		res = 60
	}
	render := func(f *Figure) []byte {
		var b bytes.Buffer
		if err := f.writePNG(&b, res); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	again := gallery(t)
	for name, f := range gallery(t) {
		b := render(f)
		w, h := int(f.width.Dots(float64(res))+0.5), int(f.height.Dots(float64(res))+0.5)
		if err := inked(b, w, h); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(render(again[name]), b) {
			t.Errorf("%s: PNG bytes differ between runs", name)
		}
		var svg, svg2 bytes.Buffer
		if err := errors.Join(f.WriteSVG(&svg), again[name].WriteSVG(&svg2)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(svg.Bytes(), svg2.Bytes()) {
			t.Errorf("%s: SVG bytes differ between runs", name)
		}
		if err := wellFormed(svg.Bytes()); err != nil {
			t.Errorf("%s: SVG: %v", name, err)
		}
		if dir := os.Getenv("FIGURE_OUT"); dir != "" { // to look at them
			os.WriteFile(filepath.Join(dir, name+".png"), b, 0o644)
			os.WriteFile(filepath.Join(dir, name+".svg"), svg.Bytes(), 0o644)
		}
	}
}

func wellFormed(b []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := dec.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// A blank page, a page painted to its edge, and a wrong size must not pass.
func TestInkedSees(t *testing.T) {
	for name, paint := range map[string]image.Rectangle{"blank": {}, "edge": image.Rect(0, 0, 50, 50), "full": image.Rect(5, 5, 195, 195)} {
		img := image.NewNRGBA(image.Rect(0, 0, 200, 200))
		for y := range 200 {
			for x := range 200 {
				img.Set(x, y, color.White)
				if (image.Point{X: x, Y: y}).In(paint) {
					img.Set(x, y, blue)
				}
			}
		}
		var b bytes.Buffer
		png.Encode(&b, img)
		if inked(b.Bytes(), 200, 200) == nil {
			t.Errorf("%s passes", name)
		}
	}
}
