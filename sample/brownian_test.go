package sample

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// partsOf returns W and H of the rows over [s, t].
func partsOf(p *Brownian, n, d int, t, s float64) (w, h *mat.Dense) {
	w, h = mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	p.Normal(w, t, s, 0)
	p.Normal(h, t, s, 1)
	w.Scale(math.Sqrt(t-s), w)
	h.Scale(math.Sqrt((t-s)/12), h)
	return w, h
}

// Increment and area of an interval are those of its parts put together.
func TestBrownianPartsMakeTheWhole(t *testing.T) {
	p := NewBrownian(1, "x", 5)
	for _, c := range [][3]float64{{1, 0.5, 0}, {1, 0.7, 0.1}, {0.9, 0.33333, 0.2}, {0.51, 0.5, 0.4999}, {1e-3, 5e-4, 0}, {0.3, 0.3 - 1e-7, 0.1}} {
		a, m, b := c[0], c[1], c[2]
		w, h := partsOf(p, 3, 2, a, b)
		w1, h1 := partsOf(p, 3, 2, a, m)
		w2, h2 := partsOf(p, 3, 2, m, b)
		for i := range 3 {
			for j := range 2 {
				W := w1.At(i, j) + w2.At(i, j)
				// ∫W du over the whole, from both parts.
				l1, l2, l := a-m, m-b, a-b
				area := l1*(w1.At(i, j)/2+h1.At(i, j)) + l2*(w1.At(i, j)+w2.At(i, j)/2+h2.At(i, j))
				H := area/l - W/2
				if math.Abs(W-w.At(i, j)) > 1e-6 || math.Abs(H-h.At(i, j)) > 2e-6 {
					t.Errorf("%v: W %g, parts %g; H %g, parts %g", c, w.At(i, j), W, h.At(i, j), H)
				}
			}
		}
	}
}

// Both normals are standard, and independent of each other and between rows,
// dimensions and disjoint intervals.
func TestBrownianIsBrownian(t *testing.T) {
	n := 20000
	if testing.Short() {
		n = 4000
	}
	p := NewBrownian(2, "x", 0)
	var cols [6][]float64
	a, b := mat.NewDense(n, 2, nil), mat.NewDense(n, 2, nil)
	for k, iv := range [][2]float64{{0.83, 0.41}, {0.41, 0.40}} {
		p.Normal(a, iv[0], iv[1], 0)
		p.Normal(b, iv[0], iv[1], 1)
		cols[3*k], cols[3*k+1], cols[3*k+2] = mat.Col(nil, 0, a), mat.Col(nil, 1, a), mat.Col(nil, 0, b)
	}
	for i, x := range cols {
		for j, y := range cols[:i+1] {
			var s float64
			for k := range x {
				s += x[k] * y[k]
			}
			want, se := 0.0, 1/math.Sqrt(float64(n))
			if i == j {
				want, se = 1, math.Sqrt(2/float64(n))
			}
			if math.Abs(s/float64(n)-want) > 4.5*se {
				t.Errorf("E of columns %d and %d is %g, want %g", i, j, s/float64(n), want)
			}
		}
	}
}

// Rows have the same path in every batch, and batches of white uses too.
func TestBrownianIsPure(t *testing.T) {
	whole, part := mat.NewDense(6, 2, nil), mat.NewDense(2, 2, nil)
	for use := range 4 {
		NewBrownian(3, "x", 10).Normal(whole, 0.8, 0.3, use)
		p := NewBrownian(3, "x", 13)
		p.Normal(part, 0.5, 0.2, 0)
		p.Normal(part, 0.8, 0.3, use)
		if !mat.Equal(whole.Slice(3, 5, 0, 2), part) {
			t.Errorf("use %d depends on the batch or on history", use)
		}
	}
}
