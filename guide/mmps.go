package guide

import (
	"cmp"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// Solver is how MMPS solves its m×m system.
type Solver int

const (
	Auto      Solver = iota // Dense up to m = 16, Iterative above
	Dense                   // m backward passes, then exactly
	Iterative               // one backward pass an iteration, and one more
)

// MMPS is moment-matching posterior sampling (Rozet et al. 2024,
// arXiv:2405.13712; Boys et al. 2023, arXiv:2310.06721): x_0 given x_t is taken
// as normal with the covariance that the Jacobian of the denoiser tells,
//
//	g = Jᵀ A'ᵀ (Σ_y + A' V A'ᵀ)⁻¹ (y - A(D))     V = σ²/α J = Cov[x_0|x_t].
//
// Exact for any Gaussian prior with a linear A, it is the default to start from.
//
// Dense forms the matrix, makes it symmetric (the Jacobian of a network is not)
// and floors its eigenvalues at those of Σ_y (nor is it positive). Iterative
// never forms it, needs A to have Push, and is conjugate gradients; rows where
// those break down go over to GMRES with as many iterations, which does not
// need symmetry. Errors that are not normal enter by their Gaussian
// approximation at D. Observations without error that repeat each other count once:
// both solvers work in the range of A, up to 1e-12 of the largest eigenvalue (variances
// of data, for Iterative: 1e-13), and such as contradict each other are refused. The shift that results is kept within what the moments of
// the prior allow (trust.go), which for exact denoisers of Gaussians it is.
type MMPS struct {
	sde.Observation
	Solver Solver
	Iters  int     // of Iterative; zero means min(m, 10)
	Tol    float64 // relative residual at which Iterative stops early; zero means 1e-8

	// Curvature adds the gradient of the covariance, which moment matching takes
	// for constant: with it g is the gradient of log N(y; A(D), Σ_y + A V Aᵀ), up
	// to the curvature of A. It takes 2 m more evaluations, each with a backward
	// pass, and changes nothing for a Gaussian prior. On priors of many modes it
	// weighs these better; recurrence gains the more from it. Dense only.
	Curvature bool

	few *sde.Observation // for Iterative: the same without repetition; nil if there is none
}

const denseLimit = 16

var _ observationTerm = MMPS{}

func (g MMPS) dense() bool {
	_, m := g.A.Dims()
	return g.Solver == Dense || g.Solver == Auto && m <= denseLimit
}

func (g MMPS) iters() int {
	_, m := g.A.Dims()
	if g.few != nil {
		_, m = g.few.A.Dims()
		return cmp.Or(g.Iters, m)
	}
	if g.Iters == 0 {
		return min(m, 10)
	}
	return g.Iters
}

func (g MMPS) Check(prior sde.Differentiable) error {
	if err := g.Observation.Check(prior.Dim()); err != nil {
		return err
	}
	if err := errors.Join(needPull(g.Observation), gaussianError(g.Observation)); err != nil {
		return err
	}
	if g.Iters < 0 || !(g.Tol >= 0) || g.Solver < Auto || g.Solver > Iterative {
		return fmt.Errorf("solver %d, %d iterations, tolerance %g: want a solver of this package and no negative number", g.Solver, g.Iters, g.Tol)
	}
	if g.Curvature && !g.dense() {
		return errors.New("the gradient of the covariance needs the dense solver: set Solver to Dense")
	}
	if g.dense() {
		if g.Iters != 0 || g.Tol != 0 {
			return errors.New("the solver is dense, but Iters or Tol is set: set Solver to Iterative")
		}
		return nil
	}
	if _, ok := sde.PusherOf(g.A); !ok {
		return errors.New("the iterative solver needs the operator's Push (Tangent of an OperatorFunc): give it, or set Solver to Dense")
	}
	return nil
}

func (g MMPS) Exactness(prior sde.Differentiable) (Exactness, string) {
	if !sde.IsLinear(g.A) || !sde.IsNormal(g.Error) {
		return Heuristic, localNote(g.Observation) + "; compare with particles (TDS)"
	}
	if !gaussian(prior) {
		return Heuristic, "x_0 given x_t is taken as normal, which blurs the choice between modes; weight particles (TDS), or set Curvature and add recurrence, which helps less"
	}
	if _, m := g.rank(); !g.dense() && g.iters() < m {
		return Asymptotic, fmt.Sprintf("the linear system is cut after %d of up to %d iterations; raise Iters", g.iters(), m)
	}
	return Exact, ""
}

func (g MMPS) LogLikelihood(dst []float64, at State) error {
	return logLikelihood(g.Observation, dst, at)
}

func (g MMPS) AddResidual(sum, count []float64, mean *mat.Dense, at State) error {
	return addResidual(g.Observation, sum, count, mean, at)
}

func (g MMPS) Rows(idx []int) Term {
	g.Observation = g.Observation.Rows(idx)
	if g.few != nil {
		o := g.few.Rows(idx)
		g.few = &o
	}
	return g
}

// rank is the size of what Iterative solves.
func (g MMPS) rank() (d, m int) {
	if g.few != nil {
		return g.few.A.Dims()
	}
	return g.A.Dims()
}

// prepared returns g with what Iterative works with.
func (g MMPS) prepared(prior sde.Differentiable) (Term, error) {
	if g.dense() {
		return g, nil
	}
	o, repeats := g.Observation.WithoutRepetition(prior)
	switch {
	case repeats && g.Missing && sde.CheckDensity(g.Error) != nil:
		return g, errors.New("the iterative solver takes observations without error that repeat each other only if none is missing: set Solver to Dense")
	case repeats && !g.Missing:
		g.few = &o
	}
	return g, nil
}

func (g MMPS) AddScore(dst *mat.Dense, at State) error {
	if g.dense() {
		return g.solve(dst, nil, at)
	}
	if g.few != nil {
		if g.Observation, g.Iters, g.few = *g.few, g.iters(), nil; g.dense() {
			return g.solve(dst, nil, at)
		}
	}
	return g.iterate(dst, at)
}

// LogProb implements Twist: log N(y; A(D), Σ_y + A V Aᵀ), with the floor. It errs
// for errors that are not normal, and always forms the matrix.
func (g MMPS) LogProb(dst []float64, at State) error {
	if !sde.IsNormal(g.Error) {
		return errors.New("no normalized log p(y|x_t) but for normal errors: use DPS as a twist")
	}
	return g.solve(nil, dst, at)
}

// solve adds Jᵀ A'ᵀ S⁻¹ r to dst, or stores log N(r; 0, S) in logp.
func (g MMPS) solve(dst *mat.Dense, logp []float64, at State) error {
	n := at.Rows()
	_, m := g.A.Dims()
	a, err := predict(g.Observation, at)
	if err != nil {
		return err
	}
	v := at.Scratch(n, m)
	residuals(g.Observation, v, a, at)
	b, err := adjoint(g.Observation, at)
	if err != nil {
		return err
	}
	w := at.adjoints(m) // Jᵀ A'ᵀ e_k
	for k := range m {
		if err := at.Pull(w[k], b[k]); err != nil {
			return err
		}
	}
	sys, r, shift := system{m, at.floats(m * m), at.floats(m * m), at.floats(m), at.floats(m)}, at.floats(m), at.floats(at.Prior().Dim())
	var curve *curvature
	total, bound := dst, at.floats(n)
	inv := at.floats(m * m)
	if g.Curvature && logp == nil {
		curve, total = at.curvature(m), at.zeros(at.X.Dims())
	}
	for i := range n {
		c := at.Coeff(i)
		for j := range m {
			for k := range j + 1 {
				s := 0.0
				if c.Sigma > 0 {
					s = c.Tweedie() * (numeric.Dot(b.row(j, i), w.row(k, i)) + numeric.Dot(b.row(k, i), w.row(j, i))) / 2
				}
				sys.s[j*m+k], sys.s[k*m+j] = s, s
			}
		}
		copy(r, a.RawRowView(i))
		lp := sys.solve(a.RawRowView(i), v.RawRowView(i))
		if logp != nil {
			logp[i] = lp
			continue
		}
		clear(shift)
		for k, u := range a.RawRowView(i) {
			numeric.Axpy(shift, u, w.row(k, i))
		}
		bound[i] = numeric.Dot(r, a.RawRowView(i))
		if curve != nil {
			sys.inverse(inv, v.RawRowView(i))
			curve.set(i, a.RawRowView(i), inv, sys.q, b)
			copy(total.RawRowView(i), shift)
			continue
		}
		numeric.Axpy(dst.RawRowView(i), at.trusted(shift, bound[i], i), shift)
	}
	if curve == nil {
		return nil
	}
	if err := curve.add(total, at); err != nil {
		return err
	}
	for i := range n {
		// The normalizer moves D too: by what a residual of one deviation does.
		row := total.RawRowView(i)
		numeric.Axpy(dst.RawRowView(i), at.trusted(row, bound[i]+float64(m), i), row)
	}
	return nil
}
