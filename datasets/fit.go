package datasets

import (
	"math"
	"slices"
)

// FitOptions says how the numbers of a mixed table are mapped. The zero value,
// or nil, is the default.
type FitOptions struct {
	// Knots of the quantile transform of a column; 0 means a tenth of the
	// rows, between 10 and 1000; -1 standardizes instead.
	Knots int
	// SmallTable is the number of rows below which columns are standardized:
	// the quantiles of few rows are noise. 0 means 100; -1 never.
	SmallTable int
	// KeepAtoms leaves values that repeat among the numbers, spread over their
	// cell, instead of giving each a level of its own: see Atom.
	KeepAtoms bool
	// Extrapolate lets decoded numbers leave the range that was seen. Columns of few
	// values are numbers then, unless they lie on no grid.
	Extrapolate bool
}

// minStd is the smallest standard deviation that does not lose digits as a divisor.
const minStd = 1e-290

// Fit estimates how the numbers of the cells are encoded, and returns the
// codec. Its metadata is a copy of that of c, completed with atoms, maps, grids that
// it has not and the ranges of dates, and the clusterings of columns of very many levels, so that NewCodec
// of it is the same codec. It needs 8 bytes for each row, one column at a time, and
// 16 for each clustered level and position of the other columns, up to 64 MB.
//
// Atoms, maps and clusterings depend on which rows there are, and not on their order.
//
// It errs when a column's spread is beyond a float64.
func Fit(c *Cells, o *FitOptions) (*Codec, error) {
	var p FitOptions
	if o != nil {
		p = *o
	}
	if c.rows == 0 {
		panic("datasets: fitting no rows")
	}
	m := *c.meta
	m.Columns = slices.Clone(m.Columns)
	m.Rows = c.rows
	for j := range m.Columns {
		f := &m.Columns[j]
		if err := f.Type.column().fit(f, c, j, &p); err != nil {
			return nil, err
		}
	}
	m.complete(c)
	m.findFollows(c)
	return newCodec(&m, p.Extrapolate), nil
}

func (f *Field) fit(sorted []float64, o *FitOptions) error {
	f.Atoms, f.Map = nil, nil
	if len(sorted) == 0 {
		return &Error{Column: f.Name, Found: "no value in any of the rows", Remedy: "give more rows or declare the column constant"}
	}
	if f.Range == nil {
		f.Range = &Range{sorted[0], sorted[len(sorted)-1]}
	}
	rows := len(sorted) + f.Missing
	if !o.KeepAtoms {
		f.Atoms = findAtoms(sorted, rows, !o.Extrapolate)
	}
	rest := make([]float64, 0, len(sorted))
	for _, v := range sorted {
		if f.atom(v) < 0 {
			rest = append(rest, v)
		}
	}
	knots := o.Knots
	if knots == 0 {
		knots = min(max(len(rest)/10, 10), 1000)
	}
	small := o.SmallTable
	if small == 0 {
		small = 100
	}
	if rows < small {
		knots = -1
	}
	if f.Grid == nil {
		f.Grid = f.findGrid(rest)
	}
	width := f.positions(rest)
	f.Map = fitCells(rest, f.width(), width, knots)
	if spread := rest[len(rest)-1] - rest[0]; math.IsInf(spread, 0) || spread > 0 && f.Map.Std < minStd || f.Map.invalid() != "" {
		return &Error{Column: f.Name, Found: "its spread is beyond a float64", Remedy: "rescale the column"}
	}
	return nil
}

// positions replaces sorted values by their positions on an uneven grid, and returns the
// width of the cell at each of them.
func (f *Field) positions(sorted []float64) (width func(x float64) float64) {
	step := f.width()
	if f.Grid == nil || !f.Grid.uneven() {
		return func(float64) float64 { return step }
	}
	for i, v := range sorted {
		sorted[i] = f.Grid.position(v)
	}
	return func(x float64) float64 {
		_, w := f.Grid.cell(f.Grid.number(x))
		return w
	}
}
