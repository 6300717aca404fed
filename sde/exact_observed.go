package sde

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// exactEntry reports whether entry j of an observation has no error.
func exactEntry(l Likelihood, j int) bool {
	switch l := l.(type) {
	case NormalError:
		return l.SD == 0
	case ScaledError:
		return exactEntry(l.Error, j)
	case AnnealedError:
		return exactEntry(l.Error, j)
	case ErrorPerEntry:
		return exactEntry(l[j], 0)
	}
	return false
}

// exact reports whether any entry of a linear observation has no error.
func (o Observation) exact() bool {
	if !IsLinear(o.A) {
		return false
	}
	_, m := o.A.Dims()
	for j := range m {
		if exactEntry(o.Error, j) {
			return true
		}
	}
	return false
}

// onto reports whether A is known to be onto without work.
func onto(op Operator) bool {
	switch o := op.(type) {
	case LinearMap:
		return o.pinv != nil
	case Columns:
		seen := map[int]bool{}
		for _, j := range o.Index {
			if seen[j] {
				return false
			}
			seen[j] = true
		}
		return true
	}
	return false
}

func costly(op Operator) bool {
	d, m := op.Dims()
	return float64(m)*float64(m)*float64(d) > exactCost
}

// CheckObservations errs, by ErrContradiction, if what linear observations of the rows of
// d say without error, and what d knows of its rows, contradict each other.
func CheckObservations(d Denoiser, obs ...Observation) error {
	_, law := As[Law](d)
	_, knows := As[Conditional](d)
	var parts []Observation
	for _, o := range obs {
		if o.exact() && !costly(o.A) {
			parts = append(parts, o)
		}
	}
	if len(parts) == 0 || len(parts) == 1 && !law && !knows && onto(parts[0].A) {
		return nil
	}
	rows, total := 1, 0
	for _, o := range parts {
		n, m := o.Y.Dims()
		rows, total = max(rows, n), total+m
	}
	A, Y, b := mat.NewDense(total, d.Dim(), nil), mat.NewDense(rows, total, nil), []float64(nil)
	for _, o := range parts {
		M, offset, err := linearMatrix(o.A)
		if err != nil {
			return err
		}
		for j := range offset {
			A.SetRow(len(b)+j, M.RawRowView(j))
			for i := range rows {
				y := math.NaN()
				if n, _ := o.Y.Dims(); exactEntry(o.Error, j) && (n == 1 || i < n) {
					y = o.Row(i)[j]
				}
				Y.Set(i, len(b)+j, y)
			}
		}
		b = append(b, offset...)
	}
	return CheckExact(d, A, b, Y)
}

// WithoutRepetition returns an observation that says of the rows of d what o says, by
// numbers none of which follows from the others, and whether o repeats itself. o must be
// linear with a NormalError and without missing numbers for it to be found; A² times the
// dimension of rows bounds the size. Without error the numbers are those combinations
// that have variance 1 in the data; else orthonormal ones, so that the error is as it was.
func (o Observation) WithoutRepetition(d Denoiser) (Observation, bool) {
	e, ok := o.Error.(NormalError)
	if !ok || !IsLinear(o.A) || costly(o.A) || onto(o.A) && e.SD > 0 {
		return o, false
	}
	_, law := As[Law](d)
	if !law && onto(o.A) {
		return o, false
	}
	M, b, err := linearMatrix(o.A)
	if err != nil {
		return o, false
	}
	root, sd, _ := factorOf(d)
	t := independent(M, root, sd, e.SD == 0)
	if t == nil {
		return o, false
	}
	if o.Missing {
		return o, true
	}
	var A, y mat.Dense
	A.Mul(t, M)
	y.Mul(o.Y, t.T())
	l := NewLinearMap(&A)
	l.Offset = make([]float64, len(mat.Col(nil, 0, &A)))
	mat.NewVecDense(len(l.Offset), l.Offset).MulVec(t, mat.NewVecDense(len(b), b))
	return Observation{A: l, Y: &y, Error: o.Error}, true
}

// RowRank returns the number of independent rows of M, each in its own unit, by the
// tolerance with which observations without error count as repetitions.
func RowRank(M *mat.Dense) int {
	m, d := M.Dims()
	if float64(m)*float64(m)*float64(d) > exactCost {
		return m
	}
	p := &exactPattern{}
	for j := range m {
		p.rows = append(p.rows, j)
	}
	e, err := newSupport(p.covariance(M, nil, nil))
	if err != nil {
		return m
	}
	return len(e.val)
}

// independent returns the combinations of the rows of M that are independent, nil if all
// of them are.
func independent(M, root *mat.Dense, sd []float64, exact bool) *mat.Dense {
	p := &exactPattern{}
	m, _ := M.Dims()
	for j := range m {
		p.rows = append(p.rows, j)
	}
	if !exact {
		root, sd = nil, nil
	}
	s := p.covariance(M, root, sd)
	var e *support
	var err error
	if exact {
		e, err = newSupport(s)
	} else {
		e, err = newSupportScaled(s, math.Sqrt(mat.Max(s)))
	}
	if err != nil || e.null == nil || e.u == nil {
		return nil
	}
	t := mat.DenseCopyOf(e.u.T())
	if !exact {
		return t
	}
	for k, v := range e.val {
		for j := range m {
			t.Set(k, j, t.At(k, j)/(e.unit[j]*math.Sqrt(v)))
		}
	}
	return t
}
