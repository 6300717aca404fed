package guide

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// solvePseudo stores (A⁺(y) - A⁺(A(D)))/(r² + σ_y²) in u.
func (g PiGDM) solvePseudo(u *mat.Dense, at State) error {
	a, err := predict(g.Observation, at)
	if err != nil {
		return err
	}
	inv, _ := sde.PseudoInverterOf(g.A)
	if err := inv.PseudoInverse(u, a); err != nil {
		return err
	}
	for i := range at.Rows() {
		row := a.RawRowView(i)
		for j, y := range g.Row(i) {
			if !math.IsNaN(y) { // else A(D) stands for it: no pull from there
				row[j] = y
			}
		}
	}
	w := at.Scratch(at.X.Dims())
	if err := inv.PseudoInverse(w, a); err != nil {
		return err
	}
	sd, tau := g.Error.(sde.NormalError).SD, g.scalar(at.ws.variance)
	for i := range at.Rows() {
		k, row := spread(at.Coeff(i), tau)+sd*sd, u.RawRowView(i)
		for j, v := range w.RawRowView(i) {
			if row[j] = (v - row[j]) / k; k == 0 {
				row[j] = 0 // where σ is 0
			}
		}
	}
	return nil
}

// orthonormal reports whether A Aᵀ is the identity.
func orthonormal(op sde.Operator) bool {
	switch o := op.(type) {
	case sde.Columns:
		return true
	case sde.LinearMap:
		var gram mat.Dense
		gram.Mul(o.M, o.M.T())
		m, _ := gram.Dims()
		for i := range m {
			for j := range m {
				want := 0.0
				if i == j {
					want = 1
				}
				if math.Abs(gram.At(i, j)-want) > 1e-12 {
					return false
				}
			}
		}
		return true
	}
	return false
}
