package sde

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
)

// Observations without error may repeat each other. Such as agree, up to rounding, are
// one observation of what they have in common; such as do not have the probability 0,
// and whatever takes observations without error refuses them by ErrContradiction.

// ErrContradiction says that no row satisfies all observations without error.
var ErrContradiction = errors.New("the observations without error contradict each other, or what the model knows: no row satisfies all of them, p(y) is 0; drop some, or give the error an SD")

const (
	// repeated is the variance, relative to its own, below which a combination of
	// observations has none, because they repeat each other.
	repeated = 1e-13
	// agreeing is the deviation within which they agree, relative to the spread of
	// what is observed and to its distance from the mean, and rounding that relative
	// to its size.
	agreeing, rounding = 1e-6, 1e-9
	// exactCost is m² d, above which nobody looks for what m observations of rows of d
	// repeat.
	exactCost = 2e8
)

// linearMatrix is A(x) = M x + b as a matrix, m×d.
func linearMatrix(op Operator) (M *mat.Dense, b []float64, err error) {
	d, m := op.Dims()
	x, a := mat.NewDense(d+1, d, nil), mat.NewDense(d+1, m, nil)
	for j := range d {
		x.Set(j+1, j, 1)
	}
	if err := op.Apply(a, x); err != nil {
		return nil, nil, err
	}
	M, b = mat.NewDense(m, d, nil), mat.Row(nil, 0, a)
	for k := range m {
		for j := range d {
			M.Set(k, j, a.At(j+1, k)-b[k])
		}
	}
	return M, b, nil
}

// factorOf returns a root C = L Lᵀ of the covariance of the data of d, nil for a diagonal
// one of standard deviations sd, and the mean. What d does not know counts as standard.
func factorOf(d Denoiser) (root *mat.Dense, sd, mean []float64) {
	n := d.Dim()
	sd, mean = make([]float64, n), make([]float64, n)
	for j := range sd {
		sd[j] = 1
	}
	m, v, ok := Moments(d)
	if ok {
		copy(mean, m)
	}
	if l, is := As[Law](d); is {
		if e, err := newEigen(l.Covariance()); err == nil && e.vec != nil {
			root = mat.NewDense(n, n, append([]float64(nil), e.vec...))
			for i := range n {
				for k, l := range e.val {
					root.Set(i, k, root.At(i, k)*math.Sqrt(l))
				}
			}
			return root, nil, mean
		}
		for j := range sd {
			sd[j] = math.Sqrt(v[j])
		}
		return nil, sd, mean
	}
	for j := range sd {
		if ok && v[j] > 0 {
			sd[j] = math.Sqrt(v[j])
		}
	}
	return nil, sd, mean
}

// CheckExact errs, by ErrContradiction, if no row that d can draw satisfies A x_0 + b = y
// for a row y of Y. NaN is a number that was not observed, and a nil b is 0. The values
// that d knows (Conditional) count as observed.
func CheckExact(d Denoiser, A *mat.Dense, b []float64, Y *mat.Dense) error {
	m, w := A.Dims()
	if float64(m)*float64(m)*float64(w) > exactCost {
		return nil
	}
	n, _ := Y.Dims()
	known := mat.NewDense(n, w, nil)
	for i := range n {
		for j := range w {
			known.Set(i, j, math.NaN())
		}
	}
	if _, rows := d.(PerRow); n > 1 || !rows {
		KnownValues(known, d)
	}
	root, sd, mean := factorOf(d)
	seen := map[string]*exactPattern{}
	for i := range n {
		p, err := patternOf(seen, A, Y.RawRowView(i), known.RawRowView(i), root, sd)
		if err != nil {
			return err
		}
		if p == nil || p.e.null == nil {
			continue
		}
		if err := p.check(A, b, Y.RawRowView(i), known.RawRowView(i), mean); err != nil {
			if n > 1 {
				return fmt.Errorf("row %d: %w", i, err)
			}
			return err
		}
	}
	return nil
}

// exactPattern is what is seen of some rows: those rows of A, and those values.
type exactPattern struct {
	rows, values []int
	s            *mat.SymDense
	e            *support
}

func patternOf(seen map[string]*exactPattern, A *mat.Dense, y, known []float64, root *mat.Dense, sd []float64) (*exactPattern, error) {
	p, key := &exactPattern{}, make([]byte, 0, len(y)+len(known))
	for _, v := range [][]float64{y, known} {
		for j, x := range v {
			if math.IsNaN(x) {
				key = append(key, 0)
				continue
			}
			if key = append(key, 1); len(key) <= len(y) {
				p.rows = append(p.rows, j)
			} else {
				p.values = append(p.values, j)
			}
		}
	}
	if q, ok := seen[string(key)]; ok {
		return q, nil
	}
	k := len(p.rows) + len(p.values)
	if k == 0 {
		seen[string(key)] = nil
		return nil, nil
	}
	p.s = p.covariance(A, root, sd)
	var err error
	p.e, err = newSupport(p.s)
	seen[string(key)] = p
	return p, err
}

// covariance is that of what is seen, for data of covariance root rootᵀ, or of the
// deviations sd, or of 1.
func (p *exactPattern) covariance(A, root *mat.Dense, sd []float64) *mat.SymDense {
	k := len(p.rows) + len(p.values)
	_, w := A.Dims()
	all := mat.NewDense(k, w, nil)
	for i, j := range p.rows {
		all.SetRow(i, A.RawRowView(j))
	}
	for i, j := range p.values {
		all.Set(len(p.rows)+i, j, 1)
	}
	if root != nil {
		all.Mul(mat.DenseCopyOf(all), root)
	}
	for j, v := range sd {
		for i := range k {
			all.Set(i, j, all.At(i, j)*v)
		}
	}
	s := mat.NewSymDense(k, nil)
	s.SymOuterK(1, all)
	return s
}

func (p *exactPattern) check(A *mat.Dense, b, y, known, mean []float64) error {
	var r, size []float64
	for _, j := range p.rows {
		a, v, far := A.RawRowView(j), y[j], math.Abs(y[j])
		if b != nil {
			v, far = v-b[j], far+math.Abs(b[j])
		}
		for k, c := range a {
			far += math.Abs(c * mean[k])
		}
		r, size = append(r, v-numeric.Dot(a, mean)), append(size, far)
	}
	for _, j := range p.values {
		r, size = append(r, known[j]-mean[j]), append(size, math.Abs(known[j])+math.Abs(mean[j]))
	}
	return p.e.check(r, size, p.s)
}
