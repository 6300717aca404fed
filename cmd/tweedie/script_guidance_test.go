package main

import (
	"encoding/csv"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

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
