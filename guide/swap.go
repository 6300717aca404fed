package guide

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// PriorSwap gives a model that was trained under the prior From the prior To:
// its rows are drawn from p(x_0|y) To(x_0)/From(x_0). With the density ratio a
// sum of exponentials of quadratic forms, Σ_k exp(c_k + h_kᵀx - ½ xᵀP_k x), and
// x_0 given x_t taken as N(D, V), V = σ²/α J, all is in closed form:
//
//	g = Jᵀ Σ_k ρ_k (I + P_k V)⁻¹ (h_k - P_k D),
//
// ρ_k ∝ E[exp(·)]. It is exact for a Gaussian model. Other implementations leave
// J out and put σ²/(α²+σ²) I for V, which moves the mean and narrows the law. It
// costs a backward pass for each coordinate that the priors are of.
//
// To must not be wider than From where the model is vague: there the ratio is
// not integrable, which is an error at that row. The V of a model that is no sde.Law is kept
// to a covariance that rows can have, and the shift of D within their reach.
type PriorSwap struct {
	parts  []quadratic
	dim    int
	index  []int  // the coordinates that the priors are of
	fitted string // the caveats of fitted priors
}

var _ Twist = PriorSwap{}

// NewPriorSwap returns the swap. From is a Gaussian or a uniform box (whose
// edges the new prior does not move), a FittedMixture of one normal, or a Product of
// these, To a Gaussian or a mixture, known or FittedMixture.
// Others have no closed form and are refused.
func NewPriorSwap(from, to sde.Law) (PriorSwap, error) {
	index := make([]int, to.Dim())
	for j := range index {
		index[j] = j
	}
	return NewPriorSwapAt(len(index), index, from, to)
}

// NewPriorSwapAt is NewPriorSwap for priors of the coordinates index of rows of d: coordinate
// k of the priors is index[k] of the row. The law of the others, given these, stays.
func NewPriorSwapAt(d int, index []int, from, to sde.Law) (PriorSwap, error) {
	if from.Dim() != len(index) || to.Dim() != len(index) {
		return PriorSwap{}, fmt.Errorf("guide: prior swap of %d coordinates from rows of %d to rows of %d", len(index), from.Dim(), to.Dim())
	}
	for k, j := range index {
		if j < 0 || j >= d || slices.Contains(index[:k], j) {
			return PriorSwap{}, fmt.Errorf("guide: prior swap: coordinate %d of rows of %d is named twice, or is none", j, d)
		}
	}
	s := PriorSwap{dim: d, index: slices.Clone(index)}
	old := quadratic{0, make([]float64, len(index)), make([]float64, len(index)*len(index))}
	if err := s.divide(&old, from, 0); err != nil {
		return PriorSwap{}, err
	}
	comps, weights := []*sde.Gaussian{}, []float64{1}
	switch l := to.(type) {
	case *FittedMixture:
		comps, weights = l.Comps, l.Weights
		s.says(l)
	case *sde.Gaussian:
		comps = append(comps, l)
	case *sde.Mixture:
		comps, weights = l.Comps, l.Weights
	default:
		return PriorSwap{}, fmt.Errorf("guide: prior swap: no closed form for the new prior, a %T: take FitMixture of draws from it, or use Within for a box", to)
	}
	for k, g := range comps {
		q, err := logDensity(g)
		if err != nil {
			return PriorSwap{}, err
		}
		q.c += math.Log(weights[k]) - old.c
		numeric.Axpy(q.h, -1, old.h)
		numeric.Axpy(q.p, -1, old.p)
		s.parts = append(s.parts, q)
	}
	return s, nil
}

func (s PriorSwap) Check(model sde.Differentiable) error {
	if s.parts == nil {
		return errors.New("a PriorSwap is made by NewPriorSwap")
	}
	if s.dim != model.Dim() {
		return fmt.Errorf("the priors have rows of %d, the model has rows of %d", s.dim, model.Dim())
	}
	return nil
}

func (s PriorSwap) Exactness(model sde.Differentiable) (Exactness, string) {
	switch {
	case s.fitted != "":
		return Heuristic, s.fitted
	case gaussian(model):
		return Exact, ""
	}
	return Heuristic, "x_0 given x_t is taken as normal; weight particles with the density ratio, or retrain under the new prior when the two differ much"
}

