package sbi

import (
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// shifted is the denoiser of w = m + u for one of u:
//
//	D(w_t, t) = m + D_u(w_t − α m, t)
//
// with a mean m for all rows, or one for each.
type shifted struct {
	inner sde.Differentiable
	m     *mat.Dense // 1 row or as many as the batch
	each  bool
	free  *sync.Pool
}

var (
	_ sde.Differentiable = (*shifted)(nil)
	_ sde.PerRow         = (*shifted)(nil)
)

func newShifted(inner sde.Differentiable, m *mat.Dense) *shifted {
	return &shifted{inner, m, m.RawMatrix().Rows > 1, &sync.Pool{New: func() any { return new(mat.Dense) }}}
}

func (s *shifted) Schedule() sde.Schedule { return s.inner.Schedule() }
func (s *shifted) Dim() int               { return s.inner.Dim() }

// Moments are those of the base, for an observation for all rows; of centered rows else.
func (s *shifted) Moments() (mean, variance []float64) {
	mean, variance, _ = sde.Moments(s.inner)
	if !s.each {
		mean = append([]float64(nil), s.m.RawRowView(0)...)
	}
	return mean, variance
}

func (s *shifted) mean(i int) []float64 {
	if s.each {
		return s.m.RawRowView(i)
	}
	return s.m.RawRowView(0)
}

// center stores w − α m in u.
func (s *shifted) center(u, w *mat.Dense, t []float64) {
	n, d := w.Dims()
	if s.each && n != s.m.RawMatrix().Rows {
		panic("sbi: a batch of another number of rows than its observations; take Rows first")
	}
	if u.IsEmpty() {
		u.ReuseAs(n, d)
	}
	for i := range n {
		a := s.Schedule().Coeff(sde.Time(t, i)).Alpha
		to, from, m := u.RawRowView(i), w.RawRowView(i), s.mean(i)
		for j, v := range from {
			to[j] = v - a*m[j]
		}
	}
}

func (s *shifted) addBack(dst *mat.Dense) {
	n, _ := dst.Dims()
	for i := range n {
		row, m := dst.RawRowView(i), s.mean(i)
		for j, v := range m {
			row[j] += v
		}
	}
}

func (s *shifted) Denoise(dst, w *mat.Dense, t []float64) error {
	u := s.free.Get().(*mat.Dense)
	defer func() { u.Reset(); s.free.Put(u) }()
	s.center(u, w, t)
	if err := s.inner.Denoise(dst, u, t); err != nil {
		return err
	}
	s.addBack(dst)
	return nil
}

// Linearize implements sde.Differentiable: the Jacobian is that of the inner denoiser.
func (s *shifted) Linearize(mean, w *mat.Dense, t []float64) (sde.Pullback, error) {
	u := new(mat.Dense)
	s.center(u, w, t)
	pull, err := s.inner.Linearize(mean, u, t)
	if err != nil {
		return nil, err
	}
	s.addBack(mean)
	return pull, nil
}

// Rows implements sde.PerRow.
func (s *shifted) Rows(idx []int) sde.Denoiser {
	r := &shifted{sde.Restrict(s.inner, idx).(sde.Differentiable), s.m, s.each, s.free}
	if s.each {
		r.m = pick(s.m, idx, s.Dim())
	}
	return r
}
