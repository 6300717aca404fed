package metrics

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// linearPairs are θ ~ N(0, 1), x = θ + N(0, 1), and a draw of N(x/2 + shift, 1/2) for each.
func linearPairs(n int, shift float64, seed uint64) (theta, draws, x *mat.Dense) {
	theta, draws, x = mat.NewDense(n, 1, nil), mat.NewDense(n, 1, nil), mat.NewDense(n, 1, nil)
	rng := stream.New(seed, "metrics/linear")
	for i := range n {
		t := rng.NormFloat64()
		v := t + rng.NormFloat64()
		theta.Set(i, 0, t)
		x.Set(i, 0, v)
		draws.Set(i, 0, v/2+shift+math.Sqrt(0.5)*rng.NormFloat64())
	}
	return theta, draws, x
}

func drawsAt(x, shift float64, n int, seed uint64) *mat.Dense {
	m, rng := mat.NewDense(n, 1, nil), stream.New(seed, "metrics/at")
	for i := range n {
		m.Set(i, 0, x/2+shift+math.Sqrt(0.5)*rng.NormFloat64())
	}
	return m
}

// The p-value of an exact posterior is at its least as often as it should, and that of a
// shifted one nearly always. A fault that grows with x is seen where it is.
func TestLC2ST(t *testing.T) {
	ctx, alarms := context.Background(), 0
	const runs, nulls = 20, 9
	for seed := range uint64(runs) {
		theta, draws, x := linearPairs(300, 0, seed)
		l, err := NewLC2ST(ctx, theta, draws, x, LC2STOptions{Nulls: nulls, Epochs: 10, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if _, p, err := l.At([]float64{0.5}, drawsAt(0.5, 0, 200, seed)); err != nil {
			t.Fatal(err)
		} else if p <= 0.1 {
			alarms++
		}
	}
	if alarms > 7 { // more than 7 of 20 at the level .1: one case in 2,400
		t.Errorf("%d of %d exact posteriors are told from the true ones", alarms, runs)
	}
	theta, draws, x := linearPairs(400, 0.4, 1)
	l, err := NewLC2ST(ctx, theta, draws, x, LC2STOptions{Nulls: 19})
	if err != nil {
		t.Fatal(err)
	}
	if s, p, _ := l.At([]float64{0.5}, drawsAt(0.5, 0.4, 300, 1)); p != 0.05 || s < 0.005 {
		t.Errorf("shifted: %v, p = %v", s, p)
	}
	for i := range 400 { // right where x < 0
		if v := x.At(i, 0); v < 0 {
			draws.Set(i, 0, draws.At(i, 0)-0.4)
		} else {
			draws.Set(i, 0, draws.At(i, 0)+0.4)
		}
	}
	if l, err = NewLC2ST(ctx, theta, draws, x, LC2STOptions{Nulls: 19}); err != nil {
		t.Fatal(err)
	}
	right, _, _ := l.At([]float64{-1}, drawsAt(-1, 0, 300, 1))
	wrong, p, _ := l.At([]float64{1}, drawsAt(1, 0.8, 300, 1))
	if p != 0.05 || wrong < 3*right {
		t.Errorf("statistics %v where the posterior is right, and %v where it is not (p = %v)", right, wrong, p)
	}
}

// Units and constant data play no role, and seeds do.
func TestLC2STUnits(t *testing.T) {
	ctx := context.Background()
	stat := func(scale float64, seed uint64) float64 {
		theta, draws, x := linearPairs(60, 0, 3)
		wide := mat.NewDense(60, 2, nil)
		for i := range 60 {
			wide.SetRow(i, []float64{scale * x.At(i, 0), 5})
		}
		theta.Scale(scale, theta)
		draws.Scale(scale, draws)
		l, err := NewLC2ST(ctx, theta, draws, wide, LC2STOptions{Nulls: 1, Epochs: 5, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		at := drawsAt(1, 0, 50, 1)
		at.Scale(scale, at)
		s, _, err := l.At([]float64{scale, 7}, at)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a, b, c := stat(1, 0), stat(1024, 0), stat(1, 1)
	if math.Abs(a-b) > 1e-6 || a == c || a == 0 {
		t.Errorf("statistics %v, %v in other units, %v of another seed", a, b, c)
	}
}

func TestLC2STRefuses(t *testing.T) {
	ctx := context.Background()
	theta, draws, x := linearPairs(30, 0, 1)
	part := func(m *mat.Dense, n int) *mat.Dense { return m.Slice(0, n, 0, 1).(*mat.Dense) }
	constant := mat.NewDense(30, 1, nil)
	nan := mat.DenseCopyOf(x)
	nan.Set(4, 0, math.NaN())
	for want, f := range map[string]func() error{
		"19 simulations": func() error {
			_, err := NewLC2ST(ctx, part(theta, 19), part(draws, 19), part(x, 19), LC2STOptions{})
			return err
		},
		"parameter 1 is constant": func() error { _, err := NewLC2ST(ctx, constant, draws, x, LC2STOptions{}); return err },
		"row 5, column 1 of the data": func() error {
			_, err := NewLC2ST(ctx, theta, draws, nan, LC2STOptions{})
			return err
		},
		"-1 classifiers": func() error { _, err := NewLC2ST(ctx, theta, draws, x, LC2STOptions{Nulls: -1}); return err },
		"canceled": func() error {
			done, cancel := context.WithCancel(ctx)
			cancel()
			_, err := NewLC2ST(done, theta, draws, x, LC2STOptions{})
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	l, err := NewLC2ST(ctx, theta, draws, x, LC2STOptions{Nulls: 1, Epochs: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.At([]float64{math.Inf(1)}, draws); err == nil {
		t.Error("an infinite observation")
	}
}

// Statistics of parts of the classifiers are those of all, and make the same p-value.
func TestLC2STInParts(t *testing.T) {
	theta, draws, x := linearPairs(60, 0.4, 1)
	at := drawsAt(0.5, 0.4, 30, 1)
	train := func(first, count int) (*LC2ST, error) {
		return NewLC2ST(context.Background(), theta, draws, x, LC2STOptions{Nulls: 4, Epochs: 2, Seed: 3, First: first, Count: count})
	}
	var all []float64
	for _, c := range [][2]int{{0, 2}, {2, 1}, {3, 2}} {
		l, err := train(c[0], c[1])
		if err != nil {
			t.Fatal(err)
		}
		part, err := l.Statistics([]float64{0.5}, at)
		if err != nil || len(part) != c[1] {
			t.Fatalf("%v: %v, %v", c, part, err)
		}
		all = append(all, part...)
	}
	l, err := train(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	want, wantP, _ := l.At([]float64{0.5}, at)
	if whole, _ := l.Statistics([]float64{0.5}, at); !slices.Equal(whole, all) {
		t.Errorf("statistics %v in parts, and %v of all", all, whole)
	}
	if s, p := LC2STOf(all); s != want || p != wantP {
		t.Errorf("%v, p = %v; want %v, %v", s, p, want, wantP)
	}
	for _, c := range [][2]int{{-1, 1}, {0, -1}, {0, 6}, {5, 1}, {2, 0}} {
		if _, err := train(c[0], c[1]); err == nil {
			t.Errorf("%v: there are no such classifiers", c)
		}
	}
}
