package sample

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// spectral is A(x) = M x + b by its singular values: M = U diag(s) Vᵀ.
type spectral struct {
	m      *mat.Dense // M, m×d
	b      []float64
	ut, vt *mat.Dense // Uᵀ, r×m, and Vᵀ, r×d, of the r positive singular values
	s      []float64
	sd     float64
}

func newSpectral(o LinearCondition, dim int) (*spectral, error) {
	if o.A == nil || o.Y == nil {
		return nil, errors.New("sample: an observation needs A and Y")
	}
	d, m := o.A.Dims()
	if d != dim {
		return nil, fmt.Errorf("sample: A takes rows of %d, the model has %d", d, dim)
	}
	if _, c := o.Y.Dims(); c != m {
		return nil, fmt.Errorf("sample: Y has %d numbers, A gives %d", c, m)
	}
	if i := numeric.NonFinite(o.Y); i >= 0 {
		return nil, fmt.Errorf("sample: observation %d is infinite or NaN", i)
	}
	if !(o.SD >= 0) || math.IsInf(o.SD, 1) {
		return nil, fmt.Errorf("sample: the standard deviation of the error is %g", o.SD)
	}
	x := mat.NewDense(d+2, d, nil) // 0, the unit vectors, and a point to test with
	for j := range d {
		x.Set(1+j, j, 1)
		x.Set(d+1, j, 1.5-2*float64(j%3))
	}
	a := mat.NewDense(d+2, m, nil)
	if err := o.A.Apply(a, x); err != nil {
		return nil, err
	}
	sp := &spectral{m: mat.NewDense(m, d, nil), b: mat.Row(nil, 0, a), sd: o.SD}
	for k := range m {
		test, size := sp.b[k], math.Abs(sp.b[k])
		for j := range d {
			v := a.At(1+j, k) - sp.b[k]
			sp.m.Set(k, j, v)
			test += v * x.At(d+1, j)
			size += math.Abs(v)
		}
		if !(math.Abs(test-a.At(d+1, k)) <= 1e-6*(1+size)) {
			return nil, errors.New("sample: A is not linear: guide by it, or use particles")
		}
	}
	return sp, sp.factor()
}

// factor finds the singular values, and leaves out those that are 0 to rounding.
func (sp *spectral) factor() error {
	var svd mat.SVD
	if !svd.Factorize(sp.m, mat.SVDThin) {
		return errors.New("sample: the singular values of A were not found")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	all := svd.Values(nil)
	r := 0
	for r < len(all) && all[r] > 1e-12*all[0] {
		r++
	}
	if sp.sd == 0 { // rows that agree up to rounding are one
		r = min(r, sde.RowRank(sp.m))
	}
	if r == 0 {
		return errors.New("sample: A observes nothing: it is 0")
	}
	sp.s = all[:r]
	m, d := sp.m.Dims()
	sp.ut, sp.vt = mat.DenseCopyOf(u.Slice(0, m, 0, r).T()), mat.DenseCopyOf(v.Slice(0, d, 0, r).T())
	return nil
}

// consistent errs on observations without error that no row of d satisfies.
func (sp *spectral) consistent(d sde.Denoiser, y *mat.Dense) error {
	if sp.sd > 0 {
		return nil
	}
	if err := sde.CheckExact(d, sp.m, sp.b, y); err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	return nil
}

func (p *measured) row(i int) []float64 { return rowOf(p.y, i) }

// targets stores the values (Uᵀ(y - b))_k/s_k that y asks of the coordinates Vᵀx_0 of row i.
func (p *measured) targets(dst []float64, i int) {
	y := p.row(i)
	for k := range dst {
		sum := 0.0
		for l, u := range p.ut.RawRowView(k) {
			sum += u * (y[l] - p.b[l])
		}
		dst[k] = sum / p.s[k]
	}
}

// coordinate returns coordinate k of Vᵀx.
func (sp *spectral) coordinate(k int, x []float64) float64 {
	return numeric.Dot(sp.vt.RawRowView(k), x)
}

// shift adds by to coordinate k of Vᵀx.
func (sp *spectral) shift(x []float64, k int, by float64) {
	numeric.Axpy(x, by, sp.vt.RawRowView(k))
}

func (sp *spectral) precision(k int) float64 {
	r := sp.s[k] / sp.sd
	return r * r
}

// prox moves the rows of x to the minimum of |y - A x'|²/(2 SD²) + |x' - x|²/(2v),
// and, with noise z of r columns, to draws from the density with that exponent,
// where x already has been given noise of variance v in all other coordinates.
func (p *measured) prox(x *mat.Dense, v float64, z *mat.Dense, target []float64) {
	n, _ := x.Dims()
	for i := range n {
		row := x.RawRowView(i)
		p.targets(target, i)
		for k, want := range target {
			now, gain, sd := p.coordinate(k, row), 1.0, 0.0
			if p.sd > 0 {
				q := v * p.precision(k)
				gain = q / (1 + q)
				sd = math.Sqrt(v / (1 + q))
			}
			by := gain * (want - now)
			if z != nil {
				by += sd * z.At(i, k)
			}
			p.shift(row, k, by)
		}
	}
}

// conditional replaces the rows of mean by draws from
//
//	N(x_0; mean, v I) N(y; A x_0, SD² I)/Z,
//
// by noise of the interval (t, s).
func (p *measured) conditional(mean *mat.Dense, v float64, z sde.Noise, t, s float64, use int, w *drawn) {
	z.Normal(w.z, t, s, use)
	n, _ := mean.Dims()
	for i := range n { // noise in the coordinates that y says nothing about
		row := w.z.RawRowView(i)
		for k := range p.s {
			c := p.coordinate(k, row)
			w.part.Set(i, k, c)
			p.shift(row, k, -c)
		}
	}
	accumulate(mean, math.Sqrt(v), w.z)
	p.prox(mean, v, w.part, w.target)
}

type drawn struct {
	z, part *mat.Dense
	target  []float64
}

func newDrawn(p *measured, n int) *drawn {
	_, d := p.m.Dims()
	return &drawn{mat.NewDense(n, d, nil), mat.NewDense(n, len(p.s), nil), make([]float64, len(p.s))}
}
