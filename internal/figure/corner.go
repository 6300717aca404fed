package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// CornerOptions says what Corner draws beside the draws.
type CornerOptions struct {
	Title string
	Names []string  // of the columns; required
	Log   []bool    // columns on logarithmic axes; nil for none
	Truth []float64 // marked; NaN where it is not known; nil for none
	// Prior is drawn on the diagonal, and Second everywhere, both as lines: rows of as many
	// columns. Nil for none.
	Prior, Second         *mat.Dense
	DrawsName, SecondName string // in the legend; default "draws" and "second sample"
}

// LeastRows is how many rows Corner needs.
const LeastRows = 20

// MostColumns is the largest number of columns that is legible on a page.
const MostColumns = 12

// Corner draws each column as a histogram and each pair of columns as regions of highest
// density that hold 50 and 90 % of the draws, from all rows. Densities are smoothed
// histograms. An axis has the central 99.6 % of the draws, and the truth where it is not
// further away than this is wide; else a triangle at the edge says where it is. Names that
// are too long for an axis are shortened in the middle there, and stand in full above the
// diagonal. It errs on fewer than 20 rows, more than 12 columns, and numbers that are not
// finite or, on a logarithmic axis, not positive. It panics when sizes do not fit.
func Corner(o CornerOptions, draws *mat.Dense) (*Figure, error) {
	n, d := draws.Dims()
	for _, m := range []*mat.Dense{o.Prior, o.Second} {
		if m == nil {
			continue
		}
		if _, c := m.Dims(); c != d {
			panic("figure: not the columns of the draws")
		}
	}
	if len(o.Names) != d || o.Log != nil && len(o.Log) != d || o.Truth != nil && len(o.Truth) != d {
		panic("figure: not one name for each column")
	}
	if n < LeastRows || d > MostColumns {
		return nil, fmt.Errorf("%s%d rows of %d columns: give at least %d rows and at most %d columns", titled(o.Title), n, d, LeastRows, MostColumns)
	}
	c := &corner{d: d, title: o.Title, names: o.Names, axes: make([]cornerAxis, d)}
	layers := []struct {
		m     *mat.Dense
		name  string
		style layerStyle
	}{
		{draws, cmp.Or(o.DrawsName, "draws"), layerStyle{color: blue, fill: true}},
		{o.Second, cmp.Or(o.SecondName, "second sample"), layerStyle{color: vermillion, dashes: seriesDashes(1)}},
		{o.Prior, "prior", layerStyle{color: black, dashes: seriesDashes(2), diagonal: true}},
	}
	for _, l := range layers {
		if l.m == nil {
			continue
		}
		columns, err := cornerColumns(o, l.name, l.m)
		if err != nil {
			return nil, err
		}
		c.layers = append(c.layers, cornerLayer{name: l.name, layerStyle: l.style, columns: columns})
	}
	for j := range d {
		if err := c.axis(o, j); err != nil {
			return nil, err
		}
	}
	c.measure()
	return newFigure(c.width, c.height, c.draw), nil
}

// corner is a grid of d×d panels, of which the lower triangle is drawn.
type corner struct {
	d             int
	title         string
	names         []string
	axes          []cornerAxis
	layers        []cornerLayer
	side, gap     vg.Length // of a panel, between panels
	left, bottom  vg.Length // of the panels
	width, height vg.Length
	size, tick    vg.Length // of names and of numbers on axes
}

type layerStyle struct {
	color    color4
	dashes   []vg.Length
	fill     bool
	diagonal bool // alone
}

// cornerLayer is a sample, column by column, logarithms where the axis is.
type cornerLayer struct {
	name string
	layerStyle
	columns [][]float64
}

// cornerAxis is that of a column, after the logarithm.
type cornerAxis struct {
	lo, hi float64
	log    bool
	truth  float64 // NaN: none
}

func cornerColumns(o CornerOptions, name string, m *mat.Dense) ([][]float64, error) {
	_, d := m.Dims()
	columns := make([][]float64, d)
	for j := range columns {
		columns[j] = mat.Col(nil, j, m)
		for i, v := range columns[j] {
			if math.IsNaN(v - v) {
				return nil, fmt.Errorf("%s%s: row %d, column %q is %g: give finite numbers", titled(o.Title), name, i+1, o.Names[j], v)
			}
			if o.Log == nil || !o.Log[j] {
				continue
			}
			if v <= 0 {
				return nil, fmt.Errorf("%s%s: row %d, column %q is %g, which is not positive on a logarithmic axis", titled(o.Title), name, i+1, o.Names[j], v)
			}
			columns[j][i] = math.Log10(v)
		}
	}
	return columns, nil
}

// axis sets the limits of column j: those of the draws and of a second sample, but not of a
// prior, which may be much wider.
func (c *corner) axis(o CornerOptions, j int) error {
	a := &c.axes[j]
	a.lo, a.hi, a.truth = math.Inf(1), math.Inf(-1), math.NaN()
	for _, l := range c.layers {
		if l.diagonal {
			continue
		}
		v := slices.Sorted(slices.Values(l.columns[j]))
		cut := int(0.002 * float64(len(v)))
		a.lo, a.hi = math.Min(a.lo, v[cut]), math.Max(a.hi, v[len(v)-1-cut])
	}
	a.log = o.Log != nil && o.Log[j]
	if a.lo == a.hi {
		r := math.Max(math.Abs(a.lo), 1) / 2
		a.lo, a.hi = a.lo-r, a.hi+r
	}
	if o.Truth != nil {
		a.truth = o.Truth[j]
		if a.log && a.truth <= 0 {
			return fmt.Errorf("%sthe truth of %q is %g, which is not positive on a logarithmic axis", titled(o.Title), o.Names[j], a.truth)
		}
		if a.log {
			a.truth = math.Log10(a.truth)
		}
		if span := a.hi - a.lo; a.truth > a.lo-span && a.truth < a.hi+span {
			a.lo, a.hi = math.Min(a.lo, a.truth), math.Max(a.hi, a.truth)
		}
	}
	r := 0.07 * (a.hi - a.lo)
	a.lo, a.hi = a.lo-r, a.hi+r
	return nil
}

// share is where v is on the axis, from 0 to 1.
func (a cornerAxis) share(v float64) float64 { return (v - a.lo) / (a.hi - a.lo) }

// panel is the square of row i and column j, of the grid from the top left.
func (c *corner) panel(canvas draw.Canvas, i, j int) draw.Canvas {
	x := canvas.Min.X + c.left + vg.Length(j)*(c.side+c.gap)
	y := canvas.Min.Y + c.bottom + vg.Length(c.d-1-i)*(c.side+c.gap)
	canvas.Rectangle = vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + c.side, Y: y + c.side}}
	return canvas
}
