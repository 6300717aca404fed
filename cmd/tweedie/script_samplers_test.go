package main

import (
	"encoding/csv"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"tweedie/internal/numeric"
)

// scriptDraws draws rows with samplers, all finite and of one shape:
// draws MODEL SAMPLER… .
func scriptDraws(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: draws MODEL SAMPLER…")
	}
	for _, s := range args[1:] {
		ts.Check(ts.Exec("tweedie", "sample", "--model", args[0], "--rows", "20", "--sampler", s, "--quiet"))
		if rows := scriptRows(ts, ts.ReadFile("stdout")); len(rows) != 20 {
			ts.Fatalf("%s: %d rows, want 20", s, len(rows))
		}
	}
}

// scriptRows are the numbers of a table, its labels being NaN.
func scriptRows(ts *testscript.TestScript, text string) [][]float64 {
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	ts.Check(err)
	var rows [][]float64
	for _, r := range records[1:] {
		row := make([]float64, len(r))
		for j, cell := range r {
			if row[j], err = strconv.ParseFloat(cell, 64); err != nil {
				row[j] = math.NaN()
			} else if math.IsNaN(row[j]) || math.IsInf(row[j], 0) {
				ts.Fatalf("a cell is %s", cell)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// scriptDiffers errs unless options change the rows of the euler sampler of
// vp.st: differs FILE OPTION… .
func scriptDiffers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: differs FILE OPTION…")
	}
	ts.Check(ts.Exec("tweedie", slices.Concat([]string{"sample", "--model", "vp.st", "--rows", "200", "--sampler", "euler", "--quiet"}, args[1:])...))
	if ts.ReadFile("stdout") == ts.ReadFile(args[0]) {
		ts.Fatalf("%v changes nothing", args[1:])
	}
}

// scriptEnds errs unless a table begins with row I and ends with row J of
// another: ends FILE TABLE I J.
func scriptEnds(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: [!] ends FILE TABLE I J")
	}
	way := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	table := strings.Split(strings.TrimSpace(ts.ReadFile(args[1])), "\n")
	i, err := strconv.Atoi(args[2])
	ts.Check(err)
	j, err := strconv.Atoi(args[3])
	ts.Check(err)
	if same := way[1] == table[i] && way[len(way)-1] == table[j]; same == neg {
		ts.Fatalf("%s goes from %s to %s", args[0], way[1], way[len(way)-1])
	}
}

// scriptNear errs unless the mean of the first column of FILE is within K of
// its standard errors, by the differences to another: near FILE OTHER K.
func scriptNear(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: [!] near FILE OTHER K")
	}
	k, err := strconv.ParseFloat(args[2], 64)
	ts.Check(err)
	a, b := scriptRows(ts, ts.ReadFile(args[0])), scriptRows(ts, ts.ReadFile(args[1]))
	gap := make([]float64, len(a))
	for i := range a {
		gap[i] = a[i][0] - b[i][0]
	}
	mean, se := numeric.MeanSE(gap)
	if near := math.Abs(mean) <= k*se; near == neg {
		ts.Fatalf("the means differ by %.3g ± %.2g", mean, se)
	}
}
