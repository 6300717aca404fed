package tabular

import (
	"math"
	"reflect"
	"slices"
	"strings"
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

// The table of labels has the combinations in lexical order, with their counts.
func TestLabelTable(t *testing.T) {
	table := newLabelTable(mat.NewDense(5, 2, []float64{1, 0, 0, 2, 1, 0, 0, 1, 1, 0}))
	if !reflect.DeepEqual(table, labelTable{Rows: [][]int{{0, 1}, {0, 2}, {1, 0}}, Count: []int{1, 1, 3}}) {
		t.Errorf("%v", table)
	}
	if empty := newLabelTable(nil); empty.Rows != nil || empty.check(nil) != nil {
		t.Errorf("%v", empty)
	}
	nan := math.NaN()
	for _, c := range []struct {
		values []float64
		keep   func(row []int) bool
		want   [][]int
		cum    []int
	}{
		{nil, nil, table.Rows, []int{1, 2, 5}},
		{[]float64{0, nan}, nil, table.Rows[:2], []int{1, 2}},
		{[]float64{nan, 0}, nil, table.Rows[2:], []int{3}},
		{nil, func(row []int) bool { return row[1] != 2 }, [][]int{{0, 1}, {1, 0}}, []int{1, 4}},
		{[]float64{0}, func(row []int) bool { return row[1] != 2 }, [][]int{{0, 1}}, []int{1}},
	} {
		if law, err := table.given(c.values, c.keep, 1); err != nil || !reflect.DeepEqual(law.rows, c.want) || !slices.Equal(law.cum, c.cum) {
			t.Errorf("%v: %+v, %v", c.values, law, err)
		}
	}
	if _, err := table.given([]float64{1, 1}, nil, 1); err == nil || !strings.Contains(err.Error(), "combination of labels") {
		t.Error(err)
	}
}

// Rows of a labeled denoiser are the network given their labels and, in turn, what is
// known of them; row 0 has the index first. A model may have no labels.
func TestLabeledRows(t *testing.T) {
	labeledRows(t, model(t))
	labeledRows(t, model(t, "label"))
}

func labeledRows(t *testing.T, m *Model) {
	r := must(m.resolve(9, &Query{Balance: "kind", Seed: 5}))
	const first = 4
	d := must(r.conditional(first)).(labeled)
	dim := m.codec.Dim()
	x := mat.NewDense(3, dim, nil)
	for i := range 3 {
		for j := range dim {
			x.Set(i, j, math.Sin(float64(i*dim+j)))
		}
	}
	got, want := mat.NewDense(3, dim, nil), mat.NewDense(3, dim, nil)
	idx := []int{2, 0, 5}
	if err := d.Rows(idx).Denoise(got, x, []float64{0.5}); err != nil {
		t.Fatal(err)
	}
	var labels *mat.Dense
	known := mat.NewDense(3, dim, nil)
	if len(r.labels) > 0 {
		labels = mat.NewDense(3, 1, nil)
		r.labels.draw(labels, func(i int) int { return first + idx[i] })
	}
	for i, k := range idx {
		known.SetRow(i, r.known[(first+k)%3])
	}
	if err := must(m.net.Conditional(labels, known)).Denoise(want, x, []float64{0.5}); err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(got, want) {
		t.Errorf("%v, want %v", mat.Formatted(got), mat.Formatted(want))
	}
	head := mat.NewDense(3, dim, nil)
	if err := d.Denoise(head, x, []float64{0.5}); err != nil {
		t.Fatal(err)
	}
	if err := d.Rows([]int{0, 1, 2}).Denoise(want, x, []float64{0.5}); err != nil || !mat.Equal(head, want) {
		t.Error("the rows from the first on")
	}
	if _, err := d.Linearize(head, x, []float64{0.5}); err != nil || !mat.Equal(head, want) {
		t.Error("the mean of Linearize is not that of Denoise")
	}
	mean, variance := d.Moments()
	wantMean, wantVariance := m.net.Moments()
	if !slices.Equal(mean, wantMean) || !slices.Equal(variance, wantVariance) || d.Dim() != dim || d.Schedule() != m.net.Schedule() {
		t.Error("not the moments of the model")
	}
}
