// Package growth measures how the cost of training on a table, and of drawing rows, grows with
// its rows, columns and levels, and with workers. Each cell runs the program in processes of
// their own, so that peak memory is that of one command.
package growth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tweedie/internal/atomicfile"
)

// Options say what is measured, and by which program.
type Options struct {
	Program string // runs "train" and "sample", as tweedie does
	Out     string // folder of the cells that are done: Measure goes on with the next one
	Axes    []string
	Most    int // largest table: cells of more rows are left out
	Seed    uint64
	Workers int              // of the cells of other axes than workers; 0 for one per core
	Clock   func() time.Time // time.Now, but in tests
	Done    func(Cost) error // called after each cell; may be nil
}

// Cell is one table and the number of workers. Training takes so many steps.
type Cell struct {
	Axis    string `json:"axis"` // what varies: rows, columns, levels or workers
	Rows    int    `json:"rows"`
	Columns int    `json:"columns"` // of numbers
	Levels  int    `json:"levels"`  // of one column of categories; 0 for none
	Workers int    `json:"workers"` // 0: as Options say
	Steps   int    `json:"steps"`
}

// Axes are the names of what varies.
func Axes() []string { return []string{"rows", "columns", "levels", "workers"} }

// Size is the number that varies.
func (c Cell) Size() int {
	switch c.Axis {
	case "rows":
		return c.Rows
	case "columns":
		return c.Columns
	case "levels":
		return c.Levels
	}
	return c.Workers
}

// Cost is what a cell took. Reading the table and encoding it are part of the training.
type Cost struct {
	Cell
	TrainSeconds float64 `json:"train_seconds"`
	TrainMB      float64 `json:"train_mb"` // peak of resident memory, 2²⁰ bytes; 0 where the system does not tell
	DrawSeconds  float64 `json:"draw_seconds"`
	DrawMB       float64 `json:"draw_mb"`
}

// Cells are those of the axes, small ones first. Where rows vary, four columns of numbers; where
// columns do, 2,000 rows; where levels do, two numbers and 200,000 rows; where workers do, 10 columns,
// 100,000 rows and so many steps that reading the table weighs little.
func Cells(axes []string, most int) ([]Cell, error) {
	var cells []Cell
	for _, a := range axes {
		switch a {
		case "rows":
			for _, n := range []int{1e4, 1e5, 1e6, 1e7} {
				cells = append(cells, Cell{Axis: a, Rows: n, Columns: 4, Steps: 100})
			}
		case "columns":
			for _, n := range []int{10, 50, 200, 1000, 2000} {
				cells = append(cells, Cell{Axis: a, Rows: 2000, Columns: n, Steps: 50})
			}
		case "levels":
			for _, n := range []int{10, 100, 1e3, 1e4, 1e5} {
				cells = append(cells, Cell{Axis: a, Rows: 2e5, Columns: 2, Levels: n, Steps: 50})
			}
		case "workers":
			for _, n := range []int{1, 2} {
				cells = append(cells, Cell{Axis: a, Rows: 1e5, Columns: 10, Workers: n, Steps: 2000})
			}
		default:
			return nil, fmt.Errorf("growth: unknown axis %q: have %v", a, Axes())
		}
	}
	return slices.DeleteFunc(cells, func(c Cell) bool { return c.Rows > most }), nil
}

// Measure measures the cells that are not done, and returns all. When ctx ends it returns those
// that are done and ctx.Err().
func Measure(ctx context.Context, o Options) ([]Cost, error) {
	cells, err := Cells(o.Axes, o.Most)
	if err != nil {
		return nil, err
	}
	if len(cells) == 0 {
		return nil, errors.New("growth: no table is so small")
	}
	var costs []Cost
	for _, c := range cells {
		cost, err := o.cell(ctx, c)
		if ctx.Err() != nil {
			return costs, ctx.Err()
		}
		if err != nil {
			return costs, err
		}
		costs = append(costs, cost)
	}
	return costs, nil
}

// cell reads the cost of a cell that is done, or measures it.
func (o *Options) cell(ctx context.Context, c Cell) (Cost, error) {
	path := filepath.Join(o.Out, fmt.Sprintf("%s-%d.json", c.Axis, c.Size()))
	var cost Cost
	switch b, err := os.ReadFile(path); {
	case err == nil:
		if err := json.Unmarshal(b, &cost); err != nil || cost.Cell != c {
			return cost, fmt.Errorf("%s is not of this measurement: remove it, or name another folder", path)
		}
		return cost, nil
	case !errors.Is(err, os.ErrNotExist):
		return cost, err
	}
	cost, err := o.run(ctx, c)
	if err != nil {
		return cost, err
	}
	write := func(w io.Writer) error { return json.NewEncoder(w).Encode(cost) }
	if err := atomicfile.Write(path, write); err != nil {
		return cost, err
	}
	if o.Done == nil {
		return cost, nil
	}
	return cost, o.Done(cost)
}
