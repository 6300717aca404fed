package tabular

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide/spec"
)

// emitter decodes finished rows and hands them on.
type emitter struct {
	model *Model
	seed  uint64
	first int // index of the next row
	sink  func(*datasets.Cells) error
	cells *datasets.Cells   // of the last block
	kept  []*datasets.Cells // without a sink

	bounds           []spec.Bound // of the guide file
	checked, holding int          // rows that were handed on, and those that satisfy all bounds
}

// holdingShare is the share of rows within the bounds that needs no caveat.
const holdingShare = 0.95

// count checks rows that are handed on.
func (e *emitter) count(c *datasets.Cells) {
	if len(e.bounds) == 0 {
		return
	}
	for i := range c.Rows() {
		e.checked++
		if !slices.ContainsFunc(e.bounds, func(b spec.Bound) bool { return !b.Holds(c, i) }) {
			e.holding++
		}
	}
}

// caveat says that many rows are outside of the bounds; "" where few are.
func (e *emitter) caveat() string {
	if float64(e.holding) >= holdingShare*float64(e.checked) {
		return ""
	}
	var list []string
	for _, b := range e.bounds {
		list = append(list, b.String())
	}
	return fmt.Sprintf("%d of %d rows are within the intervals of the guide file: %s; particles keep every row inside", e.holding, e.checked, strings.Join(list, "; "))
}

// decode returns the cells of the next rows, of which columns are given.
func (e *emitter) decode(x, labels *mat.Dense, given []int) (*datasets.Cells, error) {
	c, err := e.model.decode(e.cells, x, labels, e.seed, e.first, given)
	if err != nil {
		return nil, err
	}
	n, _ := x.Dims()
	e.cells, e.first = c, e.first+n
	return c, nil
}

// emit hands rows idx of cells on, all when idx is nil.
func (e *emitter) emit(c *datasets.Cells, idx []int) error {
	if idx != nil && len(idx) < c.Rows() || idx != nil && e.sink == nil {
		c = c.Subset(idx)
	}
	e.count(c)
	switch {
	case c.Rows() == 0:
		return nil
	case e.sink != nil:
		return e.sink(c)
	case c == e.cells:
		e.cells = nil // they are kept
	}
	e.kept = append(e.kept, c)
	return nil
}

// all are the rows that were handed on to nobody.
func (e *emitter) all() *datasets.Cells {
	if len(e.kept) == 1 {
		return e.kept[0]
	}
	return joined(e.model.codec.Metadata(), e.kept)
}

// joined are the rows of all parts.
func joined(m *datasets.Metadata, parts []*datasets.Cells) *datasets.Cells {
	n := 0
	for _, c := range parts {
		n += c.Rows()
	}
	all, at := datasets.NewCells(m, n), 0
	for _, c := range parts {
		for i := range c.Rows() {
			for j := range c.Metadata().Columns {
				all.Copy(at, j, c, i)
			}
			at++
		}
	}
	return all
}
