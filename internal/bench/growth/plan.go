package growth

import (
	"cmp"
	"fmt"
)

// Size is what a cell is of.
type Size struct {
	Sweep   string `json:"sweep"` // rows, columns, levels or workers: what differs from the next cell
	Rows    int    `json:"rows"`
	Columns int    `json:"columns"` // numbers, and the last a category
	Levels  int    `json:"levels"`  // of that category
	Workers int    `json:"workers"` // goroutines
	Steps   int    `json:"steps"`   // of training
	NFE     int    `json:"nfe"`     // denoiser evaluations of a row drawn
}

// at is the size along its sweep.
func (s Size) at() int {
	return map[string]int{"rows": s.Rows, "columns": s.Columns, "levels": s.Levels, "workers": s.Workers}[s.Sweep]
}

func (s Size) name() string { return fmt.Sprintf("%s-%d", s.Sweep, s.at()) }

// Sweeps are the names of the sweeps, in order.
func Sweeps() []string { return []string{"rows", "columns", "levels", "workers"} }

// Plan returns the sizes of all cells, with at most so many rows in each. Quick is for tests
// and small machines: fewer and smaller ones. Workers are those of all sweeps but their own.
func Plan(maxRows, workers int, quick bool) []Size {
	rows, columns, levels, k := []int{1e4, 1e5, 1e6, 1e7}, []int{10, 50, 200, 1000, 2000}, []int{10, 100, 1e3, 1e4, 1e5}, 1
	if quick {
		rows, columns, levels, k = []int{1000, 2000, 4000}, []int{10, 20, 40}, []int{10, 20, 40}, 100
	}
	var plan []Size
	add := func(s Size) {
		s.Steps, s.NFE, s.Workers = max(s.Steps/k, 2), 4, cmp.Or(s.Workers, workers)
		if s.Rows <= maxRows {
			plan = append(plan, s)
		}
	}
	for _, n := range rows {
		add(Size{Sweep: "rows", Rows: n, Columns: 6, Levels: 10, Steps: 300})
	}
	for _, n := range columns {
		add(Size{Sweep: "columns", Rows: 4000 / min(k, 10), Columns: n, Levels: 10, Steps: 40})
	}
	for _, n := range levels {
		add(Size{Sweep: "levels", Rows: min(300_000/k, maxRows), Columns: 3, Levels: n, Steps: 60})
	}
	for _, n := range []int{1, 2} {
		add(Size{Sweep: "workers", Rows: min(200_000/k, maxRows), Columns: 6, Levels: 10, Workers: n, Steps: 1000})
	}
	return plan
}
