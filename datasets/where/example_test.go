package where_test

import (
	"fmt"
	"io"
	"strings"

	"tweedie/datasets"
	"tweedie/datasets/where"
)

// Conditions are read for the columns of a table, and tell which rows satisfy them.
func ExampleParse() {
	const file = "age,job\n28,nurse\n35,clerk\n41,nurse\n,clerk\n"
	src := datasets.CSVSource("staff.csv", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(file)), nil })
	m, err := datasets.Infer(src, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	cells, err := datasets.ReadCells(src, m)
	if err != nil {
		fmt.Println(err)
		return
	}
	codec, err := datasets.Fit(cells, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := where.Parse(codec, false, []string{"30 <= age", "job in (nurse, clerk)"})
	if err != nil {
		fmt.Println(err)
		return
	}
	holds := make([]bool, cells.Rows())
	for i := range holds {
		holds[i] = c.Holds(cells, i)
	}
	fmt.Println(holds)
	_, err = where.Parse(codec, false, []string{"age > 35 and job = cook"})
	fmt.Println(err)
	// Output:
	// [false true true false]
	// "age > 35 and job = cook": character 20: column "job": unseen category "cook"; choose from "clerk", "nurse"
}
