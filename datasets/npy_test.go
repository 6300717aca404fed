package datasets

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// cellsOf reads a table as text, cells by commas and rows by bars.
func cellsOf(path string) (string, error) {
	src, err := OpenTable(path)
	if err != nil {
		return "", err
	}
	return cellsOfSource(src)
}

func cellsOfSource(src Source) (string, error) {
	r, err := src.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	lines := []string{strings.Join(r.Header(), ",")}
	for {
		cells, err := r.Next()
		if err != nil {
			if err.Error() == "EOF" {
				return strings.Join(lines, "|"), nil
			}
			return "", err
		}
		lines = append(lines, strings.ReplaceAll(strings.Join(cells, ","), NoValue, "-"))
	}
}

// Arrays that NumPy has written have the numbers that it was given. TWEEDIE_NPY names a
// folder that .ci/npy.py has written, in place of what it wrote once.
func TestNPYOfNumPy(t *testing.T) {
	dir := "testdata/npy/"
	if other := os.Getenv("TWEEDIE_NPY"); other != "" {
		dir = other + "/"
	}
	double := "x1,x2|0,-1.7e+308|0.1,5e-324|2.5,-1"
	single, long := "x1,x2|0,-3.4e+38|0.1,1e-45|2.5,-", "x1,x2|0,-9223372036854775808|9223372036854775807,2|9007199254740993,4"
	for file, want := range map[string]string{
		"b1l": "x1,x2|1,0|0,0|1,1", "u1l": "x1,x2|0,255|1,2|3,4", "i1l": "x1,x2|0,-128|127,2|3,4",
		"u8l": "x1,x2|0,18446744073709551615|9007199254740993,2|3,4", "u8b": "x1,x2|0,18446744073709551615|9007199254740993,2|3,4",
		"i2l": "x1,x2|0,-32768|32767,2|3,4", "i2b": "x1,x2|0,-32768|32767,2|3,4",
		"i4l": "x1,x2|0,-2147483648|2147483647,2|3,4", "i4b": "x1,x2|0,-2147483648|2147483647,2|3,4",
		"i8l": long, "i8b": long, "i8l_fortran": long, "i8b_fortran": long,
		"f2l": "x1,x2|0,-65500|0.1,0.00000006|2.5,-1", "f2b": "x1,x2|0,-65500|0.1,0.00000006|2.5,-1",
		"f4l": single, "f4b": single, "f4l_fortran": single, "f4b_fortran": single,
		"f8l": double, "f8b": double, "v2": double, "v3": double, "one": "x1|0|0.1|2.5",
		"only.npz": double, "only.npz:arr_0": double, "two.npz:theta": double, "two.npz:x": "x1|0|0.1|2.5",
	} {
		if !strings.Contains(file, ".") {
			file += ".npy"
		}
		if got, err := cellsOf(dir + file); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", file, got, err, want)
		}
	}
	for file, want := range map[string]string{
		"object.npy": "an array of Python objects, which are not read", "complex.npy": "an array of complex numbers (<c16)",
		"text.npy": "an array of text (<U1)", "records.npy": "an array of records", "times.npy": "an array of times",
		"cube.npy": "an array of the shape (3, 1, 2); save one of two dimensions", "scalar.npy": "an array of the shape ()",
		"two.npz": "the arrays theta, x; name one, as " + dir + "two.npz:theta", "two.npz:thta": `no array is called "thta"; did you mean theta`,
		"one.npy:x": "no such file", "absent.npz:x": "no such file",
	} {
		_, err := cellsOf(dir + file)
		checkOneLine(t, file, err, want)
	}
}

