package simulators

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
)

// Table returns numbers as a table of those columns, of full precision.
func Table(columns []string, rows *mat.Dense) *datasets.Cells {
	n, d := rows.Dims()
	if d != len(columns) {
		panic(badSize)
	}
	m := &datasets.Metadata{Version: datasets.MetadataVersion, Rows: n, Missing: datasets.DefaultMissing()}
	for _, c := range columns {
		m.Columns = append(m.Columns, datasets.Field{Name: c, Type: datasets.TypeNumeric, Wide: true, Digits: &datasets.Digits{Max: datasets.Shortest}})
	}
	cells := datasets.NewCells(m, n)
	for i := range n {
		for j, v := range rows.RawRowView(i) {
			cells.SetNumber(i, j, v)
		}
	}
	return cells
}
