package architectures_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
	"tweedie/checkpoints"
	"tweedie/guide"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
	"tweedie/train"
)

// A network of one's own from its definition to guided rows: rows are pairs of nearly equal
// numbers, the network is one hidden layer of 32 units, and what is observed is the first
// number.
func Example() {
	small := &nn.Architecture{Name: "small", Build: func(g *nn.Graph) (*G.Node, error) {
		h := G.Must(G.Add(
			G.Must(G.Mul(g.X, g.Param("in", 0.7, g.Width(), 32))),
			G.Must(G.Mul(g.F, g.Param("level", 0.25, g.Features(), 32)))))
		h = G.Must(G.Tanh(h))
		return G.Mul(h, g.Param("out", 0, 32, g.Dim()))
	}}

	rows, r := mat.NewDense(2000, 2, nil), rand.New(rand.NewPCG(1, 2))
	for i := range 2000 {
		a := r.NormFloat64()
		rows.SetRow(i, []float64{a, a + 0.1*r.NormFloat64()})
	}
	m, err := nn.New(nn.Config{Mean: []float64{0, 0}, Variance: []float64{1, 1}, Network: small, Seed: 1})
	if err != nil {
		panic(err)
	}
	t, err := train.New(m, train.Data{X: rows}, nil, train.Config{
		Steps: 400, Batch: 256, Seed: 1, Rate: train.Rate{Peak: 1e-2}, Objective: losses.Denoising{Sched: sde.VP{}},
	})
	if err != nil {
		panic(err)
	}
	if err := t.Run(context.Background()); err != nil {
		panic(err)
	}

	// Through a file. The program that reads it gives the network by its name.
	dir, err := os.MkdirTemp("", "networks")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "m.safetensors")
	f := checkpoints.New(nn.ModelKind)
	if err := t.Model().Store(f); err != nil {
		panic(err)
	}
	if err := checkpoints.Save(path, f); err != nil {
		panic(err)
	}
	if m, err = nn.Load(path, small); err != nil {
		panic(err)
	}

	post := guide.New(m, guide.MMPS{Observation: sde.Observation{
		A: sde.Columns{Dim: 2, Index: []int{0}}, Y: mat.NewDense(1, 1, []float64{1}), Error: sde.NormalError{SD: 0.1},
	}})
	res, err := sample.Run(context.Background(), post, sample.DDIM{Eta: 1}, 500, &sample.Options{NFE: 50, Seed: 2})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d weights, rows around (%.0f, %.0f)\n", m.Params.Count(), mat.Sum(res.X.ColView(0))/500, mat.Sum(res.X.ColView(1))/500)
	// Output: 640 weights, rows around (1, 1)
}
