package datasets

import (
	"io"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/suggest"
)

// ReadNumbers reads a table all of whose cells are finite numbers, as they are in the
// file: parameters and data of a simulator, draws of a posterior. It errs on the first
// other cell, naming it, and on a table without rows. Error.Row is then the number of the row
// of data, the first being 1, as in arrays and in the errors of what is made of the numbers.
func ReadNumbers(src Source) (columns []string, rows *mat.Dense, err error) {
	return readNumbers(src, false)
}

// ReadNumbersWithGaps is ReadNumbers for tables of which some cells are empty, NaN or
// infinite, as the data of a simulator that has failed: NaN stands for each of them.
func ReadNumbersWithGaps(src Source) (columns []string, rows *mat.Dense, err error) {
	return readNumbers(src, true)
}

func readNumbers(src Source, gaps bool) (columns []string, rows *mat.Dense, err error) {
	r, err := src.Open()
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	columns = append(columns, r.Header()...)
	var numbers []float64
	for {
		record, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		row := len(numbers)/len(columns) + 1
		for j, cell := range record {
			v, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
			if err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
				numbers = append(numbers, v)
				continue
			}
			empty := cell == NoValue || strings.TrimSpace(cell) == ""
			if gaps && (err == nil || empty) {
				numbers = append(numbers, math.NaN())
				continue
			}
			found := suggest.Quote(cell) + " is not a finite number"
			if empty {
				found = "the cell is empty"
			}
			return nil, nil, &Error{File: src.Name(), Row: row, Column: columns[j], Found: found, Remedy: "give a number in every cell"}
		}
	}
	if len(numbers) == 0 {
		return nil, nil, &Error{File: src.Name(), Found: "a header without rows", Remedy: "give at least one row"}
	}
	return columns, mat.NewDense(len(numbers)/len(columns), len(columns), numbers), nil
}

// NumberTable returns numbers as a table of those columns, of full precision; NaN is a
// missing cell. It panics when the numbers of names and columns differ.
func NumberTable(columns []string, rows *mat.Dense) *Cells {
	n, d := rows.Dims()
	if d != len(columns) && !rows.IsEmpty() {
		panic("datasets: size mismatch")
	}
	m := &Metadata{Version: MetadataVersion, Rows: n, Missing: DefaultMissing()}
	for _, c := range columns {
		m.Columns = append(m.Columns, Field{Name: c, Type: TypeNumeric, Wide: true, Digits: &Digits{Max: Shortest}})
	}
	cells := NewCells(m, n)
	for i := range n {
		for j, v := range rows.RawRowView(i) {
			cells.SetNumber(i, j, v)
		}
	}
	return cells
}
