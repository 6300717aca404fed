package train

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Where a row goes, by hand: to the neighbor and by the share that the stream of (seed,
// pass, row) says.
func TestMixupByHand(t *testing.T) {
	d := clusters(40)
	b := NewNeighborMixup(d, 4, []float64{0}, []int{0, 1}, 3, 0.6, 7)
	idx := []int{5, 4, 31, 5}
	x, c := mat.NewDense(len(idx), 4, nil), mat.NewDense(len(idx), 1, nil)
	b.Read(x, c, idx, 9)
	for r, i := range idx {
		s := stream.New(7, "train/blend", 9, uint64(i))
		to := d.X.RawRowView(b.near[i][s.IntN(3)])
		u := 0.6 * s.Float64()
		for j := range 2 {
			if was := d.X.At(i, j); math.Abs(x.At(r, j)-was-u*(to[j]-was)) > 1e-12 {
				t.Errorf("row %d, position %d: %v, from %v to %v by %v", i, j, x.At(r, j), was, to[j], u)
			}
		}
	}
}

func TestMixupPanics(t *testing.T) {
	for _, c := range []struct {
		k     int
		share float64
	}{{0, 0.5}, {3, 0}, {3, 1.01}, {3, math.NaN()}, {3, -0.1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is accepted", c)
				}
			}()
			NewNeighborMixup(clusters(9), 4, []float64{0}, []int{0, 1}, c.k, c.share, 7)
		}()
	}
	if b := NewNeighborMixup(clusters(9), 4, []float64{0}, []int{0, 1}, 30, 1, 7); len(b.near[0]) != 8 {
		t.Errorf("of 9 rows a row has %d neighbors", len(b.near[0]))
	}
	if b := NewNeighborMixup(Data{}, 4, nil, []int{0, 1}, 3, 1, 7); b.Len() != 0 {
		t.Error("no rows are some")
	}
}
