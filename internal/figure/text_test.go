package figure

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/plotter"
)

// Letters that the font lacks are boxes in PNG, and named; SVG keeps them.
func TestMissingLetters(t *testing.T) {
	f, err := Curve(Axes{X: "价格 η ж", Y: "y"}, Series{X: []float64{0, 1}, Y: []float64{0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	f.PNG()
	if got := f.Missing(); got != "价格" {
		t.Errorf("missing letters %q", got)
	}
	boxes, err := Curve(Axes{X: "□□ η ж", Y: "y"}, Series{X: []float64{0, 1}, Y: []float64{0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if boxes.PNG(); boxes.Missing() != "" {
		t.Errorf("the font lacks %q", boxes.Missing())
	}
	var b bytes.Buffer
	if err := f.WriteSVG(&b); err != nil || !strings.Contains(b.String(), "价格 η ж") {
		t.Errorf("the SVG lacks the name: %v", err)
	}
	if n := strings.Count(b.String(), "<text "); n == 0 || strings.Count(b.String(), "<text textLength=") != n || strings.Count(b.String(), families) != n {
		t.Errorf("of %d texts, not all have a width and fonts: %s", n, b.String())
	}
}

// Columns of other units fill their axes; those of alike ranges have one scale.
func TestScatterScale(t *testing.T) {
	rows := func(sx, sy float64) *mat.Dense {
		r, m := rand.New(rand.NewPCG(1, 2)), mat.NewDense(200, 2, nil)
		for i := range 200 {
			m.Set(i, 0, sx*r.NormFloat64())
			m.Set(i, 1, sy*r.NormFloat64())
		}
		return m
	}
	labelled := func(m *mat.Dense) string {
		f, err := Scatter2("", m, m)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := f.WriteSVG(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if s := labelled(rows(1, 1000)); !strings.Contains(s, ">2000<") || strings.Count(s, ">2<") != 2 {
		t.Error("an axis of ones beside one of thousands has other numbers")
	}
	for _, c := range []struct {
		r    rect
		want bool
	}{{rect{0, 1, 0, 4}, true}, {rect{0, 5, 0, 1}, false}, {rect{}, true}, {rect{0, 1, 0, 0}, false}} {
		if c.r.alike(4) != c.want {
			t.Errorf("%v: sides alike is %t", c.r, !c.want)
		}
	}
}

// What is points alone has no line in the legend.
func TestPointsInLegend(t *testing.T) {
	p := newPlot("", "", "")
	one := addRun(p, 1, plotter.XYs{{X: 1, Y: 2}}, true)
	two := addRun(p, 1, plotter.XYs{{X: 1, Y: 2}, {X: 2, Y: 2}}, true)
	if len(one) != 1 || len(two) != 2 {
		t.Errorf("%d and %d thumbnails, want 1 and 2", len(one), len(two))
	}
}
