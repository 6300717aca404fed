package datasets

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadCSV(t *testing.T) {
	const text = "\ufeffsex , length,\"whole, weight\",rings\r\n" +
		"M,0.455,.5140,15\r\n" +
		"\r\n" +
		"\"F\", 1e-2 ,-2.25,7\r\n" +
		" I ,3,1E1,-0\r\n"
	table, err := ReadCSV(strings.NewReader(text), "a.csv", &Options{Labels: []string{"sex"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Column{
		{Name: "sex", Kind: Label, Values: []float64{2, 0, 1}, Levels: []string{"F", "I", "M"}},
		{Name: "length", Kind: Numeric, Decimals: 3, Values: []float64{.455, .01, 3}},
		{Name: "whole, weight", Kind: Numeric, Decimals: 4, Values: []float64{.514, -2.25, 10}},
		{Name: "rings", Kind: Numeric, Integer: true, Values: []float64{15, 7, 0}},
	}
	for j, w := range want {
		g := table.Columns[j]
		if g.Name != w.Name || g.Kind != w.Kind || g.Decimals != w.Decimals || g.Integer != w.Integer ||
			!slices.Equal(g.Values, w.Values) || !slices.Equal(g.Levels, w.Levels) {
			t.Errorf("column %d is %+v, want %+v", j, g, w)
		}
	}
	if got := []int{table.line(0), table.line(1), table.line(2)}; !slices.Equal(got, []int{2, 4, 5}) {
		t.Errorf("lines %v", got)
	}
}

// Each input has one thing wrong with it. The message is one line, names the
// file, the row as an editor numbers it, the column, and what to do.
func TestReadCSVErrors(t *testing.T) {
	long := strings.Repeat("x", 50<<20)
	for _, c := range []struct {
		name, text string
		labels     []string
		want       Error // Found and Remedy: a part of them
	}{
		{"empty", "", nil, Error{Found: "empty", Remedy: "header"}},
		{"blank", "\n\r\n\n", nil, Error{Found: "empty"}},
		{"only a mark", "\ufeff", nil, Error{Found: "empty"}},
		{"header only", "a,b\n", nil, Error{Found: "header without rows"}},
		{"one row", "a,b\n1,2\n", nil, Error{Found: "one row", Remedy: "at least two"}},
		{"ragged short", "a,b\n1,2\n3\n", nil, Error{Row: 3, Found: "1 cells where the header has 2"}},
		{"ragged long", "a,b\n1,2\n\n3,4,5\n", nil, Error{Row: 4, Found: "3 cells"}},
		{"text", "sex,a,kind\nM,1,x\nF,2,y\n", nil, Error{Row: 2, Column: "sex", Found: `"M" is not a number`, Remedy: "--condition sex,kind"}},
		{"all text", "sex\nM\nF\n", nil, Error{Row: 2, Column: "sex", Remedy: "remove the columns"}},
		{"hexadecimal", "a\n1\n0x10\n", nil, Error{Row: 3, Column: "a", Found: "not a number"}},
		{"comma as point", "a,b\n\"1,5\",2\n2,3\n", nil, Error{Row: 2, Column: "a", Found: `"1,5" is not a number`}},
		{"nan", "a,b\n1,2\n3,NaN\n", nil, Error{Row: 3, Column: "b", Found: `"NaN" is not a finite number`, Remedy: "remove the row"}},
		{"inf", "a,b\n-Inf,2\n3,4\n", nil, Error{Row: 2, Column: "a", Found: `"-Inf" is not a finite number`}},
		{"overflow", "a\n1\n1e999\n", nil, Error{Row: 3, Column: "a", Found: "too large"}},
		{"missing", "a,b\n1,2\n3, \n", nil, Error{Row: 3, Column: "b", Found: "an empty cell", Remedy: "fill it in"}},
		{"missing by name", "a,b\n1,NA\n3,4\n", nil, Error{Row: 2, Column: "b", Found: `"NA" where a number is missing`}},
		{"missing label", "a,b\n1,x\n3,\n", []string{"b"}, Error{Row: 3, Column: "b", Found: "an empty cell"}},
		{"twice", "a,b,a\n1,2,3\n4,5,6\n", nil, Error{Row: 1, Column: "a", Found: "columns 1 and 3"}},
		{"twice but for a space", "a,b, a\n1,2,3\n4,5,6\n", nil, Error{Row: 1, Column: "a", Found: "columns 1 and 3"}},
		{"no name", "a,,c\n1,2,3\n4,5,6\n", nil, Error{Row: 1, Found: "name of column 2 is empty"}},
		{"no header", "5.1,3.5\n4.9,3.0\n4.7,3.2\n", nil, Error{Row: 1, Remedy: "add a header"}},
		{"semicolons", "a;b\n1;2\n3;4\n", nil, Error{Row: 1, Remedy: "commas"}},
		{"unknown label column", "alcohol,class\n1,2\n3,4\n", []string{"clas"}, Error{Column: "clas", Remedy: `did you mean "class"?`}},
		{"label column twice", "a,b\n1,2\n3,4\n", []string{"b", "b"}, Error{Column: "b", Found: "named twice"}},
		{"labels only", "a,b\n1,2\n3,4\n", []string{"a", "b"}, Error{Found: "no numeric column"}},
		{"bare quote", "a,b\n1,2\n3,4\"\n", nil, Error{Row: 3, Found: "a quote"}},
		{"open quote", "a,b\n1,2\n\"3,4\n5,6\n", nil, Error{Row: 3, Found: "not closed"}},
		{"row after a cell of two lines", "a,b\n1,\"x\ny\"\n3,\"z\"\nq,w\n", []string{"b"}, Error{Row: 5, Column: "a"}},
		{"old line ends", "a,b\r1,2\r3,4\r", nil, Error{Row: 1, Remedy: "line feed"}},
		{"latin-1 header", "caf\xe9\n1\n2\n", nil, Error{Row: 1, Remedy: "UTF-8"}},
		{"latin-1 label", "a,b\n1,caf\xe9\n2,x\n", []string{"b"}, Error{Row: 2, Column: "b", Remedy: "UTF-8"}},
		{"UTF-16", "\xff\xfea\x00", nil, Error{Found: "UTF-16", Remedy: "UTF-8"}},
		{"spreadsheet", "PK\x03\x04....", nil, Error{Found: "spreadsheet", Remedy: "CSV"}},
		{"50 MB of text", "a,b\n1,2\n3," + long + "\n", nil, Error{Row: 3, Column: "b", Found: "52428800 bytes"}},
		{"50 MB of name", long + ",b\nq,2\n", nil, Error{Row: 2, Column: long}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && len(c.text) > 1<<20 {
				t.Skip("slow under the race detector")
			}
			table, err := ReadCSV(strings.NewReader(c.text), "f.csv", &Options{Labels: c.labels})
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v of type %T, want *Error", err, err)
			}
			if table != nil {
				t.Error("a table beside the error")
			}
			if e.File != "f.csv" || e.Row != c.want.Row || e.Column != c.want.Column {
				t.Errorf("at %q, %d, %.50q, want %q, %d, %.50q", e.File, e.Row, e.Column, "f.csv", c.want.Row, c.want.Column)
			}
			if !strings.Contains(e.Found, c.want.Found) || !strings.Contains(e.Remedy, c.want.Remedy) || e.Remedy == "" {
				t.Errorf("message is %q", e)
			}
			checkMessage(t, e)
		})
	}
}

func checkMessage(t *testing.T, err error) {
	t.Helper()
	if s := err.Error(); strings.ContainsAny(s, "\r\n") || len(s) > 1000 {
		t.Errorf("message of %d bytes, or of several lines: %.200q", len(s), s)
	}
}

func TestErrorText(t *testing.T) {
	_, err := ReadCSV(strings.NewReader("age,sex\n31,1\nold,2\n"), "people.csv", nil)
	const want = `people.csv: row 3, column "age": "old" is not a number; correct the cell, or if it is a label use --condition age`
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestOpenCSVErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := OpenCSV(filepath.Join(dir, "none.csv"), nil)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("missing file: %v", err)
	}
	if _, err := OpenCSV(dir, nil); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("directory: %v", err)
	}
	path := filepath.Join(dir, "a.csv")
	if err := os.WriteFile(path, []byte("a\n1\n2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if table, err := OpenCSV(path, nil); err != nil || table.Rows() != 2 || table.Source != path {
		t.Errorf("%+v, %v", table, err)
	}
}

