package imputation

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/datasets"
	"tweedie/internal/stream"
)

func TestDefaultsOfMasking(t *testing.T) {
	m := numbers(5, 2, 0, 1).Metadata()
	for _, c := range []struct{ in, want MaskingPlan }{
		{MaskingPlan{}, MaskingPlan{Mechanism: MCAR, Share: 0.2}},
		{MaskingPlan{Mechanism: MAR}, MaskingPlan{Mechanism: MAR, Share: 0.2, Slope: 2}},
		{MaskingPlan{Mechanism: MNAR, Share: 0.3, Slope: 1}, MaskingPlan{Mechanism: MNAR, Share: 0.3, Slope: 1}},
	} {
		got, err := c.in.withDefaults(m)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%+v becomes %+v, %v", c.in, got, err)
		}
	}
}

// Of a row that would lose all cells the one is kept whose random number was nearest to its
// probability, as a share of it.
func TestTheNearestMissIsKept(t *testing.T) {
	c := numbers(400, 3, 0, 2)
	plan := MaskingPlan{Mechanism: MNAR, Share: 0.5, Slope: 2, Seed: 4}
	masked, _, err := Mask(c, plan)
	if err != nil {
		t.Fatal(err)
	}
	f := newFrame(c)
	p, err := probabilities(f, plan, []int{0, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	key := stream.NewKey(plan.Seed, "gaps/hide")
	src := stream.NewSource(key)
	all := 0
	for i := range 400 {
		want, most, spare := -1, 0.0, false
		for k := range 3 {
			src.Seek(key.At(uint64(i)).At(uint64(k)))
			u := src.Float64() / p[k][i]
			spare = spare || u >= 1
			if u > most {
				want, most = k, u
			}
		}
		if spare {
			continue
		}
		all++
		for k := range 3 {
			if masked.Missing(i, k) == (k == want) {
				t.Fatalf("row %d: column %d should be kept", i, want)
			}
		}
	}
	if all < 10 {
		t.Errorf("%d rows would lose all cells: the test says nothing", all)
	}
}

// Forests average over their own number of trees.
func TestForestOfAConstant(t *testing.T) {
	c := table(t, "a,b\n1.0,2.5\n2.0,2.5\n3.0,2.5\n4.0,\n", map[string]datasets.Type{"b": datasets.TypeNumeric})
	for _, trees := range []int{1, 7, 130} {
		if v := impute(t, Iterative{Trees: trees}, c, 1)[0].Number(3, 1); v != 2.5 {
			t.Errorf("%d trees: %g", trees, v)
		}
	}
}

// The result is that of the round before the one that changes more than it, or of the last.
func TestIterationEndsBeforeItGrows(t *testing.T) {
	grown := 0
	for seed := range uint64(6) {
		c := numbers(60, 3, 1, seed)
		masked, _, err := Mask(c, MaskingPlan{Share: 0.4, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		r, err := newRounds(t.Context(), masked, Iterative{Trees: 5, Rounds: 8, Sample: 5000, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		r.minLeaf = 1
		got, err := r.converge()
		if err != nil {
			t.Fatal(err)
		}
		x, numbers, levels := copyOf(r.start), math.Inf(1), math.Inf(1)
		want := x
		for round := range 8 {
			next := copyOf(x)
			for _, k := range r.order {
				f, err := r.fit(without(next, k), k, round)
				if err != nil {
					t.Fatal(err)
				}
				r.predict(f, without(next, k), next[k], r.missing[k])
			}
			n, l := r.change(x, next)
			if n >= numbers && l >= levels {
				grown++
				break
			}
			x, numbers, levels, want = next, n, l, next
		}
		for k := range want {
			if !slices.Equal(got[k], want[k]) {
				t.Errorf("seed %d: column %d is of another round", seed, k)
			}
		}
	}
	if grown == 0 {
		t.Error("no case grows: the test says nothing")
	}
}

// pairs are n rows of two equal numbers, of which the last third lacks both.
func pairs(t *testing.T, n int) *datasets.Cells {
	var b strings.Builder
	b.WriteString("a,b,c\n")
	for i := range n {
		v := fmt.Sprint(i * 7 % 10)
		if i%3 == 0 {
			v = ""
		}
		fmt.Fprintf(&b, "%s,%s,%d.5\n", v, v, i%2)
	}
	return table(t, b.String(), nil)
}

// Draws of two missing cells go together as the columns do: a draw is made from the others of
// its own table.
func TestDrawsGoTogether(t *testing.T) {
	c := pairs(t, 240)
	full := impute(t, Iterative{Draw: true, Trees: 20, MinLeaf: 1, Seed: 3}, c, 2)[1]
	var x, y []float64
	for i := range c.Rows() {
		if c.Missing(i, 0) {
			x, y = append(x, full.Number(i, 0)), append(y, full.Number(i, 1))
		}
	}
	mx, sx := moments(x)
	my, sy := moments(y)
	sum := 0.0
	for i := range x {
		sum += (x[i] - mx) * (y[i] - my) / (sx * sy) / float64(len(x))
	}
	if !(sum > 0.8) {
		t.Errorf("correlation %.3f of %d draws of deviation %.2f", sum, len(x), sx)
	}
}

// Leaves as large as the table make a draw one of all rows, whatever is known.
func TestLargeLeavesKnowNothing(t *testing.T) {
	var b strings.Builder
	b.WriteString("a,b\n")
	for i := range 120 {
		v := fmt.Sprint(i % 10)
		if i%3 == 0 {
			v = ""
		}
		fmt.Fprintf(&b, "%d,%s\n", i%10, v)
	}
	c := table(t, b.String(), map[string]datasets.Type{"a": datasets.TypeInteger})
	miss := func(m Iterative) float64 {
		full, sum, n := impute(t, m, c, 1)[0], 0.0, 0.0
		for i := range c.Rows() {
			if c.Missing(i, 1) {
				sum, n = sum+math.Abs(full.Number(i, 1)-full.Number(i, 0)), n+1
			}
		}
		return sum / n
	}
	if small := miss(Iterative{Draw: true, Trees: 10, MinLeaf: 1}); small > 0.5 {
		t.Errorf("leaves of equal rows: an error of %.2f", small)
	}
	if large := miss(Iterative{Draw: true, Trees: 10, MinLeaf: 120}); large < 2 { // 3.3 on average
		t.Errorf("leaves of all rows: an error of %.2f", large)
	}
}

// Scores of one cell, by hand.
func TestScoreSumsByHand(t *testing.T) {
	var s scoreSums
	s.add([]float64{1, 0, 1}, 1, 2)
	s.add([]float64{0, 2, 2}, 1, 3)
	if s.categories != 2 || s.right != 1 || s.middle != 1 || !near(s.average, 1./3+1) || !near(s.logLoss, -math.Log(2.5/4)-math.Log((1./3)/4)) {
		t.Errorf("categories: %+v", s)
	}
	s = scoreSums{}
	for _, y := range []float64{1, 1.5, 19, 0.9, 19.1} {
		s.add(count(19), y, 0)
	}
	if s.numbers != 5 || s.covered != 3 || !near(s.width, 5*18) || !near(s.middle, 9+8.5+9+9.1+9.1) {
		t.Errorf("numbers: %+v", s)
	}
	var sum scoreSums
	sum.add([]float64{1}, 0, 2)
	sum.merge(&s)
	got := sum.scores()
	if sum.cells() != 6 || !near(got.MedianMAE, (44.7+1)/6) || !near(*got.Coverage, 0.6) || !near(*got.Width, 18) || !near(*got.Accuracy, 0) {
		t.Errorf("merged: %+v, %+v", sum, got)
	}
	if got := (&scoreSums{numbers: 1}).scores(); got.Accuracy != nil || got.LogLoss != nil || got.CRPS == nil {
		t.Errorf("numbers alone: %+v", got)
	}
}
