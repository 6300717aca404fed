package guide

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// PiGDM is pseudo-inverse guidance (Song et al. 2023, ICLR, eq. 7), with noise
// and as a score, so that every sampler takes it:
//
//	g = Jᵀ A'ᵀ (A' diag(r²) A'ᵀ + Σ_y)⁻¹ (y - A(D))     r_j² = σ² τ_j²/(α² τ_j² + σ²)
//
// r² is the variance of x_0 given x_t for independent normal data of variance
// τ²; the paper has τ² = 1. It is exact for such data and a linear A. One
// backward pass through the network. (Published codes multiply g by r² and leave
// ε unguided, which is another sampler, not a posterior score.)
//
// An operator that has only a pseudo-inverse A⁺ is enough:
//
//	g = Jᵀ (A⁺(y) - A⁺(A(D)))/(r² + σ_y²),
//
// equal to the above if A is linear with orthonormal rows, or onto and without
// error; then τ² must be one number and the error a NormalError.
type PiGDM struct {
	sde.Observation
	// DataVariance is τ². Zero means the variances of the coordinates of the
	// prior where it knows them, and 1 otherwise.
	DataVariance float64
	// Pseudo asks for the pseudo-inverse form also where A can be differentiated.
	Pseudo bool
}

var _ observationTerm = PiGDM{}

func (g PiGDM) pseudo() bool { return g.Pseudo || needPull(g.Observation) != nil }

func (g PiGDM) Check(prior sde.Differentiable) error {
	if err := g.Observation.Check(prior.Dim()); err != nil {
		return err
	}
	if g.DataVariance != 0 {
		if err := numeric.CheckPositive("DataVariance", g.DataVariance); err != nil {
			return err
		}
	}
	if g.pseudo() {
		if _, ok := sde.PseudoInverterOf(g.A); !ok {
			return errors.New("the operator has neither a derivative nor a pseudo-inverse")
		}
		if _, ok := g.Error.(sde.NormalError); !ok {
			return fmt.Errorf("the pseudo-inverse form needs a NormalError, not %T: give the operator a derivative", g.Error)
		}
		return nil
	}
	return gaussianError(g.Observation)
}

// gaussianError errs unless the error can be taken as Gaussian.
func gaussianError(o sde.Observation) error {
	if err := needLocal(o); err != nil {
		return err
	}
	if _, ok := o.Error.(sde.NormalError); !ok {
		return sde.CheckDensity(o.Error)
	}
	return nil
}

func (g PiGDM) Exactness(prior sde.Differentiable) (Exactness, string) {
	if !sde.IsLinear(g.A) || !sde.IsNormal(g.Error) {
		return Heuristic, localNote(g.Observation) + "; compare with particles (TDS)"
	}
	if g.pseudo() && g.Error.(sde.NormalError).SD > 0 && !orthonormal(g.A) {
		return Heuristic, "the pseudo-inverse form takes the rows of A for orthonormal; give the operator a derivative, or use MMPS"
	}
	if g.matched(prior) {
		return Exact, ""
	}
	return Heuristic, "the spread of x_0 given x_t is taken from data of independent normal coordinates; use MMPS"
}

// localNote says what is linearized or taken as normal.
func localNote(o sde.Observation) string {
	switch {
	case sde.IsLinear(o.A):
		return "errors that are not normal enter by a Gaussian approximation at D"
	case sde.IsNormal(o.Error):
		return "the operator is linearized at D"
	}
	return "the operator is linearized at D and errors that are not normal enter by a Gaussian approximation there"
}

// matched reports whether the prior has the law for which r² is right.
func (g PiGDM) matched(prior sde.Differentiable) bool {
	if !gaussian(prior) {
		return false
	}
	c := prior.(sde.Law).Covariance()
	_, v, _ := sde.Moments(prior)
	for i := range c.SymmetricDim() {
		for j := range i {
			if c.At(i, j) != 0 {
				return false
			}
		}
		if tau := c.At(i, i); (g.DataVariance != 0 || g.pseudo()) && tau != g.scalar(v) {
			return false
		}
	}
	return true
}

