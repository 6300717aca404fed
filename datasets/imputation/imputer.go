package imputation

import (
	"context"
	"slices"

	"tweedie/datasets"
)

// Imputer fills missing cells.
type Imputer interface {
	// Name is what a report calls it.
	Name() string
	// Impute returns draws tables, at least one: each is c with every missing
	// cell filled, as a draw from the law of the cells that are missing given
	// those that are not, as far as the imputer knows it. A method that knows
	// one value only may return the same table again. c is not changed.
	Impute(ctx context.Context, c *datasets.Cells, draws int) ([]*datasets.Cells, error)
}

// Func is an Imputer made of a function, such as a model's.
func Func(name string, impute func(ctx context.Context, c *datasets.Cells, draws int) ([]*datasets.Cells, error)) Imputer {
	return function{name, impute}
}

type function struct {
	name   string
	impute func(ctx context.Context, c *datasets.Cells, draws int) ([]*datasets.Cells, error)
}

func (f function) Name() string { return f.name }

func (f function) Impute(ctx context.Context, c *datasets.Cells, draws int) ([]*datasets.Cells, error) {
	return f.impute(ctx, c, draws)
}

// Baselines returns what a model is compared with, in the order of effort: the
// mean, one and five nearest neighbors, iterated forests, and draws from the
// forests. seed determines the forests.
func Baselines(seed uint64) []Imputer {
	return append(FastBaselines(), Iterative{Seed: seed}, Iterative{Seed: seed, Draw: true})
}

// FastBaselines are Baselines without the forests.
func FastBaselines() []Imputer { return []Imputer{Mean{}, KNN{K: 1}, KNN{K: 5}} }

func repeat(t *datasets.Cells, draws int) []*datasets.Cells {
	return slices.Repeat([]*datasets.Cells{t}, draws)
}

// Mean fills a number with the mean of its column, a category with its most
// frequent level.
type Mean struct{}

// Name returns "mean".
func (Mean) Name() string { return "mean" }

// Impute returns one table, draws times. It errs when a column has no known
// cell.
func (Mean) Impute(_ context.Context, c *datasets.Cells, draws int) ([]*datasets.Cells, error) {
	f := newFrame(c)
	center, err := f.centers()
	if err != nil {
		return nil, err
	}
	return repeat(f.fill(c, func(k, _ int) float64 { return center[k] }), draws), nil
}
