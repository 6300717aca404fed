package nn_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/nn"
)

// A model of rows given a set of points in the plane, trained with four points in each
// row: it takes any number of them, in any order.
func ExampleEncoder() {
	m, err := nn.New(nn.Config{
		Mean: []float64{0, 0, 0}, Variance: []float64{1, 1, 1},
		Encoder: &nn.Encoder{Width: 2, Points: 4},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(m.Labels(), "labels in training")
	for _, set := range [][]float64{{1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4, 5, 6}, {1, 2, 3, 4, 5}} {
		_, err := m.Conditional(mat.NewDense(1, len(set), set), nil)
		fmt.Println(len(set), err)
	}
	// Output:
	// 8 labels in training
	// 8 <nil>
	// 6 <nil>
	// 5 row 0: nn: 5 inputs of an encoder of points of 2 numbers
}
