package main

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptBell writes a table of independent normal columns, a of mean 0 and variance 1, b of
// mean 7 and variance 4, up to four decimals: bell FILE ROWS. A model that hardly trains on it
// has that law.
func scriptBell(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: bell FILE ROWS")
	}
	rows, err := strconv.Atoi(args[1])
	ts.Check(err)
	column := func(step, mean, sd float64) []float64 {
		v, m, s := make([]float64, rows), 0.0, 0.0
		for i := range v {
			v[i] = math.Sqrt2 * math.Erfinv(2*math.Mod((float64(i)+0.5)*step, 1)-1)
			m += v[i] / float64(rows)
		}
		for _, x := range v {
			s += (x - m) * (x - m) / float64(rows)
		}
		for i := range v {
			v[i] = mean + sd*(v[i]-m)/math.Sqrt(s)
		}
		return v
	}
	a, b := column(0.6180339887, 0, 1), column(0.7548776662, 7, 2)
	var text strings.Builder
	text.WriteString("a,b\n")
	for i := range rows {
		fmt.Fprintf(&text, "%.4f,%.4f\n", a[i], b[i])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o666))
}

// scriptMoments errs unless mean and variance of a column are within distances of values:
// moments FILE COLUMN MEAN DISTANCE VARIANCE DISTANCE. With ! it errs if both are.
func scriptMoments(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 6 {
		ts.Fatalf("usage: moments FILE COLUMN MEAN DISTANCE VARIANCE DISTANCE")
	}
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	j := slices.Index(rows[0], args[1])
	if j < 0 || len(rows) < 3 {
		ts.Fatalf("no column %s, or no rows", args[1])
	}
	var want [4]float64
	for k := range want {
		want[k], err = strconv.ParseFloat(args[2+k], 64)
		ts.Check(err)
	}
	n := float64(len(rows) - 1)
	mean, square := 0.0, 0.0
	for _, r := range rows[1:] {
		x, err := strconv.ParseFloat(r[j], 64)
		ts.Check(err)
		mean, square = mean+x/n, square+x*x/n
	}
	v := square - mean*mean
	ts.Logf("%s: mean %.4f variance %.4f", args[1], mean, v)
	if in := math.Abs(mean-want[0]) <= want[1] && math.Abs(v-want[2]) <= want[3]; in == neg {
		ts.Fatalf("%s has mean %.4f and variance %.4f; looked for %g by %g, %g by %g", args[1], mean, v, want[0], want[1], want[2], want[3])
	}
}
