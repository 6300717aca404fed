package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// FieldOptions says where and over what Field draws.
type FieldOptions struct {
	Title                  string
	X, Y                   string                     // labels of the axes; default x₁ and x₂
	XMin, XMax, YMin, YMax float64                    // the box; required
	Arrows                 int                        // per side; 0 means 20
	LogDensity             func(x, y float64) float64 // nats; nil: white ground
}

// logDensityDepth is the depth of the color scale below the maximum, in nats.
const logDensityDepth = 8

// Field draws the vector field (u, v) = at(x, y), a score for instance, as
// arrows on a grid over the log density. An arrow's direction is true. Its
// length grows with the magnitude m as m/(m+median), so that the strong field
// far from the data leaves the weak one near it visible. Points where the field
// is not finite have no arrow. It errs on an empty box or a field that is
// nowhere finite. at is called from one goroutine.
func Field(o FieldOptions, at func(x, y float64) (u, v float64)) (*Figure, error) {
	if !(o.XMin < o.XMax && o.YMin < o.YMax) || o.Arrows < 0 {
		return nil, fmt.Errorf("%sbox [%g, %g] x [%g, %g] with %d arrows a side is empty", titled(o.Title), o.XMin, o.XMax, o.YMin, o.YMax, o.Arrows)
	}
	if o.Arrows == 0 {
		o.Arrows = 20
	}
	box := rect{o.XMin, o.XMax, o.YMin, o.YMax}
	arr := newArrows(box, o.Arrows, at)
	if len(arr.at) == 0 {
		return nil, fmt.Errorf("%sthe field is nowhere finite", titled(o.Title))
	}
	p := newPlot(o.Title, cmp.Or(o.X, "x₁"), cmp.Or(o.Y, "x₂"))
	var bar *plot.Plot
	if o.LogDensity != nil {
		ground := heatMap(box, o.LogDensity)
		p.Add(ground)
		bar = colorBar(ground, "log density (nats, from the maximum)")
	}
	p.Add(arr)
	side, height := barWidth, 4.2*vg.Inch
	if bar == nil { // no wider and no higher than the box needs
		ratio := vg.Length((box.y1 - box.y0) / (box.x1 - box.x0))
		side, height = 0, min(max(ratio*4.2*vg.Inch, 1.5*vg.Inch), 6*vg.Inch)+0.7*vg.Inch
	}
	return newFigure(4.9*vg.Inch, height, func(c draw.Canvas) {
		background(c)
		c = inset(c)
		box.set(p)
		main := trueScale(p, draw.Crop(c, 0, -side, 0, 0))
		p.Draw(main)
		if bar == nil {
			return
		}
		area, side := p.DataCanvas(main), c
		side.Min.X, side.Max.X = main.Max.X+vg.Points(8), main.Max.X+barWidth
		inner := bar.DataCanvas(side)
		bar.Draw(draw.Crop(side, 0, 0, area.Min.Y-inner.Min.Y, area.Max.Y-inner.Max.Y))
	}), nil
}

const barWidth = vg.Length(54)

// trueScale crops c so that a unit of p is as long in x as in y.
func trueScale(p *plot.Plot, c draw.Canvas) draw.Canvas {
	area := p.DataCanvas(c)
	w, h := area.Max.X-area.Min.X, area.Max.Y-area.Min.Y
	rx, ry := vg.Length(p.X.Max-p.X.Min), vg.Length(p.Y.Max-p.Y.Min)
	unit := min(w/rx, h/ry)
	dx, dy := w-unit*rx, h-unit*ry
	return draw.Crop(c, dx/2, -dx/2, dy/2, -dy/2)
}

type arrows struct {
	box    rect
	n      int
	at, uv plotter.XYs // feet and vectors, the latter of length at most 1
}

func newArrows(box rect, n int, field func(x, y float64) (u, v float64)) *arrows {
	a := &arrows{box: box, n: n}
	var mags []float64
	for i := range n {
		for j := range n {
			x := box.x0 + (float64(i)+0.5)*(box.x1-box.x0)/float64(n)
			y := box.y0 + (float64(j)+0.5)*(box.y1-box.y0)/float64(n)
			u, v := field(x, y)
			if m := math.Hypot(u, v); !math.IsNaN(m - m) {
				a.at, a.uv = append(a.at, plotter.XY{X: x, Y: y}), append(a.uv, plotter.XY{X: u, Y: v})
				mags = append(mags, m)
			}
		}
	}
	if len(mags) == 0 {
		return a
	}
	sorted := slices.Sorted(slices.Values(mags))
	median := sorted[len(sorted)/2]
	for i, m := range mags {
		if m+median > 0 {
			a.uv[i].X /= m + median
			a.uv[i].Y /= m + median
		}
	}
	return a
}

