package train

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Two clusters; the third position is a flag, the last has a gap.
func clusters(n int) Data {
	d := table("blend", n)
	x := mat.NewDense(n, 4, nil)
	for i := range n {
		x.SetRow(i, []float64{d.X.At(i, 0), d.X.At(i, 1), float64(i % 2), float64(i)})
		if i%2 == 1 {
			x.Set(i, 0, x.At(i, 0)+50)
		}
	}
	x.Set(4, 3, math.NaN())
	return Data{X: x, Cond: d.Cond}
}

func TestBlendMovesTowardsNeighbours(t *testing.T) {
	const n, share = 60, 0.5
	d := clusters(n)
	b := NewNeighborMixup(d, 4, []float64{0}, []int{0, 1}, 5, share, 7)
	x, c := mat.NewDense(n, 4, nil), mat.NewDense(n, 1, nil)
	idx := make([]int, n)
	for i := range idx {
		idx[i] = i
	}
	moved := 0.0
	for pass := range uint64(40) {
		b.Read(x, c, idx, pass)
		if !mat.Equal(c, d.Cond) {
			t.Fatal("labels are others")
		}
		for i := range n {
			row, was := x.RawRowView(i), d.X.RawRowView(i)
			if !slices.Equal(row[2:3], was[2:3]) || row[3] != was[3] && !math.IsNaN(was[3]) {
				t.Fatalf("row %d: what is no number moved: %v, was %v", i, row, was)
			}
			// On the segment to a neighbor, at most share of the way, and the same
			// way in both numbers.
			found := false
			for _, k := range b.near[i] {
				to := d.X.RawRowView(k)
				u, v := (row[0]-was[0])/(to[0]-was[0]), (row[1]-was[1])/(to[1]-was[1])
				if u >= 0 && u <= share && math.Abs(u-v) < 1e-9 {
					found = true
					moved += u / (40 * n)
				}
			}
			if !found {
				t.Fatalf("row %d is at %v, not between %v and a neighbor", i, row, was)
			}
			if math.Abs(row[0]-was[0]) > 25 {
				t.Fatalf("row %d has a neighbor in the other cluster", i)
			}
		}
	}
	if e := math.Abs(moved-share/2) / (share / math.Sqrt(12*40*n)); e > 4 {
		t.Errorf("rows move by %g of the way on average, %.1f standard errors from %g", moved, e, share/2)
	}
}

// The nearest rows are those of smallest distance, whatever order asks.
func TestBlendNeighbours(t *testing.T) {
	for _, scale := range []float64{0, 0.5} {
		blendNeighbours(t, scale)
	}
}

func blendNeighbours(t *testing.T, scale float64) {
	t.Helper()
	d := clusters(40)
	b := NewNeighborMixup(d, 4, []float64{scale}, []int{0, 1}, 3, 0.5, 7)
	for i := range 40 {
		if len(b.near[i]) != 3 || slices.Contains(b.near[i], i) {
			t.Fatalf("row %d: neighbors %v", i, b.near[i])
		}
		far := func(j int) float64 {
			s := 0.0
			for k := range 4 {
				if e := d.X.At(i, k) - d.X.At(j, k); !math.IsNaN(e) {
					s += e * e
				}
			}
			switch e := d.Cond.At(i, 0) - d.Cond.At(j, 0); {
			case scale != 0:
				s += e * e / (scale * scale)
			case e != 0:
				s += 2
			}
			return s
		}
		for j := range 40 {
			if j != i && !slices.Contains(b.near[i], j) && far(j) < far(b.near[i][2]) {
				t.Errorf("row %d: %d is nearer than %d", i, j, b.near[i][2])
			}
		}
	}
}

func TestBlendIsAFunctionOfRowAndPass(t *testing.T) {
	d := clusters(30)
	read := func(seed, pass uint64, idx ...int) []float64 {
		x, c := mat.NewDense(len(idx), 4, nil), mat.NewDense(len(idx), 1, nil)
		NewNeighborMixup(d, 4, []float64{0}, []int{0, 1}, 5, 0.5, seed).Read(x, c, idx, pass)
		return x.RawRowView(0)
	}
	want := read(1, 2, 8)
	if !slices.Equal(want, read(1, 2, 8, 3, 5)) {
		t.Error("other rows of the batch matter")
	}
	if slices.Equal(want, read(1, 3, 8)) || slices.Equal(want, read(2, 2, 8)) {
		t.Error("another pass or seed reads the same")
	}
	one := Data{X: mat.NewDense(1, 4, []float64{1, 2, 3, 4}), Cond: mat.NewDense(1, 1, nil)}
	x, c := mat.NewDense(1, 4, nil), mat.NewDense(1, 1, nil)
	NewNeighborMixup(one, 4, []float64{0}, []int{0, 1}, 5, 0.5, 1).Read(x, c, []int{0}, 0)
	if !mat.Equal(x, one.X) {
		t.Error("a single row moves")
	}
}
