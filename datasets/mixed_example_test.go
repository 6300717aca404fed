package datasets_test

import (
	"fmt"
	"io"
	"os"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
)

func ExampleInfer() {
	const file = `id,city,rooms,rent,since
1,Bern,3,1850.50,2019-04-01
2,Basel,2,1400.00,2021-11-15
3,Bern,4,NA,2020-02-29
`
	src := datasets.CSVSource("flats.csv", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(file)), nil })
	m, err := datasets.Infer(src, &datasets.InferOptions{Types: map[string]datasets.Type{"id": datasets.TypeIdentifier}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(m.Summary())

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
	x := mat.NewDense(cells.Rows(), codec.Dim(), nil)
	codec.Encode(x, cells, nil, 1)
	for _, b := range codec.Blocks() {
		fmt.Println(b.Start, b.Column, b.Levels)
	}

	back := datasets.NewCells(codec.Metadata(), 0)
	if err := codec.Decode(back, x, datasets.Decoding{}); err != nil {
		fmt.Println(err)
		return
	}
	if err := datasets.NewCSVCells(os.Stdout, codec.Metadata(), 0).Write(back); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 3 rows, 5 columns
	// id     identifier                   numbered anew from "4"
	// city   categorical                  2 levels: "Basel", "Bern"
	// rooms  integer                      2 to 4
	// rent   numeric      33.3 % missing  1400.00 to 1850.50
	// since  datetime                     format "2006-01-02"
	// 0 city [Basel Bern]
	// 2 rooms []
	// 3 rent [present missing]
	// 5 rent []
	// 6 since []
	// id,city,rooms,rent,since
	// 4,Bern,3,1850.50,2019-04-01
	// 5,Basel,2,1400.00,2021-11-15
	// 6,Bern,4,,2020-02-29
}
