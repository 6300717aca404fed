package calibration

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Three replicas of nine draws, worked out by hand.
func TestRanksByHand(t *testing.T) {
	truth := mat.NewDense(3, 2, []float64{4.5, 0, -1, 0, 100, 0})
	draws := mat.NewDense(27, 2, nil)
	for i := range 27 {
		draws.Set(i, 0, float64((5*(i%9))%9)) // 0 … 8 in another order: mean 4, sd √7.5
		draws.Set(i, 1, float64(i%9)-4)
	}
	c := Ranks(Numbers([]string{"a", "b"}), truth, draws, 9)
	if len(c) != 2 || c[0].Name != "a" || c[1].Name != "b" {
		t.Fatalf("columns %+v", c)
	}
	if !slices.Equal(c[0].Ranks, []int{5, 0, 9}) || slices.ContainsFunc(c[1].Ranks, func(r int) bool { return r != 4 && r != 5 }) {
		t.Errorf("ranks %v and %v", c[0].Ranks, c[1].Ranks)
	}
	sd := math.Sqrt(7.5)
	if want := (0.5/sd - 5/sd + 3) / 3; math.Abs(c[0].Bias-want) > 1e-12 || math.Abs(c[1].Bias) > 1e-12 {
		t.Errorf("biases %v and %v, want %v and 0", c[0].Bias, c[1].Bias, want)
	}
	// z is .5/sd, -5/sd, 96/sd, whose median is the first
	if want := 5.5 / sd / 0.6744897501960817; math.Abs(c[0].Spread-want) > 1e-12 || c[1].Spread != 0 {
		t.Errorf("spreads %v and %v, want %v and 0", c[0].Spread, c[1].Spread, want)
	}
	// (rank + ½)/10 is .55, .05 and .95: outside of 50 and 80 %, at the ends of 90 %
	if !near(c[0].Cover, []float64{1. / 3, 1. / 3, 1, 1}) && !near(c[0].Cover, []float64{1. / 3, 1. / 3, 1. / 3, 1}) {
		t.Errorf("coverage %v", c[0].Cover)
	}
	if !near(c[1].Cover, []float64{1, 1, 1, 1}) {
		t.Errorf("coverage %v", c[1].Cover)
	}
	x, y := c[0].Excess(9)
	for r := range 10 {
		want := float64(1) / 3
		if r >= 5 {
			want = 2. / 3
		}
		if r == 9 {
			want = 1
		}
		if math.Abs(x[r]-float64(r+1)/10) > 1e-12 || math.Abs(y[r]-(want-x[r])) > 1e-12 {
			t.Errorf("excess at rank %d: (%v, %v), want %v", r, x[r], y[r], want-x[r])
		}
	}
	if !slices.Equal(IntervalLevels(), []float64{0.5, 0.8, 0.9, 0.95}) {
		t.Errorf("levels %v", IntervalLevels())
	}
}

func near(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) < 1e-12 })
}

