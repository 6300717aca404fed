package growth

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The exponent of a power law is its power, whatever the small sizes cost.
func TestExponent(t *testing.T) {
	x, y := []float64{1, 10, 100, 1000, 10000}, []float64{50, 50, 0, 0, 0}
	for i := 2; i < 5; i++ {
		y[i] = 3 * math.Pow(x[i], 1.25)
	}
	if e := Exponent(x, y); math.Abs(e-1.25) > 1e-12 {
		t.Errorf("exponent %v, want 1.25", e)
	}
	if e := Exponent([]float64{10, 100, 1000}, []float64{9, 2, 4}); math.Abs(e-math.Log10(2)) > 1e-12 {
		t.Errorf("exponent %v of three sizes, want that of the last two", e)
	}
	if e := Exponent(x[:1], y[:1]); !math.IsNaN(e) {
		t.Errorf("exponent %v of one size", e)
	}
	if e := Exponent(x[:2], []float64{0, 0}); !math.IsNaN(e) {
		t.Errorf("exponent %v of costs that are not known", e)
	}
}

// A table has the rows, columns and levels of its size, and is that of its seed.
func TestTable(t *testing.T) {
	s := Size{Rows: 600, Columns: 4, Levels: 500}
	write := func(seed uint64) string {
		var b bytes.Buffer
		if err := WriteTable(&b, s, seed); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	text := write(1)
	if text != write(1) || text == write(2) {
		t.Error("a table is no function of its seed")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != s.Rows+1 || len(rows[0]) != s.Columns {
		t.Fatalf("%d rows of %d columns: %v", len(rows)-1, len(rows[0]), err)
	}
	levels := map[string]bool{}
	for _, r := range rows[1:] {
		levels[r[3]] = true
	}
	if len(levels) != s.Levels {
		t.Errorf("%d levels, want %d", len(levels), s.Levels)
	}
}

func TestPlanKeepsToMaxRows(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Plan(1e5, 3, false) {
		if s.Rows > 1e5 || s.at() == 0 || s.Workers != 3 && s.Sweep != "workers" || seen[s.name()] {
			t.Errorf("cell %+v", s)
		}
		seen[s.name()] = true
	}
	if !seen["rows-100000"] || seen["rows-1000000"] || !seen["levels-100000"] || !seen["workers-2"] {
		t.Errorf("cells %v", seen)
	}
}

// A run that ends early keeps its cells, and the next measures the others alone.
func TestRunGoesOn(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	log := filepath.Join(dir, "log")
	script := "#!/bin/sh\necho \"$1\" >> " + log + "\n[ ! -e " + dir + "/fail ] || { echo no luck; exit 3; }\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Skip(err)
	}
	clock := time.Unix(0, 0)
	o := Options{Program: program, Out: filepath.Join(dir, "out"), Seed: 3, Clock: func() time.Time { clock = clock.Add(time.Second); return clock }}
	o.Plan = []Size{{Sweep: "rows", Rows: 10, Columns: 2, Levels: 2}, {Sweep: "rows", Rows: 20, Columns: 2, Levels: 2}}
	o.Done = func(*Cell) { os.WriteFile(filepath.Join(dir, "fail"), nil, 0o644) }
	cells, err := Run(context.Background(), o)
	if len(cells) != 1 || err == nil || !strings.Contains(err.Error(), "rows-20: train: exit status 3: no luck") {
		t.Fatalf("%d cells, %v", len(cells), err)
	}
	os.Remove(filepath.Join(dir, "fail"))
	o.Done = nil
	if cells, err = Run(context.Background(), o); err != nil || len(cells) != 2 {
		t.Fatalf("%d cells, %v", len(cells), err)
	}
	if c := cells[0]; c.Train.Seconds != 1 || c.FileBytes == 0 {
		t.Errorf("cell %+v", c)
	}
	ran, _ := os.ReadFile(log)
	if want := "train\nsample\ntrain\ntrain\nsample\n"; string(ran) != want {
		t.Errorf("commands %q, want %q", ran, want)
	}
	if files, _ := os.ReadDir(o.Out); len(files) != 2 {
		t.Errorf("%d files are left, want the two cells", len(files))
	}
	o.Seed = 4
	if _, err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), "of another size or seed") {
		t.Errorf("a cell of another seed is taken: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o.Out = filepath.Join(dir, "none")
	if _, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestReport(t *testing.T) {
	var cells []*Cell
	for _, n := range []int{10, 100, 1000} {
		c := &Cell{Size: Size{Sweep: "rows", Rows: n, Columns: 2, Levels: 3}, Draw: Cost{Seconds: 2, Peak: 1e6}}
		c.Train = Cost{Seconds: float64(n), CPU: 1} // the peak is not known
		cells = append(cells, c)
	}
	r := Summarize(cells)
	if e := r.Exponents[0]; short(e.TrainSeconds) != "1.00" || e.TrainPeak != nil || short(e.DrawPeak) != "0.00" {
		t.Errorf("exponents %+v", e)
	}
	var b bytes.Buffer
	if err := r.WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.Contains(text, "| exponent | | 1.00 | 0.00 | – | | 0.00 | – | | 0.00 |") || strings.Contains(text, "By columns") {
		t.Errorf("table:\n%s", text)
	}
	dir := t.TempDir()
	if err := errors.Join(r.Write(dir), r.WriteFigures(dir)); err != nil {
		t.Fatal(err)
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 3 {
		t.Errorf("%d files, want growth.json and the figure of rows twice", len(files))
	}
}
