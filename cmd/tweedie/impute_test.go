package main

import (
	"slices"
	"testing"
)

// Several draws have a file each, whose number stands before the ending.
func TestImputePaths(t *testing.T) {
	for want, out := range map[string]string{"a/full.2.csv": "a/full.csv", "full.2": "full", "x.y.2.parquet": "x.y.parquet"} {
		if got := (&imputeFlags{out: out, draws: 2}).paths(); len(got) != 2 || got[1] != want {
			t.Errorf("%s: %q", out, got)
		}
	}
	if got := (&imputeFlags{out: "full.csv", draws: 20, point: true}).paths(); !slices.Equal(got, []string{"full.csv"}) {
		t.Errorf("%q", got)
	}
}
