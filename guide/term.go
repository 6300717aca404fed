package guide

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Term approximates a likelihood score ∇_{x_t} log p(y|x_t). A term is a value
// that does not change, safe for concurrent use.
type Term interface {
	// AddScore adds the term's g to dst, n×d, row by row: row i of what is
	// added depends on row i of at alone, bit for bit.
	AddScore(dst *mat.Dense, at State) error
}

// Twist is a Term that knows the approximation log p̃(y|x_t) whose gradient it
// adds, the curvature of D left out. Particle methods weight with it.
type Twist interface {
	Term
	// LogProb stores log p̃(y|x_t) of row i in dst[i], in nats.
	LogProb(dst []float64, at State) error
}

// LikelihoodTerm is a Term that knows log p(y|x_0), or the log of the density ratio that
// it stands for, at a row without noise.
type LikelihoodTerm interface {
	Term
	// LogLikelihood stores log p(y|x_0) of row i in dst[i], in nats. X and Mean
	// of at are x_0, its time is 0 and its pullback must not be used.
	LogLikelihood(dst []float64, at State) error
}

// RowsTerm is a Term that holds something of its own for each row. Rows returns
// its restriction to the rows idx, in that order.
type RowsTerm interface {
	Term
	Rows(idx []int) Term
}

// PriorChecker is a Term that can tell beforehand that it has no meaning on a prior.
// The error says why, and what to do instead.
type PriorChecker interface {
	Check(prior sde.Differentiable) error
}

// ExactnessReporter is a Term that knows how good it is on a prior. Unless it is Exact, the
// note says what is approximate and names the remedy, in one sentence.
type ExactnessReporter interface {
	Exactness(prior sde.Differentiable) (e Exactness, note string)
}

// JacobianUser is a Term that does not need the Jacobian of the prior. If all terms of
// a Posterior are JacobianUsers with UsesJacobian false, the prior is evaluated without.
type JacobianUser interface {
	UsesJacobian() bool
}

// ResidualTerm is a Term that compares with an observation.
type ResidualTerm interface {
	// AddResidual adds to sum[i] the squared residuals, in units of the
	// standard deviation of the error, of row i at the mean given, and their
	// number to count[i].
	AddResidual(sum, count []float64, mean *mat.Dense, at State) error
}

// Exactness says what a guided denoiser has to do with the denoiser of the
// posterior.
type Exactness int

const (
	Exact      Exactness = iota // equal
	Asymptotic                  // equal in a limit that an option approaches
	Heuristic                   // something else; the note says what
)

// String returns "exact", "asymptotically exact" or "heuristic".
func (e Exactness) String() string {
	switch e {
	case Exact:
		return "exact"
	case Asymptotic:
		return "asymptotically exact"
	}
	return "heuristic"
}

// exactnessOf is the verdict on one term; on one that does not say, Heuristic.
func exactnessOf(t Term, prior sde.Differentiable) (Exactness, string) {
	if j, ok := t.(ExactnessReporter); ok {
		return j.Exactness(prior)
	}
	return Heuristic, "a term of your own: nothing is known about its error; check it with simulation-based calibration"
}

// gaussian reports whether the prior is known to be a Gaussian law.
func gaussian(d sde.Denoiser) bool {
	switch l := d.(type) {
	case *sde.Gaussian:
		return true
	case *sde.Mixture:
		return len(l.Comps) == 1
	case *sde.Product:
		for _, b := range l.Blocks {
			if !gaussian(b) {
				return false
			}
		}
		return true
	}
	return false
}
