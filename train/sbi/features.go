package sbi

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// features turn an observation into the numbers that the base and the networks see. Each
// column is standardized; one that is constant in the simulations says nothing and is left
// out.
type features struct {
	Width   int       `json:"width"` // of an observation
	Columns []int     `json:"columns"`
	Mean    []float64 `json:"mean"` // of each column that is used
	SD      []float64 `json:"sd"`
}

func newFeatures(x *mat.Dense) (*features, error) {
	n, w := x.Dims()
	f := &features{Width: w}
	for j := range w {
		mean, sd := moments(x, j)
		if !(sd > 1e-12*math.Abs(mean)) || sd == 0 {
			continue
		}
		f.Columns, f.Mean, f.SD = append(f.Columns, j), append(f.Mean, mean), append(f.SD, sd)
	}
	if len(f.Columns) == 0 {
		return nil, fmt.Errorf("sbi: all columns of the data are constant in %d simulations: they say nothing about the parameters", n)
	}
	return f, nil
}

// moments are the mean and the standard deviation of column j.
func moments(x *mat.Dense, j int) (mean, sd float64) {
	n, _ := x.Dims()
	for i := range n {
		mean += x.At(i, j) / float64(n)
	}
	for i := range n {
		e := x.At(i, j) - mean
		sd += e * e / float64(n)
	}
	return mean, math.Sqrt(sd)
}

// size is the number of features.
func (f *features) size() int { return len(f.Columns) }

func (f *features) row(dst, x []float64) {
	for k, j := range f.Columns {
		dst[k] = (x[j] - f.Mean[k]) / f.SD[k]
	}
}

// of returns the features of the rows of x.
func (f *features) of(x *mat.Dense) *mat.Dense {
	n, _ := x.Dims()
	m := mat.NewDense(n, f.size(), nil)
	for i := range n {
		f.row(m.RawRowView(i), x.RawRowView(i))
	}
	return m
}

func (f *features) check() error {
	if len(f.Columns) == 0 || len(f.Mean) != len(f.Columns) || len(f.SD) != len(f.Columns) {
		return errDamaged
	}
	for k, j := range f.Columns {
		if j < 0 || j >= f.Width || !(f.SD[k] > 0) || math.IsInf(f.SD[k], 0) || math.IsNaN(f.Mean[k]) || math.IsInf(f.Mean[k], 0) {
			return errDamaged
		}
	}
	return nil
}
