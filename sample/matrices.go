package sample

import (
	"sync"

	"gonum.org/v1/gonum/mat"
)

// matrices lends matrices to evaluations that may run at the same time, so that they
// allocate nothing once warm.
type matrices struct{ pool sync.Pool }

// scratch is what one evaluation is lent. What it holds on arrival is never read.
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
