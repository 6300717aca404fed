package train

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Rows is a table that gives its rows in the units the model sees, when they
// are asked for. It must be safe for concurrent use.
type Rows interface {
	// Len is the number of rows.
	Len() int
	// Read stores rows idx in x, len(idx)×Dim, and their conditions (see
	// nn.Condition) in c, nil for a model without. NaN in x is a position that
	// has no value. What is stored is a function of idx and pass: a table that
	// draws values, within the cells of rounded numbers for instance, draws
	// them anew in each pass.
	Read(x, c *mat.Dense, idx []int, pass uint64)
}

// Data is a table in memory: n×d rows and, for a conditional model, n×K
// condition values. Neither is modified.
type Data struct {
	X    *mat.Dense
	Cond *mat.Dense
}

var _ Rows = Data{}

func (d Data) Len() int {
	if d.X == nil {
		return 0
	}
	return d.X.RawMatrix().Rows
}

// Read implements Rows; every pass is the same. It panics when d does not have
// what is asked for.
func (d Data) Read(x, c *mat.Dense, idx []int, _ uint64) {
	if d.X.RawMatrix().Cols != x.RawMatrix().Cols {
		panic("train: rows of another dimension than the model's")
	}
	if c != nil && (d.Cond == nil || d.Cond.RawMatrix().Cols != c.RawMatrix().Cols || d.Cond.RawMatrix().Rows != d.Len()) {
		panic("train: conditions do not fit the model or the rows")
	}
	for r, i := range idx {
		copy(x.RawRowView(r), d.X.RawRowView(i))
		if c != nil {
			copy(c.RawRowView(r), d.Cond.RawRowView(i))
		}
	}
}

func count(d Rows) int {
	if d == nil {
		return 0
	}
	return d.Len()
}

// heldPass is the pass in which held-out rows are read.
const heldPass = math.MaxUint64
