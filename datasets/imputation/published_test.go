package imputation

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tweedie/datasets"
)

// read reads a table that is kept beside the repository.
func read(t testing.TB, name string, types map[string]datasets.Type) *datasets.Cells {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", "tabular", name+".csv")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the real tables are not here: ", err)
	}
	src, err := datasets.OpenTable(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := datasets.Infer(src, &datasets.InferOptions{Types: types})
	if err != nil {
		t.Fatal(err)
	}
	c, err := datasets.ReadCells(src, m)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// published has average MAE of KNN(1) and MissForest by Jolicoeur-Martineau et
// al. 2024 (arXiv:2309.09968, results of their repository): 80 % of the rows,
// 20 % of the cells hidden but none of the target, mean of three splits.
var published = []struct {
	table, target string
	category      bool
	knn, forest   float64
}{
	{"iris", "species", true, 0.105, 0.072},
	{"wine", "class", true, 0.139, 0.106},
	{"concrete", "strength", false, 0.094, 0.061},
	{"breast_cancer", "diagnosis", true, 0.063, 0.036},
	{"california", "MedHouseVal", false, 0.082, 0.039},
	// Not in those results.
	{"penguins", "species", true, math.NaN(), math.NaN()},
	{"insurance", "charges", false, math.NaN(), math.NaN()},
}

// TestLongPublished prints the table of docs/measurements/tables.md. TWEEDIE_TABLES chooses
// tables, TWEEDIE_SEEDS the number of splits.
func TestLongPublished(t *testing.T) {
	if os.Getenv("TWEEDIE_LONG") == "" {
		t.Skip("some minutes: set TWEEDIE_LONG=1")
	}
	only := strings.Fields(os.Getenv("TWEEDIE_TABLES"))
	seeds, err := strconv.Atoi(os.Getenv("TWEEDIE_SEEDS"))
	if err != nil {
		seeds = 3
	}
	for _, p := range published {
		if len(only) > 0 && !slices.Contains(only, p.table) {
			continue
		}
		types := map[string]datasets.Type{}
		if p.category {
			types[p.target] = datasets.TypeCategorical
		}
		c := read(t, p.table, types)
		t.Logf("%s: published knn(1) %.3f, MissForest %.3f", p.table, p.knn, p.forest)
		sum := map[string]*[10]float64{}
		for seed := range uint64(seeds) {
			rows, _ := datasets.Split(c.Rows(), 0.2, seed)
			h := MaskingPlan{Mechanism: Mechanism(os.Getenv("TWEEDIE_MECHANISM")), Share: 0.2, Seed: seed, Keep: []string{p.target}}
			for _, m := range Baselines(seed) {
				start := time.Now()
				r, err := Compare(t.Context(), c.Subset(rows), h, []Imputer{m}, 19)
				if err != nil {
					t.Fatal(err)
				}
				v := sum[m.Name()]
				if v == nil {
					v = new([10]float64)
					sum[m.Name()] = v
				}
				s := r.Methods[0]
				for k, x := range []*float64{&s.AvgMAE, &s.MedianMAE, &s.MinMAE, s.CRPS, s.Coverage, s.Width, s.Accuracy, s.LogLoss, &s.W1} {
					if x != nil {
						v[k] += *x / float64(seeds)
					}
				}
				v[9] += time.Since(start).Seconds() / float64(seeds)
			}
		}
		for _, m := range Baselines(0) {
			line := fmt.Sprintf("| %s | %s |", p.table, m.Name())
			for _, x := range sum[m.Name()] {
				line += fmt.Sprintf(" %.4f |", x)
			}
			t.Log(line)
		}
	}
}
