package main

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
)

// weightedSum is a sum Σ w v of columns of numbers, in units of the table.
type weightedSum []weighted

type weighted struct {
	position int // of the number in an encoded row
	weight   float64
}

// weights finds the columns of a sum. A column that is not always a number,
// because of missing cells or frequent single values, is refused: its number
// means nothing where it is not one.
func weights(e *datasets.Codec, by map[string]float64) (weightedSum, error) {
	if len(by) == 0 {
		return nil, fmt.Errorf("weights of columns are missing")
	}
	var s weightedSum
	for _, name := range sortedKeys(by) {
		at, present, err := e.Number(name)
		if err != nil {
			return nil, err
		}
		if present >= 0 {
			return nil, fmt.Errorf("column %q has missing cells, or values that stand out, and is not always a number: bound it with --where, give it with --given, or train with --encoding standard", name)
		}
		s = append(s, weighted{at, by[name]})
	}
	return s, nil
}

// affine returns the weights of encoded numbers and the constant of the sum, if
// all its columns are encoded affinely.
func (s weightedSum) affine(e *datasets.Codec) (w []float64, offset float64, ok bool) {
	w = make([]float64, e.Dim())
	for _, c := range s {
		mean, std, ok := e.Affine(c.position)
		if !ok {
			return nil, 0, false
		}
		w[c.position] = c.weight * std
		offset += c.weight * mean
	}
	return w, offset, true
}

// tableOperator is sums of columns, in units of the table, of encoded rows.
type tableOperator struct {
	codec *datasets.Codec
	sums  []weightedSum
}

var (
	_ guide.Operator = tableOperator{}
	_ guide.Puller   = tableOperator{}
	_ guide.Pusher   = tableOperator{}
)

// Dims implements guide.Operator.
func (o tableOperator) Dims() (d, m int) { return o.codec.Dim(), len(o.sums) }

// Apply implements guide.Operator.
func (o tableOperator) Apply(dst, x *mat.Dense) error {
	n, _ := x.Dims()
	for i := range n {
		for k, s := range o.sums {
			sum := 0.0
			for _, c := range s {
				v, _ := o.codec.ToValue(c.position, x.At(i, c.position))
				sum += c.weight * v
			}
			dst.Set(i, k, sum)
		}
	}
	return nil
}

// Pull implements guide.Puller.
func (o tableOperator) Pull(dst, x, v *mat.Dense) error {
	n, _ := x.Dims()
	for i := range n {
		row := dst.RawRowView(i)
		clear(row)
		for k, s := range o.sums {
			for _, c := range s {
				_, slope := o.codec.ToValue(c.position, x.At(i, c.position))
				row[c.position] += c.weight * slope * v.At(i, k)
			}
		}
	}
	return nil
}

// Push implements guide.Pusher.
func (o tableOperator) Push(dst, x, u *mat.Dense) error {
	n, _ := x.Dims()
	for i := range n {
		for k, s := range o.sums {
			sum := 0.0
			for _, c := range s {
				_, slope := o.codec.ToValue(c.position, x.At(i, c.position))
				sum += c.weight * slope * u.At(i, c.position)
			}
			dst.Set(i, k, sum)
		}
	}
	return nil
}