func checkOneLine(t *testing.T, what string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 400 {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

// The bytes that are written are NumPy's, and every format gives the numbers back.
func TestNPYIsWrittenAsByNumPy(t *testing.T) {
	want, err := os.ReadFile("testdata/npy/f8l.npy")
	if err != nil {
		t.Fatal(err)
	}
	rows := mat.NewDense(3, 2, []float64{0, -1.7e308, 0.1, 5e-324, 2.5, -1})
	for _, name := range []string{"t.npy", "t.npz", "t.npy.gz", "t.csv.gz", "t.NPY"} {
		path := filepath.Join(t.TempDir(), name)
		if err := WriteTable(path, NumberTable([]string{"a", "b"}, rows)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); strings.EqualFold(name, "t.npy") && (err != nil || !bytes.Equal(got, want)) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		src, err := OpenTable(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, got, err := ReadNumbers(src); err != nil || !mat.Equal(got, rows) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Columns are found by name, in any order; those of an array get the names asked for.
func TestColumns(t *testing.T) {
	src, err := OpenTable("testdata/npy/one.npy")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := cellsOfSource(Columns(Interruptible(t.Context(), src), []string{"rate"})); err != nil || got != "rate|0|0.1|2.5" {
		t.Errorf("%s, %v", got, err)
	}
	_, err = cellsOfSource(Columns(src, []string{"rate", "share"}))
	checkOneLine(t, "two names", err, `1 columns, where 2 are wanted: "rate", "share"`)
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(path, []byte("a,b,k\n1,2,3\n4,5,6\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if src, err = OpenTable(path); err != nil || !HasNames(src) {
		t.Fatal(err)
	}
	if got, err := cellsOfSource(Columns(src, []string{"b", "a"}, "k", "other")); err != nil || got != "b,a|2,1|5,4" {
		t.Errorf("%s, %v", got, err)
	}
	_, err = cellsOfSource(Columns(src, []string{"b", "a"}))
	checkOneLine(t, "one more", err, `column "k": a column beside "b", "a"; remove it`)
	_, err = cellsOfSource(Columns(src, []string{"c"}))
	checkOneLine(t, "absent", err, `no column is called "c"; give the columns "c"; `)
}

// Columns that are not of numbers are named, and missing cells are NaN.
func TestNPYOfMixedTables(t *testing.T) {
	m := &Metadata{Version: MetadataVersion, Rows: 2, Columns: []Field{
		{Name: "n", Type: TypeInteger}, {Name: "k", Type: TypeCategorical, Levels: []Level{{Name: "1"}, {Name: "2"}}}, {Name: "c", Type: TypeConstant, Value: "5"},
	}}
	write := func() (string, error) {
		c := NewCells(m, 2)
		c.SetNumber(0, 0, 7)
		c.SetLevel(0, 1, 1)
		path := filepath.Join(t.TempDir(), "m.npy")
		if err := WriteTable(path, c); err != nil {
			return "", err
		}
		return cellsOf(path)
	}
	if got, err := write(); err != nil || got != "x1,x2,x3|7,2,5|-,-,5" {
		t.Errorf("%s, %v", got, err)
	}
	m.Columns[1].Levels[1].Name = "two"
	_, err := write()
	checkOneLine(t, "text", err, `column "k": "two" is not a number; write CSV or Parquet`)
}

// header is a file of that text for a header, and a few bytes of values.
func header(version byte, text string) []byte {
	b := append([]byte("\x93NUMPY"), version, 0, byte(len(text)), byte(len(text)>>8))
	if version > 1 {
		b = append(b, 0, 0)
	}
	return append(append(b, text...), make([]byte, 16)...)
}

// Files that lie are one line, and cost no memory.
func TestHostileNPY(t *testing.T) {
	const order = "'fortran_order': False, "
	huge := header(1, "{'descr': '<f8', 'fortran_order': True, 'shape': (1099511627776, 100)}")
	var z bytes.Buffer
	g := gzip.NewWriter(&z)
	g.Write(huge)
	g.Close()
	archive := func(b []byte, cut int) []byte {
		var z bytes.Buffer
		w := zip.NewWriter(&z)
		f, _ := w.Create("a.npy")
		f.Write(b)
		w.Close()
		return z.Bytes()[:z.Len()-cut]
	}
	good, err := os.ReadFile("testdata/npy/f8l.npy")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file  string
		bytes []byte
		want  string
	}{
		"cut header":   {"t.npy", good[:40], "the file ends within its header"},
		"cut values":   {"t.npy", good[:len(good)-3], "only 45 bytes of values, where the shape (3, 2) needs 48"},
		"more":         {"t.npy", append(bytes.Clone(good), good...), "more than 48 bytes of values"},
		"cut in gzip":  {"t.npy.gz", gzipOf(good[:len(good)-3]), "only 32 bytes of values"},
		"more in zip":  {"t.npz", archive(append(bytes.Clone(good), 0), 0), "more than 48 bytes"},
		"huge":         {"t.npy", huge, "only 16 bytes of values, where the shape (1099511627776, 100) needs"},
		"huge in gzip": {"t.npy.gz", z.Bytes(), "a compressed array of 879609302220800 bytes"},
		"huge in zip":  {"t.npz", archive(huge, 0), "a compressed array of 879609302220800 bytes"},
		"cut zip":      {"t.npz", archive(good, 30), "is not a readable .npz file"},
		"overflow":     {"t.npy", header(1, "{'descr': '<f8', "+order+"'shape': (4611686018427387904, 4)}"), "is more than any file has"},
		"long":         {"t.npy", header(1, "{'descr': '<f8', "+order+"'shape': (99999999999999999999999,)}"), "is more than any file has"},
		"wide":         {"t.npy", header(1, "{'descr': '<f8', "+order+"'shape': (0, 99999)}"), "99999 columns; give at most 16384"},
		"none":         {"t.npy", header(1, "{'descr': '<f8', "+order+"'shape': (4, 0)}"), "no columns"},
		"negative":     {"t.npy", header(1, "{'descr': '<f8', "+order+"'shape': (-4, 2)}"), "cannot be read"},
		"expression":   {"t.npy", header(1, "{'descr': '<f8', "+order+"'shape': (2+2, 2)}"), "cannot be read"},
		"version":      {"t.npy", header(4, "{}"), "version 4.0 of the format"},
		"no shape":     {"t.npy", header(2, "{'descr': '<f8', 'fortran_order': False}"), "no shape"},
		"twice":        {"t.npy", header(2, "{'descr': '<f8', 'descr': '<f4'}"), "descr twice"},
		"other key":    {"t.npy", header(2, "{'evil': '<f8'}"), `unknown key "evil"`},
		"type":         {"t.npy", header(1, "{'descr': '<f3', "+order+"'shape': (2,)}"), `"<f3"`},
		"long double":  {"t.npy", header(1, "{'descr': '<f16', "+order+"'shape': (2,)}"), `"<f16"`},
		"header":       {"t.npy", append([]byte("\x93NUMPY\x02\x00\xff\xff\xff\x7f"), good...), "a header of 2147483647 bytes"},
		"no npy":       {"t.npy", []byte("a,b\n1,2\n"), "is not a readable .npy file"},
		"no npz":       {"t.npz", []byte("a,b\n1,2\n"), "is not a readable .npz file"},
		"empty":        {"t.npy", nil, "is not a readable .npy file"},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		if err := os.WriteFile(path, c.bytes, 0o666); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := cellsOf(path)
		runtime.ReadMemStats(&after)
		checkOneLine(t, name, err, c.want)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: %d bytes allocated", name, n)
		}
	}
}

func gzipOf(b []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(b)
	w.Close()
	return z.Bytes()
}

// Whatever the bytes, an array is an error of one line or a table whose numbers come back.
func FuzzNPY(f *testing.F) {
	files, err := filepath.Glob("testdata/npy/*")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, strings.HasSuffix(file, "z"))
	}
	f.Fuzz(func(t *testing.T, data []byte, archive bool) {
		dir := t.TempDir()
		path := filepath.Join(dir, map[bool]string{false: "t.npy", true: "t.npz"}[archive])
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		src, err := OpenTable(path)
		if err != nil {
			checkError(t, err)
			return
		}
		_, rows, err := ReadNumbers(src)
		if err != nil {
			checkError(t, err)
			return
		}
		names := make([]string, rows.RawMatrix().Cols)
		for j := range names {
			names[j] = fmt.Sprint("c", j)
		}
		again := filepath.Join(dir, "again.npy")
		if err := WriteTable(again, NumberTable(names, rows)); err != nil {
			t.Fatal(err)
		}
		if src, err = OpenTable(again); err != nil {
			t.Fatal(err)
		}
		if _, got, err := ReadNumbers(src); err != nil || !mat.Equal(got, rows) {
			t.Fatalf("%v, %v, want %v", got, err, rows)
		}
	})
}

// A value of every kind, at the ends of what it holds.
func TestBitsOfNPY(t *testing.T) {
	for _, v := range []float64{0, math.Copysign(0, -1), 1, math.Inf(1), math.MaxFloat64, 5e-324} {
		path := filepath.Join(t.TempDir(), "v.npy")
		if err := WriteTable(path, NumberTable([]string{"a"}, mat.NewDense(1, 1, []float64{v}))); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil || len(b) != 136 {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		got := uint64(0)
		for k := range 8 {
			got |= uint64(b[128+k]) << (8 * k)
		}
		if math.Float64frombits(got) != v || math.Signbit(math.Float64frombits(got)) != math.Signbit(v) {
			t.Errorf("%v is written as %v", v, math.Float64frombits(got))
		}
	}
}
