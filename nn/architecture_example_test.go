package nn_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
	"tweedie/nn"
)

// A linear network of one's own. Its last layer starts at 0, so that the model, untrained,
// is the exact denoiser of independent normal columns: here at t = 1, where x says nothing,
// their mean.
func ExampleArchitecture() {
	linear := &nn.Architecture{Name: "linear", Build: func(g *nn.Graph) (*G.Node, error) {
		x := G.Must(G.Mul(g.X, g.Param("x", 0, g.Width(), g.Dim())))
		return G.Add(x, G.Must(G.Mul(g.F, g.Param("level", 0, g.Features(), g.Dim()))))
	}}
	m, err := nn.New(nn.Config{Mean: []float64{3, -2}, Variance: []float64{1, 4}, Network: linear})
	if err != nil {
		panic(err)
	}
	d := mat.NewDense(1, 2, nil)
	if err := m.Denoise(d, mat.NewDense(1, 2, nil), []float64{1}); err != nil {
		panic(err)
	}
	fmt.Printf("%d weights, D = %.1f, %.1f\n", m.Params.Count(), d.At(0, 0), d.At(0, 1))

	_, err = nn.New(nn.Config{Mean: []float64{3, -2}, Variance: []float64{1, 4}, Network: &nn.Architecture{
		Name: "narrow", Build: func(g *nn.Graph) (*G.Node, error) { return G.Mul(g.X, g.Param("x", 1, g.Width(), 1)) },
	}})
	fmt.Println(err)
	// Output:
	// 36 weights, D = 3.0, -2.0
	// nn: the network "narrow": the output has the shape (128, 1): want (128, 2), a row for each row of X
}
