package boost

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// problem is rows with derivatives, as the definition of a tree sees them.
type problem struct {
	x    *mat.Dense
	g, h []float64
	o    Options
}

func (q *problem) sums(rows []int) (g, h float64) {
	for _, i := range rows {
		g, h = g+q.g[i], h+q.h[i]
	}
	return g, h
}

func (q *problem) score(rows []int) float64 {
	g, h := q.sums(rows)
	return g * g / (h + q.o.Lambda)
}

// rounding is how far the weight of a child may be from what is asked for
// either decision to be right.
const rounding = 1e-12

// part parts rows as a node does.
func (q *problem) part(rows []int, n node) (left, right []int) {
	for _, i := range rows {
		v := q.x.At(i, int(n.column))
		if v < n.value || math.IsNaN(v) && n.missingLeft {
			left = append(left, i)
		} else {
			right = append(right, i)
		}
	}
	return left, right
}

// gain of a split by the definition, or −Inf if a child is lighter than least.
func (q *problem) gain(rows []int, n node, least float64) float64 {
	left, right := q.part(rows, n)
	_, hl := q.sums(left)
	_, hr := q.sums(right)
	if len(left) == 0 || len(right) == 0 || hl < least || hr < least {
		return math.Inf(-1)
	}
	return q.score(left) + q.score(right) - q.score(rows)
}

// best is the greatest gain of any split of rows: each column, each cut at a
// value or past all of them, both sides for the missing.
func (q *problem) best(rows []int) float64 {
	top := math.Inf(-1)
	_, p := q.x.Dims()
	for j := range p {
		cuts := []float64{math.Inf(1)}
		for _, i := range rows {
			cuts = append(cuts, q.x.At(i, j))
		}
		for _, cut := range cuts {
			for _, side := range []bool{false, true} {
				top = max(top, q.gain(rows, node{value: cut, column: int32(j), missingLeft: side}, q.o.MinChild+rounding))
			}
		}
	}
	return top
}

// judge says where t is not the tree that the definition asks for: a split
// that is not the best, a leaf that should be split or has the wrong value.
// Equal gains are equally good, so it compares gains and not splits.
func (q *problem) judge(t tree, id int32, rows []int, depth int) error {
	const near = 1e-8
	n, best := t[id], math.Inf(-1)
	if depth < q.o.Depth {
		best = q.best(rows)
	}
	least := max(leastGain, q.o.Gamma)
	if n.column < 0 {
		if best > least+near {
			return fmt.Errorf("node %d is a leaf, a split gains %g", id, best)
		}
		g, h := q.sums(rows)
		if want := -q.o.Rate * g / (h + q.o.Lambda); math.Abs(n.value-want) > near {
			return fmt.Errorf("leaf %d is worth %g, want %g", id, n.value, want)
		}
		return nil
	}
	if gain := q.gain(rows, n, q.o.MinChild-rounding); !(gain > best-near && gain > least-near) {
		return fmt.Errorf("node %d gains %g, the best split %g, the least allowed %g", id, gain, best, least)
	}
	left, right := q.part(rows, n)
	if err := q.judge(t, n.kid, left, depth+1); err != nil {
		return err
	}
	return q.judge(t, n.kid+1, right, depth+1)
}

// drawRows draws a small table with ties and gaps.
func drawRows(r *rapid.T) *mat.Dense {
	n, p := rapid.IntRange(2, 30).Draw(r, "rows"), rapid.IntRange(1, 5).Draw(r, "columns")
	x := mat.NewDense(n, p, nil)
	for j := range p {
		kinds := rapid.SampledFrom([][]float64{
			{0, 1}, {0, 0, 0, 0, 1}, {0, 0, 0, 1, math.NaN()}, {1, 2, 3, 4, 5, math.NaN()}, {-2.5, -1, 0, 0.5, 1, 7, 1e9}, {3},
		}).Draw(r, "values")
		for i := range n {
			x.Set(i, j, rapid.SampledFrom(kinds).Draw(r, "value"))
		}
	}
	return x
}

