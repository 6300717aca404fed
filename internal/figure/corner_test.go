package figure

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// cornerRows are rows of a law with correlations, two bumps, bounds and a wide scale.
func cornerRows(n, d int, seed uint64) *mat.Dense {
	m, rng := mat.NewDense(n, d, nil), stream.New(seed, "figure/corner")
	for i := range n {
		z := rng.NormFloat64()
		for j := range d {
			e := rng.NormFloat64()
			v := 0.8*z + 0.6*e
			switch j % 4 {
			case 1:
				v = math.Sin(2*z) + 0.2*e
			case 2:
				v = rng.Float64()
			case 3:
				v = math.Exp(2*e + z)
			}
			m.Set(i, j, v)
		}
	}
	return m
}

func cornerOptions(d int, long bool) CornerOptions {
	o := CornerOptions{Names: make([]string, d), Log: make([]bool, d), Truth: make([]float64, d)}
	for j := range d {
		o.Names[j] = fmt.Sprintf("θ_%d", j+1)
		if long {
			o.Names[j] = fmt.Sprintf("transmission_rate_of_compartment_%d", j+1)
		}
		o.Log[j] = j%4 == 3
		o.Truth[j] = 0.5
	}
	return o
}

// TestLook writes figures to a folder, to look at.
func TestLook(t *testing.T) {
	dir := os.Getenv("TWEEDIE_LOOK")
	if dir == "" {
		t.Skip("TWEEDIE_LOOK=DIR writes figures to look at")
	}
	for _, d := range []int{1, 2, 3, 4, 6, 10} {
		for _, long := range []bool{false, true} {
			o := cornerOptions(d, long)
			o.Second, o.SecondName = cornerRows(2000, d, 2), "after 100,000 simulations"
			o.Prior = cornerRows(3000, d, 3)
			o.Prior.Apply(func(_, j int, v float64) float64 { return v * 2 }, o.Prior)
			if long {
				o.Title = "Posterior of the first observation"
			} else {
				o.Second, o.Prior = nil, nil
			}
			rows := cornerRows(5000, d, 1)
			if d == 2 && !long { // two crescents
				rng := stream.New(1, "moons")
				o.Log, o.Truth = nil, []float64{math.NaN(), 40}
				o.Names = []string{"a", "b"}
				for i := range 5000 {
					s, c := math.Sincos(3 * (rng.Float64() - 0.5))
					r, k := 0.1+0.01*rng.NormFloat64(), float64(2*rng.IntN(2)-1)
					rows.SetRow(i, []float64{k * (0.2 + r*c), 1e7 + r*s})
				}
			}
			f, err := Corner(o, rows)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("corner-%d-%v.png", d, long)), f.PNG(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}
