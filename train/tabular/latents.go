package tabular

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sample"
)

// Latents are the images of rows under the probability flow, one number for each
// position of an encoded row, standard normal if the model fits the rows; and the
// labels of the rows, nil for a model without.
type Latents struct {
	Z, Labels *mat.Dense
}

// FlowOptions say how rows move along the probability flow.
type FlowOptions struct {
	Tolerance float64 // local error of the solver, relative and absolute; default 1e-5
	Workers   int
	Progress  func(rows int) error
}

func (o *FlowOptions) solver() *sample.FlowOptions {
	if o == nil {
		o = &FlowOptions{}
	}
	tol := o.Tolerance
	if tol == 0 {
		tol = 1e-5
	}
	return &sample.FlowOptions{RTol: tol, ATol: tol, Workers: o.Workers, Observe: o.Progress}
}

// Encode turns rows that ReadRows has read into latents. For models of numbers alone
// the map is a bijection, and Decode its inverse up to the tolerance.
func (m *Model) Encode(ctx context.Context, c *datasets.Cells, o *FlowOptions) (*Latents, error) {
	r, err := m.condition(c, nil)
	if err != nil {
		return nil, err
	}
	z, err := sample.EncodeByFlow(ctx, r.d, r.x, o.solver())
	if err != nil {
		return nil, err
	}
	return &Latents{z, r.labels}, nil
}

// FromCheckpoint turns latents back into rows. seed draws what is decoded at random: the
// levels of rare categories.
func (m *Model) Decode(ctx context.Context, l *Latents, seed uint64, o *FlowOptions) (*datasets.Cells, error) {
	if err := m.noLatent("the probability flow is a map of those, and not of rows; train without latent"); err != nil {
		return nil, err
	}
	if err := m.noStudent("it has no probability flow"); err != nil {
		return nil, err
	}
	d, err := m.given(l.Labels)
	if err != nil {
		return nil, err
	}
	x, err := sample.DecodeByFlow(ctx, d, l.Z, o.solver())
	if err != nil {
		return nil, err
	}
	return m.decode(nil, x, l.Labels, seed, 0, nil)
}

// Interpolate returns latents on the way from those of row 0 to those of row 1 of
// l, in equal steps, at least 2, both ends included. The two must have the same labels.
func (m *Model) Interpolate(l *Latents, steps int, curve sample.Curve) (*Latents, error) {
	if rows, _ := l.Z.Dims(); rows < 2 || steps < 2 {
		return nil, fmt.Errorf("%d latents and %d steps: give two latents, and at least 2 steps between them", rows, steps)
	}
	if l.Labels != nil && !mat.Equal(l.Labels.RowView(0), l.Labels.RowView(1)) {
		return nil, fmt.Errorf("the two rows have different labels, between which there is no way: choose two with the same")
	}
	to := &Latents{Z: mat.NewDense(steps, m.codec.Dim(), nil)}
	for i := range steps {
		curve.At(to.Z.RawRowView(i), l.Z.RawRowView(0), l.Z.RawRowView(1), float64(i)/float64(steps-1))
	}
	if l.Labels != nil {
		_, k := l.Labels.Dims()
		to.Labels = mat.NewDense(steps, k, nil)
		for i := range steps {
			to.Labels.SetRow(i, l.Labels.RawRowView(0))
		}
	}
	return to, nil
}

// decode stores rows of the table in dst, or in new cells if that is nil. first is
// the index of the first row. Columns that follow from others do so in all rows, but for the
// given ones.
func (m *Model) decode(dst *datasets.Cells, x, labels *mat.Dense, seed uint64, first int, given []int) (*datasets.Cells, error) {
	if dst == nil {
		dst = datasets.NewCells(m.codec.Metadata(), 0)
	}
	if m.pca != nil {
		z := x
		n, _ := z.Dims()
		x = mat.NewDense(n, m.codec.Dim(), nil)
		if err := m.pca.Decode(x, z); err != nil {
			return nil, err
		}
	}
	how := datasets.Decoding{Seed: seed, FirstRow: uint64(first)}
	if err := m.codec.Decode(dst, x, how); err != nil {
		return nil, err
	}
	if labels != nil {
		m.codec.SetConditions(dst, labels)
	}
	m.codec.Follow(dst, how, func(_, j int) bool { return !slices.Contains(given, j) })
	return dst, nil
}

// latentTable describes latents as a table: the column z_NAME for each position of an
// encoded row, and the label columns.
func (m *Model) latentTable() *datasets.Metadata {
	t := &datasets.Metadata{Version: datasets.MetadataVersion}
	for _, name := range m.codec.Names() {
		t.Columns = append(t.Columns, datasets.Field{Name: "z_" + name, Type: datasets.TypeNumeric, Wide: true, Digits: &datasets.Digits{Max: datasets.Shortest}})
	}
	for _, f := range m.codec.Metadata().Conditions() {
		t.Columns = append(t.Columns, *f)
	}
	return t
}

// WriteLatents writes latents as CSV, in all their digits, and the labels of the
// rows.
func (m *Model) WriteLatents(w io.Writer, l *Latents) error {
	rows, d := l.Z.Dims()
	c := datasets.NewCells(m.latentTable(), rows)
	for i := range rows {
		for j, v := range l.Z.RawRowView(i) {
			c.SetNumber(i, j, v)
		}
		for k := range m.net.Conds {
			if v := l.Labels.At(i, k); c.Metadata().Columns[d+k].IsNumber() {
				c.SetNumber(i, d+k, v)
			} else {
				c.SetLevel(i, d+k, int(v))
			}
		}
	}
	cw := datasets.NewCSVCells(w, c.Metadata(), 0)
	if err := cw.Write(c); err != nil {
		return err
	}
	return cw.Close()
}

// ReadLatents reads what WriteLatents wrote.
func (m *Model) ReadLatents(table datasets.Source) (*Latents, error) {
	c, err := datasets.ReadCells(table, m.latentTable())
	if err != nil {
		return nil, err
	}
	n, k := m.codec.Dim(), len(m.net.Conds)
	l := &Latents{Z: mat.NewDense(c.Rows(), n, nil)}
	if k > 0 {
		l.Labels = mat.NewDense(c.Rows(), k, nil)
	}
	for i := range c.Rows() {
		for j := range n {
			v := c.Number(i, j)
			if math.IsNaN(v) {
				return nil, fmt.Errorf("%s: data row %d has no %s: give latents of this model", table.Name(), i+1, c.Metadata().Columns[j].Name)
			}
			l.Z.Set(i, j, v)
		}
		for j := range k {
			if f := &c.Metadata().Columns[n+j]; f.IsNumber() {
				l.Labels.Set(i, j, c.Number(i, n+j))
			} else {
				l.Labels.Set(i, j, float64(c.Level(i, n+j)))
			}
		}
	}
	return l, nil
}
