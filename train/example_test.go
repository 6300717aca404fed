package train_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
	"tweedie/train"
)

// line are rows on a line, with a little noise.
func line(n int) *mat.Dense {
	x, r := mat.NewDense(n, 2, nil), rand.New(rand.NewPCG(1, 2))
	for i := range n {
		a := r.NormFloat64()
		x.SetRow(i, []float64{a, a + 0.1*r.NormFloat64()})
	}
	return x
}

// A model learns a law from rows, and rows are drawn from it.
func ExampleNew() {
	ctx := context.Background()
	m, err := nn.New(nn.Config{Mean: []float64{0, 0}, Variance: []float64{1, 1}, Hidden: 32, Layers: 2, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := train.New(m, train.Data{X: line(2000)}, train.Data{X: line(500)}, train.Config{
		Steps: 400, Batch: 256, Rate: train.Rate{Peak: 1e-2}, Objective: losses.Denoising{Sched: sde.VP{}}, Seed: 1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := t.Run(ctx); err != nil {
		fmt.Println(err)
		return
	}
	res, err := sample.Run(ctx, t.Model(), sample.DPMpp2M{}, 2000, &sample.Options{NFE: 30, Seed: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	off := 0.0
	for i := range res.Rows {
		d := res.X.At(i, 1) - res.X.At(i, 0)
		off += d * d / float64(res.Rows)
	}
	fmt.Println(t.Step(), "steps; rows are on the line, give or take a little:", off < 0.04)
	// Output: 400 steps; rows are on the line, give or take a little: true
}

// A run is interrupted, and goes on from its state to the same bits.
func ExampleTrainer_State() {
	start := func() (*train.Trainer, context.Context, error) {
		m, err := nn.New(nn.Config{Mean: []float64{0, 0}, Variance: []float64{1, 1}, Hidden: 16, Layers: 1, Seed: 1})
		if err != nil {
			return nil, nil, err
		}
		t, err := train.New(m, train.Data{X: line(500)}, nil, train.Config{Steps: 40, Batch: 64, Every: 20, Objective: losses.Denoising{Sched: sde.VP{}}})
		return t, context.Background(), err
	}
	first, ctx, err := start()
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(ctx)
	first.Observe(func(r train.Report) error { stop(); return nil })
	fmt.Println(first.Run(ctx), "after", first.Step(), "steps")

	state, err := first.State()
	if err != nil {
		fmt.Println(err)
		return
	}
	second, ctx, err := start()
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := second.Restore(state); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(second.Run(ctx), "after", second.Step(), "steps")
	// Output:
	// context canceled after 20 steps
	// <nil> after 40 steps
}
