package sbi

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
)

// ObservationColumn is the column that says which observation a row belongs to, in files of
// several observations, of their draws, and of parameters.
const ObservationColumn = "observation"

// Observations are those of a file, a row each.
type Observations struct {
	X      *mat.Dense
	Labels []string // of the column observation; nil without one: observations are 1, 2, …
}

// Label names an observation.
func (o *Observations) Label(k int) string {
	if o.Labels != nil {
		return o.Labels[k]
	}
	return strconv.Itoa(k + 1)
}

// Rows is the number of observations.
func (o *Observations) Rows() int { return o.X.RawMatrix().Rows }

// ReadObservations reads observations for a model: a row each, whose columns are found by
// their names, beside a column observation if need be, which tells them apart. An array of
// NumPy, which has no names, has the columns in the order of the model; one of one dimension
// is one observation. It errs on other columns, on cells that are no finite numbers, and on
// an observation that is there twice.
func (m *Model) ReadObservations(src datasets.Source) (*Observations, error) {
	return ReadObservations(src, m.xNames)
}

// ReadObservations is Model.ReadObservations for data of those names.
func ReadObservations(src datasets.Source, names []string) (*Observations, error) {
	o := &Observations{}
	if !datasets.HasNames(src) {
		_, x, err := datasets.ReadNumbers(src)
		if err != nil {
			return nil, err
		}
		if n, w := x.Dims(); w == 1 && n == len(names) {
			x = mat.NewDense(1, n, x.RawMatrix().Data)
		} else if w != len(names) {
			return nil, fmt.Errorf("%s: observations of %d numbers, and the simulations have %d: %s", src.Name(), w, len(names), brief(names))
		}
		o.X = x
		return o, nil
	}
	var err error
	if o.X, o.Labels, err = readRows(src, names); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, l := range o.Labels {
		if seen[l] {
			return nil, fmt.Errorf("%s: the observation %s is there twice: name them apart, or leave the column %s away", src.Name(), l, ObservationColumn)
		}
		seen[l] = true
	}
	return o, nil
}

// ReadTheta reads parameters to evaluate, by the names of their columns, and which of the
// observations each row belongs to: what its column observation says. Without one, each of
// the parameters is for each observation: the rows of the file are there once for each, one
// observation after the other.
func (m *Model) ReadTheta(src datasets.Source, o *Observations) (theta *mat.Dense, of []int, err error) {
	theta, labels, err := readRows(src, m.ThetaNames())
	if err != nil {
		return nil, nil, err
	}
	n, d := theta.Dims()
	if labels == nil {
		all := mat.NewDense(n*o.Rows(), d, nil)
		for k := range o.Rows() {
			all.Slice(k*n, (k+1)*n, 0, d).(*mat.Dense).Copy(theta)
			of = append(of, slices.Repeat([]int{k}, n)...)
		}
		return all, of, nil
	}
	of = make([]int, n)
	index := map[string]int{}
	for k := range o.Rows() {
		index[o.Label(k)] = k
	}
	for i := range of {
		var ok bool
		if of[i], ok = index[labels[i]]; !ok {
			return nil, nil, fmt.Errorf("%s: row %d: there is no observation %s", src.Name(), i+1, labels[i])
		}
	}
	return theta, of, nil
}

// readRows reads columns of numbers, and the labels of the column observation if it is there
// and none of them.
func readRows(src datasets.Source, names []string) (*mat.Dense, []string, error) {
	_, rows, err := datasets.ReadNumbers(datasets.Columns(src, names, ObservationColumn))
	if err != nil || slices.Contains(names, ObservationColumn) || !datasets.HasNames(src) {
		return rows, nil, err
	}
	r, err := src.Open()
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	at := slices.Index(r.Header(), ObservationColumn)
	if at < 0 {
		return rows, nil, nil
	}
	var labels []string
	for {
		cells, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, labels, nil
		}
		if err != nil {
			return nil, nil, err
		}
		labels = append(labels, cells[at])
	}
}

// Table returns draws as a table: the parameters, behind a column observation where there are
// several.
func (m *Model) Table(d *Draws, o *Observations) *datasets.Cells {
	return o.table(m.ThetaNames(), d.Theta, d.Of)
}

// LogProbTable returns log densities, of which entry i is of observation of[i], as a table of
// the column log_prob, after a column observation if there are several.
func (o *Observations) LogProbTable(logProb []float64, of []int) *datasets.Cells {
	rows := new(mat.Dense)
	if len(logProb) > 0 {
		rows = mat.NewDense(len(logProb), 1, logProb)
	}
	return o.table([]string{"log_prob"}, rows, of)
}

// table returns columns of numbers, of which row i belongs to observation of[i].
func (o *Observations) table(names []string, rows *mat.Dense, of []int) *datasets.Cells {
	n, w, k := len(of), len(names), o.Rows()
	meta := &datasets.Metadata{Version: datasets.MetadataVersion, Rows: n, Missing: datasets.DefaultMissing()}
	if k > 1 {
		f := datasets.Field{Name: ObservationColumn, Type: datasets.TypeCategorical}
		for i := range k {
			f.Levels = append(f.Levels, datasets.Level{Name: o.Label(i)})
		}
		meta.Columns = append(meta.Columns, f)
	}
	for _, name := range names {
		meta.Columns = append(meta.Columns, datasets.Field{Name: name, Type: datasets.TypeNumeric, Wide: true, Digits: &datasets.Digits{Max: datasets.Shortest}})
	}
	cells := datasets.NewCells(meta, n)
	for i := range n {
		if k > 1 {
			cells.SetLevel(i, 0, of[i])
		}
		for j := range w {
			cells.SetNumber(i, j+len(meta.Columns)-w, rows.At(i, j))
		}
	}
	return cells
}

// Of returns the posterior whose observation k is observation of[k] of p.
func (p *Posterior) Of(of []int) (*Posterior, error) {
	q := &Posterior{m: p.m, f: pick(p.f, of, p.f.RawMatrix().Cols), caveats: p.caveats}
	var err error
	q.inner, q.mean, err = p.m.denoiser(q.f, true)
	return q, err
}
