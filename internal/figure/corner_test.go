package figure

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
	"tweedie/internal/stream"
)

// cornerRows are rows of a law with correlations, two bumps, bounds and a wide scale.
func cornerRows(n, d int, seed uint64) *mat.Dense {
	m, rng := mat.NewDense(n, d, nil), stream.New(seed, "figure/corner")
	for i := range n {
		z := rng.NormFloat64()
		for j := range d {
			e := rng.NormFloat64()
			v := 0.8*z + 0.6*e
			switch j % 4 {
			case 1:
				v = 1e4 * (math.Sin(2*z) + 0.2*e)
			case 2:
				v = rng.Float64()
			case 3:
				v = math.Exp(2*e + z)
			}
			m.Set(i, j, v)
		}
	}
	return m
}

// cornerCase has everything that a corner plot can have.
func cornerCase(rows, d int, long bool) (CornerOptions, *mat.Dense) {
	o := CornerOptions{Names: make([]string, d), Log: make([]bool, d), Truth: make([]float64, d)}
	for j := range d {
		o.Names[j] = fmt.Sprintf("θ_%d", j+1)
		if long {
			o.Names[j] = fmt.Sprintf("transmission_rate_of_compartment_%d", j+1)
		}
		o.Log[j], o.Truth[j] = j%4 == 3, 0.5
	}
	if long {
		o.Title, o.SecondName = "Posterior of the first observation", "after 100,000 simulations"
		o.Second, o.Prior = cornerRows(rows/2, d, 2), cornerRows(rows, d, 3)
		o.Prior.Apply(func(_, j int, v float64) float64 { return v * 2 }, o.Prior)
	}
	return o, cornerRows(rows, d, 1)
}

