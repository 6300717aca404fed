package simulators

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
)

// Table is datasets.NumberTable.
func Table(columns []string, rows *mat.Dense) *datasets.Cells {
	return datasets.NumberTable(columns, rows)
}
