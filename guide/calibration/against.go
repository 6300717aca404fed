package calibration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// leastReferences is the effective number of rows of a law below which they tell nothing.
const leastReferences = 20

// Against compares guided rows with one law where there is nothing to draw: a truncated
// prior, or one times the exponential of a reward. The truth is pool rows of the prior
// (draws if it is an sde.Law, and otherwise rows of the method), weighted by the
// likelihood of the terms of the law, Σ log p(y|x_0); the other rows, Replicas·Draws of
// them, are guided by terms, which are those of the law unless a planted fault is to be
// found. names are those of the columns.
func Against(ctx context.Context, prior sde.Differentiable, names []string, law, terms []guide.Term, pool int, o *Options) (*Report, error) {
	r, err := o.resolve()
	if err != nil {
		return nil, err
	}
	n := r.Replicas * r.Draws
	r.Replicas = pool
	truth, err := r.truth(ctx, prior)
	if err != nil {
		return nil, err
	}
	g, l := guide.New(prior, terms...), guide.New(prior, law...)
	if err := errors.Join(g.Err(), l.Err()); err != nil {
		return nil, err
	}
	r.Replicas = n / r.Draws
	rows, err := r.guided(ctx, g)
	if err != nil {
		return nil, err
	}
	a, b := make([]float64, pool), make([]float64, n)
	if err := l.LogLikelihood(a, truth); err != nil {
		return nil, err
	}
	if err := l.LogLikelihood(b, rows); err != nil {
		return nil, err
	}
	rep, err := OneLaw(Numbers(names), Rows{X: truth, Log: a}, Rows{X: rows, Log: b})
	if err != nil {
		return nil, err
	}
	rep.Caveats = g.Caveats()
	rep.Judge()
	return rep, nil
}

// Rows are rows of numbers as Compare takes them. Log are the logarithms of their weights in
// the law, -Inf for a row that it does not have, and nil where all are alike. Effective is the
// number of independent rows; 0 means that of the weights for the truth, and all for guided ones.
type Rows struct {
	X         *mat.Dense
	Log       []float64
	Effective float64
}

// OneLaw is the Report of guided rows against the weighted rows of one law. It errs where
// the latter have too few effective rows to tell anything.
func OneLaw(vars []Variable, truth, guided Rows) (*Report, error) {
	pool, _ := truth.X.Dims()
	m, _ := guided.X.Dims()
	if truth.Log == nil {
		truth.Log = make([]float64, pool)
	}
	w := Weights(truth.Log)
	rep := &Report{
		Levels: IntervalLevels(), References: cmp.Or(truth.Effective, EffectiveRows(w)), Rows: cmp.Or(guided.Effective, float64(m)), Compared: m,
		Tried: pool, Truth: fmt.Sprintf("%d draws of the model, weighted", pool),
	}
	if min(rep.References, rep.Rows) < leastReferences {
		return nil, fmt.Errorf("%d rows of the model tell as much of the law as %.0f draws of it, and %d guided rows as %.0f: fewer than %d tell nothing; try more rows, a weaker reward or wider conditions", pool, rep.References, m, rep.Rows, leastReferences)
	}
	compare := func(vars []Variable, x *mat.Dense, w []float64, rows *mat.Dense) []Column {
		return Compare(vars, x, w, rows, rep.References, rep.Rows)
	}
	rep.Columns = compare(vars, truth.X, w, guided.X)
	if guided.Log == nil {
		return rep, nil
	}
	if share := finite(truth.Log); share < 1 {
		rep.Satisfied = &Satisfied{Guided: finite(guided.Log), Model: share}
	}
	if a, b, ok := graded(truth.Log, w, guided.Log); ok {
		c := compare(Numbers([]string{WeightName}), a.dense(), a.w, b.dense())[0]
		c.Cover, c.Spread, c.Bias = nil, 0, 0
		rep.Fit = append(rep.Fit, c)
	}
	return rep, nil
}

// WeightName is the name of the quantity of Report.Fit that is the log weight of rows.
const WeightName = "weight of the rows"

// Weights are weights of logarithms, the largest being 1; that of -Inf is 0.
func Weights(logs []float64) []float64 {
	top := math.Inf(-1)
	for _, l := range logs {
		top = math.Max(top, l)
	}
	w := make([]float64, len(logs))
	for i, l := range logs {
		if !math.IsInf(l, -1) {
			w[i] = math.Exp(l - top)
		}
	}
	return w
}

// finite is the share of logarithms that are not -Inf.
func finite(logs []float64) float64 {
	n := 0
	for _, l := range logs {
		if !math.IsInf(l, -1) {
			n++
		}
	}
	return float64(n) / float64(len(logs))
}

// graded are the log weights of the rows that have one, if these differ.
func graded(logs, w, of []float64) (truth, rows weighted, differ bool) {
	for i, l := range logs {
		if w[i] > 0 {
			truth.v, truth.w = append(truth.v, l), append(truth.w, w[i])
			differ = differ || l != truth.v[0]
		}
	}
	for _, l := range of {
		if !math.IsInf(l, -1) {
			rows.v = append(rows.v, l)
		}
	}
	return truth, rows, differ && len(rows.v) > 0
}

func (s weighted) dense() *mat.Dense { return mat.NewDense(len(s.v), 1, s.v) }
