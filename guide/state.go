package guide

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// State is where a term is evaluated: a batch of n rows of d, what the prior says
// of it, and scratch memory. Everything in it is read-only and valid during the
// call that it is passed to.
type State struct {
	X     *mat.Dense // x_t, n×d
	T     []float64  // one time for all rows, or n
	Mean  *mat.Dense // D = E[x_0|x_t] of the prior, n×d
	Score *mat.Dense // ∇ log p_t of the prior, (α D - x)/σ²; 0 in rows where σ is 0

	ws *workspace
}

// Rows returns n, the number of rows.
func (at State) Rows() int { n, _ := at.X.Dims(); return n }

// Time returns the time of row i.
func (at State) Time(i int) float64 { return sde.Time(at.T, i) }

// Coeff returns α, σ and their derivatives at the time of row i.
func (at State) Coeff(i int) sde.Coeff { return at.ws.coeff[i] }

// Index returns the number that row i has in the batch that the Posterior was
// made for, whatever Rows it has been restricted to since.
func (at State) Index(i int) int {
	if at.ws.index == nil {
		return i
	}
	return at.ws.index[i]
}

// Prior is the denoiser that is guided, restricted to the rows of the batch.
func (at State) Prior() sde.Differentiable { return at.ws.prior }

// Pull stores J_iᵀ v_i in row i of dst, J = ∂D/∂x_t being the Jacobian of the
// prior. With ∇_D ℓ in v that is ∇_{x_t} ℓ(D(x_t)); and σ²/α J is Cov[x_0|x_t],
// symmetric for an exact denoiser. One backward pass. dst must not be v.
func (at State) Pull(dst, v *mat.Dense) error {
	if at.ws.pull == nil {
		// No term has declared that it uses the Jacobian, so D was evaluated without.
		pull, err := at.ws.prior.Linearize(at.Scratch(at.X.Dims()), at.X, at.T)
		if err != nil {
			return err
		}
		at.ws.pull = pull
	}
	at.ws.pulls++
	return at.ws.pull(dst, v)
}

// addPulled adds k Jᵀ v to dst.
func (at State) addPulled(dst *mat.Dense, k float64, v *mat.Dense) error {
	s := at.Scratch(at.X.Dims())
	if err := at.Pull(s, v); err != nil {
		return err
	}
	addScaled(dst, k, s)
	return nil
}

// Scratch returns an r×c matrix of unspecified content, valid until the term
// returns. Nothing is allocated once the workspace has warmed up.
func (at State) Scratch(r, c int) *mat.Dense { return at.ws.arena.take(r, c) }

func (at State) zeros(r, c int) *mat.Dense {
	m := at.Scratch(r, c)
	clear(m.RawMatrix().Data)
	return m
}

func (at State) floats(n int) []float64 { return at.Scratch(1, max(n, 1)).RawRowView(0)[:n] }

// rowErr says where, in the words of an error, row i is.
func (at State) rowErr(i int, format string, args ...any) error {
	return fmt.Errorf("row %d, t %.4g: %w", at.Index(i), at.Time(i), fmt.Errorf(format, args...))
}

type arena struct {
	mats []*mat.Dense
	bufs [][]float64
	used int
}

func (a *arena) take(r, c int) *mat.Dense {
	if a.used == len(a.mats) {
		a.mats = append(a.mats, new(mat.Dense))
		a.bufs = append(a.bufs, nil)
	}
	k := a.used
	a.used++
	if cap(a.bufs[k]) < r*c {
		a.bufs[k] = make([]float64, r*c)
	}
	m, raw := a.mats[k], a.mats[k].RawMatrix()
	raw.Rows, raw.Cols, raw.Stride, raw.Data = r, c, c, a.bufs[k][:r*c]
	m.SetRawMatrix(raw)
	return m
}

// workspace is what one call of a Posterior works with.
type workspace struct {
	prior sde.Differentiable
	index []int
	coeff []sde.Coeff
	pull  sde.Pullback
	pulls int
	arena arena
	ratio []float64
	resid []float64
	one   []float64
	zero  [1]float64

	mean, variance []float64 // of the prior's coordinates; nil if it does not know them
}
