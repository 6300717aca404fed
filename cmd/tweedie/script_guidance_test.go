package main

import (
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptProduct errs unless the median of the product of the first two columns is
// within a distance of a value: product FILE VALUE DISTANCE.
func scriptProduct(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: product FILE VALUE DISTANCE")
	}
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	text := "product\n"
	for _, row := range rows[1:] {
		a, err := strconv.ParseFloat(row[0], 64)
		ts.Check(err)
		b, err := strconv.ParseFloat(row[1], 64)
		ts.Check(err)
		text += strconv.FormatFloat(a*b, 'g', -1, 64) + "\n"
	}
	ts.Check(os.WriteFile(ts.MkAbs("product.csv"), []byte(text), 0o666))
	scriptAround(ts, false, []string{"product.csv", "product", args[1], args[2]})
}

// scriptAround errs unless the median of a column is within a distance of a
// value: around FILE COLUMN VALUE DISTANCE.
func scriptAround(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: around FILE COLUMN VALUE DISTANCE")
	}
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	j := slices.Index(rows[0], args[1])
	if j < 0 || len(rows) < 2 {
		ts.Fatalf("no column %s, or no rows", args[1])
	}
	v := make([]float64, len(rows)-1)
	for i := range v {
		v[i], err = strconv.ParseFloat(rows[i+1][j], 64)
		ts.Check(err)
	}
	slices.Sort(v)
	want, err := strconv.ParseFloat(args[2], 64)
	ts.Check(err)
	by, err := strconv.ParseFloat(args[3], 64)
	ts.Check(err)
	if m := v[len(v)/2]; math.Abs(m-want) > by {
		ts.Fatalf("the median of %s is %g, want %g within %g", args[1], m, want, by)
	}
}
