package tables

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tweedie/datasets"
	"tweedie/datasets/evaluate"
)

// irises is a table of 50 rows of each of three species.
func irises() string {
	var b strings.Builder
	b.WriteString("length,width,species\n")
	for i := range 150 {
		fmt.Fprintf(&b, "%.2f,%.2f,%c\n", float64(i%3)+float64(i*i%17)/10, float64(i*7%23)/10, 'x'+i%3)
	}
	return b.String()
}

// A run splits the rows 4 : 1 within the levels of the target. Rows that are copies of
// the training rows are found to be copies.
func TestMeasure(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "iris.csv"), []byte(irises()), 0o666); err != nil {
		t.Fatal(err)
	}
	lines := func(path string) []string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(b)), "\n")[1:]
	}
	var now time.Time
	o := &Options{
		Data: dir, Out: filepath.Join(dir, "out"), Sets: []string{"iris"}, Seeds: 2,
		Train: func(_ context.Context, f Files, seed uint64) error {
			now = now.Add(time.Duration(3+seed) * time.Second)
			train, test := lines(f.Train), lines(f.Test)
			all := slices.Sorted(slices.Values(append(train, test...)))
			if want := strings.Split(strings.TrimSpace(irises()), "\n")[1:]; len(test) != 30 || !slices.Equal(all, slices.Sorted(slices.Values(want))) {
				t.Errorf("%d rows to train on and %d to test on are not those of the table", len(train), len(test))
			}
			for _, level := range []string{",x", ",y", ",z"} {
				if n := strings.Count(strings.Join(test, "\n")+"\n", level+"\n"); n != 10 {
					t.Errorf("%d test rows of level %s", n, level)
				}
			}
			return nil
		},
		Sample: func(_ context.Context, f Files, rows int, _ uint64) error {
			now = now.Add(time.Second)
			b, err := os.ReadFile(f.Train)
			if err != nil || rows != 120 {
				t.Errorf("%d rows, %v", rows, err)
			}
			return os.WriteFile(f.Synthetic, b, 0o666)
		},
		Evaluate: func(ctx context.Context, f Files, target string, _ uint64) (*evaluate.Report, error) {
			var src [3]datasets.Source
			for i, path := range []string{f.Train, f.Synthetic, f.Test} {
				var err error
				if src[i], err = datasets.OpenTable(path); err != nil {
					return nil, err
				}
			}
			table, err := evaluate.Read(src[0], src[1], src[2], nil)
			if err != nil {
				return nil, err
			}
			return evaluate.Evaluate(ctx, table, &evaluate.Options{Target: target})
		},
		Clock: func() time.Time { return now },
	}
	runs, err := Measure(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 2 || runs[1].Seed != 1 || runs[1].Seconds != 4 || runs[1].Draw != 1 {
		t.Errorf("runs %+v", runs)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", "iris-1", "report.json")); err != nil {
		t.Error(err)
	}
	s := Summarize(runs)
	if len(s) != 1 || s[0].Rows != 120 || s[0].Seconds != 3.5 || s[0].Values[slices.Index(Columns(), "copies")] < 0.99 || s[0].Values[slices.Index(Columns(), "W1 train")] != 0 {
		t.Errorf("summary %+v of %q", s, Columns())
	}
	o.Sets = []string{"irises"}
	if _, err := Measure(context.Background(), o); err == nil {
		t.Error("an unknown table passes")
	}
}

func TestCut(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "iris.csv"), []byte(irises()), 0o666); err != nil {
		t.Fatal(err)
	}
	o := &Options{Data: dir, Out: dir, Cut: 24}
	f, err := o.files("iris", 3)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := o.split(sets()[0], f, 3); err != nil || rows != 24 {
		t.Errorf("%d rows, %v", rows, err)
	}
}
