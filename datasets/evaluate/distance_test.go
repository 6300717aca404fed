package evaluate

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// mixed is a frame with a number that has missing cells, a number without,
// categories of two and of three levels.
func mixed(n int, seed uint64) *frame {
	draw := stream.New(seed, "mixed")
	x, y := make([]float64, n), make([]float64, n)
	two, three := category(2, make([]int, n)...), category(3, make([]int, n)...)
	for i := range n {
		x[i], y[i] = 10*draw.Float64(), draw.NormFloat64()
		if draw.IntN(5) == 0 {
			x[i] = nan
		}
		two.level[i], three.level[i] = draw.IntN(2), draw.IntN(4) // 3 is missing
	}
	f := numbers(x, y)
	f.cols = append(f.cols, two, three)
	return f
}

func TestGowerByHand(t *testing.T) {
	f := numbers([]float64{0, 10, nan}, []float64{5, 5, 5})
	f.cols = append(f.cols, category(3, 0, 1, 3))
	g := newGower(f)
	p := g.apply(f)
	at := func(i, k int) float64 { return distance(p, i, p, k, math.Inf(1)) }
	near(t, "number by range and category", at(0, 1), 2, 1e-15)
	near(t, "missing from the end of the range", at(0, 2), 2, 1e-15) // ½ + ½, and the category
	near(t, "itself", at(2, 2), 0, 0)
	f.cols[0].num[1] = 5
	near(t, "missing from the middle of the range", distance(g.apply(f), 1, p, 2, math.Inf(1)), 1.5, 1e-15)
}

// The distance is that of the coordinates, one by one.
func TestDistanceIsL1(t *testing.T) {
	f := mixed(30, 1)
	g := newGower(f)
	p, x := g.apply(f), g.dense(f)
	for i := range f.n {
		for k := range f.n {
			want := 0.0
			for j, v := range x.RawRowView(i) {
				want += math.Abs(v - x.At(k, j))
			}
			near(t, fmt.Sprint("distance ", i, k), distance(p, i, p, k, math.Inf(1)), want, 1e-12)
		}
	}
	limited := 0
	for i := range f.n {
		full := distance(p, i, p, 0, math.Inf(1))
		if d := distance(p, i, p, 0, 1); full <= 1 && d != full || full > 1 && !(d > 1) {
			t.Errorf("distance %v is %v within the limit 1", full, d)
		} else if d != full {
			limited++
		}
	}
	if limited == 0 {
		t.Error("the limit never saves anything")
	}
}

func TestNearestBrute(t *testing.T) {
	a, b := mixed(150, 2), mixed(90, 3)
	g := newGower(a, b)
	p, q := g.apply(a), g.apply(b)
	d, self := make([]float64, a.n), make([]float64, a.n)
	nearest(d, p, q, 3)
	nearest(self, p, p, 3)
	near3 := neighbors(p, 3, 2)
	for i := range a.n {
		low := math.Inf(1)
		for k := range b.n {
			low = min(low, distance(p, i, q, k, math.Inf(1)))
		}
		near(t, "nearest", d[i], low, 0)
		var all []float64
		for k := range a.n {
			if k != i {
				all = append(all, distance(p, i, p, k, math.Inf(1)))
			}
		}
		slices.Sort(all)
		near(t, "nearest other", self[i], all[0], 0)
		if !slices.Equal(near3[i], all[:3]) {
			t.Errorf("row %d: neighbours %v, want %v", i, near3[i], all[:3])
		}
	}
}

// Real rows 0, 1, 2, 4, 8 and k = 2: radii 2, 1, 2, 3, 6.
func TestCoverageByHand(t *testing.T) {
	real := numbers([]float64{0, 1, 2, 4, 8})
	cover := func(x ...float64) Coverage {
		f := numbers(x)
		return coverage(newGower(real, f), real, f, 100, 0, 1)
	}
	c := cover(2.5)
	if c.Neighbors != 2 || c.Rows != 5 {
		t.Errorf("%+v, want 2 neighbours of 5 rows", c)
	}
	near(t, "one row", float64(c.Share), 0.6, 1e-15) // 2, 4 and 8
	near(t, "two rows", float64(cover(2.5, 0.5).Share), 1, 1e-15)
	near(t, "far away", float64(cover(100).Share), 0, 0)
	near(t, "on the radius", float64(cover(-2).Share), 0, 0) // closer, not as close
}

// Repeated rows do not cover themselves until k is large enough.
func TestCoverageOfRepeatedRows(t *testing.T) {
	real := numbers([]float64{0, 0, 0, 1, 1, 1, 2, 2, 2})
	c := coverage(newGower(real), real, real, 100, 0, 1)
	if c.Neighbors != 4 {
		t.Errorf("k = %d, want 4: the third neighbour is the first at a distance", c.Neighbors)
	}
	near(t, "share", float64(c.Share), 1, 0)
}

