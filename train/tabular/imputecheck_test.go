package tabular

import (
	"context"
	"errors"
	"testing"

	"tweedie/datasets/imputation"
)

// The model is judged beside other imputers, on some of the rows, with its conditions known; the
// same seed has the same report.
func TestImputerCheck(t *testing.T) {
	m := model(t, "label")
	f := must(m.NewImputer(&Imputation{Draws: 2, Seed: 3, Sampler: fewSteps, Workers: 1}))
	c := must(m.Sample(context.Background(), 60, &Query{Sampler: fewSteps, Seed: 1})).Cells
	k := &ImputationCheck{Masking: imputation.MaskingPlan{Share: 0.3, Keep: []string{"size"}}, Rows: 40, Others: imputation.FastBaselines()}
	r, err := f.Check(context.Background(), c, k)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Methods) != 4 || r.Methods[0].Name != "tweedie" || r.Rows != 40 {
		t.Errorf("%d imputers, %d rows", len(r.Methods), r.Rows)
	}
	for _, s := range r.Methods[0].Columns {
		if s.Column == "label" || s.Column == "size" {
			t.Errorf("cells of %s are hidden", s.Column)
		}
	}
	again := must(f.Check(context.Background(), c, k))
	if again.Methods[0].AvgMAE != r.Methods[0].AvgMAE || len(k.Masking.Keep) != 1 {
		t.Errorf("%v and then %v", r.Methods[0].Scores, again.Methods[0].Scores)
	}
	k.Masking.Keep = []string{"sise"}
	var bad *OptionError
	if _, err := f.Check(context.Background(), c, k); !errors.As(err, &bad) || bad.Option != "keep" {
		t.Errorf("error %v", err)
	}
}
