package distill

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
)

// matchingGradient is the gradient of a Matching, for one goroutine.
type matchingGradient struct {
	*Matching
	student, auxiliary *nn.Gradient
	of                 map[int]*moments // by rows of a block
}

// moments are what the loss of a block is made of.
type moments struct {
	drawn  *mat.Dense // x̃
	x      *mat.Dense // x_s
	d, a   *mat.Dense // posterior means of teacher and auxiliary network
	target *mat.Dense
	s      []float64 // times, of all rows
	c      []sde.Coeff
	weight []float64 // of the auxiliary regression, then of the student's
	v      []float64
}

func newMoments(n, d int) *moments {
	m := &moments{s: make([]float64, n), c: make([]sde.Coeff, n), weight: make([]float64, n), v: make([]float64, n)}
	for _, p := range []**mat.Dense{&m.drawn, &m.x, &m.d, &m.a, &m.target} {
		*p = mat.NewDense(n, d, nil)
	}
	return m
}

// denoise is that of rows with their conditions, if they have any.
func denoise(m *nn.Model, dst, x *mat.Dense, t []float64, cond *mat.Dense) error {
	if cond == nil {
		return m.Denoise(dst, x, t)
	}
	c, err := m.Conditional(cond, nil)
	if err != nil {
		return err
	}
	return c.Denoise(dst, x, t)
}

// match fills all but target and weight.
func (s *moments) match(m *Matching, r *nn.Regression) error {
	if err := denoise(m.student, s.drawn, r.X, r.T, r.Cond); err != nil {
		return err
	}
	copy(s.s, r.Weight)
	for i, t := range s.s {
		s.c[i] = m.Schedule().Coeff(t)
		r2 := s.c[i].Alpha * s.c[i].Alpha / (s.c[i].Sigma * s.c[i].Sigma)
		s.v[i] = mostWeight * r2 / (mostWeight + r2)
		step(s.x.RawRowView(i), r.X.RawRowView(i), s.drawn.RawRowView(i), r.Target.RawRowView(i), m.Schedule().Coeff(r.T[i]), s.c[i])
	}
	if err := denoise(m.teacher, s.d, s.x, s.s, r.Cond); err != nil {
		return err
	}
	return denoise(m.auxiliary, s.a, s.x, s.s, r.Cond)
}

// distance is v |A − D|² of row i.
func (s *moments) distance(i int) float64 {
	sum, a := 0.0, s.a.RawRowView(i)
	for j, v := range s.d.RawRowView(i) {
		e := a[j] - v
		sum += float64(e * e)
	}
	return s.v[i] * sum
}

// Block implements nn.BlockGradient. It panics when the networks cannot be evaluated, which Compile has found.
func (g *matchingGradient) Block(r nn.Regression, scale float64, grad []float32, acc bool) float64 {
	n, d := r.X.Dims()
	if g.of == nil {
		g.of = map[int]*moments{}
	}
	s := g.of[n]
	if s == nil {
		s = newMoments(n, d)
		g.of[n] = s
	}
	if err := s.match(g.Matching, &r); err != nil {
		panic(err)
	}
	half := len(grad) / 2
	s.ofAuxiliary()
	g.auxiliary.Block(nn.Regression{X: s.x, Target: s.target, T: s.s, C: s.c, Weight: s.weight, Cond: r.Cond}, scale, grad[half:], acc)
	s.ofStudent(r.C, g.levels)
	g.student.Block(nn.Regression{X: r.X, Target: s.target, T: r.T, C: r.C, Weight: s.weight, Cond: r.Cond}, scale, grad[:half], acc)
	loss := 0.0
	for i := range n {
		loss += scale * s.distance(i)
	}
	return loss
}

// ofAuxiliary stores the regression of A on (x̃ + D)/2.
func (s *moments) ofAuxiliary() {
	s.target.Add(s.drawn, s.d)
	s.target.Scale(0.5, s.target)
	for i, c := range s.c {
		s.weight[i] = losses.EDM{}.Weight(c)
	}
}

// ofStudent stores the regression whose gradient is that of 2 v ⟨x̃, A − D⟩: nn.Gradient has 2 w (x̃ − target) of a
// number, and of a category, its weight w being cancelled by that of losses.EDM, p Σ target − target for the logits of
// its probabilities p, for which p_j (A − D)_j − p_j ⟨p, A − D⟩ is to stand.
func (s *moments) ofStudent(t []sde.Coeff, levels [][2]int) {
	for i, c := range t {
		w := losses.EDM{}.Weight(c)
		s.weight[i] = w
		y, a, d, target := s.drawn.RawRowView(i), s.a.RawRowView(i), s.d.RawRowView(i), s.target.RawRowView(i)
		for j := range target {
			target[j] = y[j] - s.v[i]*(a[j]-d[j])/w
		}
		for _, l := range levels {
			dot := 0.0
			for j := l[0]; j < l[1]; j++ {
				dot += float64(y[j] * (a[j] - d[j]))
			}
			for j := l[0]; j < l[1]; j++ {
				target[j] = y[j] - 2*s.v[i]*y[j]*(a[j]-d[j]-dot)
			}
		}
	}
}
