package sde

import (
	"sync"

	"gonum.org/v1/gonum/mat"
)

// Stacked is several operators on the same row, one under the other: the way to
// put several observations into one term.
type Stacked struct{ Parts []Operator }

// Stack returns the operators parts as one. It panics if their dimensions differ
// or there are none.
func Stack(parts ...Operator) Stacked {
	for _, p := range parts {
		d, _ := p.Dims()
		if d0, _ := parts[0].Dims(); d != d0 {
			panic("sde: stacked operators of different dimensions")
		}
	}
	if len(parts) == 0 {
		panic("sde: stack of no operators")
	}
	return Stacked{append([]Operator(nil), parts...)}
}

func (o Stacked) Dims() (d, m int) {
	for _, p := range o.Parts {
		k := 0
		d, k = p.Dims()
		m += k
	}
	return d, m
}

// Linear reports whether every part is.
func (o Stacked) Linear() bool { return all(o.Parts, IsLinear) }

func (o Stacked) check() error {
	for _, p := range o.Parts {
		if c, ok := p.(interface{ check() error }); ok {
			if err := c.check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// each calls f with every part and its columns of v.
func (o Stacked) each(v *mat.Dense, f func(p Operator, cols *mat.Dense) error) error {
	n, _ := v.Dims()
	at := 0
	for _, p := range o.Parts {
		_, m := p.Dims()
		if err := f(p, v.Slice(0, n, at, at+m).(*mat.Dense)); err != nil {
			return err
		}
		at += m
	}
	return nil
}

func (o Stacked) Apply(dst, x *mat.Dense) error {
	return o.each(dst, func(p Operator, cols *mat.Dense) error { return p.Apply(cols, x) })
}

func (o Stacked) Push(dst, x, u *mat.Dense) error {
	return o.each(dst, func(p Operator, cols *mat.Dense) error { return p.(Pusher).Push(cols, x, u) })
}

// stackedScratch holds the matrices that Stacked.Pull adds up from.
var stackedScratch = sync.Pool{New: func() any { return new(mat.Dense) }}

func (o Stacked) Pull(dst, x, v *mat.Dense) error {
	part := stackedScratch.Get().(*mat.Dense)
	defer stackedScratch.Put(part)
	part.Reset()
	part.ReuseAs(dst.Dims())
	dst.Zero()
	return o.each(v, func(p Operator, cols *mat.Dense) error {
		if err := p.(Puller).Pull(part, x, cols); err != nil {
			return err
		}
		dst.Add(dst, part)
		return nil
	})
}
