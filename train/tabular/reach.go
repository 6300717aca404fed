package tabular

import (
	"fmt"
	"math"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// reaches errs unless a number that is given comes back as it is: numbers are
// clipped to the range that was seen. A column of full precision is compared to
// 1e-9 of its spread.
func (m *Model) reaches(g *given, column string, k int) error {
	at, _, err := m.codec.Number(column)
	if err != nil || math.IsNaN(g.known[at]) {
		return nil
	}
	f := &m.codec.Metadata().Columns[k]
	want := g.cells.Number(0, k)
	v, _ := m.codec.ToValue(at, g.known[at])
	if !m.open {
		v = min(max(v, f.Range.Min), f.Range.Max)
	}
	scale := math.Max(math.Abs(want), f.Range.Max-f.Range.Min)
	if off := math.Abs(v - want); off <= f.Step()/2+1e-9*scale && !math.IsInf(off, 1) {
		return nil
	}
	ends := datasets.NewCells(m.codec.Metadata(), 2)
	ends.SetNumber(0, k, f.Range.Min)
	ends.SetNumber(1, k, f.Range.Max)
	return fmt.Errorf("column %s has values from %s to %s", suggest.Quote(column), ends.AppendText(nil, 0, k), ends.AppendText(nil, 1, k))
}
