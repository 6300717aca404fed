package datasets_test

import (
	"fmt"
	"os"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
)

// A table goes through the encoder and comes out as it was.
func Example() {
	const file = "size,colour,weight\n1.50,red,10\n2.25,blue,14\n3.75,red,12\n"
	t, err := datasets.ReadCSV(strings.NewReader(file), "file.csv", &datasets.Options{Labels: []string{"colour"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := datasets.NewSchema(t)
	if err != nil {
		fmt.Println(err)
		return
	}
	e := datasets.NewEncoder(s)
	x := mat.NewDense(t.Rows(), e.Dim(), nil)
	c := mat.NewDense(t.Rows(), len(s.Labels()), nil)
	if err := e.Encode(x, t); err != nil {
		fmt.Println(err)
	}
	if err := e.Conditions(c, t); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.3f\n", mat.Formatted(x))
	if err := datasets.NewCSVWriter(os.Stdout, s).WriteBlock(x, c); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ⎡-1.069  -1.225⎤
	// ⎢-0.267   1.225⎥
	// ⎣ 1.336   0.000⎦
	// size,colour,weight
	// 1.50,red,10
	// 2.25,blue,14
	// 3.75,red,12
}
