package sde

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Product is the law of independent blocks of coordinates: the first
// Blocks[0].Dim() coordinates have the law Blocks[0], the next Blocks[1], and so
// on. Densities multiply; denoisers, scores and Jacobians stand side by side.
// Make one with NewProduct; the fields are to be read only.
type Product struct {
	Blocks []Law
	Sched  Schedule

	start []int // block b has the columns start[b] … start[b+1]-1
}

var _ Observable = (*Product)(nil)

// NewProduct returns the product of blocks. It errs if their schedules differ
// and panics if there are none.
func NewProduct(blocks ...Law) (*Product, error) {
	if len(blocks) == 0 {
		panic("sde: product of no laws")
	}
	p := &Product{append([]Law(nil), blocks...), blocks[0].Schedule(), []int{0}}
	for b, l := range blocks {
		if !SameSchedule(l.Schedule(), p.Sched) {
			return nil, fmt.Errorf("sde: Product: block %d has another schedule than block 0", b)
		}
		p.start = append(p.start, p.start[b]+l.Dim())
	}
	return p, nil
}

func (p *Product) Schedule() Schedule { return p.Sched }

func (p *Product) Dim() int {
	if p.start == nil {
		panic("sde: Product not made by NewProduct")
	}
	return p.start[len(p.Blocks)]
}

// cols returns the columns of block b of m, sharing its memory.
func (p *Product) cols(m *mat.Dense, b int) *mat.Dense {
	n, _ := m.Dims()
	return m.Slice(0, n, p.start[b], p.start[b+1]).(*mat.Dense)
}

// Denoise implements Denoiser. It returns the first error of a block.
func (p *Product) Denoise(dst, x *mat.Dense, t []float64) error {
	checkBatch(dst, x, t, p.Dim())
	for b, l := range p.Blocks {
		if err := l.Denoise(p.cols(dst, b), p.cols(x, b), t); err != nil {
			return fmt.Errorf("sde: block %d: %w", b, err)
		}
	}
	return nil
}

// Linearize implements Differentiable. The pullback keeps x and t.
func (p *Product) Linearize(mean, x *mat.Dense, t []float64) (Pullback, error) {
	checkBatch(mean, x, t, p.Dim())
	pulls := make([]Pullback, len(p.Blocks))
	for b, l := range p.Blocks {
		var err error
		if pulls[b], err = l.Linearize(p.cols(mean, b), p.cols(x, b), t); err != nil {
			return nil, fmt.Errorf("sde: block %d: %w", b, err)
		}
	}
	return func(dst, v *mat.Dense) error {
		checkBatch(dst, v, t, p.Dim())
		for b, pull := range pulls {
			if err := pull(p.cols(dst, b), p.cols(v, b)); err != nil {
				return fmt.Errorf("sde: block %d: %w", b, err)
			}
		}
		return nil
	}, nil
}

func (p *Product) Score(dst, x *mat.Dense, t []float64) {
	checkBatch(dst, x, t, p.Dim())
	for b, l := range p.Blocks {
		l.Score(p.cols(dst, b), p.cols(x, b), t)
	}
}

func (p *Product) LogProb(dst []float64, x *mat.Dense, t []float64) {
	checkRows(dst, x, t, p.Dim())
	buf := borrow(len(dst))
	defer release(buf)
	clear(dst)
	for b, l := range p.Blocks {
		l.LogProb(*buf, p.cols(x, b), t)
		for i, v := range *buf {
			dst[i] += v
		}
	}
}

// Sample implements Law. Block b draws under a seed of its own.
func (p *Product) Sample(dst *mat.Dense, seed uint64, first int) {
	if _, d := dst.Dims(); d != p.Dim() {
		panic(badSize)
	}
	for b, l := range p.Blocks {
		l.Sample(p.cols(dst, b), stream.New(seed, "sde/product", uint64(b)).Uint64(), first)
	}
}

func (p *Product) Mean() []float64 {
	var mean []float64
	for _, l := range p.Blocks {
		mean = append(mean, l.Mean()...)
	}
	return mean
}

