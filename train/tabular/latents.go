package tabular

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sample"
	"tweedie/sde"
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

// Encode turns rows that ReadRows has read into latents. The map is a bijection
// for models of numbers.
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

// Decode turns latents back into rows. seed draws what is decoded at random: the
// levels of rare categories.
func (m *Model) Decode(ctx context.Context, l *Latents, seed uint64, o *FlowOptions) (*datasets.Cells, error) {
	d, err := m.given(l.Labels)
	if err != nil {
		return nil, err
	}
	x, err := sample.DecodeByFlow(ctx, d, l.Z, o.solver())
	if err != nil {
		return nil, err
	}
	return m.decode(nil, x, l.Labels, seed, 0)
}

// Interpolate returns latents on the way from those of row 0 to those of row 1 of
// l, in equal steps, both ends included. The two must have the same labels.
func (m *Model) Interpolate(l *Latents, steps int, curve sample.Curve) (*Latents, error) {
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
// the index of the first row.
func (m *Model) decode(dst *datasets.Cells, x, labels *mat.Dense, seed uint64, first int) (*datasets.Cells, error) {
	if dst == nil {
		dst = datasets.NewCells(m.codec.Metadata(), 0)
	}
	if err := m.codec.Decode(dst, x, datasets.Decoding{Seed: seed, FirstRow: uint64(first)}); err != nil {
		return nil, err
	}
	if labels != nil {
		m.codec.SetConditions(dst, labels)
	}
	return dst, nil
}

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
	n := c.Rows()
	if idx != nil {
		n = len(idx)
	}
	r := &conditioned{x: mat.NewDense(n, m.wide.Dim(), nil)}
	m.wide.Encode(r.x, c, idx, latentSeed)
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

// ReadRows reads the rows of a table for Densities and Encode. It errs when a row
// has a missing cell in a column of which the model knows no missing cells: such a
// row has no density, and no latent.
func (m *Model) ReadRows(table datasets.Source) (*datasets.Cells, error) {
	c, err := datasets.ReadCells(table, m.codec.Metadata())
	if err != nil {
		return nil, err
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

// latentPrefix is put before the name of a column for that of its latent.
const latentPrefix = "z_"

// WriteLatents writes latents as CSV, in all their digits, and the labels of the
// rows.
func (m *Model) WriteLatents(w io.Writer, l *Latents) error {
	var head []string
	for _, n := range m.codec.Names() {
		head = append(head, latentPrefix+n)
	}
	fields := m.codec.Metadata().Conditions()
	names := conditionNames(m.codec.Metadata())
	cw := csv.NewWriter(w)
	if err := cw.Write(append(head, names...)); err != nil {
		return err
	}
	rows, _ := l.Z.Dims()
	cells := make([]string, len(head)+len(names))
	for i := range rows {
		for j, v := range l.Z.RawRowView(i) {
			cells[j] = strconv.FormatFloat(v, 'g', -1, 64)
		}
		for k, f := range fields {
			cells[len(head)+k] = f.Levels[int(l.Labels.At(i, k))].Name
		}
		if err := cw.Write(cells); err != nil {
			return err
		}
	}
	cw.Flush()
	return cw.Error()
}

// ReadLatents reads what WriteLatents wrote.
func (m *Model) ReadLatents(table datasets.Source) (*Latents, error) {
	meta, n := &datasets.Metadata{Version: datasets.MetadataVersion}, m.codec.Dim()
	for _, name := range m.codec.Names() {
		meta.Columns = append(meta.Columns, datasets.Field{Name: latentPrefix + name, Type: datasets.TypeNumeric, Wide: true})
	}
	for _, f := range m.codec.Metadata().Conditions() {
		meta.Columns = append(meta.Columns, *f)
	}
	c, err := datasets.ReadCells(table, meta)
	if err != nil {
		return nil, err
	}
	l := &Latents{Z: mat.NewDense(c.Rows(), n, nil)}
	for i := range c.Rows() {
		for j := range n {
			v := c.Number(i, j)
			if math.IsNaN(v) {
				return nil, fmt.Errorf("%s: data row %d has no %s: give latents of this model", table.Name(), i+1, meta.Columns[j].Name)
			}
			l.Z.Set(i, j, v)
		}
	}
	if k := len(m.net.Conds); k > 0 {
		l.Labels = mat.NewDense(c.Rows(), k, nil)
		for i := range c.Rows() {
			for j := range k {
				l.Labels.Set(i, j, float64(c.Level(i, n+j)))
			}
		}
	}
	return l, nil
}
