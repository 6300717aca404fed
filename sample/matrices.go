package sample

import (
	"sync"

	"gonum.org/v1/gonum/mat"
)

// matrices is a pool of matrices for concurrent evaluations, which then allocate
// nothing after the first calls.
type matrices struct{ pool sync.Pool }

// scratch holds the matrices of one evaluation. Their initial content is not read.
type scratch [2]mat.Dense

func (p *matrices) take() *scratch {
	if s, ok := p.pool.Get().(*scratch); ok {
		return s
	}
	return new(scratch)
}

func (p *matrices) put(s *scratch) { p.pool.Put(s) }

// of returns matrix k, n×d.
func (s *scratch) of(k, n, d int) *mat.Dense {
	s[k].Reset()
	s[k].ReuseAs(n, d)
	return &s[k]
}