// drawProblem draws rows, an objective and options, and returns the first tree
// with the problem that it should solve.
func drawProblem(r *rapid.T) (tree, *problem) {
	x := drawRows(r)
	n, _ := x.Dims()
	o := Options{
		Trees: 1, Depth: rapid.IntRange(1, 4).Draw(r, "depth"), Rate: rapid.SampledFrom([]float64{0.3, 1}).Draw(r, "rate"),
		Lambda:   rapid.SampledFrom([]float64{0.01, 1, 5}).Draw(r, "lambda"),
		Gamma:    rapid.SampledFrom([]float64{0, 0, 0.2}).Draw(r, "gamma"),
		MinChild: rapid.SampledFrom([]float64{1e-3, 0.3, 1, 2}).Draw(r, "child"),
		Bins:     maxBins, Workers: rapid.IntRange(1, 3).Draw(r, "workers"),
	}
	q := &problem{x: x, o: o}
	var obj objective
	if rapid.Bool().Draw(r, "regression") {
		y := make([]float64, n)
		for i := range y {
			y[i] = rapid.Float64Range(-2, 2).Draw(r, "y")
		}
		obj, _ = squared(y)
	} else {
		classes := rapid.IntRange(2, 3).Draw(r, "classes")
		class := make([]int, n)
		for i := range class {
			class[i] = rapid.IntRange(0, classes-1).Draw(r, "class")
		}
		class[0], class[1] = 0, 1
		if obj = softmax(class, classes); classes == 2 {
			obj = logistic(class)
		}
	}
	mean := make([]float64, obj.outputs)
	obj.mean(mean, obj.prior)
	for i := range n {
		q.g = append(q.g, mean[0]-obj.target(i, 0))
		q.h = append(q.h, obj.curvature(mean[0]))
	}
	return fit(x, obj, &o).trees[0], q
}

func all(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// The tree that histograms, bundles and subtraction make is the one that the
// definition makes by trying everything.
func TestTreeIsExact(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		tr, q := drawProblem(r)
		if err := q.judge(tr, 0, all(len(q.g)), 0); err != nil {
			r.Fatal(err)
		}
	})
}

// The judge must see each of these.
func TestJudgeFindsPlantedErrors(t *testing.T) {
	nan := math.NaN()
	x := mat.NewDense(8, 2, []float64{1, 0, 2, 1, 3, 0, 4, 1, 5, 0, nan, 1, nan, 0, nan, 1})
	obj := logistic([]int{1, 1, 1, 0, 0, 0, 0, 1})
	o := Options{Trees: 1, Depth: 3, Rate: 0.3, Lambda: 1, MinChild: 0.2, Bins: maxBins, Workers: 1}
	for _, c := range []struct {
		name  string
		plant func(tr tree, q *problem)
		caught
	}{
		{"nothing", func(tree, *problem) {}, false},
		{"leaf value", func(tr tree, _ *problem) { tr[len(tr)-1].value *= 1.01 }, true},
		{"missing on the wrong side", func(tr tree, _ *problem) { tr[0].missingLeft = !tr[0].missingLeft }, true},
		{"cut too low", func(tr tree, _ *problem) { tr[0].value-- }, true},
		{"other column", func(tr tree, _ *problem) { tr[0].column, tr[0].value = 1, 0.5 }, true},
		{"other penalty", func(_ tree, q *problem) { q.o.Lambda = 2 }, true},
		{"deeper allowed", func(tr tree, _ *problem) { tr[0] = node{column: -1} }, true},
		{"heavier children asked", func(_ tree, q *problem) { q.o.MinChild = 1.1 }, true},
		{"curvature", func(_ tree, q *problem) {
			for i := range q.h {
				q.h[i] *= 2
			}
		}, true},
	} {
		q := &problem{x: x, o: o}
		for i := range 8 {
			q.g, q.h = append(q.g, 0.5-obj.target(i, 0)), append(q.h, 0.25)
		}
		tr := fit(x, obj, &o).trees[0]
		if tr[0].column != 0 {
			t.Fatal("the example is not split by its first column")
		}
		c.plant(tr, q)
		if err := q.judge(tr, 0, all(8), 0); (err != nil) != bool(c.caught) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

type caught bool

// One leaf, by hand: four rows, one class-1, λ = 1. The margin starts at
// log(1/3), g sums to zero there; a split of the last row off has
// G = −3/4, H = 3/16 on its side.
func TestLeafByHand(t *testing.T) {
	x := mat.NewDense(4, 1, []float64{0, 0, 0, 1})
	m, err := Classify(x, []int{0, 0, 0, 1}, 2, &Options{Trees: 1, Depth: 1, MinChild: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	var p mat.Dense
	m.Probabilities(&p, x)
	right := math.Log(1./3) + 0.3*0.75/(3./16+1)
	left := math.Log(1./3) - 0.3*0.75/(9./16+1)
	for i, margin := range []float64{left, left, left, right} {
		if got, want := p.At(i, 1), 1/(1+math.Exp(-margin)); math.Abs(got-want) > 1e-12 {
			t.Errorf("row %d has %g, want %g", i, got, want)
		}
	}
}
