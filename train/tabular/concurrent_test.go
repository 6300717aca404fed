package tabular

import (
	"context"
	"strings"
	"sync"
	"testing"
)

// One model draws, scores and fills rows in many goroutines as it does in one.
func TestConcurrentUse(t *testing.T) {
	m, err := Load(before + "condition.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	queries := []Query{
		{Seed: 1}, {Seed: 2, Where: []string{"area > 50"}, WhereBy: "reject"},
		{Seed: 3, Given: map[string]string{"kind": "house"}, Where: []string{"area > 50"}, WhereBy: "guide"},
		{Seed: 4, Given: map[string]string{"kind": "flat"}, Where: []string{"area > 50"}, Conditioning: Conditioning{Particles: 8}},
	}
	draw := func(q Query) string {
		r, err := m.Sample(context.Background(), 9, &q)
		if err != nil {
			t.Error(err)
			return ""
		}
		return text(t, r.Cells)
	}
	var wg sync.WaitGroup
	for i := range 4 * len(queries) {
		q := queries[i%len(queries)]
		wg.Go(func() {
			if got, want := draw(q), draw(q); got != want {
				t.Errorf("query %d: rows\n%s\nand\n%s", i, got, want)
			}
		})
	}
	wg.Wait()
}

// A number of rows that cannot be is an error, and no query is the query of zeros.
func TestNoQuery(t *testing.T) {
	m, err := Load(before + "table.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, -1} {
		if _, err := m.Sample(context.Background(), n, nil); err == nil || !strings.Contains(err.Error(), "rows") {
			t.Errorf("%d rows: error %v", n, err)
		}
	}
	none, err := m.Sample(context.Background(), 5, nil)
	if err != nil {
		t.Fatal(err)
	}
	zero, err := m.Sample(context.Background(), 5, &Query{})
	if err != nil || text(t, none.Cells) != text(t, zero.Cells) {
		t.Errorf("no query and the query of zeros differ: %v", err)
	}
}
