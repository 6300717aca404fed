package figure

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Axes describes the axes of Curve and Lines.
type Axes struct {
	Title      string
	X, Y       string // labels, with units
	LogX, LogY bool   // logarithmic, base 10
	// Width and Height are of the figure, in inches; zero means 5.6 and 3.6.
	Width, Height float64
	// Note stands below the legend, such as which series are left out.
	Note string
}

// Series is one line: X[i], Y[i]. A value that is not finite makes a gap.
type Series struct {
	Name string // in the legend; empty: not in the legend
	X, Y []float64
}

// Curve draws series as lines: losses against steps. It panics when X and Y of
// a series differ in length, and errs when there is nothing finite to draw, when
// a value on a logarithmic axis is not positive, and on more than 14 series. The
// legend stands below, and makes the figure so much higher.
func Curve(a Axes, series ...Series) (*Figure, error) { return lines(a, nil, series, false) }

// Lines draws series as lines with a marker at each point: errors against
// numbers of evaluations. It fails as Curve does.
func Lines(a Axes, series ...Series) (*Figure, error) { return lines(a, nil, series, true) }

func lines(a Axes, b *Band, series []Series, marks bool) (*Figure, error) {
	if len(series) > mostSeries {
		return nil, fmt.Errorf("%s%d series, which no colors tell apart: give at most %d", titled(a.Title), len(series), mostSeries)
	}
	p := newPlot(a.Title, a.X, a.Y)
	names := &legend{style: p.Legend.TextStyle, note: a.Note}
	if a.LogX {
		p.X.Tick.Marker = logTicks{}
	}
	if a.LogY {
		p.Y.Tick.Marker = logTicks{}
	}
	addGrid(p)
	if b != nil {
		region, err := b.polygon()
		if err != nil {
			return nil, fmt.Errorf("%s%w", titled(a.Title), err)
		}
		p.Add(region)
		if b.Name != "" {
			names.add(b.Name, region)
		}
	}
	drawn := false
	for i, s := range series {
		runs, err := finiteRuns(a, s)
		if err != nil {
			return nil, err
		}
		for j, run := range runs {
			drawn = true
			if thumbs := addRun(p, i, run, marks); j == 0 && s.Name != "" {
				names.add(s.Name, thumbs...)
			}
		}
	}
	if !drawn {
		return nil, fmt.Errorf("%snothing finite to draw", titled(a.Title))
	}
	widen(&p.X)
	widen(&p.Y)
	width, height := vg.Length(cmp.Or(a.Width, 5.6))*vg.Inch, vg.Length(cmp.Or(a.Height, 3.6))*vg.Inch
	return newFigure(width, height+names.height(width-2*margin), func(c draw.Canvas) {
		background(c)
		p.Draw(names.draw(inset(c)))
	}), nil
}

// finiteRuns cuts s at non-finite points and takes the logarithms that the axes ask for.
func finiteRuns(a Axes, s Series) ([]plotter.XYs, error) {
	if len(s.X) != len(s.Y) {
		panic("figure: X and Y differ in length")
	}
	var runs []plotter.XYs
	open := false
	for i, x := range s.X {
		y := s.Y[i]
		if math.IsNaN(x-x) || math.IsNaN(y-y) {
			open = false
			continue
		}
		if a.LogX && x <= 0 || a.LogY && y <= 0 {
			return nil, fmt.Errorf("%sseries %q, point %d (%g, %g) is not positive on a logarithmic axis", titled(a.Title), s.Name, i, x, y)
		}
		if a.LogX {
			x = math.Log10(x)
		}
		if a.LogY {
			y = math.Log10(y)
		}
		if !open {
			runs = append(runs, nil)
			open = true
		}
		last := &runs[len(runs)-1]
		*last = append(*last, plotter.XY{X: x, Y: y})
	}
	return runs, nil
}

// addRun draws a run of series i, and returns what stands for it in the legend.
func addRun(p *plot.Plot, i int, run plotter.XYs, marks bool) []plot.Thumbnailer {
	line := &plotter.Line{XYs: run, LineStyle: draw.LineStyle{Color: seriesColor(i), Width: vg.Points(1.2), Dashes: seriesDashes(i)}}
	thumbs := []plot.Thumbnailer{line}
	p.Add(line)
	if len(run) == 1 { // there is no line to see
		thumbs = nil
	}
	if marks || len(run) == 1 {
		dots := &plotter.Scatter{XYs: run, GlyphStyle: draw.GlyphStyle{Color: seriesColor(i), Radius: vg.Points(2.8), Shape: seriesGlyph(i)}}
		p.Add(dots)
		thumbs = append(thumbs, dots)
	}
	return thumbs
}

func widen(a *plot.Axis) {
	r := 0.04 * (a.Max - a.Min)
	if r == 0 {
		r = math.Max(math.Abs(a.Max), 1) / 2
	}
	a.Min, a.Max = a.Min-r, a.Max+r
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