// TestLook writes figures to a folder, to look at.
func TestLook(t *testing.T) {
	dir := os.Getenv("TWEEDIE_LOOK")
	if dir == "" {
		t.Skip("TWEEDIE_LOOK=DIR writes figures to look at")
	}
	for _, d := range []int{1, 2, 3, 4, 6, 10} {
		for _, long := range []bool{false, true} {
			o, rows := cornerCase(5000, d, long)
			f, err := Corner(o, rows)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("corner-%d-%v.png", d, long)), f.PNG(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// textBox is where a text stands on the page.
type textBox struct {
	text           string
	x0, x1, y0, y1 float64
}

func (b textBox) overlaps(c textBox) bool {
	const slack = 0.3
	return b.x0 < c.x1-slack && c.x0 < b.x1-slack && b.y0 < c.y1-slack && c.y0 < b.y1-slack
}

// texts are the boxes of all texts that a figure draws: of the height of small letters
// above the baseline, since ascents of fonts are taller than what is drawn.
func texts(f *Figure) (list []textBox) {
	var rec recorder.Canvas
	f.draw(draw.NewCanvas(&rec, f.width, f.height))
	type state struct{ x, y, angle float64 }
	at, stack := state{}, []state(nil)
	for _, a := range rec.Actions {
		switch a := a.(type) {
		case *recorder.Push:
			stack = append(stack, at)
		case *recorder.Pop:
			at, stack = stack[len(stack)-1], stack[:len(stack)-1]
		case *recorder.Rotate:
			at.angle += a.Angle
		case *recorder.Translate:
			at.x, at.y = at.x+float64(a.Point.X), at.y+float64(a.Point.Y)
		case *recorder.FillString:
			sty := cornerText(vg.Length(a.Size), draw.XLeft, draw.YBottom)
			w, h := float64(sty.Width(a.String)), 0.55*float64(a.Size)
			x, y := at.x+float64(a.Point.X), at.y+float64(a.Point.Y)
			if at.angle != 0 { // a quarter turn: (x, y) goes to (-y, x)
				x, y = at.x-float64(a.Point.Y), at.y+float64(a.Point.X)
				list = append(list, textBox{a.String, x - h, x, y, y + w})
				continue
			}
			list = append(list, textBox{a.String, x, x + w, y, y + h})
		}
	}
	return list
}

// No text is cut off or stands on another, for up to ten parameters.
func TestCornerTexts(t *testing.T) {
	for d := 1; d <= 10; d++ {
		for _, long := range []bool{false, true} {
			o, rows := cornerCase(60, d, long)
			f, err := Corner(o, rows)
			if err != nil {
				t.Fatal(err)
			}
			list := texts(f)
			if len(list) < 2*d {
				t.Fatalf("%d parameters: only %d texts", d, len(list))
			}
			for i, a := range list {
				if a.x0 < 0 || a.y0 < 0 || a.x1 > float64(f.width) || a.y1 > float64(f.height) {
					t.Errorf("%d parameters, long %v: %+v is cut off of a page of %v by %v", d, long, a, f.width, f.height)
				}
				for _, b := range list[:i] {
					if a.overlaps(b) {
						t.Errorf("%d parameters, long %v: %+v stands on %+v", d, long, a, b)
					}
				}
			}
		}
	}
	o, rows := cornerCase(60, 3, true)
	f, err := Corner(o, rows)
	if err != nil {
		t.Fatal(err)
	}
	f.width /= 2 // a planted fault
	cut := false
	for _, a := range texts(f) {
		cut = cut || a.x1 > float64(f.width)
	}
	if !cut {
		t.Error("texts beyond the page are not seen")
	}
}

// The regions of a normal law are discs of the radius √(-2 ln(1-p)), and those of a ring
// have a hole.
func TestContours(t *testing.T) {
	const n = 20000
	rng := stream.New(1, "figure/contours")
	x, y := make([]float64, n), make([]float64, n)
	area := func(lines [][]vg.Point, side float64) (sum float64) {
		for _, l := range lines {
			for k, p := range l {
				q := l[(k+1)%len(l)]
				sum += float64(p.X*q.Y-q.X*p.Y) / 2
			}
		}
		return math.Abs(sum) * side * side
	}
	axis := cornerAxis{lo: -4, hi: 4}
	for i := range n {
		x[i], y[i] = rng.NormFloat64(), rng.NormFloat64()
	}
	g := newDensity2(x, y, axis, axis)
	for _, p := range cornerLevels {
		got, want := area(g.contours(g.level(x, y, axis, axis, p)), 8), -2*math.Log(1-p)*math.Pi
		if math.Abs(got/want-1) > 0.08 {
			t.Errorf("the region of %v of a normal law has the area %.2f, want %.2f", p, got, want)
		}
	}
	for i := range n {
		s, c := math.Sincos(2 * math.Pi * rng.Float64())
		r := 2 + 0.2*rng.NormFloat64()
		x[i], y[i] = r*c, r*s
	}
	g = newDensity2(x, y, axis, axis)
	lines := g.contours(g.level(x, y, axis, axis, 0.9))
	got, want := area(lines, 8), math.Pi*4*2*1.645*0.2
	if len(lines) != 2 || math.Abs(got/want-1) > 0.4 {
		t.Errorf("the ring has %d contours of the area %.2f, want 2 of about %.2f", len(lines), got, want)
	}
}

func TestCornerRefuses(t *testing.T) {
	rows := cornerRows(50, 4, 1)
	names := []string{"a", "b", "c", "d"}
	bad := mat.DenseCopyOf(rows)
	bad.Set(6, 2, math.Inf(1))
	for want, c := range map[string]struct {
		o CornerOptions
		m *mat.Dense
	}{
		`row 7, column "c" is +Inf`: {CornerOptions{Names: names}, bad},
		`prior: row 7, column "c"`:  {CornerOptions{Names: names, Prior: bad}, rows},
		`column "a" is -`:           {CornerOptions{Names: names, Log: []bool{true, false, false, false}}, rows},
		`truth of "d" is -1`:        {CornerOptions{Names: names, Log: []bool{false, false, false, true}, Truth: []float64{0, 0, 0, -1}}, rows},
		"at least 20 rows":          {CornerOptions{Names: names}, cornerRows(19, 4, 1)},
	} {
		if _, err := Corner(c.o, c.m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := Corner(CornerOptions{Names: make([]string, 13)}, mat.NewDense(20, 13, nil)); err == nil {
		t.Error("13 columns")
	}
}

// Constant columns, far truths and one layer or three are drawn; each changes the picture.
func TestCornerParts(t *testing.T) {
	rows := cornerRows(60, 2, 1)
	constant := mat.DenseCopyOf(rows)
	for i := range 60 {
		constant.Set(i, 0, 3)
	}
	names := []string{"a", "b"}
	seen := map[string]string{}
	for name, c := range map[string]struct {
		o CornerOptions
		m *mat.Dense
	}{
		"plain":     {CornerOptions{}, rows},
		"constant":  {CornerOptions{}, constant},
		"truth":     {CornerOptions{Truth: []float64{0.1, math.NaN()}}, rows},
		"far truth": {CornerOptions{Truth: []float64{1e9, math.NaN()}}, rows},
		"second":    {CornerOptions{Second: constant}, rows},
		"prior":     {CornerOptions{Prior: constant}, rows},
		"title":     {CornerOptions{Title: "title"}, rows},
	} {
		c.o.Names = names
		f, err := Corner(c.o, c.m)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var b bytes.Buffer
		if err := f.WriteSVG(&b); err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[b.String()]; ok {
			t.Errorf("%s and %s are the same picture", name, other)
		}
		seen[b.String()] = name
	}
	if f, _ := Corner(CornerOptions{Names: names}, rows); f.WriteSVG(io.Discard) != nil {
		t.Error("not written")
	}
}
