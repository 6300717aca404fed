package datasets

import "math"

// value returns what z is decoded to: rounded, and clipped to the range of the column.
func (p *codecColumn) value(z float64) float64 {
	return min(max(p.field.written(p.form, p.field.Map.backward(z, p.open)), p.clip.Min), p.clip.Max)
}

// written returns the value that v, in the units of the map of the column, is rounded to. form is
// the column's.
func (f *Field) written(form decimal, v float64) float64 {
	switch {
	case f.Grid != nil && f.Grid.uneven():
		return f.shown(f.Grid.number(v))
	case f.Grid != nil:
		return f.nearest(v)
	}
	return f.Style.round(form.round(v))
}

// width returns the mean width of the cells of f in the units of its map.
func (f *Field) width() float64 {
	if f.Grid != nil && f.Grid.uneven() {
		return 1
	}
	return f.Step()
}

// widthAt returns the width of the cell of v in the units of the map.
func (p *codecColumn) widthAt(v float64) float64 {
	if g := p.field.Grid; g != nil && len(g.Weights) > 0 {
		_, width := g.cell(math.Round(g.index(v)))
		return width
	}
	return p.step
}

// uneven reports whether the map of the column counts the values of its grid.
func (p *codecColumn) uneven() bool { return p.field.Grid != nil && p.field.Grid.uneven() }

// scale returns v in the units of the map of the column.
func (p *codecColumn) scale(v float64) float64 {
	if p.uneven() {
		return p.field.Grid.position(v)
	}
	return v
}

// forward maps a value with a cell of width step, r uniform on [0, 1).
func (p *codecColumn) forward(v, step, r float64) float64 {
	return p.field.Map.forward(p.scale(v), step, r, p.open)
}

// backward maps z to a value that is not rounded yet, and returns the logarithm of its
// derivative.
func (p *codecColumn) backward(z float64) (v, logSlope float64) {
	v, logSlope = p.field.Map.backward(z, p.open), p.field.Map.logSlope(z, p.open)
	if p.uneven() {
		v, slope := p.field.Grid.value(v)
		return v, logSlope + math.Log(slope)
	}
	return v, logSlope
}
