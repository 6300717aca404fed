package sbi

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// group is a run of columns of a design whose coefficients share a prior, N(0, 1/(λ s_k)),
// with s_k the roughness of column k.
type group struct {
	first int
	rough []float64
}

// evidence is a regression with automatic relevance: the precision λ of each group is that of
// the largest evidence (MacKay 1992; Tipping 2001), and groups whose evidence does not pay
// for them are left out.
type evidence struct {
	groups []group
	g      *mat.SymDense // Φᵀ W Φ
	r      []float64     // Φᵀ W y
	yy, n  float64       // yᵀ W y, Σ W
	fixed  float64       // noise variance, 0 if it is to be found

	lambda []float64 // by group, +Inf for one that is left out; nil to begin with
	noise  float64
	mu     []float64
	sigma  *mat.SymDense // of the columns that are in
	in     []int         // columns
	place  []int         // of each column in in, −1 for none
}

// The rounds of the fixed point, and of leaving groups out.
const (
	evidenceRounds = 12
	laterRounds    = 4
	evidenceSweeps = 30
)

// solve finds the coefficients, 0 for groups that are left out.
func (e *evidence) solve() []float64 {
	if e.lambda == nil {
		e.lambda = make([]float64, len(e.groups))
		for k, g := range e.groups { // as if each group explained a tenth of the variance
			e.lambda[k] = 10 * float64(len(g.rough)) * e.n / max(e.yy, 1e-300)
		}
	}
	e.noise = e.fixed
	if e.fixed == 0 {
		e.noise = e.yy / e.n / 2
	}
	for sweep := range evidenceSweeps {
		rounds := evidenceRounds
		if sweep > 0 {
			rounds = laterRounds
		}
		for range rounds {
			if !e.posterior() {
				return e.coefficients()
			}
			if e.update() < 1e-2 {
				break
			}
		}
		if !e.posterior() || !e.prune() {
			break
		}
	}
	e.posterior()
	return e.coefficients()
}

func (e *evidence) coefficients() []float64 {
	mu := make([]float64, e.g.SymmetricDim())
	for k, c := range e.in {
		if e.mu != nil {
			mu[c] = e.mu[k]
		}
	}
	return mu
}

// columns finds those of groups that are in; the constant always is.
func (e *evidence) columns() {
	p := e.g.SymmetricDim()
	e.in, e.place = append(e.in[:0], 0), make([]int, p)
	for c := range e.place {
		e.place[c] = -1
	}
	e.place[0] = 0
	for k, g := range e.groups {
		if math.IsInf(e.lambda[k], 1) {
			continue
		}
		for q := range g.rough {
			e.place[g.first+q] = len(e.in)
			e.in = append(e.in, g.first+q)
		}
	}
}

// posterior finds mean and covariance of the coefficients at the present λ and noise.
func (e *evidence) posterior() bool {
	e.columns()
	p := len(e.in)
	a, b := mat.NewSymDense(p, nil), mat.NewVecDense(p, nil)
	for i, ci := range e.in {
		for j := i; j < p; j++ {
			a.SetSym(i, j, e.g.At(ci, e.in[j])/e.noise)
		}
		b.SetVec(i, e.r[ci]/e.noise)
	}
	for k, g := range e.groups {
		if math.IsInf(e.lambda[k], 1) {
			continue
		}
		for q, s := range g.rough {
			i := e.place[g.first+q]
			a.SetSym(i, i, a.At(i, i)+e.lambda[k]*s)
		}
	}
	for i := range p {
		a.SetSym(i, i, a.At(i, i)*(1+1e-10))
	}
	var ch mat.Cholesky
	if !ch.Factorize(a) {
		return false
	}
	var mu mat.VecDense
	if ch.SolveVecTo(&mu, b) != nil {
		return false
	}
	e.sigma = mat.NewSymDense(p, nil)
	if ch.InverseTo(e.sigma) != nil {
		return false
	}
	e.mu = mu.RawVector().Data
	return true
}

// update takes a step of the fixed point and returns the largest relative change of λ.
func (e *evidence) update() float64 {
	change, free := 0.0, e.n-1
	for k, g := range e.groups {
		if math.IsInf(e.lambda[k], 1) {
			continue
		}
		well, size := 0.0, 0.0
		for q, s := range g.rough {
			i := e.place[g.first+q]
			well += 1 - e.lambda[k]*s*e.sigma.At(i, i)
			size += s * e.mu[i] * e.mu[i]
		}
		free -= well
		if well < 1e-4 || size == 0 {
			e.lambda[k] = math.Inf(1)
			change = 1
			continue
		}
		l := well / size
		change = max(change, math.Abs(math.Log(l/e.lambda[k])))
		e.lambda[k] = l
	}
	if e.fixed == 0 {
		e.noise = max(e.residual()/max(free, 1), 1e-12*e.yy/e.n)
	}
	return change
}

// residual is Σ W (y − Φ μ)².
func (e *evidence) residual() float64 {
	s := e.yy
	for i, ci := range e.in {
		s -= 2 * e.mu[i] * e.r[ci]
		for j, cj := range e.in {
			s += e.mu[i] * e.mu[j] * e.g.At(ci, cj)
		}
	}
	return max(s, 1e-12*e.yy)
}