func TestRanksPanicsOnSizes(t *testing.T) {
	truth, draws := mat.NewDense(2, 1, nil), mat.NewDense(18, 1, nil)
	for name, f := range map[string]func(){
		"names": func() { Ranks(nil, truth, draws, 9) },
		"rows":  func() { Ranks(Numbers([]string{"a"}), truth, draws, 10) },
		"few":   func() { Ranks(Numbers([]string{"a"}), truth, mat.NewDense(16, 1, nil), 8) },
		"width": func() { Ranks(Numbers([]string{"a"}), truth, mat.NewDense(18, 2, nil), 9) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// Ranks of an exact posterior are uniform, those of a law that is too narrow, too wide
// or shifted are not, and the verdict says which: x ~ N(0, 1), y = x + N(0, 1), so that
// x given y is N(y/2, 1/2).
func TestRanksOfAPosterior(t *testing.T) {
	const n, per = 2000, 31
	for _, p := range []struct {
		shift, scale float64
		want         string
	}{{0, 1, "no miscalibration"}, {0, 0.6, "is too narrow"}, {0, 1.8, "is too wide"}, {0.4, 1, "is too high"}, {-0.4, 1, "is too low"}} {
		r := rand.New(rand.NewPCG(2, 8))
		truth, draws := mat.NewDense(n, 1, nil), mat.NewDense(n*per, 1, nil)
		for i := range n {
			x := r.NormFloat64()
			y := x + r.NormFloat64()
			truth.Set(i, 0, x)
			for l := range per {
				draws.Set(i*per+l, 0, y/2+math.Sqrt(0.5)*(p.shift+p.scale*r.NormFloat64()))
			}
		}
		c := Ranks(Numbers([]string{"x"}), truth, draws, per)[0]
		t.Logf("%+v: p = %.2g, spread %.2f, bias %+.2f; %s", p, c.P, c.Spread, c.Bias, c.Verdict())
		if !strings.HasPrefix(c.Verdict(), "x: "+p.want) || (c.P > 1e-6) != (p.scale == 1 && p.shift == 0) {
			t.Errorf("%+v: p = %.2g: %s", p, c.P, c.Verdict())
		}
		if math.Abs(c.Spread*p.scale-1.03) > 0.1 || math.Abs(c.Bias*p.scale+p.shift) > 0.1 {
			t.Errorf("%+v: spread %.2f, bias %+.2f", p, c.Spread, c.Bias)
		}
		for k, level := range IntervalLevels() { // of a posterior: 4 standard errors, and ranks are few
			if exact := p.scale == 1 && p.shift == 0; exact && math.Abs(c.Cover[k]-level) > 4*math.Sqrt(level*(1-level)/n)+0.03 {
				t.Errorf("%+v: %v of the replicas within %v", p, c.Cover[k], level)
			}
		}
	}
}

func TestVerdictNumbers(t *testing.T) {
	for _, p := range []struct {
		c    Column
		want string
	}{
		{Column{Name: "x", P: 0.5, Spread: 3}, "x: no miscalibration seen (p = 0.5)"},
		{Column{Name: "x", P: 0.001, Spread: 2, Cover: []float64{0, 0, 0.71, 0}}, "x: is too narrow by a factor of 2.0: intervals of 90 % hold the truth in 71 % (p = 0.001)"},
		{Column{Name: "x", P: 0.001, Spread: 0.5}, "x: is too wide by a factor of 2.0 (p = 0.001)"},
		{Column{Name: "x", P: 0.001, Spread: 1, Bias: -0.25}, "x: is too high by 0.25 of its standard deviation"},
		{Column{Name: "x", P: 0.001, Spread: 1, Bias: 0.25}, "x: is too low by 0.25"},
		{Column{Name: "x", P: 0.001, Spread: 1, Bias: 0.01}, "x: has another shape"},
		{Column{Name: "x", P: 0.001, Levels: true}, "x: has levels in other shares"},
	} {
		if v := p.c.Verdict(); !strings.Contains(v, p.want) {
			t.Errorf("verdict %q, want %q", v, p.want)
		}
	}
}

// The p-value of uniformity is uniform on uniform ranks: below q in a share q.
func TestUniformity(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	const runs = 4000
	var below [3]int
	at := [3]float64{0.01, 0.1, 0.5}
	for range runs {
		ranks := make([]int, 200)
		for i := range ranks {
			ranks[i] = r.IntN(33)
		}
		p := uniformity(ranks, 32)
		for k, q := range at {
			if p < q {
				below[k]++
			}
		}
	}
	for k, q := range at {
		// four standard errors, and 20 ranks in a bin are not quite normal
		if share := float64(below[k]) / runs; math.Abs(share-q) > 4*math.Sqrt(q*(1-q)/runs)+0.03*q {
			t.Errorf("p < %g in %.4f of the runs", q, share)
		}
	}
	if p := uniformity(make([]int, 200), 32); p > 1e-100 {
		t.Errorf("ranks that are all 0 have p = %g", p)
	}
}

// The p-value of the number of ranks in the middle is at least uniform on uniform ranks,
// and small on ranks at the ends, or none there.
func TestCentrality(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 2))
	const runs = 4000
	below := 0
	for range runs {
		ranks := make([]int, 200)
		for i := range ranks {
			ranks[i] = r.IntN(33)
		}
		if centrality(ranks, 32) < 0.05 {
			below++
		}
	}
	// a discrete law is below .05 a little less often
	if share := float64(below) / runs; share > 0.05+4*math.Sqrt(0.05*0.95/runs) || share < 0.02 {
		t.Errorf("p < .05 in %.3f of the runs", share)
	}
	ends, middle := make([]int, 200), make([]int, 200)
	for i := range ends {
		ends[i], middle[i] = 32*(i%3%2), 10+i%10
	}
	if a, b := centrality(ends, 32), centrality(middle, 32); a > 1e-15 || b > 1e-6 {
		t.Errorf("p = %g at the ends, %g in the middle", a, b)
	}
}
