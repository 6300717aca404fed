package toy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
)

// Label is the label column of a law: the class of a row, as which of the eight
// Gaussians it is from.
const Label = "class"

// Table returns rows of the law as a table: two columns of numbers of full
// precision, and the label column if labels names it.
func (l Law) Table(rows int, labels []string, seed uint64) (*datasets.Cells, error) {
	m := &datasets.Metadata{Version: datasets.MetadataVersion, Rows: rows, Missing: datasets.DefaultMissing()}
	for _, c := range l.Columns() {
		m.Columns = append(m.Columns, datasets.Field{Name: c, Type: datasets.TypeNumeric, Wide: true, Digits: &datasets.Digits{Max: datasets.Shortest}})
	}
	for _, c := range labels {
		if c != Label || len(labels) > 1 {
			return nil, fmt.Errorf("%s: a toy law has one label column, %s", strings.Join(labels, ","), Label)
		}
		f := datasets.Field{Name: c, Type: datasets.TypeCategorical, Condition: true}
		for k := range l.Classes() {
			f.Levels = append(f.Levels, datasets.Level{Name: strconv.Itoa(k)})
		}
		m.Columns = append(m.Columns, f)
	}
	return l.Cells(m, rows, seed)
}

// Cells draws rows of the law as a table of metadata m. It errs when m has a column
// that the law does not have.
func (l Law) Cells(m *datasets.Metadata, rows int, seed uint64) (*datasets.Cells, error) {
	c, names := datasets.NewCells(m, rows), l.Columns()
	x, class := mat.NewDense(rows, 2, nil), make([]float64, rows)
	l.Sample(x, seed, 0)
	for j := range m.Columns {
		f := &m.Columns[j]
		at := slices.Index(names, f.Name)
		if at < 0 {
			if !f.Condition || f.Name != Label || len(f.Levels) != l.Classes() {
				return nil, fmt.Errorf("the law %s has no column %s", l.Name(), f.Name)
			}
			l.Labels(class, seed, 0)
		}
		for i := range rows {
			if at >= 0 {
				c.SetNumber(i, j, x.At(i, at))
			} else {
				c.SetLevel(i, j, int(class[i]))
			}
		}
	}
	return c, nil
}
