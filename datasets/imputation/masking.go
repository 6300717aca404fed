package imputation

import (
	"fmt"
	"math"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/stream"
	"tweedie/internal/suggest"
)

// Mechanism says on what it depends whether a cell is hidden (Rubin 1976).
type Mechanism string

// The mechanisms. With z standardized over the rows, a cell of column j is
// hidden with probability 1/(1 + exp(-a_j - Slope z)).
const (
	MCAR Mechanism = "mcar" // completely at random: on nothing
	MAR  Mechanism = "mar"  // at random: on columns that stay whole; z is a random combination of them
	MNAR Mechanism = "mnar" // not at random: on the hidden value itself, which is z
)

// Masking says which known cells of a table to hide.
type Masking struct {
	// Mechanism is MCAR when empty.
	Mechanism Mechanism `json:"mechanism"`
	// Share is the expected share of hidden cells among the known cells of
	// columns that are open to hiding, exact over seeds; 0 means 0.2. A row
	// keeps one known cell, so that it is below 1, and further below for
	// tables of few columns.
	Share float64 `json:"share"`
	// Slope of the logistic function, per standard deviation; 0 means 2, and
	// MCAR has none.
	Slope float64 `json:"slope,omitempty"`
	// Keep names columns of which nothing is hidden, such as the target of a
	// prediction. MAR depends on them; without any it keeps three tenths of
	// the columns, one at least, chosen by Seed.
	Keep []string `json:"keep,omitempty"`
	// Seed determines everything else: whether a cell is hidden is a function
	// of Seed, its row, its column and what its mechanism looks at.
	Seed uint64 `json:"seed"`
}

// Cell is the place of a cell: its row and column, from 0.
type Cell struct{ Row, Column int }

// Mask returns a copy of c in which cells are missing that c has, and their
// places in order of rows, then columns. Constants and identifiers stay as they
// are, and no row loses its last known cell: of a row that would, the cell that
// came nearest to staying stays.
//
// It errs when a name in h is not a column, when nothing is open to hiding, and
// when Share is out of reach.
func Mask(c *datasets.Cells, h Masking) (*datasets.Cells, []Cell, error) {
	h, err := h.withDefaults(c.Metadata())
	if err != nil {
		return nil, nil, err
	}
	f := newFrame(c)
	open := f.maskable(h)
	p, err := probabilities(f, h, open)
	if err != nil {
		return nil, nil, err
	}
	var hidden []Cell
	masked := clone(c)
	key := stream.NewKey(h.Seed, "gaps/hide")
	src := stream.NewSource(key)
	kept := f.except(open)
	for i := range f.rows {
		from, spare, most := len(hidden), f.anyKnown(kept, i), math.Inf(-1)
		last := -1
		for k, j := range open {
			if math.IsNaN(f.x[j][i]) {
				continue
			}
			src.Seek(key.At(uint64(i)).At(uint64(f.columns[j])))
			u := src.Float64()
			if u >= p[k][i] {
				spare = true
				continue
			}
			if d := u / p[k][i]; d > most {
				most, last = d, len(hidden)
			}
			hidden = append(hidden, Cell{i, f.columns[j]})
		}
		if !spare && last >= from {
			hidden = slices.Delete(hidden, last, last+1)
		}
	}
	for _, at := range hidden {
		clearCell(masked, at)
	}
	return masked, hidden, nil
}

// withDefaults puts defaults in place and checks h.
func (h Masking) withDefaults(m *datasets.Metadata) (Masking, error) {
	if h.Mechanism == "" {
		h.Mechanism = MCAR
	}
	if h.Share == 0 {
		h.Share = 0.2
	}
	switch h.Mechanism {
	case MCAR:
		if h.Slope != 0 {
			return h, fmt.Errorf("imputation: slope %g: mcar has no slope; choose mar or mnar", h.Slope)
		}
	case MAR, MNAR:
		if h.Slope == 0 {
			h.Slope = 2
		}
	default:
		names := []string{string(MCAR), string(MAR), string(MNAR)}
		return h, fmt.Errorf("imputation: unknown mechanism %s; %s", suggest.Quote(string(h.Mechanism)), among(string(h.Mechanism), names))
	}
	if !(h.Share > 0 && h.Share < 1) {
		return h, fmt.Errorf("imputation: share %g of cells to hide; it must be above 0 and below 1", h.Share)
	}
	if math.IsInf(h.Slope, 0) || math.IsNaN(h.Slope) {
		return h, fmt.Errorf("imputation: slope %g; it must be finite", h.Slope)
	}
	var names []string
	for j := range m.Columns {
		names = append(names, m.Columns[j].Name)
	}
	for _, name := range h.Keep {
		if m.Field(name) == nil {
			return h, fmt.Errorf("imputation: no column %s to keep; %s", suggest.Quote(name), among(name, names))
		}
	}
	return h, nil
}

// open returns the columns of f, by position, that h may hide cells of.
func (f *frame) maskable(h Masking) []int {
	var open []int
	for k, j := range f.columns {
		if !slices.Contains(h.Keep, f.meta.Columns[j].Name) {
			open = append(open, k)
		}
	}
	if h.Mechanism != MAR || len(open) < len(f.columns) {
		return open
	}
	n := max(1, int(math.Round(0.3*float64(len(open)))))
	if n >= len(open) {
		return nil
	}
	order := stream.New(h.Seed, "gaps/keep").Perm(len(open))
	slices.Sort(order[n:])
	return order[n:]
}

// others returns the columns of f that are not among open.
func (f *frame) except(open []int) []int {
	var rest []int
	for k := range f.x {
		if !slices.Contains(open, k) {
			rest = append(rest, k)
		}
	}
	return rest
}

// anyKnown reports whether row i has a known cell in one of the columns ks.
func (f *frame) anyKnown(ks []int, i int) bool {
	for _, k := range ks {
		if !math.IsNaN(f.x[k][i]) {
			return true
		}
	}
	return false
}

// clearCell makes a cell missing.
func clearCell(c *datasets.Cells, at Cell) {
	if isNumber(c.Metadata().Columns[at.Column].Type) {
		c.SetNumber(at.Row, at.Column, math.NaN())
		return
	}
	c.SetLevel(at.Row, at.Column, -1)
}
