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
	rank        int // of A C Aᵀ + R
}

var errSingular = errors.New("sde: A Cov Aᵀ + R is not positive definite, so the observation has no density; give R a larger diagonal")

// update is the Kalman update with S = A C Aᵀ + R and K = C Aᵀ S⁻¹: mean
// m + K (y - A m), covariance (I - K A) C (I - K A)ᵀ + K R Kᵀ (Joseph's form,
// which rounding cannot make indefinite), evidence N(y; A m, S).
// Where R leaves parts of y without error, S may be singular: it is inverted in its
// range, in which y must be and the evidence is a density.
func update(m []float64, c mat.Symmetric, A mat.Matrix, y []float64, R mat.Symmetric) (updated, error) {
	rows, d := A.Dims()
	if d != len(m) || rows != len(y) || R.SymmetricDim() != rows {
		panic(badSize)
	}
	var ac, acat, s mat.Dense
	ac.Mul(A, c)
	acat.Mul(&ac, A.T())
	s.Add(&acat, R)
	r := mat.NewVecDense(rows, nil)
	r.MulVec(A, mat.NewVecDense(d, append([]float64(nil), m...)))
	r.SubVec(mat.NewVecDense(rows, append([]float64(nil), y...)), r)
	var w mat.VecDense
	var kt mat.Dense // Kᵀ = S⁻¹ A C
	u := updated{mean: append([]float64(nil), m...), rank: rows}
	logDet, err := invert(&w, &kt, &u.rank, symmetric(&s), R, r, &ac, sizes(A, m, y))
	if err != nil {
		return updated{}, err
	}
	u.logEvidence = -0.5 * (mat.Dot(r, &w) + logDet + float64(u.rank)*math.Log(2*math.Pi))
	var shift mat.VecDense
	shift.MulVec(ac.T(), &w)
	for j := range u.mean {
		u.mean[j] += shift.AtVec(j)
	}
	var ka, left, joseph, krk mat.Dense
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

// invert stores S⁻¹ r in w and S⁻¹ b in x, and returns log det S.
func invert(w *mat.VecDense, x *mat.Dense, rank *int, s *mat.SymDense, R mat.Symmetric, r *mat.VecDense, b *mat.Dense, size []float64) (float64, error) {
	var ch, noise mat.Cholesky
	definite := ch.Factorize(s)
	if noise.Factorize(R) {
		if !definite || ch.SolveVecTo(w, r) != nil || ch.SolveTo(x, b) != nil {
			return 0, errSingular
		}
		return ch.LogDet(), nil
	}
	e, err := newSupport(s)
	if err != nil {
		return 0, err
	}
	if e.null == nil && definite && ch.SolveVecTo(w, r) == nil && ch.SolveTo(x, b) == nil {
		return ch.LogDet(), nil
	}
	if err := e.check(r.RawVector().Data, size, s); err != nil {
		return 0, err
	}
	var one mat.Dense
	e.solve(&one, r)
	w.CloneFromVec(one.ColView(0))
	e.solve(x, b)
	*rank = len(e.val)
	return e.logDet(), nil
}

// sizes are those of the numbers that y - A m is the difference of.
func sizes(A mat.Matrix, m, y []float64) []float64 {
	size := make([]float64, len(y))
	for i, v := range y {
		size[i] = math.Abs(v)
		for j, c := range m {
			size[i] += math.Abs(A.At(i, j) * c)
		}
	}
	return size
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
