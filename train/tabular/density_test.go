package tabular

import (
	"context"
	"slices"
	"testing"

	"tweedie/datasets"
)

// Densities of many rows are found some at a time, which changes no bit of them:
// not with labels, nor with cells that are missing and drawn.
func TestDensitiesInParts(t *testing.T) {
	const rows = densityRows + 200
	table := jobsText(rows)
	m := fit(table, Options{Conditions: []string{"job"}, Steps: 3, Hidden: 4, Layers: 1})
	c := cellsOf(m, table)
	ctx, o := context.Background(), DensityOptions{Bound: true, Probes: 2, Seed: 7, Tolerance: 1e-5}
	var seen []int
	shown := o
	shown.Progress = func(n int) error { seen = append(seen, n); return nil }
	parts := must(m.Densities(ctx, c, &shown))
	if !slices.Equal(seen, []int{densityRows, rows}) {
		t.Errorf("rows done: %v", seen)
	}
	of := func(c *datasets.Cells, first, n int) *Densities {
		idx := make([]int, n)
		for i := range idx {
			idx[i] = first + i
		}
		d := &Densities{}
		if err := m.someDensities(ctx, d, c, idx, &o); err != nil {
			t.Fatal(err)
		}
		return d
	}
	if whole := of(c, 0, rows); !slices.Equal(parts.LogProb, whole.LogProb) || !slices.Equal(parts.StdErr, whole.StdErr) {
		t.Error("parts differ from the whole")
	}
	tail := parts.LogProb[densityRows:]
	if !slices.Equal(tail, of(c, densityRows, 200).LogProb) {
		t.Error("a part depends on the others")
	}
	var last []int
	for i := densityRows; i < rows; i++ {
		last = append(last, i)
	}
	if slices.Equal(tail, of(c.Subset(last), 0, 200).LogProb) {
		t.Error("the index of a row is of no effect")
	}
}