func (g PiGDM) LogLikelihood(dst []float64, at State) error {
	return logLikelihood(g.Observation, dst, at)
}

func (g PiGDM) AddResidual(sum, count []float64, mean *mat.Dense, at State) error {
	return addResidual(g.Observation, sum, count, mean, at)
}

func (g PiGDM) Rows(idx []int) Term { g.Observation = g.Observation.Rows(idx); return g }

// scalar is τ² as one number, for the variances that the prior knows, or nil.
func (g PiGDM) scalar(variance []float64) float64 {
	if g.DataVariance != 0 {
		return g.DataVariance
	}
	if variance == nil {
		return 1
	}
	s := 0.0
	for _, v := range variance {
		s += v
	}
	return s / float64(len(variance))
}

// variances stores τ_j² in tau.
func (g PiGDM) variances(tau, variance []float64) {
	for j := range tau {
		switch {
		case g.DataVariance != 0:
			tau[j] = g.DataVariance
		case variance != nil:
			tau[j] = variance[j]
		default:
			tau[j] = 1
		}
	}
}

// spread is r² for data of variance tau.
func spread(c sde.Coeff, tau float64) float64 {
	if c.Sigma == 0 {
		return 0
	}
	s2 := c.Sigma * c.Sigma
	return s2 * tau / (c.Alpha*c.Alpha*tau + s2)
}

func (g PiGDM) AddScore(dst *mat.Dense, at State) error {
	u := at.zeros(at.X.Dims())
	var err error
	if g.pseudo() {
		err = g.solvePseudo(u, at)
	} else {
		err = g.solve(u, nil, at)
	}
	if err != nil {
		return err
	}
	return at.addPulled(dst, 1, u)
}

// LogProb implements Twist: log N(y; A(D), A diag(r²) Aᵀ + Σ_y). It errs for
// errors that are not normal and in the pseudo-inverse form.
func (g PiGDM) LogProb(dst []float64, at State) error {
	if g.pseudo() || !sde.IsNormal(g.Error) {
		return errors.New("no normalized log p(y|x_t) but for normal errors and an operator with a derivative: use DPS or MMPS as a twist")
	}
	return g.solve(nil, dst, at)
}

// solve adds A'ᵀ S⁻¹ r to the rows of u, or stores log N(r; 0, S) in logp.
func (g PiGDM) solve(u *mat.Dense, logp []float64, at State) error {
	n, d := at.X.Dims()
	a, err := predict(g.Observation, at)
	if err != nil {
		return err
	}
	_, m := g.A.Dims()
	v := at.Scratch(n, m)
	residuals(g.Observation, v, a, at)
	adj, err := adjoint(g.Observation, at)
	if err != nil {
		return err
	}
	tau, s, w := at.floats(d), at.floats(m*m), at.floats(m)
	sys := system{m, at.floats(m * m), at.floats(m * m), at.floats(m), at.floats(m)}
	g.variances(tau, at.ws.variance)
	for i := range n {
		c, vi := at.Coeff(i), v.RawRowView(i)
		if c.Sigma == 0 && u != nil {
			continue // g has no effect there, and S may be singular
		}
		for j := range m {
			bj := adj.row(j, i)
			for k := range j + 1 {
				sum := 0.0
				for l, b := range adj.row(k, i) {
					sum += spread(c, tau[l]) * b * bj[l]
				}
				sys.s[j*m+k], sys.s[k*m+j] = sum, sum
			}
		}
		copy(w, a.RawRowView(i))
		lp := sys.direct(s, w, vi, u == nil)
		if logp != nil {
			logp[i] = lp
			continue
		}
		row := u.RawRowView(i)
		for j, x := range w {
			numeric.Axpy(row, x, adj.row(j, i))
		}
	}
	return nil
}
