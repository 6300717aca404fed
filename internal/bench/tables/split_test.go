package tables

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// splits writes the files in dir, splits the table name by options, and returns the
// rows to train on and to test on.
func splits(t *testing.T, o Options, name string, seed uint64, files map[string]string) (train, test []string) {
	t.Helper()
	o.Data = t.TempDir()
	o.Out = o.Data
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(o.Data, file), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f, err := o.files(name, seed)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(sets(), func(s set) bool { return s.name == name })
	rows, err := o.split(sets()[at], f, seed)
	if err != nil {
		t.Fatal(err)
	}
	lines := func(path string) []string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(b)), "\n")[1:]
	}
	if train = lines(f.Train); len(train) != rows {
		t.Errorf("%d rows in the file, %d counted", len(train), rows)
	}
	if _, err := os.Stat(f.Metadata); err != nil {
		t.Error(err)
	}
	return train, lines(f.Test)
}

// numbers is a table of n rows x,y with y = 3x, from first on.
func numbers(head string, first, n int) string {
	b := head + "\n"
	for i := range n {
		b += fmt.Sprintf("%d.5,%d.5\n", first+i, 3*(first+i))
	}
	return b
}

// A table with a number to predict is one group: a fifth of its rows are test rows,
// others for each seed.
func TestSplitOfNumbers(t *testing.T) {
	files := map[string]string{"concrete.csv": numbers("water,strength", 0, 50)}
	train, test := splits(t, Options{}, "concrete", 1, files)
	if len(train) != 40 || len(test) != 10 {
		t.Fatalf("%d rows to train on, %d to test on", len(train), len(test))
	}
	if _, again := splits(t, Options{}, "concrete", 1, files); !slices.Equal(again, test) {
		t.Error("a seed splits in two ways")
	}
	if _, other := splits(t, Options{}, "concrete", 2, files); slices.Equal(other, test) {
		t.Error("two seeds split alike")
	}
}

// A table with a test file keeps its rows apart as they are.
func TestSplitWithTestFile(t *testing.T) {
	train, test := splits(t, Options{}, "adult", 0, map[string]string{
		"adult.csv": numbers("age,income", 0, 30), "adult_test.csv": numbers("age,income", 100, 7),
	})
	if len(train) != 30 || len(test) != 7 || test[0] != "100.5,300.5" {
		t.Errorf("%d rows to train on, %d to test on, the first %q", len(train), len(test), test[0])
	}
}

// Cut keeps rows of the whole length of the training table, and all test rows.
func TestCutKeepsRowsFarApart(t *testing.T) {
	files := map[string]string{"adult.csv": numbers("age,income", 0, 30), "adult_test.csv": numbers("age,income", 100, 7)}
	train, test := splits(t, Options{Cut: 3}, "adult", 0, files)
	if want := []string{"0.5,0.5", "10.5,30.5", "20.5,60.5"}; !slices.Equal(train, want) || len(test) != 7 {
		t.Errorf("%q and %d test rows, want %q", train, len(test), want)
	}
	if train, _ = splits(t, Options{Cut: 31}, "adult", 0, files); len(train) != 30 {
		t.Errorf("%d rows of 30, at most 31", len(train))
	}
}

// Inference takes the classes of wine for numbers; the set says that they are levels.
func TestTypesOfASet(t *testing.T) {
	b := "alcohol,class\n"
	for i := range 60 {
		b += fmt.Sprintf("%d.25,%d\n", i, 1+i/50) // 50 rows of class 1, 10 of class 2
	}
	_, test := splits(t, Options{}, "wine", 0, map[string]string{"wine.csv": b})
	twos := 0
	for _, line := range test {
		if strings.HasSuffix(line, ",2") {
			twos++
		}
	}
	if len(test) != 12 || twos != 2 {
		t.Errorf("%d test rows, %d of class 2: want 12 and 2", len(test), twos)
	}
}

func TestOptionsAreRefused(t *testing.T) {
	for _, o := range []Options{{Seeds: 0}, {Seeds: 1, Cut: -1}, {Seeds: 1, Sets: []string{"irises"}}} {
		if _, err := Measure(context.Background(), &o); err == nil {
			t.Errorf("%+v passes", o)
		}
	}
}