// Covariance implements Law. It is block diagonal.
func (p *Product) Covariance() *mat.SymDense {
	c := mat.NewSymDense(p.Dim(), nil)
	for b, l := range p.Blocks {
		k := l.Covariance()
		for i := range l.Dim() {
			for j := i; j < l.Dim(); j++ {
				c.SetSym(p.start[b]+i, p.start[b]+j, k.At(i, j))
			}
		}
	}
	return c
}

// Posterior implements Observable for observations that see each block by
// itself: every row of A touches one block (a row of zeros counts as the first
// one's), and R does not correlate the rows of different blocks. It errs on
// others, and if an observed block is not Observable.
func (p *Product) Posterior(A mat.Matrix, y []float64, R mat.Symmetric) (Law, error) {
	seen, err := p.split(A, y, R)
	if err != nil {
		return nil, err
	}
	blocks := append([]Law(nil), p.Blocks...)
	for b, o := range seen {
		if len(o.y) > 0 {
			if blocks[b], err = p.Blocks[b].(Observable).Posterior(o.A, o.y, o.R); err != nil {
				return nil, fmt.Errorf("sde: block %d: %w", b, err)
			}
		}
	}
	return NewProduct(blocks...)
}

// LogEvidence implements Observable: the sum over the observed blocks.
func (p *Product) LogEvidence(A mat.Matrix, y []float64, R mat.Symmetric) float64 {
	seen, err := p.split(A, y, R)
	if err != nil {
		panic(badEvidence)
	}
	l := 0.0
	for b, o := range seen {
		if len(o.y) > 0 {
			l += p.Blocks[b].(Observable).LogEvidence(o.A, o.y, o.R)
		}
	}
	return l
}

// view is the part of an observation that one block is responsible for.
type view struct {
	A *mat.Dense
	y []float64
	R *mat.SymDense
}

// split deals the rows of the observation out to the blocks.
func (p *Product) split(A mat.Matrix, y []float64, R mat.Symmetric) ([]view, error) {
	rows, d := A.Dims()
	if d != p.Dim() || len(y) != rows || R.SymmetricDim() != rows {
		panic(badSize)
	}
	owner := make([]int, rows)
	index := make([][]int, len(p.Blocks))
	for i := range rows {
		b, err := p.owner(A, i)
		if err != nil {
			return nil, err
		}
		if _, ok := p.Blocks[b].(Observable); !ok {
			return nil, fmt.Errorf("sde: Product: block %d of type %T has no closed-form posterior", b, p.Blocks[b])
		}
		for k := range i {
			if owner[k] != b && R.At(i, k) != 0 {
				return nil, fmt.Errorf("sde: Product: the noise of observations %d and %d, of different blocks, is correlated", k, i)
			}
		}
		owner[i] = b
		index[b] = append(index[b], i)
	}
	seen := make([]view, len(p.Blocks))
	for b, idx := range index {
		if len(idx) == 0 {
			continue
		}
		k := p.Blocks[b].Dim()
		o := view{mat.NewDense(len(idx), k, nil), make([]float64, len(idx)), mat.NewSymDense(len(idx), nil)}
		for r, i := range idx {
			o.y[r] = y[i]
			for j := range k {
				o.A.Set(r, j, A.At(i, p.start[b]+j))
			}
			for c := r; c < len(idx); c++ {
				o.R.SetSym(r, c, R.At(i, idx[c]))
			}
		}
		seen[b] = o
	}
	return seen, nil
}

// owner returns the block that row i of A touches.
func (p *Product) owner(A mat.Matrix, i int) (int, error) {
	found := -1
	for b := range p.Blocks {
		for j := p.start[b]; j < p.start[b+1]; j++ {
			if A.At(i, j) == 0 || found == b {
				continue
			}
			if found >= 0 {
				return 0, fmt.Errorf("sde: Product: observation %d touches the blocks %d and %d; use one block for both", i, found, b)
			}
			found = b
		}
	}
	return max(found, 0), nil
}
