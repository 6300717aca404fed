package tabular

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sde"
)

// conditioned are encoded rows and the model given their labels.
type conditioned struct {
	x, labels *mat.Dense // labels is nil when the model has none
	d         sde.Differentiable
}

// latentSeed draws the places of rounded numbers within their cells: a row has
// one latent, whatever the seed of the run.
const latentSeed = 1

// condition encodes the rows idx of c, all when idx is nil.
func (m *Model) condition(c *datasets.Cells, idx []int) (*conditioned, error) {
	return m.conditionPart(c, idx, 0)
}

// conditionPart is condition for cells whose first row has index first in their table.
func (m *Model) conditionPart(c *datasets.Cells, idx []int, first int) (*conditioned, error) {
	if err := m.noLatent("rows have no density and no image under the flow; train without latent"); err != nil {
		return nil, err
	}
	if err := m.noStudent("rows have no density and no image under the flow"); err != nil {
		return nil, err
	}
	n := c.Rows()
	if idx != nil {
		n = len(idx)
	}
	r := &conditioned{x: mat.NewDense(n, m.wide.Dim(), nil)}
	m.wide.EncodePart(r.x, c, idx, latentSeed, first)
	if k := len(m.net.Conds); k > 0 {
		r.labels = mat.NewDense(n, k, nil)
		m.wide.EncodeConditions(r.labels, c, idx)
	}
	zeroAbsent(r.x)
	var err error
	r.d, err = m.given(r.labels)
	return r, err
}

// given is the network with these labels, nil for none.
func (m *Model) given(labels *mat.Dense) (sde.Differentiable, error) {
	if labels == nil {
		return m.net, nil
	}
	return m.net.Conditional(labels, nil)
}

// ReadRows reads the rows of a table for Encode. It errs when a row has a level that
// training had not, or a missing cell in a column of which the model knows none: such a row
// has no latent. Other values than those of constant columns are noted.
func (m *Model) ReadRows(table datasets.Source) (*datasets.Cells, error) {
	c, err := m.ReadAnyRows(table)
	if err != nil {
		return nil, err
	}
	for _, u := range c.Unseen() {
		if f := &m.codec.Metadata().Columns[u.Column]; f.Modeled() {
			_, err := f.LevelIndex(u.Text)
			return nil, fmt.Errorf("%s: data row %d: %w", table.Name(), u.Row+1, err)
		}
	}
	for j, f := range m.codec.Metadata().Columns {
		if f.Missing > 0 {
			continue // the model knows missing cells of this column
		}
		for i := range c.Rows() {
			if c.Missing(i, j) {
				return nil, &datasets.Error{File: table.Name(), Column: f.Name, Found: fmt.Sprintf("a missing cell in data row %d, of which the model knows none", i+1), Remedy: "fill it, or impute it"}
			}
		}
	}
	return c, nil
}

// ReadAnyRows reads the rows of a table for Densities, those too that have none that is
// finite.
func (m *Model) ReadAnyRows(table datasets.Source) (*datasets.Cells, error) {
	return datasets.ReadUnseen(table, m.codec.Metadata())
}
