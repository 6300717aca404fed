package guide

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// Bounds truncates the prior to Lo ≤ A(x_0) ≤ Hi for an operator A of one number
// that need not be linear, one end perhaps infinite. A is linearized at D, with
// gradient a there: given x_t, A(x_0) is taken as N(A(D), s²), s² = σ²/α a·Jᵀa,
// and the rest is as in Within, which it equals for a linear A. A must be a
// Puller. One backward pass. Where the prior is not a law but a network, the
// shift is kept within reach (trust.go).
type Bounds struct {
	A      sde.Operator
	Lo, Hi float64
}

var (
	_ Twist          = Bounds{}
	_ LikelihoodTerm = Bounds{}
)

func (b Bounds) Check(prior sde.Differentiable) error {
	if b.A == nil {
		return errors.New("no operator")
	}
	switch d, m := b.A.Dims(); {
	case d != prior.Dim():
		return fmt.Errorf("the operator takes rows of %d, and those of the prior have %d", d, prior.Dim())
	case m != 1:
		return fmt.Errorf("the operator returns %d numbers: bounds are of one", m)
	}
	if _, ok := b.A.(sde.Puller); !ok {
		return errors.New("the operator has no Pull")
	}
	if !(b.Lo < b.Hi) || math.IsInf(b.Lo, -1) && math.IsInf(b.Hi, 1) {
		return fmt.Errorf("[%g, %g] bounds nothing, or is empty", b.Lo, b.Hi)
	}
	return nil
}

func (b Bounds) Exactness(sde.Differentiable) (Exactness, string) {
	return Heuristic, "the operator is linearized and x_0 given x_t taken as normal: rows inside may be of the wrong kind; weight particles (TDS), or reject unguided rows"
}

func (b Bounds) AddScore(dst *mat.Dense, at State) error { return b.eval(dst, nil, at) }
func (b Bounds) LogProb(dst []float64, at State) error   { return b.eval(nil, dst, at) }

// LogLikelihood implements LikelihoodTerm: 0 within, -Inf outside.
func (b Bounds) LogLikelihood(dst []float64, at State) error {
	u := at.Scratch(at.Rows(), 1)
	if err := b.A.Apply(u, at.Mean); err != nil {
		return err
	}
	for i := range dst {
		if dst[i] = 0; !(u.At(i, 0) >= b.Lo && u.At(i, 0) <= b.Hi) {
			dst[i] = math.Inf(-1)
		}
	}
	return nil
}

// eval adds g to dst, or stores log P in logp.
func (b Bounds) eval(dst *mat.Dense, logp []float64, at State) error {
	n, d := at.X.Dims()
	u, one, a, ja := at.Scratch(n, 1), at.Scratch(n, 1), at.Scratch(n, d), at.Scratch(n, d)
	for i := range n {
		one.Set(i, 0, 1)
	}
	if err := b.A.Apply(u, at.Mean); err != nil {
		return err
	}
	if err := b.A.(sde.Puller).Pull(a, at.Mean, one); err != nil {
		return err
	}
	if err := at.Pull(ja, a); err != nil {
		return err
	}
	for i := range n {
		if logp != nil {
			logp[i] = 0
		}
		k, row, grad := at.Coeff(i), ja.RawRowView(i), a.RawRowView(i)
		least := leastVariance * numeric.Dot(grad, grad) * k.Sigma * k.Sigma / (k.Alpha * k.Alpha)
		if !(least > 0) { // no noise, or flat here
			continue
		}
		s := math.Sqrt(math.Max(k.Tweedie()*numeric.Dot(grad, row), least))
		lp, shift := normalMass((b.Lo-u.At(i, 0))/s, (b.Hi-u.At(i, 0))/s)
		if logp != nil {
			logp[i] = math.Max(lp, floorEvent)
			continue
		}
		for j := range row {
			row[j] *= shift / s
		}
		f := 1.0
		if _, law := at.Prior().(sde.Law); !law {
			f = reachable(row, at.ws.variance, k)
		}
		numeric.Axpy(dst.RawRowView(i), f, row)
	}
	return nil
}
