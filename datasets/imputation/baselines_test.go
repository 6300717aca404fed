package imputation

import (
	"context"
	"math"
	"runtime"
	"testing"

	"tweedie/datasets"
)

func impute(t testing.TB, m Imputer, c *datasets.Cells, draws int) []*datasets.Cells {
	t.Helper()
	before := clone(c)
	tables, err := m.Impute(t.Context(), c, draws)
	if err != nil {
		t.Fatal(err)
	}
	if err := check(c, tables, draws); err != nil {
		t.Fatalf("%s: %v", m.Name(), err)
	}
	if !equal(before, c) {
		t.Fatalf("%s changes its argument", m.Name())
	}
	return tables
}

func TestMeanByHand(t *testing.T) {
	c := table(t, "a,b\n1.0,x\n2.5,y\n,y\n4.0,\n", nil)
	full := impute(t, Mean{}, c, 2)[1]
	if v := full.Number(2, 0); v != 2.5 {
		t.Errorf("mean %g", v)
	}
	if k := full.Level(3, 1); k != 1 {
		t.Errorf("level %d", k)
	}
}

// By hand: by a, rows 3, 2 and 1 are nearest to the last, in that order.
func TestKNNByHand(t *testing.T) {
	c := table(t, "a,b\n1.0,10.5\n2.0,20.5\n3.0,30.5\n4.0,40.5\n4.9,\n", nil)
	if v := impute(t, KNN{}, c, 1)[0].Number(4, 1); v != 40.5 {
		t.Errorf("knn(1): %g", v)
	}
	if v := impute(t, KNN{K: 3}, c, 1)[0].Number(4, 1); v != 30.5 {
		t.Errorf("knn(3): %g", v)
	}
	if v := impute(t, KNN{K: 9}, c, 1)[0].Number(4, 1); v != 25.5 {
		t.Errorf("knn of more than there are: %g", v)
	}
}

// knnByBrute is the definition, one cell at a time; with sum set, distances
// are not divided by the number of shared columns.
func knnByBrute(c *datasets.Cells, row, column int, sum bool) float64 {
	f := newFrame(c)
	best, at := math.Inf(1), -1
	for r := range f.rows {
		if r == row || math.IsNaN(f.x[column][r]) {
			continue
		}
		total, n := 0.0, 0.0
		for k, x := range f.x {
			if math.IsNaN(x[row]) || math.IsNaN(x[r]) {
				continue
			}
			n++
			if f.levels[k] == 0 {
				_, s := moments(x)
				total += math.Pow((x[row]-x[r])/s, 2)
			} else if x[row] != x[r] {
				share := make([]float64, f.levels[k])
				known := 0.0
				for _, v := range x {
					if !math.IsNaN(v) {
						share[int(v)]++
						known++
					}
				}
				same := 0.0
				for _, p := range share {
					same += p / known * p / known
				}
				total += 2 / (1 - same)
			}
		}
		if !sum {
			total /= n
		}
		if n > 0 && total < best {
			best, at = total, r
		}
	}
	return f.x[column][at]
}

