package guide

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Reward pulls rows up a function r of the denoised row (universal guidance,
// Bansal et al. 2023, arXiv:2302.07121, with the chain rule through the network
// that is often dropped):
//
//	g = Strength ∇_{x_t} r(D(x_t)) = Strength Jᵀ ∇_D r.
//
// One backward pass. r is R or A, one of which is set. R returns r of one row and stores its
// gradient in grad, which arrives as zeros; row is its index in the batch. A is an operator
// of one number with Pull, such as an nn.Expression, and takes the rows of a batch at
// once. Both must be safe for concurrent use.
type Reward struct {
	R        func(grad, d []float64, row int) float64
	A        sde.Operator
	Strength float64 // zero means 1
	// StrengthFunc, when set, is the strength at t, finite and not negative (a penalty has its
	// sign in r), and Strength must be 0. Finished rows have the reward StrengthFunc(0) r.
	StrengthFunc func(t float64) float64
}

var _ Twist = Reward{}

func (r Reward) Check(prior sde.Differentiable) error {
	switch {
	case r.R == nil && r.A == nil:
		return errors.New("a Reward without R or A")
	case r.R != nil && r.A != nil:
		return errors.New("a Reward with both R and A")
	case r.A == nil:
		return r.over().once()
	}
	d, m := r.A.Dims()
	if d != prior.Dim() {
		return fmt.Errorf("the operator takes rows of %d, and those of the prior have %d", d, prior.Dim())
	}
	if m != 1 {
		return fmt.Errorf("the operator returns %d numbers: a reward is one", m)
	}
	if _, ok := sde.PullerOf(r.A); !ok {
		return errors.New("the operator has no Pull: a reward needs its gradient")
	}
	return r.over().once()
}

func (Reward) Exactness(sde.Differentiable) (Exactness, string) {
	return Heuristic, "the reward of the mean stands for the mean of its exponential; weight particles with it, which is exact in their number"
}

// Values stores the strength at t = 0 times r(x_i) of the rows of x, n×d, in dst. The indices that R is given
// are those in x.
func (r Reward) Values(dst []float64, x *mat.Dense) error {
	n, d := x.Dims()
	if r.A != nil {
		y := mat.NewDense(n, 1, dst[:n])
		err := r.A.Apply(y, x)
		y.Scale(r.over().at(0), y)
		return err
	}
	grad := make([]float64, d)
	for i := range n {
		clear(grad)
		dst[i] = r.over().at(0) * r.R(grad, x.RawRowView(i), i)
	}
	return nil
}

// AddGradients adds the strength at t = 0 times ∇r(x_i) to the rows of dst; see Values.
func (r Reward) AddGradients(dst, x *mat.Dense) error {
	v := mat.NewDense(x.RawMatrix().Rows, x.RawMatrix().Cols, nil)
	one := mat.NewDense(x.RawMatrix().Rows, 1, nil)
	if err := r.gradients(v, x, one, func(i int) int { return i }); err != nil {
		return err
	}
	addScaled(dst, r.over().at(0), v)
	return nil
}

// gradients stores ∇r of the rows of x in v, which is zero; one is memory.
func (r Reward) gradients(v, x, one *mat.Dense, index func(i int) int) error {
	n, _ := x.Dims()
	if r.A == nil {
		for i := range n {
			r.R(v.RawRowView(i), x.RawRowView(i), index(i))
		}
		return nil
	}
	p, ok := sde.PullerOf(r.A)
	if !ok {
		return errors.New("the operator has no Pull")
	}
	for i := range n {
		one.Set(i, 0, 1)
	}
	return p.Pull(v, x, one)
}

func (r Reward) AddScore(dst *mat.Dense, at State) error {
	v := at.zeros(at.X.Dims())
	if err := r.gradients(v, at.Mean, at.Scratch(at.Rows(), 1), at.Index); err != nil {
		return err
	}
	if r.StrengthFunc == nil {
		return at.addPulled(dst, r.over().at(0), v)
	}
	r.over().scaleRows(v, at)
	return at.addPulled(dst, 1, v)
}

// LogProb implements Twist: Strength r(D).
func (r Reward) LogProb(dst []float64, at State) error {
	n, d := at.X.Dims()
	if r.A != nil {
		y := at.Scratch(n, 1)
		if err := r.A.Apply(y, at.Mean); err != nil {
			return err
		}
		for i := range dst {
			dst[i] = r.over().at(at.Time(i)) * y.At(i, 0)
		}
		return nil
	}
	grad := at.floats(d)
	for i := range dst {
		clear(grad)
		dst[i] = r.over().at(at.Time(i)) * r.R(grad, at.Mean.RawRowView(i), at.Index(i))
	}
	return nil
}

// LogLikelihood implements LikelihoodTerm: Strength r(x_0).
func (r Reward) LogLikelihood(dst []float64, at State) error { return r.LogProb(dst, at) }
