package imputation

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/parallel"
	"tweedie/internal/stream"
)

// Iterative imputes by regression on the other columns, in turns: missing cells
// start at the mean or the most frequent level; then, column by column from the
// fewest missing cells to the most, a forest that was trained on the rows that
// know the column predicts the others, and this is repeated until what a round
// changes grows, when the round before is the result. That is MissForest
// (Stekhoven & Bühlmann 2012, doi:10.1093/bioinformatics/btr597) with all
// columns tried at each split. Levels enter as their indices.
//
// With Draw, each draw then goes three times more through the columns, with its
// own cells as predictors, and takes, instead of the forest's mean, the cell of
// a training row from the same leaf of one tree (Doove, van Buuren & Dusseldorp
// 2014, doi:10.1016/j.csda.2013.10.025). A forest is shared by all draws.
type Iterative struct {
	Trees   int    // of each forest; 0 means 100
	Rounds  int    // at most; 0 means 10
	Sample  int    // rows drawn for a tree, with replacement, at most; 0 means 5000
	MinLeaf int    // rows in a leaf, at least; 0 means 1, and 5 when drawing
	Draw    bool   // draws from the forests in place of their mean
	Seed    uint64 // of the forests and draws
}

// sweeps is how often draws go through the columns.
const sweeps = 3

// Name returns "forest", or "forest draws".
func (m Iterative) Name() string {
	if m.Draw {
		return "forest draws"
	}
	return "forest"
}

// Impute returns draws tables, the same one without m.Draw. It errs when a
// column has no known cell, or an option is negative.
func (m Iterative) Impute(ctx context.Context, c *datasets.Cells, draws int) ([]*datasets.Cells, error) {
	if min(m.Trees, m.Rounds, m.Sample, m.MinLeaf) < 0 {
		return nil, fmt.Errorf("imputation: forest of %d trees, %d rounds, samples of %d and leaves of %d rows; none may be negative", m.Trees, m.Rounds, m.Sample, m.MinLeaf)
	}
	m.Trees = cmp.Or(m.Trees, 100)
	m.Rounds = cmp.Or(m.Rounds, 10)
	m.Sample = cmp.Or(m.Sample, 5000)
	r, err := newRounds(ctx, c, m)
	if err != nil {
		return nil, err
	}
	r.minLeaf = cmp.Or(m.MinLeaf, 1)
	x, err := r.converge()
	if err != nil {
		return nil, err
	}
	if !m.Draw {
		return repeat(r.f.fill(c, func(k, i int) float64 { return x[k][i] }), draws), nil
	}
	r.minLeaf = cmp.Or(m.MinLeaf, 5)
	all := make([]*datasets.Cells, draws)
	chains, err := r.chains(x, draws)
	if err != nil {
		return nil, err
	}
	for d := range all {
		all[d] = r.f.fill(c, func(k, i int) float64 { return chains[d][k][i] })
	}
	return all, nil
}

type rounds struct {
	Iterative
	ctx     context.Context
	f       *frame
	minLeaf int
	start   [][]float64
	order   []int     // columns with missing cells, the fewest first
	known   [][]int32 // rows, of each column
	missing [][]int32
}

func newRounds(ctx context.Context, c *datasets.Cells, m Iterative) (*rounds, error) {
	r := &rounds{Iterative: m, ctx: ctx, f: newFrame(c)}
	center, err := r.f.centers()
	if err != nil {
		return nil, err
	}
	r.start = copyOf(r.f.x)
	r.known, r.missing = make([][]int32, len(r.start)), make([][]int32, len(r.start))
	for k, x := range r.start {
		for i, v := range x {
			if math.IsNaN(v) {
				x[i] = center[k]
				r.missing[k] = append(r.missing[k], int32(i))
			} else {
				r.known[k] = append(r.known[k], int32(i))
			}
		}
		if len(r.missing[k]) > 0 {
			r.order = append(r.order, k)
		}
	}
	slices.SortStableFunc(r.order, func(a, b int) int { return len(r.missing[a]) - len(r.missing[b]) })
	return r, nil
}

