package nn_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/nn"
	"tweedie/sde"
)

// An untrained model is the exact denoiser of independent columns with the mean and the
// variance that it is given. Package train takes it from there.
func ExampleNew() {
	m, err := nn.New(nn.Config{Mean: []float64{10, -1}, Variance: []float64{4, 1}, Hidden: 32, Layers: 2, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	law, err := sde.NewGaussian([]float64{10, -1}, mat.NewSymDense(2, []float64{4, 0, 0, 1}), sde.VP{})
	if err != nil {
		fmt.Println(err)
		return
	}
	x, d := mat.NewDense(1, 2, []float64{3, 0.5}), mat.NewDense(1, 2, nil)
	for _, denoiser := range []sde.Denoiser{m, law} {
		if err := denoiser.Denoise(d, x, []float64{0.3}); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("E[x_0 | x_t] = %.3f\n", d.RawRowView(0))
	}
	// Output:
	// E[x_0 | x_t] = [6.209 -0.289]
	// E[x_0 | x_t] = [6.209 -0.289]
}

// A condition is given to a model with each row; without it the model takes its null
// token.
func ExampleModel_Conditional() {
	m, err := nn.New(nn.Config{
		Mean: []float64{0}, Variance: []float64{1}, Hidden: 16, Layers: 1,
		Conditions: []nn.Condition{{Name: "species", Levels: 2}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	owl, err := m.Conditional(mat.NewDense(1, 1, []float64{0}), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	d := mat.NewDense(1, 1, nil)
	err = owl.Denoise(d, mat.NewDense(1, 1, []float64{0.5}), []float64{0.5})
	fmt.Println(m.Labels(), owl.Dim(), err)
	// Output: 1 1 <nil>
}

// An untrained classifier of noised rows gives every class the same probability.
func ExampleNewClassifier() {
	c, err := nn.NewClassifier(nn.Config{Mean: []float64{0, 0}, Variance: []float64{1, 1}, Hidden: 16, Layers: 1},
		nn.Condition{Name: "species", Levels: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	p := mat.NewDense(1, 4, nil)
	if err := c.LogProbs(p, mat.NewDense(1, 2, []float64{1, 2}), []float64{0.5}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f nats\n", p.RawRowView(0))
	// Output: [-1.386 -1.386 -1.386 -1.386] nats
}
