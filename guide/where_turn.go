package guide

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
)

// turnStep is the step of the difference quotient of turn, in units of the standard
// deviation of the noise: within it a posterior keeps its shape, and it is far more
// than the rounding of a network.
const turnStep = 0.1

// turn returns ∂/∂x_z ∇D_z, z being the number of e, v the unit vectors of it and jz
// what they pull back to. Times σ²/α it is the gradient of s², for the Hessian of
// D_z is symmetric: the third cumulants Cov[x_0j, (z − D_z)²]. A number that is
// normal given x_t has none; one that says, say, of whom it is large has, and
// without them a guide towards its tail takes the wrong rows there.
func (e Event) turn(jz, v *mat.Dense, at At) (*mat.Dense, error) {
	n, d := at.X.Dims()
	x, mean, dst := at.Scratch(n, d), at.Scratch(n, d), at.zeros(n, d)
	x.Copy(at.X)
	for i := range n {
		x.Set(i, e.Number, x.At(i, e.Number)+turnStep*at.Coeff(i).Sigma)
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
			row[j] /= turnStep * k.Sigma
		}
	}
	return dst, nil
}
