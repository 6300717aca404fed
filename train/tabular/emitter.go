package tabular

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
)

// emitter decodes finished rows and hands them on.
type emitter struct {
	model *Model
	seed  uint64
	first int // index of the next row
	sink  func(*datasets.Cells) error
	cells *datasets.Cells   // of the last block
	kept  []*datasets.Cells // without a sink
}

// decode returns the cells of the next rows.
func (e *emitter) decode(x, labels *mat.Dense) (*datasets.Cells, error) {
	c, err := e.model.decode(e.cells, x, labels, e.seed, e.first)
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