func (s PriorSwap) AddScore(dst *mat.Dense, at State) error {
	u := at.zeros(at.X.Dims())
	if err := s.eval(u, nil, at); err != nil {
		return err
	}
	if _, law := at.Prior().(sde.Law); law {
		return at.addPulled(dst, 1, u)
	}
	g := at.Scratch(at.X.Dims())
	if err := at.Pull(g, u); err != nil {
		return err
	}
	for i := range at.Rows() {
		row := g.RawRowView(i)
		numeric.Axpy(dst.RawRowView(i), reachable(row, at.ws.variance, at.Coeff(i)), row)
	}
	return nil
}

// LogProb implements Twist: log E[To(x_0)/From(x_0) | x_t], up to the constant
// density of a box.
func (s PriorSwap) LogProb(dst []float64, at State) error {
	return s.eval(at.zeros(at.X.Dims()), dst, at)
}

// LogLikelihood implements LikelihoodTerm: log To(x_0)/From(x_0), up to the constant
// density of a box.
func (s PriorSwap) LogLikelihood(dst []float64, at State) error {
	d := len(s.index)
	v, m, b, w, u, mean := at.zeros(d, d).RawMatrix().Data, at.floats(d*d), at.floats(d), at.floats(d), at.floats(d), at.floats(d)
	for i := range dst {
		clear(u)
		dst[i], _ = s.row(u, s.gather(mean, at.Mean.RawRowView(i)), v, m, b, w)
	}
	return nil
}

// gather stores the coordinates that the priors are of in dst, and returns it.
func (s PriorSwap) gather(dst, row []float64) []float64 {
	for k, j := range s.index {
		dst[k] = row[j]
	}
	return dst
}

// eval stores ∇_D of the log expectation in u, and itself in logp unless nil.
func (s PriorSwap) eval(u *mat.Dense, logp []float64, at State) error {
	n, w := at.X.Dims()
	d := len(s.index)
	cols, e := at.adjoints(d), at.zeros(n, w) // row i of cols[k]: Jᵀ e_j, j = index[k]
	for k, j := range s.index {
		for i := range n {
			row := e.RawRowView(i)
			if row[j] = 1; k > 0 {
				row[s.index[k-1]] = 0
			}
		}
		if err := at.Pull(cols[k], e); err != nil {
			return err
		}
	}
	v, m, b, sol, mean, grad := at.floats(d*d), at.floats(d*d), at.floats(d), at.floats(d), at.floats(d), at.floats(d)
	q := at.floats(d * d)
	for i := range n {
		c := at.Coeff(i)
		if c.Sigma == 0 {
			continue
		}
		for j, from := range s.index {
			for k, to := range s.index {
				v[j*d+k] = c.Tweedie() * (cols[j].At(i, to) + cols[k].At(i, from)) / 2
			}
		}
		if _, law := at.Prior().(sde.Law); !law {
			s.clip(v, m, q, at.ws.variance, c)
		}
		clear(grad)
		lp, ok := s.row(grad, s.gather(mean, at.Mean.RawRowView(i)), v, m, b, sol)
		if !ok {
			return at.rowErr(i, "the density ratio of the priors is not integrable: the new prior is wider than the old where the model is vague; narrow it, or train under a wider one")
		}
		for k, j := range s.index {
			u.Set(i, j, grad[k])
		}
		if logp != nil {
			logp[i] = lp
		}
	}
	return nil
}

// row stores the gradient at D = mean, V = v in u, and returns the log expectation.
func (s PriorSwap) row(u, mean, v, m, b, w []float64) (logp float64, ok bool) {
	d := len(s.index)
	top, sum := math.Inf(-1), 0.0
	for _, q := range s.parts {
		lp := q.c + numeric.Dot(q.h, mean)
		for j := range d {
			p := q.p[j*d : j*d+d]
			b[j] = q.h[j] - numeric.Dot(p, mean)
			lp += (b[j] - q.h[j]) * mean[j] / 2
			for k := range d {
				x := 0.0
				for l, a := range p {
					x += a * v[l*d+k]
				}
				m[j*d+k] = x
			}
			m[j*d+j]++
		}
		copy(w, b)
		logdet, sign := solveGeneral(m, w, d) // (I + P V) w = h - P D
		if sign <= 0 {
			return 0, false
		}
		lp -= logdet / 2
		for j := range d {
			lp += b[j] * numeric.Dot(v[j*d:j*d+d], w) / 2
		}
		if math.IsInf(lp, -1) {
			continue // a component of weight 0
		}
		if lp > top {
			f := math.Exp(top - lp)
			for j := range u {
				u[j] *= f
			}
			sum, top = sum*f, lp
		}
		f := math.Exp(lp - top)
		sum += f
		numeric.Axpy(u, f, w)
	}
	for j := range u {
		u[j] /= sum
	}
	return top + math.Log(sum), sum > 0
}
