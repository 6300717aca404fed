package distill

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/sde"
	"tweedie/train"
)

// Pairs are regressions of a student: state k of path i is row i K + k, and its target is D̃. They
// are the rows of a run of package train, and its Objective.
type Pairs struct {
	paths    *Paths
	first, n int // paths
	// Labels, when set, stores in row r of c the conditions of path paths[r].
	Labels func(c *mat.Dense, paths []int)
}

var (
	_ train.Rows       = (*Pairs)(nil)
	_ losses.Objective = (*Pairs)(nil)
	_ fmt.Stringer     = (*Pairs)(nil)
)

// Split returns the pairs of the first held paths, and those of the others.
func (p *Paths) Split(held int) (a, b *Pairs) {
	return &Pairs{paths: p, n: held}, &Pairs{paths: p, first: held, n: p.count() - held}
}

func (p *Pairs) evaluations() int { return len(p.paths.m.At) }

// Len implements train.Rows.
func (p *Pairs) Len() int { return p.n * p.evaluations() }

// Schedule implements losses.Objective.
func (p *Pairs) Schedule() sde.Schedule { return p.paths.sched }

// String says what is regressed on, for the fingerprint of a run; its rows are there anyway.
func (p *Pairs) String() string { return fmt.Sprintf("flow maps %+v", p.paths.m) }

// Read implements train.Rows: x gets the targets.
func (p *Pairs) Read(x, c *mat.Dense, idx []int, _ uint64) {
	paths := make([]int, len(idx))
	for r, row := range idx {
		paths[r] = p.first + row/p.evaluations()
		p.target(x.RawRowView(r), paths[r], row%p.evaluations())
	}
	if c != nil {
		p.Labels(c, paths)
	}
}

// target stores D̃ of path i at time k.
func (p *Pairs) target(dst []float64, i, k int) {
	m := &p.paths.m
	if k == len(m.At)-1 || m.Reach[k] == 0 {
		for j, v := range p.paths.state(i, len(p.paths.marks)) {
			dst[j] = float64(v)
		}
		return
	}
	a, b := stretch(p.paths.sched.Coeff(m.At[k]), p.paths.sched.Coeff(m.Reach[k]))
	x, y := p.paths.at(i, m.At[k]), p.paths.at(i, m.Reach[k])
	for j := range dst {
		dst[j] = (float64(y[j]) - float64(a*float64(x[j]))) / b
	}
	for _, l := range m.Levels {
		law(dst[l[0]:l[1]])
	}
}

// stretch are the numbers of x_r = a x_t + b D̃.
func stretch(t, r sde.Coeff) (a, b float64) {
	a = r.Sigma / t.Sigma
	return a, r.Alpha - float64(t.Alpha*a)
}

// law makes probabilities of numbers that are such but for the errors of a solver.
func law(p []float64) {
	sum := 0.0
	for j, v := range p {
		p[j] = max(v, 0)
		sum += p[j]
	}
	for j := range p {
		p[j] /= sum
	}
}

// Draw implements losses.Objective for the rows b.Rows, whose targets are x. The weight is that of
// losses.EDM.
func (p *Pairs) Draw(to *losses.Problem, x *mat.Dense, b losses.Batch) {
	n, d := x.Dims()
	to.Reset(n, d)
	to.Target.Copy(x)
	for i, row := range b.Rows {
		k := row % p.evaluations()
		to.T[i] = p.paths.m.At[k]
		to.C[i] = p.paths.sched.Coeff(to.T[i])
		to.Weight[i] = losses.EDM{}.Weight(to.C[i])
		xt := to.X.RawRowView(i)
		for j, v := range p.paths.at(p.first+row/p.evaluations(), to.T[i]) {
			xt[j] = float64(v)
		}
	}
}
