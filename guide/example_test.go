package guide_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// We observe the sum of two correlated numbers, with an error. For a Gaussian
// prior MMPS gives the denoiser of the exact posterior; for a network, nn.Load
// takes the place of NewGaussian and nothing else changes.
func ExampleMMPS() {
	prior, err := sde.NewGaussian([]float64{1, -1}, mat.NewSymDense(2, []float64{1, 0.6, 0.6, 2}), sde.VP{})
	if err != nil {
		panic(err)
	}
	post := guide.New(prior, guide.MMPS{Observation: sde.Observation{
		A:     sde.NewLinearMap(mat.NewDense(1, 2, []float64{1, 1})),
		Y:     mat.NewDense(1, 1, []float64{3}),
		Error: sde.NormalError{SD: 0.5},
	}})
	D, x := mat.NewDense(1, 2, nil), mat.NewDense(1, 2, []float64{0, 0})
	if err := post.Denoise(D, x, []float64{1}); err != nil { // at t = 1, x says nothing
		panic(err)
	}
	fmt.Printf("E[x | y] ≈ %.2f, %.2f: %v\n", D.At(0, 0), D.At(0, 1), post.Exactness())
	// Output: E[x | y] ≈ 2.08, 0.75: exact
}

// A guide that is not exact on its prior says so, with the remedy.
func ExamplePosterior_Caveats() {
	prior, err := sde.NewBox([]float64{-1, -1}, []float64{1, 1}, sde.VP{})
	if err != nil {
		panic(err)
	}
	post := guide.New(prior, guide.DPS{Observation: sde.Observation{
		A:     sde.Columns{Dim: 2, Index: []int{0}},
		Y:     mat.NewDense(1, 1, []float64{0.3}),
		Error: sde.LaplaceError{Scale: 0.1},
	}})
	for _, c := range post.Caveats() {
		fmt.Println(c)
	}
	// Output: DPS: heuristic: the spread of x_0 given x_t is left out, so the posterior comes out too narrow and too close to y, for any number of steps; use MMPS, and as the twist of particles (TDS) MMPS or PiGDM too
}
