package sbi

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
)

// Draws of a prior, rounded ones too, have no caveat, and others have one.
func TestPriorCaveats(t *testing.T) {
	p, err := prior.Parse([]byte("prior: [{name: a, law: uniform, low: 0, high: 1}, {name: b, law: normal, mean: 3, sd: 2}]"))
	if err != nil {
		t.Fatal(err)
	}
	caveats := func(n int, seed uint64, change func(row []float64)) int {
		theta := mat.NewDense(n, 2, nil)
		p.Sample(theta, seed, 0)
		for i := range n {
			change(theta.RawRowView(i))
		}
		z, err := whitened(p, theta)
		if err != nil {
			t.Fatal(err)
		}
		return len(priorCaveats(p.Names(), z))
	}
	for seed := range uint64(300) {
		for _, n := range []int{50, 2000} {
			if k := caveats(n, seed, func(row []float64) { row[0] = math.Round(100*row[0]) / 100 }); k > 0 {
				t.Errorf("seed %d, %d draws: %d caveats", seed, n, k)
			}
		}
	}
	for name, change := range map[string]func(row []float64){
		"shifted":  func(row []float64) { row[1] += 0.4 },
		"wide":     func(row []float64) { row[1] = 3 + 1.2*(row[1]-3) },
		"narrow":   func(row []float64) { row[0] = 0.5 + 0.8*(row[0]-0.5) },
		"constant": func(row []float64) { row[1] = 3 },
		"far":      func(row []float64) { row[1] += 1000 },
	} {
		if k := caveats(2000, 1, change); k != 1 {
			t.Errorf("%s: %d caveats, want 1", name, k)
		}
	}
}

// A posterior that is worse than the prior has a caveat: one held-out row of 50 is unlike
// those that it was trained on. One of data that say nothing has none.
func TestScoreCaveats(t *testing.T) {
	p, err := prior.Parse([]byte("prior: [{name: a, law: normal, mean: 0, sd: 1}]"))
	if err != nil {
		t.Fatal(err)
	}
	const n, heldOut = 50, 7
	theta, other := mat.NewDense(n, 1, nil), mat.NewDense(n, 1, nil)
	p.Sample(theta, 1, 0)
	p.Sample(other, 2, 0)
	odd := mat.DenseCopyOf(theta)
	odd.Set(heldOut, 0, theta.At(heldOut, 0)+3)
	for _, c := range []struct {
		x     *mat.Dense
		worse bool
	}{{odd, true}, {other, false}} {
		m, err := Fit(context.Background(), &Simulations{Theta: theta, X: c.x}, &Options{Prior: p, Steps: 2, Hidden: 8, Layers: 1, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		score := m.Summary().LogScore
		if warns := strings.Contains(strings.Join(m.Summary().Caveats, ""), "worse than the prior"); warns != c.worse || warns != (score < -0.1) {
			t.Errorf("log score %.3f, a caveat: %v, want %v", score, warns, c.worse)
		}
	}
}
