package sample_test

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
	"tweedie/sde"
)

func law() *sde.Gaussian {
	g, err := sde.NewGaussian([]float64{1, -2}, mat.NewSymDense(2, []float64{0.25, 0.1, 0.1, 0.5}), sde.VP{})
	if err != nil {
		panic(err)
	}
	return g
}

func ExampleRun() {
	// An exact law stands for the model; a network is used alike.
	res, err := sample.Run(context.Background(), law(), sample.DPMpp2M{}, 10000, &sample.Options{NFE: 40, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	var mean [2]float64
	for i := range res.Rows {
		for j := range mean {
			mean[j] += res.X.At(i, j) / float64(res.Rows)
		}
	}
	fmt.Printf("%d rows, %.0f evaluations each, mean %.1f\n", res.Rows, res.NFE, mean)
	// Output: 10000 rows, 40 evaluations each, mean [1.0 -2.0]
}

func ExampleRun_sink() {
	// Rows beyond memory: each block goes out in row order and is forgotten.
	rows := 0
	_, err := sample.Run(context.Background(), law(), sample.DDIM{Eta: 1}, 1000, &sample.Options{
		Steps: 10,
		Sink: func(first int, x *mat.Dense) error {
			n, _ := x.Dims()
			rows += n
			return nil
		},
	})
	fmt.Println(rows, err)
	// Output: 1000 <nil>
}

func ExampleLogProb() {
	x := mat.NewDense(2, 2, []float64{1, -2, 0, 0})
	l, err := sample.LogProb(context.Background(), law(), x, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f nats\n", l.LogProb)
	// Output: [-0.756 -9.017] nats
}

func ExampleInterpolate() {
	x, err := sample.Interpolate(context.Background(), law(), []float64{0.5, -2}, []float64{1.5, -1}, 3, sample.LinearCurve, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f\n", mat.Formatted(x))
	// Output:
	// ⎡ 0.500  -2.000⎤
	// ⎢ 1.000  -1.500⎥
	// ⎣ 1.500  -1.000⎦
}
