package sde_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// The exact denoiser of a Gaussian, before and after an observation.
func ExampleGaussian_Posterior() {
	prior, err := sde.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 0.8, 0.8, 1}), sde.VP{})
	if err != nil {
		fmt.Println(err)
		return
	}
	// Observe the first coordinate: y = x_1 + e, with noise variance 0.25.
	A, y, R := mat.NewDense(1, 2, []float64{1, 0}), []float64{2}, mat.NewSymDense(1, []float64{0.25})
	post, err := prior.Posterior(A, y, R)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("posterior mean %.3f\n", post.Mean())
	fmt.Printf("log evidence   %.3f\n", prior.LogEvidence(A, y, R))

	x, d := mat.NewDense(1, 2, []float64{0.5, 0.5}), mat.NewDense(1, 2, nil)
	for _, law := range []sde.Law{prior, post} {
		if err := law.Denoise(d, x, []float64{0.5}); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("E[x_0 | x_t]   %.3f\n", d.RawRowView(0))
	}
	// Output:
	// posterior mean [1.600 1.280]
	// log evidence   -2.631
	// E[x_0 | x_t]   [0.238 0.238]
	// E[x_0 | x_t]   [1.609 1.302]
}

func ExampleParseSchedule() {
	s, err := sde.ParseSchedule("ve:sigma_max=80")
	fmt.Println(s, err)
	_, err = sde.ParseSchedule("edm")
	fmt.Println(err)
	// Output:
	// {0.01 80} <nil>
	// sde: unknown schedule "edm"; use one of vp, subvp, ve, cosine, rectified
}
