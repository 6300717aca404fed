package tabular

import (
	"context"
	"slices"

	"tweedie/datasets"
	"tweedie/datasets/imputation"
	"tweedie/internal/stream"
	"tweedie/internal/suggest"
)

// ImputationCheck are the settings of Imputer.Check. The zero value is ready to use; nil stands
// for it.
type ImputationCheck struct {
	// Masking says which known cells are hidden. Conditions of the model are kept besides Keep:
	// it never fills them. The seed is that of the imputer.
	Masking imputation.MaskingPlan
	Rows    int                  // most rows, taken at random; 0 for all
	Others  []imputation.Imputer // that the model is compared with; nil for imputation.Baselines
}

// Check hides known cells of rows that the model has not seen, fills them, and scores the errors
// beside those of other imputers: see imputation.Compare, which it errs as. It has as many draws
// as the imputer, of which intervals of 90 % need 19. Rows that are not Labeled are left out. An
// unknown column to keep is an OptionError.
func (f *Imputer) Check(ctx context.Context, c *datasets.Cells, o *ImputationCheck) (*imputation.Report, error) {
	var k ImputationCheck
	if o != nil {
		k = *o
	}
	m := f.model.codec.Metadata()
	var keep []string
	for _, c := range m.Conditions() {
		keep = append(keep, c.Name)
	}
	for _, name := range k.Masking.Keep {
		if m.Field(name) == nil {
			return nil, bad("keep", "%q: no such column: %s", name, suggest.Hint(name, f.model.Columns()))
		}
		keep = appendNew(keep, name)
	}
	k.Masking.Keep, k.Masking.Seed = keep, f.Seed
	if k.Others == nil {
		k.Others = imputation.Baselines(f.Seed)
	}
	c = f.model.Labeled(c)
	if n := c.Rows(); k.Rows > 0 && n > k.Rows {
		idx := stream.New(f.Seed, "tweedie/impute/rows").Perm(n)[:k.Rows]
		slices.Sort(idx)
		c = c.Subset(idx)
	}
	own := imputation.Func("tweedie", func(ctx context.Context, c *datasets.Cells, _ int) ([]*datasets.Cells, error) {
		return f.Fill(ctx, c, 0)
	})
	return imputation.Compare(ctx, c, k.Masking, append([]imputation.Imputer{own}, k.Others...), f.Draws)
}
