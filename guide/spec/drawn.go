package spec

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// drawnObservation is the observation of a term, with the values that were drawn for it
// if there are any.
func (t Entry) drawnObservation(c *datasets.Codec) (sde.Observation, error) {
	o, err := t.observation(c)
	if err == nil && t.drawn != nil {
		o.Y = t.drawn
	}
	return o, err
}

// Observed returns the terms that observe, and Fixed the others, as files; nil without
// any. What the first observe can be drawn, by Draw; the others say something about every
// row alike.
func (f *File) Observed() *File { return f.terms(true) }

// Fixed returns the terms that do not observe: see Observed.
func (f *File) Fixed() *File { return f.terms(false) }

func (f *File) terms(observing bool) *File {
	g := *f
	g.Terms = nil
	for _, t := range f.Terms {
		if t.observes() == observing {
			g.Terms = append(g.Terms, t)
		}
	}
	if len(g.Terms) == 0 {
		return nil
	}
	return &g
}

// Draw returns the file with values drawn in the place of its own: those of row i of the
// result's observations are y = A(x_i) + e for row i of x, encoded by c, with errors e of
// the laws in the file. at returns the generator of the errors of a term, counted among
// all of the file, and a row. The result gives guides for as many rows as x has.
func (f *File) Draw(c *datasets.Codec, x *mat.Dense, at func(term, row int) *rand.Rand) (*File, error) {
	g := *f
	g.Terms = append([]Entry(nil), f.Terms...)
	n, _ := x.Dims()
	for i, t := range f.Terms {
		if !t.observes() {
			continue
		}
		o, err := t.observation(c)
		if err != nil {
			return nil, f.errorAt(i, err)
		}
		_, m := o.A.Dims()
		y := mat.NewDense(n, m, nil)
		if err := o.A.Apply(y, x); err != nil {
			return nil, f.errorAt(i, err)
		}
		if r := numeric.NonFinite(y); r >= 0 {
			return nil, f.errorAt(i, fmt.Errorf("infinite or NaN for a row of the model (row %d): an observation is drawn for every row, so keep it finite, as by max(…, 0.1) around what is divided by or has a root", r+1))
		}
		for r := range n {
			t.Noise.observe(y.RawRowView(r), at(i, r))
		}
		g.Terms[i].drawn = y
	}
	return &g, nil
}

// observe makes observations of the numbers of a row.
func (n *ErrorLaw) observe(row []float64, r *rand.Rand) {
	for j := range row {
		row[j] = n.DrawFor(r, j, row[j])
	}
}

// Rows returns a file of Draw for other rows: row i of its observations is row idx[i] of
// those that were drawn.
func (f *File) Rows(idx []int) *File {
	g := *f
	g.Terms = append([]Entry(nil), f.Terms...)
	for i, t := range f.Terms {
		if t.drawn == nil {
			continue
		}
		_, m := t.drawn.Dims()
		g.Terms[i].drawn = mat.NewDense(len(idx), m, nil)
		for k, r := range idx {
			g.Terms[i].drawn.SetRow(k, t.drawn.RawRowView(r))
		}
	}
	return &g
}
