package boost

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// wideRows returns n rows of p columns, numbers or one-hot categories of ten
// levels, and a class that hangs on the first of them.
func wideRows(n, p int, onehot bool) (*mat.Dense, []int) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, class := mat.NewDense(n, p, nil), make([]int, n)
	for i := range n {
		row := x.RawRowView(i)
		if onehot {
			for j := 0; j < p; j += 10 {
				row[min(j+rng.IntN(10), p-1)] = 1
			}
		} else {
			for j := range row {
				row[j] = rng.NormFloat64()
			}
		}
		if row[0]+row[1]*row[2]+rng.NormFloat64() > 0.5 {
			class[i] = 1
		}
	}
	return x, class
}

func BenchmarkClassify(b *testing.B) {
	for _, c := range []struct {
		p      int
		onehot bool
	}{{14, false}, {110, false}, {110, true}} {
		x, class := wideRows(32000, c.p, c.onehot)
		b.Run(fmt.Sprintf("columns=%d/onehot=%t", c.p, c.onehot), func(b *testing.B) {
			for b.Loop() {
				if _, err := Classify(x, class, 2, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
