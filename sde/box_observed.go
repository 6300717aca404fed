package sde

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// observed is what y = A x + e, e ~ N(0, R), says of independent coordinates:
// x_j is seen as center[j] with the precision prec[j] (0: not at all), and the
// likelihood is exp(rest) Π N(centre_j; x_j, 1/prec_j).
type observed struct {
	center, prec []float64
	rest         float64
}

// separate works that out. It errs unless Aᵀ R⁻¹ A is diagonal.
func (b *Box) separate(A mat.Matrix, y []float64, R mat.Symmetric) (observed, error) {
	d := b.Dim()
	rows, cols := A.Dims()
	if cols != d || rows != len(y) || R.SymmetricDim() != rows {
		panic(badSize)
	}
	var ch mat.Cholesky
	var w, info mat.Dense
	if !ch.Factorize(R) || ch.SolveTo(&w, A) != nil {
		if err := b.contradiction(A, y, R); err != nil {
			return observed{}, err
		}
		return observed{}, errors.New("sde: Box: the noise covariance R is not positive definite")
	}
	info.Mul(A.T(), &w)
	yv, h := mat.NewVecDense(rows, append([]float64(nil), y...)), mat.NewVecDense(d, nil)
	h.MulVec(w.T(), yv)
	var ry mat.VecDense
	if ch.SolveVecTo(&ry, yv) != nil {
		return observed{}, errors.New("sde: Box: the noise covariance R is singular to working precision")
	}
	o := observed{make([]float64, d), make([]float64, d), 0}
	o.rest = -(mat.Dot(yv, &ry) + ch.LogDet() + float64(rows)*math.Log(2*math.Pi)) / 2
	for j := range d {
		for k := range j {
			if math.Abs(info.At(j, k)) > 1e-12*math.Sqrt(info.At(j, j)*info.At(k, k)) {
				return observed{}, fmt.Errorf("sde: Box: the observation ties coordinates %d and %d together (Aᵀ R⁻¹ A is not diagonal), which has no closed form", k, j)
			}
		}
		if p := info.At(j, j); p > 0 {
			z := h.AtVec(j) / p
			o.prec[j], o.center[j] = p, z
			o.rest += (z*z*p + math.Log(2*math.Pi/p)) / 2
		}
	}
	return o, nil
}

// contradiction errs if no row satisfies the observations that R leaves without error.
func (b *Box) contradiction(A mat.Matrix, y []float64, R mat.Symmetric) error {
	exact := mat.NewDense(1, len(y), nil)
	for i, v := range y {
		if exact.Set(0, i, v); R.At(i, i) > 0 {
			exact.Set(0, i, math.NaN())
		}
	}
	return CheckExact(b, mat.DenseCopyOf(A), nil, exact)
}

// Posterior implements Observable for observations that see each coordinate by
// itself, which means that Aᵀ R⁻¹ A is diagonal; it errs on others. The law is
// a *Box of restricted normals.
func (b *Box) Posterior(A mat.Matrix, y []float64, R mat.Symmetric) (Law, error) {
	o, err := b.separate(A, y, R)
	if err != nil {
		return nil, err
	}
	mu, v := append([]float64(nil), b.Mu...), append([]float64(nil), b.Var...)
	for j, p := range o.prec {
		if p > 0 {
			prior := 1 / b.Var[j] // 0 where flat
			mu[j] = (prior*mu[j] + p*o.center[j]) / (prior + p)
			v[j] = 1 / (prior + p)
		}
	}
	return NewTruncatedNormal(mu, v, b.Lo, b.Hi, b.Sched)
}

// LogEvidence implements Observable: each coordinate's evidence is its own
// marginal density at α = 1 and the σ of its observation.
func (b *Box) LogEvidence(A mat.Matrix, y []float64, R mat.Symmetric) float64 {
	o, err := b.separate(A, y, R)
	if err != nil {
		panic(badEvidence)
	}
	l := o.rest
	for j, p := range o.prec {
		if p > 0 {
			k := b.at(j, o.center[j], Coeff{Alpha: 1, Sigma: 1 / math.Sqrt(p)})
			l += k.logp - b.logMass(j)
		}
	}
	return l
}
