package evaluate

import (
	"math"
	"strings"
	"testing"

	"tweedie/internal/stream"
)

// k is one more than the smallest for which 95 % of the rows cover themselves.
func TestCoverageOfDuplicates(t *testing.T) {
	line := func(x ...float64) *frame { return numbers(x) }
	for _, c := range []struct {
		real *frame
		k    int
	}{
		{line(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 2},
		{line(0, 0, 1, 1, 4, 5, 6, 7, 8, 9), 3}, // 6 of 10 cover themselves at k = 1
		{line(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3), 4},
	} {
		if got := coverage(newGower(c.real), c.real, c.real, 1000, 1, 1); got.Neighbors != c.k || got.Share != 1 {
			t.Errorf("%+v, want k = %d", got, c.k)
		}
	}
}

// Beyond the limit both tables lose the same share of their rows.
func TestCoverageThinsInProportion(t *testing.T) {
	real, fake := numbers(make([]float64, 20)), numbers(make([]float64, 40))
	for i := range 40 {
		fake.cols[0].num[i] = float64(i) / 39
		real.cols[0].num[i/2] = float64(i/2) / 19
	}
	g := newGower(real)
	if got := coverage(g, real, fake, 10, 1, 1); got.Rows != 5 {
		t.Errorf("%d real rows of 20 beside 10 of 40, want 5", got.Rows)
	}
	if got := coverage(g, fake, real, 10, 1, 1); got.Rows != 10 {
		t.Errorf("%d real rows of 40, want 10", got.Rows)
	}
}

// A class that is a coin cannot be predicted, whatever is trained on: nothing is tested on the
// rows of its training.
func TestNoiseIsNotPredicted(t *testing.T) {
	real, hold, other := three(300)
	draw := stream.New(7, "coin")
	for i := range 300 {
		for _, c := range []interface{ SetLevel(i, j, k int) }{real, hold, other} {
			c.SetLevel(i, 4, draw.IntN(2))
		}
	}
	r := evaluate(t, &Tables{Real: real, Synthetic: other, Holdout: hold}, &Options{Target: "class"})
	for what, u := range map[string]Utility{"real": r.Floors.Real.Utility, "synthetic": r.Synthetic.Utility, "independent": r.Floors.Independent.Utility} {
		near(t, what+": AUC", float64(u.AUC), 0.5, 0.12)
		near(t, what+": F1", float64(u.F1), 0.5, 0.12)
	}
	if r = evaluate(t, &Tables{Real: real, Synthetic: other}, &Options{Target: "class"}); r.Floors.Real.Utility.AUC > 0.65 || r.Synthetic.Utility.AUC > 0.65 {
		t.Errorf("without held-out rows: AUC %v, %v", r.Floors.Real.Utility.AUC, r.Synthetic.Utility.AUC)
	}
}

func TestExposedByHand(t *testing.T) {
	for _, c := range []struct {
		copies         int
		expected       float64
		memorized, err float64
		exact, near    bool
	}{
		{100, 100, 0, 0.01, false, false},
		{140, 100, 0, 0.01, false, false}, // 5 √(100·0.9) = 47.4
		{148, 100, 0, 0.01, true, false},
		{5, 0, 0, 0.01, false, false}, // not above half a percent
		{6, 0, 0, 0.01, true, false},
		{0, 0, 0.019, 0.001, false, false},
		{0, 0, 0.021, 0.001, false, true},
		{0, 0, 0.1, 0.04, false, false},
		{0, 0, 0.13, 0.04, false, true},
	} {
		p := &Privacy{Copies: c.copies, CopiesExpected: Number(c.expected), Memorized: Number(c.memorized), MemorizedError: Number(c.err)}
		if exact, near := exposed(p, 1000); exact != c.exact || near != c.near {
			t.Errorf("%+v: %v, %v", c, exact, near)
		}
	}
}

func TestPrivacySharesByHand(t *testing.T) {
	for _, c := range []struct{ got, want float64 }{
		{one(memorizedShare(0.5, 100, 100, 100, 1000)), 0},
		{one(memorizedShare(1, 100, 100, 100, 1000)), 1},
		{one(memorizedShare(0.6, 100, 100, 100, 1000)), 0.2},
		{one(memorizedShare(0.6, 100, 100, 400, 1000)), 0.8}, // a quarter is looked at
		{one(memorizedShare(0.85, 300, 100, 300, 1000)), 0.4},
		{one(memorizedShare(0.2, 100, 100, 100, 1000)), 0},
		{two(memorizedShare(0.5, 100, 100, 100, 1000)), math.Sqrt(0.25/1000) / 0.5},
		{two(memorizedShare(0.5, 100, 100, 200, 1000)), math.Sqrt(0.25/1000) / 0.5 * 2},
		{chanceCopies(numbers([]float64{1, 2, 3, 4}), numbers([]float64{4, 5, 6, 7})), 0.5},
		{chanceCopies(numbers([]float64{1, 2}), numbers([]float64{1, 2})), 1},
		{closerShare([]float64{1, 2, 3, 4}, []float64{2, 2, 2, 2}), 0.375},
		{median([]float64{4, 1, 3}), 3},
		{median([]float64{4, 1, 3, 2}), 2.5},
	} {
		near(t, "value", c.got, c.want, 1e-12)
	}
	// 0 is -0, a missing number is equal to another, and to nothing else.
	keys := rowKeys(numbers([]float64{0, math.Copysign(0, -1), math.NaN(), math.NaN(), 1}))
	if keys[0] != keys[1] || keys[2] != keys[3] || keys[0] == keys[2] || keys[0] == keys[4] {
		t.Errorf("keys %q", keys)
	}
	var p Privacy
	p.copies(numbers([]float64{1, 2, 3, 4}), numbers([]float64{4, 5}), numbers([]float64{1, 1, 9, 9, 9, 9, 9, 9}))
	if p.Copies != 2 || p.CopiesShare != 0.25 || p.CopiesExpected != 4 {
		t.Errorf("%+v", p)
	}
}

func one(a, _ Number) float64 { return float64(a) }
func two(_, b Number) float64 { return float64(b) }

// A gap in a column that is constant in the real rows is a difference; one where the real
// rows have no value is none.
func TestGapInAConstant(t *testing.T) {
	rows := strings.Repeat("1.5,u,EUR,\n2.5,v,EUR,\n0.5,u,EUR,\n", 8)
	gaps := strings.Replace(rows, "EUR", "", 6)
	tables, err := Read(text("real.csv", "x,k,money,none\n"+rows), text("fake.csv", "x,k,money,none\n"+gaps), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(tables.Notes, "\n"); notes != `fake.csv: column "money" has 1 value that the real rows have not: a missing cell` {
		t.Errorf("notes %q", notes)
	}
	r := evaluate(t, tables, nil)
	near(t, "missing gap", float64(r.Synthetic.MissingGap), 0.25, 1e-12)
}

// Marginal scores by hand.
func TestMarginalsByHand(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"KS", kolmogorovSmirnov([]float64{1, 2, 3, 4}, []float64{3, 4, 5, 6}), 0.5},
		{"KS of ties", kolmogorovSmirnov([]float64{1, 1, 2}, []float64{1, 2, 2}), 1. / 3},
		{"KS without one", kolmogorovSmirnov(nil, []float64{1}), 1},
		{"KS of none", kolmogorovSmirnov(nil, nil), 0},
		{"total variation", totalVariation([]int{0, 0, 1, 2}, []int{0, 1, 1, 1}, 3), 0.5},
		{"total variation of other sizes", totalVariation([]int{0, 1}, []int{0, 0, 0, 1}, 2), 0.25},
		{"correlation", correlation([]float64{1, 2, 3, nan}, []float64{2, 4, 6, 1}), 1},
		{"correlation, down", correlation([]float64{1, 2, 3}, []float64{3, 2, 1}), -1},
		{"correlation of a constant", correlation([]float64{1, 1, 1}, []float64{3, 2, 1}), 0},
		{"Cramér's V", cramer(coded{[]int{0, 0, 1, 1}, 2}, coded{[]int{0, 0, 1, 1}, 2}), 1},
		{"Cramér's V of independence", cramer(coded{[]int{0, 0, 1, 1}, 2}, coded{[]int{0, 1, 0, 1}, 2}), 0},
		{"AUC", auc([]float64{0.1, 0.4, 0.35, 0.8}, []bool{false, false, true, true}), 0.75},
		{"AUC of ties", auc([]float64{1, 1, 1, 1}, []bool{false, true, true, true}), 0.5},
		{"AUC of one kind", auc([]float64{1, 2}, []bool{true, true}), 0.5},
		{"W1 on a line", lineDistance([]float64{0, 1}, []float64{1, 2, 3, 4}), 2},
		{"missing share", missingShare(&column{num: []float64{1, nan, nan, 2}}, 4), 0.5},
	} {
		near(t, c.what, c.got, c.want, 1e-12)
	}
	r2, rmse := numberScores([]float64{1, 2, 3, 6}, []float64{1, 2, 3, 4})
	near(t, "R²", float64(r2), 1-4./5, 1e-12)
	near(t, "RMSE", float64(rmse), 1, 1e-12)
	if got := bins([]float64{0, 0.05, 0.15, 0.95, 1, 2, -1, nan}, 0, 1).codes; len(got) != 8 || got[0] != 0 || got[1] != 0 || got[2] != 1 || got[3] != 9 || got[4] != 9 || got[5] != 9 || got[6] != 0 || got[7] != trendBins {
		t.Errorf("bins %v", got)
	}
	// A missing number is ½ from the middle on each of two coordinates.
	f := numbers([]float64{0, 4, 2, nan})
	p := newGower(f).apply(f)
	for _, c := range []struct {
		i, k int
		want float64
	}{{0, 1, 1}, {0, 2, 0.5}, {0, 3, 1}, {2, 3, 0.5}, {1, 3, 1}, {3, 3, 0}} {
		near(t, "distance", distance(p, c.i, p, c.k, math.Inf(1)), c.want, 1e-12)
	}
}