func (r *rounds) converge() ([][]float64, error) {
	x := copyOf(r.start)
	numbers, levels := math.Inf(1), math.Inf(1)
	for round := range r.Rounds {
		before := copyOf(x)
		for _, k := range r.order {
			others := without(x, k)
			f, err := r.fit(others, k, round)
			if err != nil {
				return nil, err
			}
			r.predict(f, others, x[k], r.missing[k])
		}
		n, l := r.change(before, x)
		if n >= numbers && l >= levels {
			return before, nil
		}
		numbers, levels = n, l
	}
	return x, nil
}

// change is what a round changed in missing cells: Σ(new - old)²/s² of numbers, s the
// standard deviation of known ones, and the number of changed levels.
func (r *rounds) change(before, x [][]float64) (numbers, levels float64) {
	for _, k := range r.order {
		_, s := moments(r.f.x[k])
		for _, i := range r.missing[k] {
			e := x[k][i] - before[k][i]
			switch {
			case e == 0, s == 0 && r.f.levels[k] == 0:
			case r.f.levels[k] > 0:
				levels++
			default:
				numbers += e / s * (e / s)
			}
		}
	}
	return numbers, levels
}

func (r *rounds) chains(x [][]float64, draws int) ([][][]float64, error) {
	chains := make([][][]float64, draws)
	for d := range chains {
		chains[d] = copyOf(x)
	}
	for sweep := range sweeps {
		for _, k := range r.order {
			f, err := r.fit(without(x, k), k, r.Rounds+sweep)
			if err != nil {
				return nil, err
			}
			for d, c := range chains {
				others := without(c, k)
				g := stream.New(r.Seed, "gaps/draw", uint64(d), uint64(sweep), uint64(k))
				for _, i := range r.missing[k] {
					c[k][i] = r.drawn(f, others, x[k], int(i), k, g)
				}
			}
		}
	}
	return chains, nil
}

func (r *rounds) drawn(f *forest, others [][]float64, y []float64, i, k int, g *rand.Rand) float64 {
	if f == nil {
		return y[r.known[k][g.IntN(len(r.known[k]))]]
	}
	return f.draw(others, i, y, g)
}

// fit grows the forest of column k on the others; nil when there are none.
func (r *rounds) fit(others [][]float64, k, round int) (*forest, error) {
	if len(others) == 0 {
		return nil, r.ctx.Err()
	}
	f := &forest{trees: make([]tree, r.Trees), levels: r.f.levels[k]}
	rows := r.known[k]
	y := r.f.x[k]
	first := newGrower(others, y, rows, f.levels, r.minLeaf)
	key := stream.NewKey(r.Seed, "gaps/forest").At(uint64(round)).At(uint64(k))
	workers := min(runtime.GOMAXPROCS(0), r.Trees)
	parallel.For(workers, workers, func(w int) {
		g, src := first.fork(), stream.NewSource(key)
		for t := w; t < r.Trees && r.ctx.Err() == nil; t += workers {
			src.Seek(key.At(uint64(t)))
			f.trees[t] = g.grow(rows, min(len(rows), r.Sample), src.Rand)
		}
	})
	return f, r.ctx.Err()
}

func (r *rounds) predict(f *forest, others [][]float64, y []float64, rows []int32) {
	if f == nil {
		return
	}
	votes := make([]float64, f.levels)
	for _, i := range rows {
		y[i] = f.predict(others, int(i), votes)
	}
}

func copyOf(x [][]float64) [][]float64 {
	y := make([][]float64, len(x))
	for k := range x {
		y[k] = slices.Clone(x[k])
	}
	return y
}

func without(x [][]float64, k int) [][]float64 {
	return append(slices.Clone(x[:k]), x[k+1:]...)
}
