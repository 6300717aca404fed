package guide

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
)

// cumulantStep is the step of the difference quotient in thirdCumulant, in units of
// σ: small enough that the law of x_0 given x_t changes little over it, and large
// against the rounding of a float32 network.
const cumulantStep = 0.1

// thirdCumulant returns ∂(∇D_z)/∂x_z of each row, where z is the number of e, by a
// forward difference: v holds the unit vectors of z and jz their pullback ∇D_z at x.
// Since the Hessian of D_z is symmetric, it is also ∇(∂D_z/∂x_z), so that times σ²/α
// it is ∇s², and times (σ²/α)² the third cumulants Cov[x_0j, (z - D_z)²] given x_t.
// These are 0 where x_0 is normal given x_t. They matter where another column tells
// whether z has a wide or a narrow law: a guide towards the tail of z that leaves
// them out chooses too few of the rows with the wide one.
func (e Event) thirdCumulant(jz, v *mat.Dense, at State) (*mat.Dense, error) {
	n, d := at.X.Dims()
	x, mean, dst := at.Scratch(n, d), at.Scratch(n, d), at.zeros(n, d)
	x.Copy(at.X)
	for i := range n {
		x.Set(i, e.Number, x.At(i, e.Number)+cumulantStep*at.Coeff(i).Sigma)
	}
	pull, err := at.Prior().Linearize(mean, x, at.T)
	if err != nil {
		return nil, err
	}
	if err := pull(dst, v); err != nil {
		return nil, err
	}
	for i := range n {
		k, row := at.Coeff(i), dst.RawRowView(i)
		if k.Sigma == 0 {
			clear(row)
			continue
		}
		numeric.Axpy(row, -1, jz.RawRowView(i))
		for j := range row {
			row[j] /= cumulantStep * k.Sigma
		}
	}
	return dst, nil
}
