package figure

import (
	"image/color"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// No two series have the same color, and no more are drawn than there are colors.
func TestSeriesColors(t *testing.T) {
	seen := map[color.NRGBA]int{}
	var many []Series
	for i := range mostSeries + 1 {
		many = append(many, Series{Name: "s", X: []float64{0, 1}, Y: []float64{0, float64(i)}})
		if j, known := seen[seriesColor(i)]; known && i < mostSeries {
			t.Errorf("series %d and %d have one color", i, j)
		}
		seen[seriesColor(i)] = i
	}
	if _, err := Curve(Axes{}, many...); err == nil || !strings.Contains(err.Error(), "15 series") {
		t.Errorf("too many series: %v", err)
	}
	if _, err := Curve(Axes{}, many[1:]...); err != nil {
		t.Error(err)
	}
}

// The legend keeps to its width, has every name, and makes room for itself.
func TestLegendBelow(t *testing.T) {
	l := &legend{style: newPlot("", "", "").Legend.TextStyle, note: "left out: one, two, three, four, five, six, seven, eight, nine and ten"}
	for range 9 {
		l.add("a name of some length")
	}
	const width = 300
	n := 0
	for _, row := range l.rows(width) {
		w := vg.Length(len(row)-1) * entryGap
		for _, e := range row {
			w += thumbWidth + thumbGap + l.style.Width(e.name)
			n++
		}
		if w > width {
			t.Errorf("a line of %v", w)
		}
	}
	if n != 9 {
		t.Errorf("%d names", n)
	}
	if got := strings.Join(l.lines(width), " "); got != l.note {
		t.Errorf("note %q", got)
	}
	plain, err := Curve(Axes{}, Series{X: []float64{0, 1}, Y: []float64{0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	named, err := Curve(Axes{Note: l.note}, Series{Name: "s", X: []float64{0, 1}, Y: []float64{0, 1}})
	if err != nil || named.height <= plain.height || plain.height != 3.6*vg.Inch {
		t.Errorf("heights %v without names, %v with: %v", plain.height, named.height, err)
	}
}
