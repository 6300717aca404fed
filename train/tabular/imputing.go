package tabular

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// imputing is a model given the known cells of rows. Complete rows cost nothing.
type imputing struct {
	model  *network
	known  *mat.Dense // NaN where a row is not
	labels *mat.Dense // nil for a model without conditions
	open   []bool     // rows with a gap
	count  int        // of them
	odd    unseen     // cells that stay as they are

	// The units left out for row i are named by seed and first + i: see nn.Conditional.WithDropout.
	dropout float64
	seed    uint64
	first   int
}

var _ sde.PerRow = (*imputing)(nil)

func (d *imputing) Schedule() sde.Schedule { return d.model.Schedule() }
func (d *imputing) Dim() int               { return d.model.Dim() }

// Moments are those of the model, unconditional.
func (d *imputing) Moments() (mean, variance []float64) { return d.model.Moments() }

func (d *imputing) Rows(idx []int) sde.Denoiser {
	r := &imputingRows{imputing: d, idx: slices.Clone(idx)}
	for i, row := range idx {
		if d.open[row] {
			r.at = append(r.at, i)
		}
	}
	if len(r.at) == 0 {
		return r
	}
	y := mat.NewDense(len(r.at), d.Dim(), nil)
	var c *mat.Dense
	if d.labels != nil {
		c = mat.NewDense(len(r.at), d.labels.RawMatrix().Cols, nil)
	}
	for i, k := range r.at {
		y.SetRow(i, d.known.RawRowView(idx[k]))
		if c != nil {
			c.SetRow(i, d.labels.RawRowView(idx[k]))
		}
	}
	g, err := d.bound(c, y, r)
	if err != nil {
		panic("tabular: " + err.Error()) // the codec gives whole categories
	}
	r.given = g
	return r
}

// bound is the model given labels and values of the rows of r with a gap.
func (d *imputing) bound(labels, values *mat.Dense, r *imputingRows) (conditional, error) {
	if d.dropout == 0 {
		return d.model.Conditional(labels, values)
	}
	names := make([]uint64, len(r.at))
	for i, k := range r.at {
		names[i] = uint64(d.first + r.idx[k])
	}
	return d.model.Thinned(labels, values, d.dropout, d.seed, names)
}

func (d *imputing) Denoise(dst, x *mat.Dense, t []float64) error {
	return d.Rows(indices(0, len(d.open))).Denoise(dst, x, t)
}

// imputingRows is an imputing restricted to some of its rows.
type imputingRows struct {
	*imputing
	idx   []int
	at    []int       // those of idx with a gap
	given conditional // of those
}

func (d *imputingRows) Rows(idx []int) sde.Denoiser {
	all := make([]int, len(idx))
	for i, k := range idx {
		all[i] = d.idx[k]
	}
	return d.imputing.Rows(all)
}

// Denoise implements sde.Denoiser: a row without a gap is what it is.
func (d *imputingRows) Denoise(dst, x *mat.Dense, t []float64) error {
	if n, _ := x.Dims(); n != len(d.idx) {
		panic("tabular: size mismatch")
	}
	if len(d.at) == len(d.idx) {
		return d.given.Denoise(dst, x, t)
	}
	for i, k := range d.idx {
		for j, v := range d.known.RawRowView(k) {
			if math.IsNaN(v) {
				v = 0 // the number of an atom, which has no meaning
			}
			dst.Set(i, j, v)
		}
	}
	if len(d.at) == 0 {
		return nil
	}
	in, out := mat.NewDense(len(d.at), d.Dim(), nil), mat.NewDense(len(d.at), d.Dim(), nil)
	times := t
	if len(t) > 1 {
		times = make([]float64, len(d.at))
	}
	for i, k := range d.at {
		in.SetRow(i, x.RawRowView(k))
		if len(t) > 1 {
			times[i] = t[k]
		}
	}
	if err := d.given.Denoise(out, in, times); err != nil {
		return err
	}
	for i, k := range d.at {
		dst.SetRow(k, out.RawRowView(i))
	}
	return nil
}
