package imputation_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"tweedie/datasets"
	"tweedie/datasets/imputation"
)

// A table in which b is twice a: nearest neighbors see it, the mean does not.
func ExampleCompare() {
	var text strings.Builder
	text.WriteString("a,b\n")
	for i := range 200 {
		fmt.Fprintf(&text, "%d.5,%d\n", i%40, 2*(i%40)+1)
	}
	src := datasets.CSVSource("pairs", func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text.String())), nil
	})
	m, err := datasets.Infer(src, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := datasets.ReadCells(src, m)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := imputation.Compare(context.Background(), c, imputation.MaskingPlan{Share: 0.25, Seed: 1, Keep: []string{"a"}},
		[]imputation.Imputer{imputation.Mean{}, imputation.KNN{K: 1}}, 19)
	if err != nil {
		fmt.Println(err)
		return
	}
	r.WriteText(os.Stdout)
	// Output:
	// 46 of 200 known cells hidden (mcar, share 0.25, seed 1): 46 numbers, 0 categories; 19 draws
	// nothing hidden in: a
	//   method  MAE of median  avg MAE  min MAE    CRPS  90 % interval   width  log loss  accuracy      W1
	//     mean         0.2681   0.2681   0.2681  0.2681         0.0000  0.0000         –         –  0.0617
	//   knn(1)         0.0000   0.0000   0.0000  0.0000         1.0000  0.0000         –         –  0.0000
}
