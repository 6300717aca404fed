package losses

import (
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// Problem is the weighted regression drawn for one block of n rows,
//
//	1/n Σ_i Weight_i |D(X_i, T_i) - Target_i|²,
//
// the norm being a sum over dimensions. The zero value is ready to use; its
// buffers are reused by each Draw and grow only when a block is larger than
// every block before. A Problem belongs to one goroutine.
type Problem struct {
	T      []float64   // n times
	C      []sde.Coeff // the kernel at each of them
	X      *mat.Dense  // n×d noisy inputs x_t
	Target *mat.Dense  // n×d what the denoiser D(x_t, t) should output
	Weight []float64   // n weights

	source []int // rows of the block that the clean rows come from
	rng    *stream.Source
}

// Objective draws Problems from clean rows.
type Objective interface {
	// Draw fills p for the rows of x, which are clean, n×d, and the rows
	// b.First … b.First+n-1 of a batch of b.Total rows. Every random number is
	// a function of (b.Seed, b.Step, row of the batch), and of b.Total for
	// stratified times, and none of it of the parameters that are trained: a batch may be
	// drawn a step ahead. Draw does not modify x, may be called concurrently with
	// different p, and panics if b does not hold n rows.
	Draw(p *Problem, x *mat.Dense, b Batch)
	// Schedule returns the schedule of the kernels that X is drawn from.
	Schedule() sde.Schedule
}

// Batch places a block of rows: it starts at row First of the Total rows of
// step Step.
type Batch struct {
	Seed               uint64
	Step, First, Total int
	// Rows are the rows of the table that the block has, in order, where there is a table: for
	// objectives that know more of its rows than x says.
	Rows []int
}

// check panics unless rows b.First … b.First+n-1 exist.
func (b Batch) check(n int) {
	if b.Step < 0 || b.First < 0 || b.First+n > b.Total {
		panic("losses: block is outside of its batch")
	}
}

// Source returns the row of the block whose clean row, and so whose condition,
// row i was built from. It is i, except where a ControlVariate pairs rows.
// Dropout.Apply heeds it.
func (p *Problem) Source(i int) int {
	if len(p.source) == 0 {
		return i
	}
	return p.source[i]
}

// paired reports whether any row was built from another's clean row.
func (p *Problem) paired() bool {
	for i, s := range p.source {
		if s != i {
			return true
		}
	}
	return false
}

// random returns the generator of p. Whoever uses it seeks a stream first.
func (p *Problem) random() *stream.Source {
	if p.rng == nil {
		p.rng = stream.NewSource(stream.Key{})
	}
	return p.rng
}

// RowLoss returns Weight_i |d_i - Target_i|² for the outputs d (n×dim).
func (p *Problem) RowLoss(d *mat.Dense, i int) float64 {
	var s float64
	target := p.Target.RawRowView(i)
	for j, v := range d.RawRowView(i) {
		e := v - target[j]
		s += float64(e * e)
	}
	return p.Weight[i] * s
}

// Loss returns the mean over rows of RowLoss: the loss of the outputs d.
func (p *Problem) Loss(d *mat.Dense) float64 {
	var s float64
	for i := range p.T {
		s += p.RowLoss(d, i)
	}
	return s / float64(len(p.T))
}

// Reset makes p hold n rows of dimension d, each its own source, for an Objective to fill.
func (p *Problem) Reset(n, d int) {
	p.T, p.C, p.Weight, p.source = grow(p.T, n), grow(p.C, n), grow(p.Weight, n), grow(p.source, n)
	p.X, p.Target = shape(p.X, n, d), shape(p.Target, n, d)
	for i := range p.source {
		p.source[i] = i
	}
}

func grow[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }

func shape(m *mat.Dense, n, d int) *mat.Dense {
	if m == nil {
		return mat.NewDense(n, d, nil)
	}
	if r, c := m.Dims(); r != n || c != d {
		m.Reset()
		m.ReuseAs(n, d)
	}
	return m
}
