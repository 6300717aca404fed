package sbi

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
)

// store adds the factor L to a checkpoint.
func (k *space) store(f *checkpoints.File) {
	d, _ := k.L.Dims()
	l := make([]float64, d*d)
	for i := range d {
		for j := range i + 1 {
			l[i*d+j] = k.L.At(i, j)
		}
	}
	f.Arrays = append(f.Arrays, checkpoints.Array{Name: "latent.factor", Shape: []int{d, d}, F64: l})
}

func loadSpace(f *checkpoints.File, d int) (*space, error) {
	l, err := f.Float64s("latent.factor", d, d)
	if err != nil {
		return nil, err
	}
	s := &space{mat.NewTriDense(d, mat.Lower, nil)}
	for i := range d {
		for j := range i + 1 {
			s.L.SetTri(i, j, l[i*d+j])
		}
		if !(l[i*d+i] > 0) {
			return nil, errDamaged
		}
	}
	return s, finite(l)
}

// store adds the coefficients of the base to a checkpoint, and the bounds of its variances,
// under a name.
func (k *base) store(f *checkpoints.File, name string) {
	d, p := k.C.Dims()
	add := func(what string, data []float64, shape ...int) {
		f.Arrays = append(f.Arrays, checkpoints.Array{Name: "base." + name + "." + what, Shape: shape, F64: data})
	}
	add("mean", k.C.RawMatrix().Data, d, p)
	add("logvariance", k.V.RawMatrix().Data, d, p)
	add("low", k.Low, d)
	add("high", k.High, d)
}

func loadBase(f *checkpoints.File, name string, s *space, terms *additive) (*base, error) {
	d, _ := s.L.Dims()
	p := terms.columns()
	k := &base{space: s, terms: terms}
	name = "base." + name + "."
	c, err := f.Float64s(name+"mean", d, p)
	if err != nil {
		return nil, err
	}
	k.C = mat.NewDense(d, p, c)
	v, err := f.Float64s(name+"logvariance", d, p)
	if err != nil {
		return nil, err
	}
	k.V = mat.NewDense(d, p, v)
	if k.Low, err = f.Float64s(name+"low", d); err != nil {
		return nil, err
	}
	if k.High, err = f.Float64s(name+"high", d); err != nil {
		return nil, err
	}
	for j, l := range k.Low {
		if !(l >= -logVarianceBound && k.High[j] <= logVarianceBound) {
			return nil, errDamaged
		}
	}
	return k, finite(c, v)
}

func finite(lists ...[]float64) error {
	for _, v := range slices.Concat(lists...) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errDamaged
		}
	}
	return nil
}
