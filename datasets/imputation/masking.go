package imputation

import (
	"fmt"
	"math"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/stream"
	"tweedie/internal/suggest"
)

// Mechanism is what the probability that a cell is missing depends on (Rubin 1976).
type Mechanism string

// The mechanisms. With z standardized over the rows, a cell of column j is masked
// with probability 1/(1 + exp(-a_j - Slope z)).
const (
	MCAR Mechanism = "mcar" // completely at random: nothing
	MAR  Mechanism = "mar"  // at random: columns without masked cells; z is a random combination of them
	MNAR Mechanism = "mnar" // not at random: the masked value itself, which is z
)

// MaskingPlan says which known cells of a table to mask: to make missing.
type MaskingPlan struct {
	// Mechanism is MCAR when empty.
	Mechanism Mechanism `json:"mechanism"`
	// Share is the expected share of masked cells among the known cells of
	// columns that are not kept, exact over seeds; 0 means 0.2. A row keeps one
	// known cell, so that the largest possible share is below 1, and smaller in
	// tables of few columns.
	Share float64 `json:"share"`
	// Slope of the logistic function, per standard deviation; 0 means 2, and
	// MCAR has none.
	Slope float64 `json:"slope,omitempty"`
	// Keep names columns without masked cells, such as the target of a
	// prediction. MAR depends on them; without any it keeps three tenths of the
	// columns, one at least, chosen by Seed.
	Keep []string `json:"keep,omitempty"`
	// Seed of the random numbers: whether a cell is masked is a function of Seed,
	// its row, its column and what its mechanism depends on.
	Seed uint64 `json:"seed"`
}

// Cell is the place of a cell: its row and column, from 0.
type Cell struct{ Row, Column int }

// Mask returns a copy of c in which some known cells are missing, and the places of
// these in order of rows, then columns. Constants and identifiers are not masked.
// No row loses its last known cell: if all of a row would be masked, the cell whose
// random number was nearest to its probability is not.
//
// It errs when a name in o.Keep is not a column, when no cell can be masked, and
// when Share is too large.
func Mask(c *datasets.Cells, o MaskingPlan) (*datasets.Cells, []Cell, error) {
	o, err := o.withDefaults(c.Metadata())
	if err != nil {
		return nil, nil, err
	}
	f := newFrame(c)
	open := f.maskable(o)
	p, err := probabilities(f, o, open)
	if err != nil {
		return nil, nil, err
	}
	var hidden []Cell
	masked := clone(c)
	key := stream.NewKey(o.Seed, "gaps/hide") // names of streams are part of the results
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
		setValue(masked, at.Row, at.Column, math.NaN())
	}
	return masked, hidden, nil
}

func (o MaskingPlan) withDefaults(m *datasets.Metadata) (MaskingPlan, error) {
	if o.Mechanism == "" {
		o.Mechanism = MCAR
	}
	if o.Share == 0 {
		o.Share = 0.2
	}
	switch o.Mechanism {
	case MCAR:
		if o.Slope != 0 {
			return o, fmt.Errorf("imputation: slope %g: mcar has no slope; choose mar or mnar", o.Slope)
		}
	case MAR, MNAR:
		if o.Slope == 0 {
			o.Slope = 2
		}
	default:
		names := []string{string(MCAR), string(MAR), string(MNAR)}
		return o, fmt.Errorf("imputation: unknown mechanism %s; %s", suggest.Quote(string(o.Mechanism)), suggest.Hint(string(o.Mechanism), names))
	}
	if !(o.Share > 0 && o.Share < 1) {
		return o, fmt.Errorf("imputation: share %g of cells to hide; it must be above 0 and below 1", o.Share)
	}
	if math.IsInf(o.Slope, 0) || math.IsNaN(o.Slope) {
		return o, fmt.Errorf("imputation: slope %g; it must be finite", o.Slope)
	}
	for _, name := range o.Keep {
		if m.Field(name) == nil {
			return o, fmt.Errorf("imputation: no column %s to keep; %s", suggest.Quote(name), suggest.Hint(name, m.Names()))
		}
	}
	return o, nil
}

func (f *frame) maskable(o MaskingPlan) []int {
	var open []int
	for k, j := range f.columns {
		if !slices.Contains(o.Keep, f.meta.Columns[j].Name) {
			open = append(open, k)
		}
	}
	if o.Mechanism != MAR || len(open) < len(f.columns) {
		return open
	}
	n := max(1, int(math.Round(0.3*float64(len(open)))))
	if n >= len(open) {
		return nil
	}
	order := stream.New(o.Seed, "gaps/keep").Perm(len(open))
	slices.Sort(order[n:])
	return order[n:]
}

func (f *frame) except(open []int) []int {
	var rest []int
	for k := range f.x {
		if !slices.Contains(open, k) {
			rest = append(rest, k)
		}
	}
	return rest
}

func (f *frame) anyKnown(ks []int, i int) bool {
	for _, k := range ks {
		if !math.IsNaN(f.x[k][i]) {
			return true
		}
	}
	return false
}
