package nn

import (
	"math"
	"slices"

	"tweedie/internal/stream"
)

// Array is one named parameter array, row-major; Data is a view of the flat
// memory of its Params.
type Array struct {
	Name  string
	Shape []int
	Data  []float32
	At    int // offset in the flat memory
}

// Params is the state of a network: named arrays in one flat memory, so that
// optimizers and averages are single passes. Arrays start at multiples of 16
// values; the padding between them is zero and stays zero.
type Params struct {
	Flat   []float32
	Arrays []Array
}

const paramAlign = 16 // values: one cache line of float32

// newParams lays out arrays of the given names and shapes.
func newParams(names []string, shapes [][]int) *Params {
	p := &Params{Arrays: make([]Array, len(names))}
	n := 0
	for i, name := range names {
		p.Arrays[i] = Array{Name: name, Shape: shapes[i], At: n}
		n += (volume(shapes[i]) + paramAlign - 1) / paramAlign * paramAlign
	}
	p.Flat = make([]float32, n)
	p.view()
	return p
}

func volume(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func (p *Params) view() {
	for i := range p.Arrays {
		a := &p.Arrays[i]
		a.Data = p.Flat[a.At : a.At+volume(a.Shape)]
	}
}

// Clone returns a copy with memory of its own.
func (p *Params) Clone() *Params {
	q := &Params{Flat: slices.Clone(p.Flat), Arrays: slices.Clone(p.Arrays)}
	q.view()
	return q
}

// Part returns the parameters of the layout of like in the memory of p from at on: what is
// written to one is seen in the other.
func (p *Params) Part(like *Params, at int) *Params {
	q := &Params{Flat: p.Flat[at : at+len(like.Flat) : at+len(like.Flat)], Arrays: slices.Clone(like.Arrays)}
	q.view()
	return q
}

// Count is the number of parameters, padding not counted.
func (p *Params) Count() int {
	n := 0
	for _, a := range p.Arrays {
		n += len(a.Data)
	}
	return n
}

// Get returns the array of that name. It panics if there is none.
func (p *Params) Get(name string) *Array {
	for i := range p.Arrays {
		if p.Arrays[i].Name == name {
			return &p.Arrays[i]
		}
	}
	panic("nn: no parameter of that name")
}

// normal fills the array with N(0, sd²). The name of the array is the name of
// its stream, so adding a layer does not move the draws of the others.
func (p *Params) normal(seed uint64, name string, sd float64) {
	r := stream.New(seed, "nn/init/"+name)
	for i, d := 0, p.Get(name).Data; i < len(d); i++ {
		d[i] = float32(sd * r.NormFloat64())
	}
}

// lecun is the standard deviation for unit output variance (LeCun et al. 1998).
func lecun(fanIn int) float64 { return 1 / math.Sqrt(float64(fanIn)) }
