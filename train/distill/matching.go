package distill

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
	"tweedie/train"
)

// Matching trains a student by moment matching (Salimans et al. 2024, algorithm 2, arXiv:2406.04103).
// At its times t_1 > … > t_K the student G gives x̃ = G(x_t, t), and the step to any s < t is that of DDPM,
//
//	x_s ~ q(x_s | x_t, x̃) = N((σ_s/σ_t) e^{-h} x_t + α_s (1 − e^{-2h}) x̃, σ_s² (1 − e^{-2h}) I),   h = λ_s − λ_t.
//
// The rows have the law of the teacher if their posterior means have: E[x̃ | x_s] = D(x_s, s) for all s
// between t_k and t_{k+1}. E[x̃ | x_s] is learnt by an auxiliary denoiser A, in the same steps as G:
//
//	A: w_s |A(x_s) − (x̃ + D(x_s))/2|²          G: 2 v_s ⟨x̃, A(x_s) − D(x_s)⟩ with A − D held fixed,
//
// w_s being that of losses.EDM and v_s = c e^{2λ}/(c + e^{2λ}), c = 5. For a category x̃ are probabilities, and A
// has the cross-entropy. A row of training is a row of the teacher; t_k and s, uniform in λ, are drawn.
//
// It is a network for package train, whose parameters are those of G and then those of A, and its
// objective: Target holds normal numbers of the step to s, and Weight the times s. The loss
// is v_s |A − D|², 0 when all moments match. It is safe for concurrent use while parameters are not written.
type Matching struct {
	at                          []float64 // times t_1 … t_K
	end                         float64   // the last s
	teacher, student, auxiliary *nn.Model
	params                      *nn.Params
	levels                      [][2]int
}

var (
	_ nn.Trainable     = (*Matching)(nil)
	_ losses.Objective = (*Matching)(nil)
	_ fmt.Stringer     = (*Matching)(nil)
	_ train.Rows       = Clean{}
)

// mostWeight is c of the weight v_s; leastLambda bounds λ_s below, where the noise hides everything.
const (
	mostWeight  = 5
	leastLambda = -3
)

// NewMatching prepares a student of the teacher, a copy of it to begin with, that is evaluated at the
// decreasing times at; end is the last time at which moments are matched. levels are the positions of a
// row that are a category, as first and behind the last.
func NewMatching(teacher *nn.Model, at []float64, end float64, levels [][2]int) (*Matching, error) {
	last := 1.0
	for _, t := range append(slices.Clone(at), end) {
		if !(t > 0 && t <= last) {
			return nil, fmt.Errorf("distill: the times of a student must decrease from 1 at most to its end: times %v, end %.4g", at, end)
		}
		last = t
	}
	n := len(teacher.Params.Flat)
	all := &nn.Params{Flat: slices.Concat(teacher.Params.Flat, teacher.Params.Flat)}
	for k, name := range []string{"student.", "auxiliary."} {
		for _, a := range teacher.Params.Arrays {
			a.Name, a.At = name+a.Name, a.At+k*n
			all.Arrays = append(all.Arrays, a)
		}
	}
	m := &Matching{at: at, end: end, teacher: teacher, levels: levels}
	return m.over(all.Clone()), nil
}

func (m *Matching) over(p *nn.Params) *Matching {
	o, like := *m, m.teacher.Params
	o.params = p
	o.student, o.auxiliary = m.teacher.With(p.Part(like, 0)), m.teacher.With(p.Part(like, len(like.Flat)))
	return &o
}

// Student is the student as it stands.
func (m *Matching) Student() *nn.Model { return m.teacher.With(m.student.Params.Clone()) }

func (m *Matching) Dim() int                       { return m.teacher.Dim() }
func (m *Matching) Labels() int                    { return m.teacher.Labels() }
func (m *Matching) Parameters() *nn.Params         { return m.params }
func (m *Matching) Over(p *nn.Params) nn.Trainable { return m.over(p) }
func (m *Matching) Schedule() sde.Schedule         { return m.teacher.Schedule() }
func (m *Matching) Architecture() string           { return m.teacher.Architecture() + ", and an auxiliary one" }
func (m *Matching) String() string                 { return fmt.Sprintf("moments at %v to %v", m.at, m.end) }
func (m *Matching) lambda(t float64) float64       { return m.Schedule().Coeff(t).Lambda() }
func (m *Matching) Compile() (nn.BlockGradient, error) {
	g := &matchingGradient{Matching: m}
	var err error
	if g.student, err = m.student.NewGradient(); err != nil {
		return nil, err
	}
	g.auxiliary, err = m.auxiliary.NewGradient()
	return g, err
}

// Draw implements losses.Objective for clean rows x.
func (m *Matching) Draw(p *losses.Problem, x *mat.Dense, b losses.Batch) {
	n, d := x.Dims()
	p.Reset(n, d)
	key := stream.NewKey(b.Seed, "train/distill/matching").At(uint64(b.Step))
	rng := stream.NewSource(key)
	for i := range n {
		rng.Seek(key.At(uint64(b.First + i)))
		k := rng.IntN(len(m.at))
		to := m.end
		if k+1 < len(m.at) {
			to = m.at[k+1]
		}
		from := max(m.lambda(m.at[k]), leastLambda)
		p.T[i], p.C[i] = m.at[k], m.Schedule().Coeff(m.at[k])
		p.Weight[i] = min(sde.TimeAt(m.Schedule(), from+rng.Float64()*(m.lambda(to)-from)), m.at[k])
		xt, z := p.X.RawRowView(i), p.Target.RawRowView(i)
		for j, v := range x.RawRowView(i) {
			xt[j] = float64(p.C[i].Alpha*v) + float64(p.C[i].Sigma*rng.NormFloat64())
			z[j] = rng.NormFloat64()
		}
	}
}

// RowLosses implements nn.Trainable.
func (m *Matching) RowLosses(dst []float64, r nn.Regression) error {
	s := newMoments(r.X.Dims())
	if err := s.match(m, &r); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = s.distance(i)
	}
	return nil
}

// step stores x_s of q(x_s | x, x̃), of the normal numbers z, in dst.
func step(dst, x, drawn, z []float64, t, s sde.Coeff) {
	a, b, sd := t.ReverseKernel(s)
	for j := range dst {
		dst[j] = float64(a*x[j]) + float64(b*drawn[j]) + float64(sd*z[j])
	}
}

// Clean are the rows of x, which are drawn by the teacher. Labels, when set, stores the conditions of rows in c.
type Clean struct {
	X      *mat.Dense
	Labels func(c *mat.Dense, rows []int)
}

func (c Clean) Len() int { n, _ := c.X.Dims(); return n }

// Read implements train.Rows.
func (c Clean) Read(x, labels *mat.Dense, idx []int, _ uint64) {
	for i, row := range idx {
		x.SetRow(i, c.X.RawRowView(row))
	}
	if labels != nil {
		c.Labels(labels, idx)
	}
}