// A disk that fails is not a table that ends.
func TestReadCSVReportsIO(t *testing.T) {
	boom := errors.New("boom")
	for _, text := range []string{"", "a,b\n1,2\n3,4\n5,"} {
		r := iotest.DataErrReader(strings.NewReader(text))
		_, err := ReadCSV(readThenFail{r, boom}, "f.csv", nil)
		if !errors.Is(err, boom) {
			t.Errorf("after %q: %v", text, err)
		}
	}
}

type readThenFail struct {
	r   interface{ Read([]byte) (int, error) }
	err error
}

func (r readThenFail) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil {
		err = r.err
	}
	return n, err
}

func TestReadCSVWide(t *testing.T) {
	const rows, columns = 20, 10000
	var b strings.Builder
	for i := range rows + 1 {
		for j := range columns {
			if j > 0 {
				b.WriteByte(',')
			}
			if i == 0 {
				b.WriteString("column ")
			}
			b.WriteString(strconv.Itoa(i*j%97 + j))
		}
		b.WriteByte('\n')
	}
	table, err := ReadCSV(strings.NewReader(b.String()), "wide.csv", &Options{Labels: []string{"column 9999"}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSchema(table)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Columns) != columns || s.Dim() >= columns || s.Dim() < columns*9/10 {
		t.Errorf("%d columns of which %d are modelled", len(s.Columns), s.Dim())
	}
	for _, w := range s.Warnings() {
		if len(w) > 500 {
			t.Errorf("warning of %d bytes", len(w))
		}
	}
}

// A cell may be as long as it likes, and still be a number or a label.
func TestReadCSVLongCells(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector")
	}
	zeros := strings.Repeat("0", 50<<20)
	table, err := ReadCSV(strings.NewReader("a,b\n1,x\n"+zeros+"2."+zeros[:1000]+","+zeros+"\n"), "f.csv", &Options{Labels: []string{"b"}})
	if err != nil {
		t.Fatal(err)
	}
	if c := table.Columns[0]; c.Values[1] != 2 || c.Decimals != Shortest {
		t.Errorf("value %g with %d decimals", c.Values[1], c.Decimals)
	}
	if _, err := NewSchema(table); err != nil {
		t.Error(err)
	}
}
