package tabular_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/sde"
	"tweedie/train/tabular"
)

// small is for examples: the defaults train longer.
var small = &tabular.Options{Hidden: 32, Layers: 1, Steps: 100, Encoding: "standard"}

// houses is a small table with missing cells.
const houses = "../../checkpoints/testdata/before/houses.csv"

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// A table is learned, and rows are drawn from the model.
func Example() {
	ctx := context.Background()
	table := must(datasets.OpenTable(houses))
	model := must(tabular.Fit(ctx, table, small))
	rows := must(model.Sample(ctx, 1000, &tabular.Query{
		Given: map[string]string{"kind": "house"},
		Where: []string{"area > 60"},
	}))
	fmt.Println(rows.Rows(), "rows")
	full := must(model.Impute(ctx, table, &tabular.Imputation{Draws: 5}))
	fmt.Println(len(full), "tables of", full[0].Rows(), "rows")
	logp := must(model.LogProb(ctx, table))
	fmt.Println(len(logp), "log densities")
	// Output:
	// 1000 rows
	// 5 tables of 48 rows
	// 48 log densities
}

// Train on a CSV, save, sample, condition, impute, and guide by a likelihood of one's
// own: a scale that saw the ratio of two columns as 25, with an error of 1.
func ExampleFit() {
	ctx, dir := context.Background(), must(os.MkdirTemp("", "tabular"))
	defer os.RemoveAll(dir)
	table := must(datasets.OpenTable(houses))
	model := must(tabular.Fit(ctx, table, small))
	check(model.Save(filepath.Join(dir, "houses.safetensors")))
	rows := must(model.Sample(ctx, 300, nil))
	check(datasets.WriteTable(filepath.Join(dir, "sampled.csv"), rows.Cells))
	rows = must(model.Sample(ctx, 300, &tabular.Query{Given: map[string]string{"kind": "house"}}))
	check(datasets.WriteTable(filepath.Join(dir, "given.csv"), rows.Cells))
	full := must(model.Impute(ctx, table, nil))
	check(datasets.WriteTable(filepath.Join(dir, "full.csv"), full[0]))
	op := must(model.InUnits(sde.OperatorFunc{Dim: 2, Out: 1,
		F:    func(dst, v []float64) { dst[0] = v[0] / v[1] },
		Grad: func(dst, v, w []float64) { dst[0], dst[1] = w[0]/v[1], -w[0]*v[0]/(v[1]*v[1]) },
	}, "area", "rooms"))
	scale := guide.MMPS{Observation: sde.Observation{A: op, Y: mat.NewDense(1, 1, []float64{25}), Error: sde.NormalError{SD: 1}}}
	rows = must(model.Sample(ctx, 300, &tabular.Query{Terms: []guide.Term{scale}}))
	check(datasets.WriteTable(filepath.Join(dir, "ratio.csv"), rows.Cells))
	fmt.Println(len(must(os.ReadDir(dir))), "files")
	// Output: 5 files
}

// Formulas of the columns are forward models, rewards and bounds.
func ExampleModel_Formula() {
	ctx := context.Background()
	model := must(tabular.Fit(ctx, must(datasets.OpenTable(houses)), small))
	perRoom := must(model.Formula("area / rooms"))
	scale := guide.MMPS{Observation: sde.Observation{A: perRoom, Y: mat.NewDense(1, 1, []float64{25}), Error: sde.NormalError{SD: 1}}}
	large := guide.Reward{A: must(model.Formula("log(max(area, 1))")), Strength: 2}
	rows := must(model.Sample(ctx, 300, &tabular.Query{Terms: []guide.Term{scale, large}}))
	fmt.Println(rows.Rows(), "rows")
	_, err := model.Formula("area / room")
	fmt.Println(err)
	// Output:
	// 300 rows
	// formula: character 8, at "room": no column "room": did you mean rooms? there are "area", "rooms", "built", "price", "heated", "kind"
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A model goes to a file and comes back.
func ExampleModel_Save() {
	ctx := context.Background()
	model := must(tabular.Fit(ctx, must(datasets.OpenTable(houses)), small))
	path := filepath.Join(must(os.MkdirTemp("", "tabular")), "houses.safetensors")
	defer os.RemoveAll(filepath.Dir(path))
	if err := model.Save(path); err != nil {
		log.Fatal(err)
	}
	fmt.Println(must(tabular.Load(path)).Columns())
	// Output:
	// [area rooms kind heated built price]
}

// Particles weight guided rows, and tell the evidence of what was observed.
func ExampleModel_Sample_particles() {
	ctx := context.Background()
	model := must(tabular.Fit(ctx, must(datasets.OpenTable(houses)), small))
	rows := must(model.Sample(ctx, 64, &tabular.Query{
		Where:        []string{"area > 60"},
		Conditioning: tabular.Conditioning{Particles: 64},
	}))
	fmt.Println(rows.Rows(), "rows by", rows.Method, rows.Evidence.LogEvidence != nil)
	// Output:
	// 64 rows by tds true
}

// Rows are handed on block by block, so that any number takes no memory.
func ExampleQuery_sink() {
	ctx := context.Background()
	model := must(tabular.Fit(ctx, must(datasets.OpenTable(houses)), small))
	n := 0
	must(model.Sample(ctx, 1000, &tabular.Query{Sink: func(c *datasets.Cells) error { n += c.Rows(); return nil }}))
	fmt.Println(n, "rows")
	// Output:
	// 1000 rows
}