func TestWasserstein(t *testing.T) {
	a, b := mixed(60, 4), mixed(45, 5)
	g := newGower(a, b)
	w := wasserstein(g, a, b, 0, 1, 2)
	p, q := g.apply(a), g.apply(b)
	cost := make([]float64, 0, a.n*b.n)
	for i := range a.n {
		for k := range b.n {
			cost = append(cost, distance(p, i, q, k, math.Inf(1)))
		}
	}
	near(t, "distance", float64(w.Distance), transport(cost, a.n, b.n), 0)
	near(t, "from itself", float64(wasserstein(g, a, a, 0, 1, 2).Distance), 0, 1e-12)
	if !w.Exact {
		t.Error("not exact")
	}
	// A shift of the only number by a tenth of its range.
	big := numbers(make([]float64, 1500))
	moved := numbers(make([]float64, 1200))
	for i := range big.n {
		big.cols[0].num[i] = float64(i) / 1499
	}
	for i := range moved.n {
		moved.cols[0].num[i] = 0.1 + float64(i)/1199
	}
	s := wasserstein(newGower(big, moved), big, moved, 0, 1, 2)
	near(t, "sliced shift", float64(s.Distance), 0.1, 1e-3)
	if s.Exact {
		t.Error("1,500 rows are exact")
	}
}

// A translation by δ in d dimensions moves projections by |δ| E|θ₁|.
func TestSlicedTranslation(t *testing.T) {
	draw := stream.New(6, "cloud")
	x, y := mat.NewDense(300, 3, nil), mat.NewDense(300, 3, nil)
	for i := range 300 {
		for j := range 3 {
			v := draw.NormFloat64()
			x.Set(i, j, v)
			y.Set(i, j, v+[]float64{2, 0, 0}[j])
		}
	}
	// E|θ₁| = ½ in three dimensions, and θ₁ is uniform: variance 1/12.
	near(t, "distance", sliced(x, y, 1, 2), 1, 4*2*math.Sqrt(1.0/12/directions))
}

func TestPrivacyByHand(t *testing.T) {
	train, hold := numbers([]float64{0, 10, 20}), numbers([]float64{5, 15, 25})
	s := numbers([]float64{0, 1, 15, 2.5}) // closer, closer, farther, tie
	g := newGower(train, hold, s)
	p := privacy(g, train, hold, s, 100, 0, 1)
	near(t, "share closer", float64(p.Closer), 2.5/4, 1e-15)
	near(t, "memorised", float64(p.Memorized), 0.25, 1e-12) // (.625 - .5)/.5
	near(t, "median distance", float64(p.MedianTrain), (1+2.5)/2/20, 1e-12)
	if p.Copies != 1 || p.CopiesExpected != 0 {
		t.Errorf("%d copies, %v expected, want 1 and 0", p.Copies, p.CopiesExpected)
	}
}

// Rows of the law itself are no closer to either table; copies, exact or
// nearly, are found, and estimated from unequal sizes as well.
func TestPrivacyOfCopies(t *testing.T) {
	train, hold, fresh := newFrame(table(900, 1)), newFrame(table(300, 2)), newFrame(table(600, 3))
	check := func(s *frame, limit int) Privacy {
		return privacy(newGower(train, hold, s), train, hold, s, limit, 1, 2)
	}
	p := check(fresh, 5000)
	near(t, "share closer of fresh rows", float64(p.Closer), 0.5, 4*0.5/math.Sqrt(600)*1.5) // neighbors are shared
	near(t, "memorised of fresh rows", float64(p.Memorized), 0, 4*float64(p.MemorizedError))
	idx := make([]int, 600)
	for i := range idx {
		idx[i] = i
	}
	half := newFrame(table(600, 3))
	for j := range half.cols {
		copy(half.cols[j].num, train.cols[j].num[:min(300, len(train.cols[j].num))])
		copy(half.cols[j].level, train.cols[j].level[:min(300, len(train.cols[j].level))])
	}
	for i := range 300 { // nearly
		half.cols[0].num[i] += 1e-4
	}
	p = check(half, 5000)
	near(t, "memorised of a table of one half near copies", float64(p.Memorized), 0.5, 4*float64(p.MemorizedError))
	if p.Copies != 0 {
		t.Errorf("%d exact copies of near ones", p.Copies)
	}
	p = check(train.subset(idx), 5000)
	near(t, "memorised of copies", float64(p.Memorized), 1, 1e-9)
	if p.Copies != 600 {
		t.Errorf("%d copies of 600", p.Copies)
	}
	same := train.subset(idx[:300])
	q := privacy(newGower(train, hold, same), same, hold, same, 5000, 1, 2)
	near(t, "share closer of copies at equal sizes", float64(q.Closer), 1, 0)
}

// Without held-out rows the halves say how many copies chance gives.
func TestCopiesByChance(t *testing.T) {
	draw := stream.New(1, "coins")
	coins := func(n, faces int) *frame {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(draw.IntN(faces))
		}
		return numbers(x)
	}
	real, fake := coins(200, 10_000), coins(200, 10_000)
	a, b := halves(real, 1)
	p := copiesOnly(newGower(real, fake), real, a, b, fake, 100, 1, 1)
	// 200 rows meet 200 of 10,000 values: 4 are expected.
	near(t, "copies", float64(p.Copies), 4, 4*2)
	near(t, "expected", float64(p.CopiesExpected), 4, 4*math.Sqrt(4*100*100.0/10_000*4))
	if p.Closer.given() {
		t.Error("a share closer to train without held-out rows")
	}
	if exact, _ := exposed(p, 200); exact {
		t.Error("chance is taken for copying")
	}
	p = copiesOnly(newGower(real), real, a, b, real, 100, 1, 1)
	if exact, _ := exposed(p, 200); !exact || p.Copies != 200 {
		t.Errorf("copies are not exposed: %+v", p)
	}
}
