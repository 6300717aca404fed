package evaluate

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
	"tweedie/internal/stream"
)

// solver is something that solves transport problems.
type solver func(cost []float64, n, m int) float64

// assignments is the least cost over all permutations.
func assignments(cost []float64, n int) float64 {
	best := math.Inf(1)
	used := make([]bool, n)
	var try func(i int, sum float64)
	try = func(i int, sum float64) {
		if i == n {
			best = min(best, sum)
			return
		}
		for j := range n {
			if !used[j] {
				used[j] = true
				try(i+1, sum+cost[i*n+j])
				used[j] = false
			}
		}
	}
	try(0, 0)
	return best / float64(n)
}

// simplex solves the linear programme as it is written.
func simplex(t *testing.T, cost []float64, n, m int) float64 {
	a := mat.NewDense(n+m-1, n*m, nil) // the last equation follows from the others
	b := make([]float64, n+m-1)
	for i := range n {
		b[i] = 1 / float64(n)
		for j := range m {
			a.Set(i, i*m+j, 1)
		}
	}
	for j := range m - 1 {
		b[n+j] = 1 / float64(m)
		for i := range n {
			a.Set(n+j, i*m+j, 1)
		}
	}
	value, _, err := lp.Simplex(cost, a, b, 1e-12, nil)
	if err != nil {
		t.Skip("simplex: ", err)
	}
	return value
}

func randomCosts(n, m int, seed uint64, whole bool) []float64 {
	draw := stream.New(seed, "costs", uint64(n), uint64(m))
	cost := make([]float64, n*m)
	for i := range cost {
		cost[i] = draw.Float64()
		if whole {
			cost[i] = float64(draw.IntN(4))
		}
	}
	return cost
}

// checkAssignments compares a solver with all permutations.
func checkAssignments(solve solver) error {
	for n := 1; n <= 7; n++ {
		for seed := range uint64(6) {
			cost := randomCosts(n, n, seed, seed%2 == 1)
			if got, want := solve(cost, n, n), assignments(cost, n); math.Abs(got-want) > 1e-12 {
				return fmt.Errorf("%d rows, costs %d: %v, want %v", n, seed, got, want)
			}
		}
	}
	return nil
}

func TestTransportAssignments(t *testing.T) {
	if err := checkAssignments(transport); err != nil {
		t.Error(err)
	}
	greedy := func(cost []float64, n, m int) float64 {
		used, sum := make([]bool, m), 0.0
		for i := range n {
			best := -1
			for j := range m {
				if !used[j] && (best < 0 || cost[i*m+j] < cost[i*m+best]) {
					best = j
				}
			}
			used[best] = true
			sum += cost[i*m+best]
		}
		return sum / float64(n)
	}
	if checkAssignments(greedy) == nil {
		t.Error("the check passes a greedy assignment")
	}
}

func TestTransportOfOtherSizes(t *testing.T) {
	for _, size := range [][2]int{{1, 5}, {5, 1}, {2, 3}, {4, 6}, {6, 4}, {5, 7}, {3, 9}, {8, 5}} {
		for seed := range uint64(4) {
			cost := randomCosts(size[0], size[1], seed, seed%2 == 1)
			near(t, fmt.Sprint("cost of ", size), transport(cost, size[0], size[1]), simplex(t, cost, size[0], size[1]), 1e-9)
		}
	}
}

// On a line, transport is what the sorted values say.
func TestTransportOnALine(t *testing.T) {
	draw := stream.New(4, "line")
	for _, size := range [][2]int{{40, 40}, {30, 45}, {37, 50}} {
		x, y := make([]float64, size[0]), make([]float64, size[1])
		for i := range x {
			x[i] = draw.NormFloat64()
		}
		for i := range y {
			y[i] = 1 + 2*draw.NormFloat64()
		}
		cost := make([]float64, 0, len(x)*len(y))
		for _, a := range x {
			for _, b := range y {
				cost = append(cost, math.Abs(a-b))
			}
		}
		near(t, fmt.Sprint("cost of ", size), transport(cost, size[0], size[1]), lineDistance(present(x), present(y)), 1e-12)
	}
}

// 1,000 rows to 1,000 rows, and to 773: between bounds that hold for every plan.
func TestTransportLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	draw := stream.New(5, "cloud")
	for _, m := range []int{1000, 773} {
		x, y := mat.NewDense(1000, 5, nil), mat.NewDense(m, 5, nil)
		for _, p := range []*mat.Dense{x, y} {
			for i := range p.RawMatrix().Data {
				p.RawMatrix().Data[i] = draw.NormFloat64()
			}
		}
		cost := make([]float64, 0, 1000*m)
		for i := range 1000 {
			for j := range m {
				d := 0.0
				for k, v := range x.RawRowView(i) {
					d += math.Abs(v - y.At(j, k))
				}
				cost = append(cost, d)
			}
		}
		got := transport(cost, 1000, m)
		// One coordinate costs no more, the even plan no less.
		line := lineDistance(present(mat.Col(nil, 0, x)), present(mat.Col(nil, 0, y)))
		if got < line || got > mean(cost) {
			t.Errorf("cost %v outside [%v, %v]", got, line, mean(cost))
		}
	}
}
