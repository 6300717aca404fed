package nn_test

import (
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
	"tweedie/nn"
)

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// The distance from the origin, and its gradient.
func ExampleParseExpression() {
	e := must(nn.ParseExpression([]string{"x", "y"}, "r2 = x^2 + y^2; sqrt(r2)"))
	x := mat.NewDense(1, 2, []float64{3, 4})
	value, gradient := mat.NewDense(1, 1, nil), mat.NewDense(1, 2, nil)
	if err := e.Apply(value, x); err != nil {
		log.Fatal(err)
	}
	if err := e.Pull(gradient, x, mat.NewDense(1, 1, []float64{1})); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f %.1f\n", value.At(0, 0), gradient.RawRowView(0))
	_, err := nn.ParseExpression([]string{"x", "y"}, "sqrt(x^2 + z^2)")
	fmt.Println(err)
	// Output:
	// 5.0 [0.6 0.8]
	// formula: character 12, at "z^2)": no column "z": there are "x", "y"
}

// The same in Gorgonia's stock ops, for what formulas do not have.
func ExampleNewExpression() {
	e := must(nn.NewExpression(2, func(x *G.Node) (*G.Node, error) {
		squares, err := G.Square(x)
		if err != nil {
			return nil, err
		}
		r2, err := G.Sum(squares, 1)
		if err != nil {
			return nil, err
		}
		return G.Sqrt(r2)
	}))
	x, u, value := mat.NewDense(1, 2, []float64{3, 4}), mat.NewDense(1, 2, []float64{1, 0}), mat.NewDense(1, 1, nil)
	if err := e.Push(value, x, u); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f\n", value.At(0, 0))
	// Output: 0.6
}
