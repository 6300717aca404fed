package main

import (
	"slices"
	"testing"
)

func TestNumbered(t *testing.T) {
	if got := []string{numbered("a/b.csv", 2), numbered("x.tar.parquet", 10), numbered("plain", 1)}; !slices.Equal(got, []string{"a/b.2.csv", "x.tar.10.parquet", "plain.1"}) {
		t.Error(got)
	}
}