func (a *arrows) DataRange() (xmin, xmax, ymin, ymax float64) {
	return a.box.x0, a.box.x1, a.box.y0, a.box.y1
}

// Plot implements plot.Plotter: arrows are centered at grid points and fit in their cells.
func (a *arrows) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	cell := min(c.Max.X-c.Min.X, c.Max.Y-c.Min.Y) / vg.Length(a.n)
	full, head := 1.25*cell, 0.38*cell
	style := draw.LineStyle{Color: black, Width: vg.Points(0.8)}
	for i, q := range a.at {
		u, v := vg.Length(a.uv[i].X), vg.Length(a.uv[i].Y)
		size := vg.Length(math.Hypot(float64(u), float64(v)))
		if size < 0.02 {
			continue
		}
		dir := vg.Point{X: u / size, Y: v / size}
		half := dir.Scale(min(full*size, 0.98*cell) / 2)
		mid := vg.Point{X: trX(q.X), Y: trY(q.Y)}
		tip, foot := mid.Add(half), mid.Sub(half)
		h := min(head, 0.6*full*size)
		back := tip.Sub(dir.Scale(h))
		wing := vg.Point{X: -dir.Y, Y: dir.X}.Scale(0.42 * h)
		c.StrokeLine2(style, foot.X, foot.Y, back.X, back.Y)
		c.FillPolygon(black, []vg.Point{tip, back.Add(wing), back.Sub(wing)})
	}
}

// lattice is a plotter.GridXYZ of values at cell centers.
type lattice struct {
	box  rect
	w, h int
	z    []float64
}

func (l *lattice) Dims() (c, r int)   { return l.w, l.h }
func (l *lattice) Z(c, r int) float64 { return l.z[r*l.w+c] }
func (l *lattice) X(c int) float64 {
	return l.box.x0 + (float64(c)+0.5)*(l.box.x1-l.box.x0)/float64(l.w)
}
func (l *lattice) Y(r int) float64 {
	return l.box.y0 + (float64(r)+0.5)*(l.box.y1-l.box.y0)/float64(l.h)
}

// heatMap evaluates f on a grid, clipped at logDensityDepth below its maximum; NaN is lowest.
func heatMap(box rect, f func(x, y float64) float64) *plotter.HeatMap {
	const side = 160
	l := &lattice{box, side, side, make([]float64, side*side)}
	top := math.Inf(-1)
	for i := range l.z {
		l.z[i] = f(l.X(i%side), l.Y(i/side))
		if l.z[i] > top {
			top = l.z[i]
		}
	}
	for i, z := range l.z {
		l.z[i] = z - top
		if !(l.z[i] >= -logDensityDepth) {
			l.z[i] = -logDensityDepth
		}
	}
	return shade(l)
}

func shade(l *lattice) *plotter.HeatMap {
	// Not rasterized, cells are painted one by one and seams show between them.
	return &plotter.HeatMap{GridXYZ: l, Palette: blues(64), Rasterized: true, Min: -logDensityDepth, Max: 0}
}

func colorBar(h *plotter.HeatMap, label string) *plot.Plot {
	const n = 128
	l := &lattice{rect{0, 1, h.Min, h.Max}, 1, n, make([]float64, n)}
	for i := range l.z {
		l.z[i] = l.Y(i)
	}
	p := newPlot("", "", label)
	p.Add(shade(l))
	p.HideX()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, h.Min, h.Max
	return p
}

// ramp goes from white to a blue on which black arrows still show.
type ramp []color.Color

func (r ramp) Colors() []color.Color { return r }

func blues(n int) ramp {
	stops := []color.NRGBA{{255, 255, 255, 255}, {222, 235, 247, 255}, {158, 202, 225, 255}, {86, 160, 210, 255}}
	r := make(ramp, n)
	for i := range r {
		f := float64(i) / float64(n-1) * float64(len(stops)-1)
		k := min(int(f), len(stops)-2)
		a, b, g := stops[k], stops[k+1], f-float64(k)
		mix := func(x, y uint8) uint8 { return uint8(float64(x) + g*(float64(y)-float64(x)) + 0.5) }
		r[i] = color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
	}
	return r
}
