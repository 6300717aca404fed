package tabular

import (
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/boost"
	"tweedie/internal/stream"
)

// TestLongWhere prints the table of docs/measurements/tables.md: how well boosted trees tell
// rows that were guided, or given columns, from those of the same model that
// satisfy the condition by chance. TWEEDIE_MODEL is a model of adult.csv that
// saves training one.
func TestLongWhere(t *testing.T) {
	long(t)
	data := "../../../shared/data/tabular/adult.csv"
	if _, err := os.Stat(data); err != nil {
		t.Skip("no adult.csv: ", err)
	}
	var m *Model
	if path := os.Getenv("TWEEDIE_MODEL"); path != "" {
		m = must(Load(path))
	} else {
		m = must(Fit(t.Context(), must(datasets.OpenTable(data)), &Options{Steps: 6000, Seed: 1}))
	}
	draw := func(seed uint64, q Query) *datasets.Cells {
		q.Seed = seed
		return draw(m, 3000, &q).Cells
	}
	free := draw(9, Query{})
	for _, c := range []struct {
		name   string
		where  []string
		given  map[string]string // the way that is judged; nil for guides
		within float64
	}{
		{"levels", []string{"education in (Masters, Doctorate)"}, nil, .55},
		{"range", []string{"30 <= age < 33"}, nil, .55},
		{"a range among zeros", []string{"capital_gain > 4000"}, nil, .55},
		{"levels and range", []string{"age >= 60", "sex = Female"}, nil, .55},
		{"two columns", []string{"hours_per_week > age"}, nil, .55},
		{"one level", []string{"education = Masters"}, nil, .55},
		// What a model has learnt of given columns, in so few steps, is not yet its own law.
		{"a level given", []string{"education = Masters"}, map[string]string{"education": "Masters"}, .6},
		{"a number given", []string{"age = 35"}, map[string]string{"age": "35"}, .6},
		{"both given", []string{"hours_per_week = 40", "income = '>50K'"}, map[string]string{"hours_per_week": "40", "income": ">50K"}, .6},
	} {
		t.Run(c.name, func(t *testing.T) {
			by := func(seed uint64, how string) *datasets.Cells {
				return draw(seed, Query{Where: c.where, WhereBy: how})
			}
			want, again := by(1, "reject"), by(2, "reject")
			var got *datasets.Cells
			if c.given != nil {
				got = draw(3, Query{Given: c.given})
			} else {
				got = by(3, "guide")
			}
			acc, null := toldApart(t, want, got), toldApart(t, want, again)
			t.Logf("| %v | %.3f | %.3f |", c.where, acc, null)
			if acc > c.within {
				t.Errorf("told from rejection with accuracy %.3f", acc)
			}
			if a := toldApart(t, want, free); a < .6 {
				t.Errorf("rows without the condition pass, accuracy %.3f", a)
			}
		})
	}
}

// toldApart is the accuracy of boosted trees in telling a from b, of three folds:
// 0.5, give or take 0.5/√(2n), when they have one law.
func toldApart(t *testing.T, a, b *datasets.Cells) float64 {
	t.Helper()
	fa, fb := features(a), features(b)
	n := min(fa.RawMatrix().Rows, fb.RawMatrix().Rows)
	_, p := fa.Dims()
	all, class := mat.NewDense(2*n, p, nil), make([]int, 2*n)
	src := stream.New(1, "told apart")
	for i, r := range src.Perm(2 * n) {
		if r < n {
			all.SetRow(i, fa.RawRowView(r))
		} else {
			all.SetRow(i, fb.RawRowView(r-n))
			class[i] = 1
		}
	}
	right := 0
	for fold := range 3 {
		var in, out []int
		for i := range class {
			if i%3 == fold {
				out = append(out, i)
			} else {
				in = append(in, i)
			}
		}
		pick := func(idx []int) (*mat.Dense, []int) {
			x, c := mat.NewDense(len(idx), p, nil), make([]int, len(idx))
			for k, i := range idx {
				x.SetRow(k, all.RawRowView(i))
				c[k] = class[i]
			}
			return x, c
		}
		x, c := pick(in)
		f, err := boost.Classify(x, c, 2, &boost.Options{Depth: 4, Rate: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		x, c = pick(out)
		var q mat.Dense
		f.Probabilities(&q, x)
		for i, k := range c {
			if (q.At(i, 1) > 0.5) == (k == 1) {
				right++
			}
		}
	}
	return float64(right) / float64(2*n)
}

// features are numbers as they are and categories as zeros and ones.
func features(c *datasets.Cells) *mat.Dense {
	m := c.Metadata()
	var columns [][]float64
	for j := range m.Columns {
		f := &m.Columns[j]
		for k := range max(1, len(f.Levels)) {
			v := make([]float64, c.Rows())
			for i := range v {
				switch {
				case c.Missing(i, j):
					v[i] = math.NaN()
				case f.Levels == nil && f.Range != nil:
					v[i] = c.Number(i, j)
				case f.Levels != nil && c.Level(i, j) == k:
					v[i] = 1
				}
			}
			columns = append(columns, v)
		}
	}
	x := mat.NewDense(c.Rows(), len(columns), nil)
	for j, v := range columns {
		x.SetCol(j, v)
	}
	return x
}
