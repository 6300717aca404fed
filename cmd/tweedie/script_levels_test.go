package main

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptTowns writes a table with a column of so many levels: towns FILE ROWS
// LEVELS.
func scriptTowns(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: towns FILE ROWS LEVELS")
	}
	rows, err := strconv.Atoi(args[1])
	ts.Check(err)
	levels, err := strconv.Atoi(args[2])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(townsText(rows, levels)), 0o666))
}

// townsText is a table of towns, the first ones frequent and one in twenty missing,
// of heights and kinds that go with the town.
func townsText(rows, levels int) string {
	var b strings.Builder
	b.WriteString("town,height,kind\n")
	for i := range rows {
		u, v := math.Mod(float64(i)*0.618034, 1), math.Mod(float64(i)*0.754878, 1)
		k := int(float64(levels) * u * u * v)
		if i < levels {
			k = i // all are there
		}
		town := fmt.Sprintf("town %04d", k)
		if i >= levels && i%20 == 0 {
			town = ""
		}
		fmt.Fprintf(&b, "%s,%.2f,%s\n", town, float64(k*7%5)+v, []string{"port", "fair", "spa"}[(k*7%5+int(2*u))%3])
	}
	return b.String()
}
