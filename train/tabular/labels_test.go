package tabular

import (
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The labels that a row is drawn with are those that are written beside it,
// whatever block, shard or order they are drawn in, and have the frequencies of
// the table.
func TestLabelLaw(t *testing.T) {
	table := newLabelTable(mat.NewDense(6, 2, []float64{1, 0, 0, 2, 1, 0, 1, 0, 0, 1, 1, 0}))
	law, err := table.given(nil, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	const n = 60_000
	all, some := mat.NewDense(n, 2, nil), mat.NewDense(3, 2, nil)
	labelTurns{law}.draw(all, func(i int) int { return i })
	labelTurns{law}.draw(some, func(i int) int { return []int{n - 1, 7, 31}[i] })
	for i, r := range []int{n - 1, 7, 31} {
		if !mat.Equal(some.RowView(i), all.RowView(r)) {
			t.Errorf("row %d is %v alone and %v among all", r, some.RawRowView(i), all.RawRowView(r))
		}
	}
	count := map[[2]float64]float64{}
	for i := range n {
		count[[2]float64(all.RawRowView(i))]++
	}
	for row, p := range map[[2]float64]float64{{1, 0}: 4. / 6, {0, 2}: 1. / 6, {0, 1}: 1. / 6} {
		if d := count[row] - p*n; d*d > 16*p*(1-p)*n { // 4 standard errors
			t.Errorf("%v is drawn %v times of %d, want a share of %.4f", row, count[row], n, p)
		}
	}
	if _, err := table.given([]float64{1, 2}, nil, 3); err == nil {
		t.Error("a combination that does not occur is drawn")
	}
}
