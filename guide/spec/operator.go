package spec

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sde"
)

// SumOperator maps encoded rows to sums of columns, in units of the table. It is
// differentiable in both directions.
type SumOperator struct {
	codec *datasets.Codec
	sums  []ColumnSum
}

var (
	_ sde.Operator = SumOperator{}
	_ sde.Puller   = SumOperator{}
	_ sde.Pusher   = SumOperator{}
)

// NewSumOperator returns the operator of the sums, for rows encoded by c.
func NewSumOperator(c *datasets.Codec, sums ...ColumnSum) SumOperator { return SumOperator{c, sums} }

// Dims implements sde.Operator: rows of c.Dim(), and one number for each sum.
func (o SumOperator) Dims() (d, m int) { return o.codec.Dim(), len(o.sums) }

func (o SumOperator) Apply(dst, x *mat.Dense) error {
	n, _ := x.Dims()
	for i := range n {
		for k, s := range o.sums {
			dst.Set(i, k, s.value(o.codec, x.RawRowView(i)))
		}
	}
	return nil
}

func (o SumOperator) Pull(dst, x, v *mat.Dense) error {
	n, _ := x.Dims()
	for i := range n {
		row := dst.RawRowView(i)
		clear(row)
		for k, s := range o.sums {
			s.gradient(o.codec, x.RawRowView(i), func(at int, slope float64) { row[at] += slope * v.At(i, k) })
		}
	}
	return nil
}

func (o SumOperator) Push(dst, x, u *mat.Dense) error {
	n, _ := x.Dims()
	for i := range n {
		for k, s := range o.sums {
			sum := 0.0
			s.gradient(o.codec, x.RawRowView(i), func(at int, slope float64) { sum += slope * u.At(i, at) })
			dst.Set(i, k, sum)
		}
	}
	return nil
}
