package growth

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The exponent of a power law is its power; the smallest of four sizes has no say.
func TestExponent(t *testing.T) {
	size, cost := []float64{1, 10, 100, 1000}, make([]float64, 4)
	for i, n := range size {
		cost[i] = 3 * math.Pow(n, 1.3)
	}
	cost[0] = 99
	if e := Exponent(size, cost); math.Abs(e-1.3) > 1e-12 {
		t.Errorf("exponent %g, want 1.3", e)
	}
	if e := Exponent(size[:1], cost[:1]); !math.IsNaN(e) {
		t.Errorf("exponent of one size is %g", e)
	}
}

// A table has the columns, rows and levels of its cell, and is a function of the seed.
func TestTable(t *testing.T) {
	read := func(seed uint64) string {
		path := filepath.Join(t.TempDir(), "t.csv")
		if err := writeTable(path, Cell{Rows: 2000, Columns: 3, Levels: 5}, seed); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	text := read(1)
	if text != read(1) || text == read(2) {
		t.Error("not a function of the seed")
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	levels := map[string]bool{}
	for _, l := range lines[1:] {
		f := strings.Split(l, ",")
		if len(f) != 4 {
			t.Fatalf("row %q", l)
		}
		levels[f[3]] = true
	}
	if lines[0] != "x0,x1,x2,place" || len(lines) != 2001 || len(levels) != 5 {
		t.Errorf("header %q, %d lines, %d levels", lines[0], len(lines), len(levels))
	}
}

// Cells that are done are not measured again, cells of another measurement are refused, and
// a program that fails is an error.
func TestCellsAreKept(t *testing.T) {
	dir, now := t.TempDir(), time.Unix(0, 0)
	clock := func() time.Time { now = now.Add(time.Second); return now }
	done := 0
	o := Options{Program: "/bin/true", Out: dir, Axes: []string{"rows"}, Most: 1e4, Clock: clock, Done: func(Cost) error { done++; return nil }}
	if _, err := os.Stat(o.Program); err != nil {
		t.Skip("no program that does nothing")
	}
	for range 2 {
		costs, err := Measure(context.Background(), o)
		if err != nil || len(costs) != 1 || costs[0].TrainSeconds != 1 || costs[0].Rows != 1e4 {
			t.Fatalf("%+v, %v", costs, err)
		}
		var b bytes.Buffer
		if err := WriteMarkdown(&b, costs); err != nil || !strings.Contains(b.String(), "| 10000 | 1 |") {
			t.Errorf("%q, %v", b.String(), err)
		}
	}
	if done != 1 {
		t.Errorf("measured %d times", done)
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 1 {
		t.Errorf("%d files are left behind", len(files))
	}
	if err := os.WriteFile(filepath.Join(dir, "rows-10000.json"), []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Measure(context.Background(), o); err == nil {
		t.Error("a cell of another measurement was taken")
	}
	o.Program, o.Out = "/bin/false", t.TempDir()
	if _, err := Measure(context.Background(), o); err == nil {
		t.Error("a program that fails was taken")
	}
}
