package guide

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// LawLikelihood is the guide of a linear observation with normal errors whose likelihood
// at x_t is that under a law π in closed form, which stands for the model:
//
//	g = ∇ log π_t(x_t|y) - ∇ log π_t(x_t) = ∇ log ∫ p(y|x_0) π(x_0|x_t) dx_0.
//
// It is exact where π is the law of the model, and else right at the data alone: there
// log π(x|y) - log π(x) is log p(y|x) but for a constant, whatever π is. No backward pass.
// Make one with NewLawLikelihood.
type LawLikelihood struct {
	prior sde.Observable
	obs   sde.Observation
	posts []sde.Law // for each row of Y
	logZ  []float64 // log p(y) under π of each
}

var _ observationTerm = LawLikelihood{}

// NewLawLikelihood returns the guide. It errs on an operator that is not linear (or
// affine), errors that are not normal, and where the law has no posterior in closed form.
// Entries of Y that are missing count for nothing in their row.
func NewLawLikelihood(prior sde.Observable, o sde.Observation) (LawLikelihood, error) {
	l := LawLikelihood{prior: prior, obs: o}
	if err := o.Check(prior.Dim()); err != nil {
		return l, fmt.Errorf("guide: likelihood under a law: %w", err)
	}
	if !sde.IsLinear(o.A) || !sde.IsNormal(o.Error) {
		return l, errors.New("guide: likelihood under a law: it has a closed form for linear observations with normal errors alone; take MMPS")
	}
	a, offset, err := matrixOf(o.A)
	if err != nil {
		return l, err
	}
	n, _ := o.Y.Dims()
	for i := range n {
		var rows []int
		for j, y := range o.Row(i) {
			if !math.IsNaN(y) {
				rows = append(rows, j)
			}
		}
		post, logZ := sde.Law(prior), 0.0
		if len(rows) > 0 {
			A, y, R := mat.NewDense(len(rows), prior.Dim(), nil), make([]float64, len(rows)), mat.NewSymDense(len(rows), nil)
			for k, j := range rows {
				A.SetRow(k, a.RawRowView(j))
				y[k] = o.Row(i)[j] - offset[j]
				R.SetSym(k, k, normalVariance(o.Error, j))
			}
			if post, err = prior.Posterior(A, y, R); err != nil {
				return l, fmt.Errorf("guide: likelihood under a law: %w", err)
			}
			logZ = prior.LogEvidence(A, y, R)
		}
		l.posts, l.logZ = append(l.posts, post), append(l.logZ, logZ)
	}
	return l, nil
}

// matrixOf returns M and b of the linear map M x + b.
func matrixOf(op sde.Operator) (M *mat.Dense, offset []float64, err error) {
	d, m := op.Dims()
	x, y := mat.NewDense(d+1, d, nil), mat.NewDense(d+1, m, nil)
	for j := range d {
		x.Set(j, j, 1)
	}
	if err := op.Apply(y, x); err != nil {
		return nil, nil, err
	}
	M, offset = mat.NewDense(m, d, nil), append([]float64(nil), y.RawRowView(d)...)
	for j := range d {
		for k := range m {
			M.Set(k, j, y.At(j, k)-offset[k])
		}
	}
	return M, offset, nil
}

// normalVariance is the variance of entry j of an error that sde.IsNormal.
func normalVariance(l sde.Likelihood, j int) float64 {
	switch l := l.(type) {
	case sde.ScaledError:
		return l.Scale[j] * l.Scale[j] * normalVariance(l.Error, j)
	case sde.ErrorPerEntry:
		return normalVariance(l[j], 0)
	case sde.NormalError:
		return l.SD * l.SD
	}
	panic("guide: an error that is not normal")
}

func (l LawLikelihood) Check(model sde.Differentiable) error {
	if l.posts == nil {
		return errors.New("a LawLikelihood is made by NewLawLikelihood")
	}
	return checkLaw("the law", l.prior, model)
}

// Exactness implements ExactnessReporter. It cannot know whether the law is the model's.
func (l LawLikelihood) Exactness(model sde.Differentiable) (Exactness, string) {
	if sde.Differentiable(l.prior) == model {
		return Exact, ""
	}
	note := "at noise the likelihood is that under the prior given, which the model may differ from; weight particles (TDS, or FKC for scales)"
	for _, s := range sde.Caveats(l.prior) {
		note += "; " + s
	}
	return Heuristic, note
}

func (LawLikelihood) UsesJacobian() bool { return false }

func (l LawLikelihood) Rows(idx []int) Term {
	l.obs = l.obs.Rows(idx)
	if len(l.posts) == 1 {
		return l
	}
	posts, logZ := make([]sde.Law, len(idx)), make([]float64, len(idx))
	for i, r := range idx {
		posts[i], logZ[i] = l.posts[r], l.logZ[r]
	}
	l.posts, l.logZ = posts, logZ
	return l
}

func (l LawLikelihood) AddScore(dst *mat.Dense, at State) error {
	n, d := at.X.Dims()
	if err := fits(l.obs, at); err != nil {
		return err
	}
	prior, post := at.Scratch(n, d), at.Scratch(n, d)
	l.prior.Score(prior, at.X, at.T)
	l.each(at, func(p sde.Law, first, rows int, t []float64) {
		p.Score(post.Slice(first, first+rows, 0, d).(*mat.Dense), at.X.Slice(first, first+rows, 0, d).(*mat.Dense), t)
	})
	for i := range n {
		to, from := dst.RawRowView(i), prior.RawRowView(i)
		for j, s := range post.RawRowView(i) {
			to[j] += s - from[j]
		}
	}
	return nil
}

// each calls f with each posterior and the rows that it is of.
func (l LawLikelihood) each(at State, f func(p sde.Law, first, rows int, t []float64)) {
	if len(l.posts) == 1 {
		f(l.posts[0], 0, at.Rows(), at.T)
		return
	}
	for i, p := range l.posts {
		t := at.T
		if len(t) > 1 {
			t = t[i : i+1]
		}
		f(p, i, 1, t)
	}
}

// LogProb implements Twist: log p(y|x_t) under the law.
func (l LawLikelihood) LogProb(dst []float64, at State) error {
	if err := fits(l.obs, at); err != nil {
		return err
	}
	_, d := at.X.Dims()
	k := 0
	l.each(at, func(p sde.Law, first, rows int, t []float64) {
		sde.LogLikelihoodAt(dst[first:first+rows], l.prior, p, l.logZ[k], at.X.Slice(first, first+rows, 0, d).(*mat.Dense), t)
		k++
	})
	return nil
}

func (l LawLikelihood) LogLikelihood(dst []float64, at State) error {
	return logLikelihood(l.obs, dst, at)
}

func (l LawLikelihood) AddResidual(sum, count []float64, mean *mat.Dense, at State) error {
	return addResidual(l.obs, sum, count, mean, at)
}
