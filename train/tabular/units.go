package tabular

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide/spec"
	"tweedie/sde"
)

// Formula makes formulas of the columns, in units of the table, an operator of encoded
// rows, with derivatives, for guides of Query.Terms:
//
//	a, err := m.Formula("bill_length / flipper_length", "log(mass)")
//	term := guide.MMPS{Observation: sde.Observation{A: a, Y: y, Error: sde.NormalError{SD: 0.01}}}
//
// One formula is a reward too, guide.Reward{A: a}, and bounds, guide.Bounds{A: a, Lo: 0, Hi: 1}.
// See the package guide/spec for what a formula is, and spec.NewFormula for what it refuses.
func (m *Model) Formula(formulas ...string) (*spec.Formula, error) {
	return spec.NewFormula(m.codec, formulas...)
}

// InUnits makes a differentiable operator A of named columns of numbers, in units of
// the table, one of encoded rows x: A(v(x)), with v_k the number of columns[k]. Guides
// of Query.Terms can observe it. It errs for a column that is unknown, or not always
// a number because of missing cells or frequent single values (which the encoding
// standard keeps among the numbers). Of the methods of a, Pull and Push carry over.
//
// Gradients are by the chain rule, Jᵀ = diag(dv/dx) J_Aᵀ.
func (m *Model) InUnits(a sde.Operator, columns ...string) (sde.Operator, error) {
	d, out := a.Dims()
	if d != len(columns) {
		return nil, fmt.Errorf("an operator of %d numbers for %d columns", d, len(columns))
	}
	o := &unitsOperator{of: a, codec: m.codec, out: out}
	for _, name := range columns {
		at, present, err := m.codec.Number(name)
		if err != nil {
			return nil, err
		}
		if present >= 0 && m.codec.Metadata().Field(name).LevelValues() != nil {
			return nil, fmt.Errorf("each value of column %q is a level, and not a number with a derivative: observe a formula of it, or train with the encoding standard", name)
		}
		if present >= 0 {
			return nil, fmt.Errorf("column %q has missing cells, or values that stand out, and is not always a number: train on the rows that have it, with the encoding standard", name)
		}
		o.at = append(o.at, at)
	}
	puller, pulls := sde.PullerOf(a)
	pusher, pushes := sde.PusherOf(a)
	switch {
	case pulls && pushes:
		return pushedUnits{pulledUnits{o, puller}, pusher}, nil
	case pulls:
		return pulledUnits{o, puller}, nil
	}
	return o, nil
}

type unitsOperator struct {
	of    sde.Operator
	codec *datasets.Codec
	at    []int // positions of the columns
	out   int
}

func (o *unitsOperator) Dims() (d, m int) { return o.codec.Dim(), o.out }

// units returns the numbers of the columns and their slopes dv/dx.
func (o *unitsOperator) units(x *mat.Dense) (v, slope *mat.Dense) {
	n, _ := x.Dims()
	v, slope = mat.NewDense(n, len(o.at), nil), mat.NewDense(n, len(o.at), nil)
	for i := range n {
		for k, j := range o.at {
			u, s := o.codec.ToValue(j, x.At(i, j))
			v.Set(i, k, u)
			slope.Set(i, k, s)
		}
	}
	return v, slope
}

func (o *unitsOperator) Apply(dst, x *mat.Dense) error {
	v, _ := o.units(x)
	return o.of.Apply(dst, v)
}

// pulledUnits is a unitsOperator with gradients.
type pulledUnits struct {
	*unitsOperator
	puller sde.Puller
}

func (o pulledUnits) Pull(dst, x, w *mat.Dense) error {
	v, slope := o.units(x)
	n, k := v.Dims()
	grad := mat.NewDense(n, k, nil)
	if err := o.puller.Pull(grad, v, w); err != nil {
		return err
	}
	dst.Zero()
	for i := range n {
		for c, j := range o.at {
			dst.Set(i, j, dst.At(i, j)+grad.At(i, c)*slope.At(i, c))
		}
	}
	return nil
}

// pushedUnits is one with derivatives in both directions.
type pushedUnits struct {
	pulledUnits
	pusher sde.Pusher
}

func (o pushedUnits) Push(dst, x, u *mat.Dense) error {
	v, du := o.units(x)
	n, _ := x.Dims()
	for i := range n {
		for k, j := range o.at {
			du.Set(i, k, du.At(i, k)*u.At(i, j))
		}
	}
	return o.pusher.Push(dst, v, du)
}
