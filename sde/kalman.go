package sde

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// updated is N(m, C) conditioned on y = A x + e, e ~ N(0, R).
type updated struct {
	mean        []float64
	cov         *mat.SymDense
	logEvidence float64
}

var errSingular = errors.New("sde: A Cov Aᵀ + R is not positive definite, so the observation has no density; give R a positive diagonal")

// update is the Kalman update with S = A C Aᵀ + R and K = C Aᵀ S⁻¹: mean
// m + K (y - A m), covariance (I - K A) C (I - K A)ᵀ + K R Kᵀ (Joseph's form,
// which rounding cannot make indefinite), evidence N(y; A m, S).
func update(m []float64, c mat.Symmetric, A mat.Matrix, y []float64, R mat.Symmetric) (updated, error) {
	rows, d := A.Dims()
	if d != len(m) || rows != len(y) || R.SymmetricDim() != rows {
		panic(badSize)
	}
	var ac, acat, s mat.Dense
	ac.Mul(A, c)
	acat.Mul(&ac, A.T())
	s.Add(&acat, R)
	var ch mat.Cholesky
	if !ch.Factorize(symmetric(&s)) {
		return updated{}, errSingular
	}
	r := mat.NewVecDense(rows, nil)
	r.MulVec(A, mat.NewVecDense(d, append([]float64(nil), m...)))
	r.SubVec(mat.NewVecDense(rows, append([]float64(nil), y...)), r)
	var w mat.VecDense
	if err := ch.SolveVecTo(&w, r); err != nil {
		return updated{}, errSingular
	}
	u := updated{mean: append([]float64(nil), m...)}
	u.logEvidence = -0.5 * (mat.Dot(r, &w) + ch.LogDet() + float64(rows)*math.Log(2*math.Pi))
	var shift mat.VecDense
	shift.MulVec(ac.T(), &w)
	for j := range u.mean {
		u.mean[j] += shift.AtVec(j)
	}
	var kt, ka, left, joseph, krk mat.Dense
	if err := ch.SolveTo(&kt, &ac); err != nil { // Kᵀ = S⁻¹ A C
		return updated{}, errSingular
	}
	ka.Mul(kt.T(), A)
	ka.Scale(-1, &ka)
	for j := range d {
		ka.Set(j, j, 1+ka.At(j, j))
	}
	left.Mul(&ka, c)
	joseph.Mul(&left, ka.T())
	left.Reset()
	left.Mul(kt.T(), R)
	krk.Mul(&left, &kt)
	joseph.Add(&joseph, &krk)
	u.cov = symmetric(&joseph)
	return u, nil
}

func symmetric(a *mat.Dense) *mat.SymDense {
	n, _ := a.Dims()
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			s.SetSym(i, j, (a.At(i, j)+a.At(j, i))/2)
		}
	}
	return s
}
