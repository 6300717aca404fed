package evaluate_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"tweedie/datasets"
	"tweedie/datasets/evaluate"
)

// flats is a table of rents that follow the rooms, or do not.
func flats(name string, seed uint64, follow bool) datasets.Source {
	var b strings.Builder
	b.WriteString("rooms,city,rent\n")
	r := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		rooms := 1 + r.IntN(5)
		city := []string{"Basel", "Bern"}[r.IntN(2)]
		rent := 500*float64(rooms) + 100*r.NormFloat64()
		if !follow {
			rooms = 1 + r.IntN(5)
		}
		fmt.Fprintf(&b, "%d,%s,%.2f\n", rooms, city, rent)
	}
	return datasets.CSVSource(name, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(b.String())), nil })
}

// A table whose columns are right one by one, and do not belong together, is told from
// the real one by trees.
func ExampleEvaluate() {
	t, err := evaluate.Read(flats("real.csv", 1, true), flats("synthetic.csv", 2, false), flats("holdout.csv", 3, true), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := evaluate.Evaluate(context.Background(), t, &evaluate.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("shape above .9:", r.Synthetic.Shape > 0.9)
	fmt.Println("detection below .5:", r.Synthetic.Detection < 0.5)
	fmt.Println("that of other real rows above .8:", r.Floors.Real.Detection > 0.8)
	// Output:
	// shape above .9: true
	// detection below .5: true
	// that of other real rows above .8: true
}
