package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// ReadColumns is ReadNumbers of some columns, in the order of their names; nil stands for all.
// The others may be no numbers where the table has names. It errs without one of them, naming
// those that are there.
func ReadColumns(src Source, columns []string) ([]string, *mat.Dense, error) {
	if columns == nil {
		return ReadNumbers(src)
	}
	if HasNames(src) {
		header, err := headerOf(src)
		if err != nil {
			return nil, nil, err
		}
		for _, name := range columns {
			if !slices.Contains(header, name) {
				return nil, nil, noColumn(src, name, header)
			}
		}
		src = Columns(src, columns, header...)
	}
	names, rows, err := ReadNumbers(src)
	if err != nil {
		return nil, nil, err
	}
	n, _ := rows.Dims()
	m := mat.NewDense(n, len(columns), nil)
	for k, name := range columns {
		j := slices.Index(names, name)
		if j < 0 {
			return nil, nil, noColumn(src, name, names)
		}
		m.SetCol(k, mat.Col(nil, j, rows))
	}
	return columns, m, nil
}

func headerOf(src Source) ([]string, error) {
	r, err := src.Open()
	if err != nil {
		return nil, err
	}
	return slices.Clone(r.Header()), r.Close()
}

func noColumn(src Source, name string, of []string) error {
	return fmt.Errorf("%s has no column %q; there are %s", src.Name(), name, strings.Join(of, ", "))
}

// ReadTruth reads what draws are compared with, the one row of a table: the values of columns,
// NaN where it has no such column. It errs for another number of rows, and with none of the
// columns.
func ReadTruth(src Source, columns []string) ([]float64, error) {
	names, rows, err := ReadNumbers(src)
	if err != nil {
		return nil, err
	}
	if n, _ := rows.Dims(); n != 1 {
		return nil, fmt.Errorf("%s has %d rows: give the one that the draws are of", src.Name(), n)
	}
	values, known := make([]float64, len(columns)), 0
	for k, name := range columns {
		values[k] = math.NaN()
		if j := slices.Index(names, name); j >= 0 {
			values[k] = rows.At(0, j)
			known++
		}
	}
	if known == 0 {
		return nil, fmt.Errorf("%s has none of the columns %s", src.Name(), strings.Join(columns, ", "))
	}
	return values, nil
}
