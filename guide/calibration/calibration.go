package calibration

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// Options of a calibration. Nil means the zero value.
type Options struct {
	Replicas int           // observations to draw, at least 20; 0 means 200
	Draws    int           // guided rows for each, at least 9; 0 means 63
	Method   sample.Method // nil means sample.DPMpp2M{}; that of tabular.Query is sample.DPMpp2MSDE{}
	// Sample holds the steps, the seed and the number of workers; nil means the zero
	// value. It is copied. From, First, Sink and Observe are of one run, and must not be
	// set. Guided rows have the seed ^Seed.
	Sample *sample.Options
	// Progress, if not nil, is called with the number of guided rows done, of how many.
	Progress func(done, of int)
}

// Of calibrates a guide of one's own on a prior. Rows x_0 are exact draws if the prior
// is an sde.Law, and otherwise draws by the method itself. simulate draws one
// observation from each row of x and returns them as rows of y. build returns the guide
// for an observation of each guided row; it is called with those of simulate, each
// repeated Draws times in a row, and, for the log p(y|x_0) of the truth, with those of
// simulate as they are. names are those of the columns.
//
// The second statistic, Report.Fit, is the rank of log p(y|x_0) of the truth among those
// of the guided rows, which a guide that does nothing gets wrong. It is there if all terms
// are guide.LikelihoodTerms.
func Of(ctx context.Context, prior sde.Differentiable, names []string,
	simulate func(x *mat.Dense) (y *mat.Dense, err error),
	build func(y *mat.Dense) ([]guide.Term, error), o *Options) (*Report, error) {
	r, err := o.resolve()
	if err != nil {
		return nil, err
	}
	truth, err := r.truth(ctx, prior)
	if err != nil {
		return nil, err
	}
	y, err := simulate(truth)
	if err != nil {
		return nil, err
	}
	terms, err := build(repeat(y, r.Draws))
	if err != nil {
		return nil, err
	}
	g := guide.New(prior, terms...)
	if err := g.Err(); err != nil {
		return nil, err
	}
	x, err := r.guided(ctx, g)
	if err != nil {
		return nil, err
	}
	rep := &Report{
		Columns: Ranks(Numbers(names), truth, x, r.Draws), Levels: IntervalLevels(), Replicas: r.Replicas, Draws: r.Draws,
		Truth: "draws of the model", Caveats: g.Caveats(),
	}
	if likelihoods(terms) {
		own, err := build(y)
		if err != nil {
			return nil, err
		}
		fit, err := fitOf(guide.New(prior, own...), g, truth, x, r.Draws)
		if err != nil {
			return nil, err
		}
		rep.Fit = append(rep.Fit, fit)
	}
	rep.Judge()
	return rep, nil
}

// FitName is the name of the quantity of Report.Fit that is log p(y|x_0).
const FitName = "fit to the observation"

// fitOf ranks the log-likelihood of the truth among those of the draws.
func fitOf(own, of *guide.Posterior, truth, draws *mat.Dense, per int) (Column, error) {
	n, _ := truth.Dims()
	a, b := mat.NewDense(n, 1, nil), mat.NewDense(n*per, 1, nil)
	if err := own.LogLikelihood(a.RawMatrix().Data, truth); err != nil {
		return Column{}, err
	}
	if err := of.LogLikelihood(b.RawMatrix().Data, draws); err != nil {
		return Column{}, err
	}
	return RankFit(FitName, a, b, per), nil
}

// RankFit ranks a quantity of the truth, n×1, among those of the draws, as Ranks does. Of
// such quantities the rank alone means something.
func RankFit(name string, truth, draws *mat.Dense, per int) Column {
	c := PartRankFit(name, truth, draws, per, 0)
	c.FinishFit(per)
	return c
}

// PartRankFit is RankFit for replicas first, first+1, … of more, for Join.
func PartRankFit(name string, truth, draws *mat.Dense, per, first int) Column {
	return PartRanks(Numbers([]string{name}), truth, draws, per, first)[0]
}

// FinishFit is Finish for a quantity of which the rank alone means something.
func (c *Column) FinishFit(per int) {
	c.Z = nil
	c.Finish(per)
}

func likelihoods(terms []guide.Term) bool {
	for _, t := range terms {
		if _, ok := t.(guide.LikelihoodTerm); !ok {
			return false
		}
	}
	return true
}

func (o *Options) resolve() (r Options, err error) {
	if o != nil {
		r = *o
	}
	r.Replicas = cmp.Or(r.Replicas, 200)
	r.Draws = cmp.Or(r.Draws, 63)
	if r.Method == nil {
		r.Method = sample.DPMpp2M{}
	}
	var s sample.Options
	if r.Sample != nil {
		s = *r.Sample
	}
	r.Sample = &s
	switch {
	case r.Replicas < 20 || r.Draws < 9:
		return r, fmt.Errorf("calibration: %d replicas of %d draws: want at least 20 of 9", r.Replicas, r.Draws)
	case s.From != nil || s.First != 0 || s.Sink != nil || s.Observe != nil:
		return r, errors.New("calibration: From, First, Sink and Observe are of one run, and must not be set")
	}
	return r, nil
}

func (o *Options) truth(ctx context.Context, prior sde.Differentiable) (*mat.Dense, error) {
	if law, ok := prior.(sde.Law); ok {
		x := mat.NewDense(o.Replicas, law.Dim(), nil)
		law.Sample(x, o.Sample.Seed, 0)
		return x, nil
	}
	res, err := sample.Run(ctx, prior, o.Method, o.Replicas, o.Sample)
	if err != nil {
		return nil, err
	}
	return res.X, nil
}

func (o *Options) guided(ctx context.Context, g *guide.Posterior) (*mat.Dense, error) {
	n := o.Replicas * o.Draws
	x := mat.NewDense(n, g.Dim(), nil)
	opts := *o.Sample
	opts.Seed = ^opts.Seed
	opts.Sink = func(first int, block *mat.Dense) error {
		rows, d := block.Dims()
		x.Slice(first, first+rows, 0, d).(*mat.Dense).Copy(block)
		if o.Progress != nil {
			o.Progress(first+rows, n)
		}
		return nil
	}
	_, err := sample.Run(ctx, g, o.Method, n, &opts)
	return x, err
}

func repeat(y *mat.Dense, n int) *mat.Dense {
	rows, m := y.Dims()
	z := mat.NewDense(rows*n, m, nil)
	for i := range rows * n {
		z.SetRow(i, y.RawRowView(i/n))
	}
	return z
}
