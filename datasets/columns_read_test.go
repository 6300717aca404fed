package datasets

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Columns are read by their names, whatever the others hold.
func TestReadColumns(t *testing.T) {
	dir := t.TempDir()
	open := func(name, text string) Source {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		src, err := OpenTable(path)
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
	mixed := open("mixed.csv", "a,job,b\n1,clerk,2\n3,,4\n")
	names, rows, err := ReadColumns(mixed, []string{"b", "a"})
	if err != nil || strings.Join(names, " ") != "b a" || !mat.Equal(rows, mat.NewDense(2, 2, []float64{2, 1, 4, 3})) {
		t.Errorf("%v, %v, %v", names, rows, err)
	}
	if _, _, err := ReadColumns(mixed, nil); err == nil || !strings.Contains(err.Error(), "clerk") {
		t.Errorf("all columns: error %v", err)
	}
	if _, _, err := ReadColumns(mixed, []string{"a", "c"}); err == nil || !strings.Contains(err.Error(), `mixed.csv has no column "c"; there are a, job, b`) {
		t.Errorf("error %v", err)
	}
	numbers := open("numbers.csv", "a,b\n1,2\n")
	if names, rows, err = ReadColumns(numbers, nil); err != nil || len(names) != 2 || rows.At(0, 1) != 2 {
		t.Errorf("%v, %v, %v", names, rows, err)
	}

	// An array has names of its own.
	array := filepath.Join(dir, "a.npy")
	if err := WriteTable(array, NumberTable([]string{"p", "q", "r"}, mat.NewDense(1, 3, []float64{1, 2, 3}))); err != nil {
		t.Fatal(err)
	}
	src, err := OpenTable(array)
	if err != nil {
		t.Fatal(err)
	}
	names, _, err = ReadNumbers(src)
	if err != nil {
		t.Fatal(err)
	}
	if _, rows, err = ReadColumns(src, []string{names[2], names[0]}); err != nil || !mat.Equal(rows, mat.NewDense(1, 2, []float64{3, 1})) {
		t.Errorf("%v, %v", rows, err)
	}
	if _, _, err := ReadColumns(src, []string{"p"}); err == nil || !strings.Contains(err.Error(), `a.npy has no column "p"`) {
		t.Errorf("error %v", err)
	}

	row, err := ReadTruth(numbers, []string{"b", "z", "a"})
	if err != nil || row[0] != 2 || !math.IsNaN(row[1]) || row[2] != 1 {
		t.Errorf("%v, %v", row, err)
	}
	for want, err := range map[string]error{
		"numbers.csv has none of the columns y, z": second(ReadTruth(numbers, []string{"y", "z"})),
		"two.csv has 2 rows":                       second(ReadTruth(open("two.csv", "a\n1\n2\n"), []string{"a"})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A file may stand under another name if that is of its format, and neither is compressed.
func TestSameFormat(t *testing.T) {
	dir := t.TempDir()
	for name, start := range map[string]string{"csv": "a,b\n", "parquet": "PAR1", "npy": "\x93NUMPY", "npz": "PK\x03\x04", "gz": "\x1f\x8b\x08"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(start+"0123456789"), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, to := range []string{"o.csv", "o.parquet", "o.npy", "o.npz", "o.csv.gz", "o.npy.gz", "", "o.txt"} {
			want := name == "csv" && (to == "o.csv" || to == "" || to == "o.txt") || to == "o."+name && name != "npz"
			if got := SameFormat(path, to); got != want {
				t.Errorf("%s as %q: %v", name, to, got)
			}
		}
	}
}
