package main

import (
	"context"
	"slices"
	"testing"

	"tweedie/datasets"
	"tweedie/sample"
)

// Densities of many rows are found some at a time, which changes no bit of them:
// not with labels, nor with cells that are missing and drawn.
func TestDensitiesInParts(t *testing.T) {
	const rows = densityRows + 200
	model, table := trainedOn(t, mixedText(rows), "--steps", "3", "--hidden", "4", "--layers", "1", "--condition", "job")
	b, err := loadBundle(model)
	if err != nil {
		t.Fatal(err)
	}
	src, err := datasets.OpenTable(table)
	if err != nil {
		t.Fatal(err)
	}
	c, err := datasets.ReadCells(src, b.codec.Metadata())
	if err != nil {
		t.Fatal(err)
	}
	ctx, o := context.Background(), &densityFlags{bound: true, probes: 2}
	var seen []int
	parts, err := b.densities(ctx, c, o, &sample.LikelihoodOptions{Seed: 7, Observe: func(n int) error { seen = append(seen, n); return nil }}, false)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(seen, []int{densityRows, rows}) {
		t.Errorf("rows done: %v", seen)
	}
	of := func(first, n, index int) *densities {
		idx := make([]int, n)
		for i := range idx {
			idx[i] = first + i
		}
		d, err := b.someDensities(ctx, c, idx, o, &sample.LikelihoodOptions{Seed: 7, First: index}, false)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if whole := of(0, rows, 0); !slices.Equal(parts.logProb, whole.logProb) || !slices.Equal(parts.stdErr, whole.stdErr) {
		t.Error("parts differ from the whole")
	}
	tail := parts.logProb[densityRows:]
	if !slices.Equal(tail, of(densityRows, 200, densityRows).logProb) {
		t.Error("a part depends on the others")
	}
	if slices.Equal(tail, of(densityRows, 200, 0).logProb) {
		t.Error("the index of a row is of no effect")
	}
}
