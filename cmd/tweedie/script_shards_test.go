package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"tweedie/internal/kernel"
)

// scriptShards runs a command whole and in seven parts, which it merges in another order, and
// compares the bytes: shards FLAG FILE ARGUMENT…, where --FLAG names the file that is
// written. With ! the merged file must differ.
func scriptShards(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: [!] shards FLAG FILE ARGUMENT…")
	}
	flag, name, command := "--"+args[0], args[1], args[2:]
	run := func(more ...string) {
		ts.Check(ts.Exec("tweedie", append(append([]string{}, command...), append(more, "--quiet")...)...))
	}
	dir := ts.MkAbs("shards")
	ts.Check(os.RemoveAll(dir))
	ts.Check(os.Mkdir(dir, 0o777))
	run(flag, name)
	merge := []string{"merge"}
	for _, i := range []int{3, 7, 1, 5, 2, 6, 4} {
		part := filepath.Join(dir, fmt.Sprintf("%d-%s", i, name))
		run(flag, part, "--shard", fmt.Sprintf("%d/7", i), "--workers", fmt.Sprint(1+i%3))
		merge = append(merge, part)
	}
	all := filepath.Join(dir, name)
	ts.Check(ts.Exec("tweedie", append(merge, "--out", all, "--quiet")...))
	if same := ts.ReadFile(all) == ts.ReadFile(name); same == neg {
		ts.Fatalf("%s: seven parts are the whole: %v", name, same)
	}
}

// TestPartsInScripts runs the scripts of parts alone: they take the longest.
func TestPartsInScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds for each format")
	}
	testscript.Run(t, testscript.Params{
		Dir:       "testdata/shards",
		Condition: func(cond string) (bool, error) { return cond == "go-kernel" && kernel.Path() == "go", nil },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"mixed": scriptMixed, "fails": scriptFails, "same": scriptSame, "shards": scriptShards, "keyed": scriptKeyed, "keys": scriptKeys, "cells": scriptCells, "posterior": scriptPosterior, "only": scriptOnly,
		},
	})
}

// scriptKeyed writes the table of mixed with a key before its columns: keyed FILE ROWS.
func scriptKeyed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: keyed FILE ROWS")
	}
	rows, err := strconv.Atoi(args[1])
	ts.Check(err)
	lines := strings.SplitAfter(mixedText(rows), "\n")
	for i, line := range lines[:rows+1] {
		if lines[i] = fmt.Sprintf("C-%05d,", i) + line; i == 0 {
			lines[i] = "id," + line
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(lines, "")), 0o666))
}

// scriptKeys errs unless the first cells of the rows of tables are all different: keys
// FILE… .
func scriptKeys(ts *testscript.TestScript, neg bool, args []string) {
	seen := map[string]bool{}
	for _, f := range args {
		rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(f))).ReadAll()
		ts.Check(err)
		for _, row := range rows[1:] {
			if seen[row[0]] {
				ts.Fatalf("%s: key %s is there twice", f, row[0])
			}
			seen[row[0]] = true
		}
	}
	if neg || len(seen) < 2 {
		ts.Fatalf("usage: keys FILE…, of some rows")
	}
}
