package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// mostPanels is the number of columns that one Histogram can show.
const mostPanels = 30

// Histogram draws the marginal densities of data (filled) and samples (outline)
// column by column, three panels a row, in equal bins over the range of the
// data and a margin; names label the panels. Densities are normalised by all finite values, so
// mass outside the range is missing from the outline. It panics when the
// numbers of columns and names differ, and errs on more than 30 columns (choose
// some) or a column without a finite value.
func Histogram(title string, names []string, data, samples *mat.Dense) (*Figure, error) {
	_, d := data.Dims()
	if _, e := samples.Dims(); e != d || len(names) != d {
		panic("figure: data, samples and names differ in columns")
	}
	if d > mostPanels {
		return nil, fmt.Errorf("figure %q: %d columns, at most %d fit: choose some", title, d, mostPanels)
	}
	cols := min(d, 3)
	rows := (d + cols - 1) / cols
	panels := make([][]*plot.Plot, rows)
	for i := range panels {
		panels[i] = make([]*plot.Plot, cols)
	}
	for j, name := range names {
		p, err := marginal(name, column(data, j), column(samples, j))
		if err != nil {
			return nil, fmt.Errorf("figure %q: %w", title, err)
		}
		if j%cols == 0 {
			p.Y.Label.Text = "density"
		}
		if j != 0 {
			p.Legend = plot.NewLegend()
		}
		panels[j/cols][j%cols] = p
	}
	width, height := vg.Length(cols)*2.3*vg.Inch, vg.Length(rows)*1.9*vg.Inch+24
	return &Figure{max(width, 3.4*vg.Inch), height, func(c draw.Canvas) {
		background(c)
		c = drawHeading(inset(c), title)
		tiles := draw.Tiles{Rows: rows, Cols: cols, PadX: vg.Points(12), PadY: vg.Points(10)}
		for i, canvases := range plot.Align(panels, tiles, c) {
			for j, tile := range canvases {
				if p := panels[i][j]; p != nil {
					p.Draw(tile)
				}
			}
		}
	}}, nil
}

func column(m *mat.Dense, j int) []float64 {
	n, _ := m.Dims()
	v := make([]float64, 0, n)
	for i := range n {
		if x := m.At(i, j); !math.IsNaN(x - x) {
			v = append(v, x)
		}
	}
	return v
}

func marginal(name string, data, samples []float64) (*plot.Plot, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("column %q has no finite value in the data", name)
	}
	lo, hi := data[0], data[0]
	for _, x := range data {
		lo, hi = min(lo, x), max(hi, x)
	}
	m := 0.05 * (hi - lo)
	if m == 0 {
		m = math.Max(1, math.Abs(lo)) / 2
	}
	lo, hi = lo-m, hi+m
	bins := min(50, max(10, int(math.Sqrt(float64(len(data))))))
	filled, steps := outline(data, lo, hi, bins), outline(samples, lo, hi, bins)

	p := newPlot("", name, "")
	area := &plotter.Polygon{XYs: []plotter.XYs{filled}, Color: faded(seriesColor(0), 0.35)}
	line := &plotter.Line{XYs: steps, LineStyle: draw.LineStyle{Color: seriesColor(1), Width: vg.Points(1.2)}}
	p.Add(area, line)
	p.X.Min, p.X.Max, p.Y.Min = lo, hi, 0
	p.Y.Max *= 1.4 // room for the legend
	p.X.Tick.Marker, p.Y.Tick.Marker = linearTicks{3}, linearTicks{3}
	p.Legend.Add("data", area)
	p.Legend.Add("samples", line)
	p.Legend.Top, p.Legend.ThumbnailWidth = true, vg.Points(14)
	return p, nil
}

// outline is the histogram of v as a step function that starts and ends at 0.
func outline(v []float64, lo, hi float64, bins int) plotter.XYs {
	density := make([]float64, bins)
	width := (hi - lo) / float64(bins)
	for _, x := range v {
		if k := int(math.Floor((x - lo) / width)); 0 <= k && k < bins {
			density[k] += 1 / (float64(len(v)) * width)
		}
	}
	xy := plotter.XYs{{X: lo, Y: 0}}
	for k, y := range density {
		xy = append(xy, plotter.XY{X: lo + float64(k)*width, Y: y}, plotter.XY{X: lo + float64(k+1)*width, Y: y})
	}
	return append(xy, plotter.XY{X: hi, Y: 0})
}
