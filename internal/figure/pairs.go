package figure

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// PairsOptions says what Pairs draws.
type PairsOptions struct {
	Title         string
	Names         []string   // of the columns; required
	First, Second string     // names in the legend; default "data" and "samples"
	SecondRows    *mat.Dense // nil for none
}

// mostPairs is the largest number of columns that is legible on a page.
const mostPairs = 8

// pairsBins is the number of bins of a histogram.
const pairsBins = 30

// Pairs draws each column as a histogram on the diagonal, and each pair of columns as points
// below it, at most the first 5000 rows of each table. Axes are those of the first table and
// a margin; what is beyond is not drawn, and a note counts it. Rows with a number that is not
// finite are left out where it is drawn, and counted too. It errs on no rows, on fewer than 2
// or more than 8 columns, and on a column without a finite number. It panics when sizes do
// not fit.
func Pairs(o PairsOptions, first *mat.Dense) (*Figure, error) {
	n, d := first.Dims()
	tables := []*mat.Dense{first}
	if o.SecondRows != nil {
		if _, c := o.SecondRows.Dims(); c != d {
			panic("figure: not the columns of the first table")
		}
		tables = append(tables, o.SecondRows)
	}
	if len(o.Names) != d {
		panic("figure: not one name for each column")
	}
	if n == 0 || d < 2 || d > mostPairs {
		return nil, fmt.Errorf("figure %q: %d rows of %d columns: give rows, and from 2 to %d columns", o.Title, n, d, mostPairs)
	}
	box := make([][2]float64, d)
	for j := range box {
		lo, hi := finiteRange(first, j)
		if lo > hi {
			return nil, fmt.Errorf("figure %q: column %q has no finite number", o.Title, o.Names[j])
		}
		r := rect{lo, hi, lo, hi}
		r.grow(0.05)
		box[j] = [2]float64{r.x0, r.x1}
	}
	names := &legend{style: newPlot("", "", "").Legend.TextStyle}
	panels := make([][]*plot.Plot, d)
	out := 0
	for j := range d {
		panels[j] = make([]*plot.Plot, d)
		for i := range j + 1 {
			p, left := o.panel(tables, box, i, j)
			panels[j][i], out = p, out+left
		}
	}
	if o.SecondRows != nil {
		names.add(cmp.Or(o.First, "data"), dots(nil, 0, 1))
		names.add(cmp.Or(o.Second, "samples"), dots(nil, 1, 1))
	}
	if out > 0 {
		names.note = fmt.Sprintf("%d points of %d pairs beyond the axes, or not finite, are not drawn.", out, d*(d-1)/2)
	}
	side := vg.Length(math.Max(1.0, 1.7-0.1*float64(d))) * vg.Inch
	width := vg.Length(d)*side + 30
	return &Figure{width, vg.Length(d)*side + 24 + names.height(width-2*margin), func(c draw.Canvas) {
		background(c)
		drawPairs(names.draw(drawHeading(inset(c), o.Title)), panels)
	}}, nil
}

func finiteRange(m *mat.Dense, j int) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	n, _ := m.Dims()
	for i := range n {
		if v := m.At(i, j); !math.IsNaN(v - v) {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	return lo, hi
}

// panel is that of columns i and j, and how many points it lacks.
func (o *PairsOptions) panel(tables []*mat.Dense, box [][2]float64, i, j int) (*plot.Plot, int) {
	p := newPlot("", "", "")
	p.X.Tick.Label.Font.Size, p.Y.Tick.Label.Font.Size = 7, 7
	p.X.Tick.Marker, p.Y.Tick.Marker = fewTicks{}, fewTicks{}
	d := len(o.Names)
	if p.X.Label.Text = o.Names[i]; j < d-1 {
		p.X.Label.Text = ""
	}
	if p.Y.Label.Text = o.Names[j]; i > 0 || j == 0 {
		p.Y.Label.Text = ""
	}
	p.X.Label.Text, p.Y.Label.Text = short(p.X.Label.Text), short(p.Y.Label.Text)
	left := 0
	for k, m := range tables {
		if i == j {
			p.Add(outline(m, box[j], j, k))
			continue
		}
		var pts plotter.XYs
		n, _ := m.Dims()
		for r := range min(n, mostPoints) {
			pts = append(pts, plotter.XY{X: m.At(r, i), Y: m.At(r, j)})
		}
		inside := within(pts, rect{box[i][0], box[i][1], box[j][0], box[j][1]})
		left += len(pts) - len(inside)
		p.Add(dots(inside, k, cloudAlpha(len(inside))))
	}
	p.X.Min, p.X.Max = box[i][0], box[i][1]
	if i != j {
		p.Y.Min, p.Y.Max = box[j][0], box[j][1]
	} else {
		p.Y.Tick.Marker = plot.ConstantTicks(nil)
	}
	return p, left
}

// short keeps 14 letters of a name, and says so by an ellipsis.
func short(name string) string {
	if r := []rune(name); len(r) > 14 {
		return string(r[:8]) + "…" + string(r[len(r)-5:])
	}
	return name
}

func dots(pts plotter.XYs, k int, alpha float64) *plotter.Scatter {
	return &plotter.Scatter{XYs: pts, GlyphStyle: draw.GlyphStyle{Color: faded(seriesColor(k), alpha), Radius: vg.Points(1 + 1.5*float64(b2i(pts == nil))), Shape: draw.CircleGlyph{}}}
}

// outline is an outline of shares of the rows of a table.
func outline(m *mat.Dense, axis [2]float64, j, k int) *plotter.Line {
	bins := make([]float64, pairsBins)
	n, _ := m.Dims()
	for r := range n {
		if s := (m.At(r, j) - axis[0]) / (axis[1] - axis[0]); s >= 0 && s < 1 {
			bins[int(s*float64(len(bins)))] += 1 / float64(n)
		}
	}
	w := (axis[1] - axis[0]) / float64(len(bins))
	pts := plotter.XYs{{X: axis[0]}}
	for b, v := range bins {
		x := axis[0] + float64(b)*w
		pts = append(pts, plotter.XY{X: x, Y: v}, plotter.XY{X: x + w, Y: v})
	}
	pts = append(pts, plotter.XY{X: axis[1]})
	return &plotter.Line{XYs: pts, LineStyle: draw.LineStyle{Color: seriesColor(k), Width: vg.Points(1.1), Dashes: seriesDashes(k)}}
}

// drawPairs draws the lower triangle, with axes aligned over rows and columns.
func drawPairs(c draw.Canvas, panels [][]*plot.Plot) {
	d := len(panels)
	grid := make([][]*plot.Plot, d)
	for j := range grid {
		grid[j] = make([]*plot.Plot, d)
		copy(grid[j], panels[j])
	}
	tiles := draw.Tiles{Rows: d, Cols: d, PadX: vg.Points(4), PadY: vg.Points(4)}
	for j, row := range plot.Align(grid, tiles, c) {
		for i := range j + 1 {
			panels[j][i].Draw(row[i])
		}
	}
}

// fewTicks are linear ticks with at most three labels.
type fewTicks struct{}

func (fewTicks) Ticks(lo, hi float64) []plot.Tick {
	ticks := linearTicks{}.Ticks(lo, hi)
	var labeled []int
	for i, t := range ticks {
		if !t.IsMinor() {
			labeled = append(labeled, i)
		}
	}
	for k, i := range labeled {
		if step := (len(labeled) + 2) / 3; k%step != 0 {
			ticks[i].Label = ""
		}
	}
	return ticks
}