func TestKNNIsItsDefinition(t *testing.T) {
	c, hidden, err := Mask(numbers(60, 3, 2, 11), MaskingPlan{Share: 0.4, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	full := impute(t, KNN{K: 1}, c, 1)[0]
	differ := func(sum bool) (n int) {
		for _, at := range hidden {
			if value(full, at.Row, at.Column) != knnByBrute(c, at.Row, at.Column, sum) {
				n++
			}
		}
		return n
	}
	if n := differ(false); n > 0 {
		t.Errorf("%d of %d cells differ", n, len(hidden))
	}
	if differ(true) == 0 {
		t.Error("undivided distances pass")
	}
}

// Ragged tables: an empty row, a single column, categories alone, one row known.
func TestBaselinesFillEverything(t *testing.T) {
	empty := numbers(30, 2, 2, 12)
	for j := range 4 {
		setValue(empty, 5, j, math.NaN())
		setValue(empty, 6+j, j, math.NaN())
	}
	single := numbers(20, 1, 0, 13)
	setValue(single, 3, 0, math.NaN())
	category := numbers(20, 0, 1, 13)
	setValue(category, 3, 0, math.NaN())
	one := datasets.NewCells(empty.Metadata(), 3)
	for j := range 4 {
		one.Copy(1, j, empty, 0)
	}
	constant := numbers(20, 2, 0, 14)
	for i := range 20 {
		constant.SetNumber(i, 0, 0.1)
	}
	setValue(constant, 2, 0, math.NaN())
	setValue(constant, 3, 1, math.NaN())
	for _, c := range []*datasets.Cells{empty, single, category, one, constant, numbers(10, 2, 1, 15)} {
		for _, m := range Baselines(3) {
			impute(t, m, c, 3)
		}
	}
	none := numbers(10, 2, 0, 16)
	for i := range 10 {
		setValue(none, i, 1, math.NaN())
	}
	for _, m := range Baselines(3) {
		if _, err := m.Impute(t.Context(), none, 1); err == nil {
			t.Errorf("%s: no error for a column without known cells", m.Name())
		}
	}
	for _, m := range []Imputer{KNN{K: -1}, Iterative{Trees: -1}} {
		if _, err := m.Impute(t.Context(), empty, 1); err == nil {
			t.Errorf("%+v: no error", m)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, m := range []Imputer{KNN{}, Iterative{}} {
		if _, err := m.Impute(ctx, empty, 1); err != context.Canceled {
			t.Errorf("%s: error %v after cancelling", m.Name(), err)
		}
	}
}

// The number of processors changes nothing, the seed does.
func TestForestsRepeat(t *testing.T) {
	c, _, err := Mask(numbers(80, 3, 1, 17), MaskingPlan{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	run := func(seed uint64) []*datasets.Cells {
		return impute(t, Iterative{Seed: seed, Draw: true, Trees: 20}, c, 2)
	}
	a := run(1)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b := run(1)
	if !equal(a[0], b[0]) || !equal(a[1], b[1]) {
		t.Error("one processor gives another result")
	}
	if equal(a[0], a[1]) {
		t.Error("two draws are the same")
	}
	if equal(a[0], run(2)[0]) {
		t.Error("the seed is ignored")
	}
}

// With a column that another determines, forests find it: the error falls below
// a third of the mean's. Draws come from the column's known cells, and their
// 90 % intervals cover more than half of what is hidden where a single value
// covers next to nothing.
func TestForestsLearn(t *testing.T) {
	c := numbers(400, 2, 1, 18)
	for i := range c.Rows() {
		c.SetNumber(i, 1, math.Abs(c.Number(i, 0)))
	}
	r, err := Compare(t.Context(), c, MaskingPlan{Seed: 4, Keep: []string{"a"}}, []Imputer{Mean{}, Iterative{}, Iterative{Draw: true}}, 19)
	if err != nil {
		t.Fatal(err)
	}
	b := func(m int) ColumnScores { return r.Methods[m].Columns[0] }
	if b(1).MedianMAE > b(0).MedianMAE/3 || b(2).MedianMAE > b(0).MedianMAE/3 {
		t.Errorf("errors: mean %g, forest %g, draws %g", b(0).MedianMAE, b(1).MedianMAE, b(2).MedianMAE)
	}
	if *b(2).Coverage < 0.5 || *b(1).Coverage > 0.1 || *b(2).CRPS > b(2).AvgMAE {
		t.Errorf("draws cover %g, forest %g", *b(2).Coverage, *b(1).Coverage)
	}
	masked, hidden, err := Mask(c, r.Masking)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[float64]bool{}
	for i := range c.Rows() {
		seen[masked.Number(i, 1)] = true
	}
	full := impute(t, Iterative{Draw: true}, masked, 1)[0]
	for _, at := range hidden {
		if at.Column == 1 && !seen[full.Number(at.Row, 1)] {
			t.Fatalf("row %d: a number that no row has", at.Row)
		}
	}
}

// On iris the numbers of the literature come out: see published. Their splits
// and holes are others: with about 290 cells each, and absolute errors whose
// standard deviation is about their mean, 4 standard errors of the difference
// are 4 √2/√290, a third. The mean is the twin.
func TestIrisIsNearPublished(t *testing.T) {
	c := read(t, "iris", nil)
	sum := make([]float64, 3)
	for seed := range uint64(3) {
		rows, _ := datasets.Split(c.Rows(), 0.2, seed)
		r, err := Compare(t.Context(), c.Subset(rows), MaskingPlan{Seed: seed, Keep: []string{"species"}}, []Imputer{Mean{}, KNN{}, Iterative{}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i := range sum {
			sum[i] += r.Methods[i].AvgMAE / 3
		}
	}
	within := func(got, want float64) bool { return math.Abs(got/want-1) < 4*math.Sqrt2/math.Sqrt(290) }
	if !within(sum[1], published[0].knn) || !within(sum[2], published[0].forest) {
		t.Errorf("knn(1) %.4f, forest %.4f", sum[1], sum[2])
	}
	if within(sum[0], published[0].knn) {
		t.Errorf("the mean, %.4f, passes for a neighbor", sum[0])
	}
}
