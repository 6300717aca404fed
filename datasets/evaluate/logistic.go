package evaluate

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
)

// logistic fits P(y = 1 | x) = 1/(1 + exp(-b - w·x)) by Newton's method on
//
//	Σ_i log P(y_i | x_i) - ½ |w|²
//
// and returns b, w₁ … w_d. It does not fail: where Newton's step cannot be
// taken, what was reached is the result.
func logistic(x *mat.Dense, y []float64) []float64 {
	n, d := x.Dims()
	a := mat.NewDense(n, d+1, nil) // a column of ones before
	for i := range n {
		row := a.RawRowView(i)
		row[0] = 1
		copy(row[1:], x.RawRowView(i))
	}
	w := make([]float64, d+1)
	scaled := mat.NewDense(n, d+1, nil)
	value := penalized(a, y, w)
	for range 30 {
		grad, hess := newtonTerms(scaled, a, y, w)
		var chol mat.Cholesky
		if !chol.Factorize(hess) {
			break
		}
		var step mat.VecDense
		if chol.SolveVecTo(&step, grad) != nil {
			break
		}
		next, gain := make([]float64, d+1), math.Inf(-1)
		for scale := 1.0; scale > 1e-4 && !(gain > 0); scale /= 2 {
			for j := range next {
				next[j] = w[j] + scale*step.AtVec(j)
			}
			gain = penalized(a, y, next) - value
		}
		if !(gain > 0) {
			break
		}
		w, value = next, value+gain
		if gain < 1e-8*float64(n) {
			break
		}
	}
	return w
}

func newtonTerms(scaled, a *mat.Dense, y, w []float64) (*mat.VecDense, *mat.SymDense) {
	n, d := a.Dims()
	grad := mat.NewVecDense(d, nil)
	for i := range n {
		row, out := a.RawRowView(i), scaled.RawRowView(i)
		p := sigmoid(row, w)
		s := math.Sqrt(p * (1 - p))
		for j, v := range row {
			out[j] = s * v
			grad.SetVec(j, grad.AtVec(j)+(y[i]-p)*v)
		}
	}
	hess := mat.NewSymDense(d, nil)
	hess.SymOuterK(1, scaled.T())
	for j := range d {
		ridge := 1.0
		if j == 0 {
			ridge = 1e-9
		}
		hess.SetSym(j, j, hess.At(j, j)+ridge)
		if j > 0 {
			grad.SetVec(j, grad.AtVec(j)-w[j])
		}
	}
	return grad, hess
}

// penalized is what logistic maximizes.
func penalized(a *mat.Dense, y, w []float64) float64 {
	n, _ := a.Dims()
	sum := 0.0
	for i := range n {
		z := numeric.Dot(a.RawRowView(i), w)
		sum += y[i]*z - max(z, 0) - math.Log1p(math.Exp(-math.Abs(z)))
	}
	for _, v := range w[1:] {
		sum -= v * v / 2
	}
	return sum
}

func sigmoid(x, w []float64) float64 { return 1 / (1 + math.Exp(-numeric.Dot(x, w))) }
