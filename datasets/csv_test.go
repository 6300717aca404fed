package datasets

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// copyOf writes a table again, of which no cell is filled.
func copyOf(t *testing.T, src Source, m *Metadata) string {
	t.Helper()
	o, err := OpenOriginal(src, m, CSV)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	var out bytes.Buffer
	c := o.NewCopy(&out)
	for more := true; more; {
		if more, err = o.Next(2); err != nil {
			t.Fatal(err)
		}
		if err := c.Write(o.Cells()); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A copy has every byte of the cells and of the header, and so has a table that is read
// again: spaces, line ends within cells, missing spellings, names that are absent.
func TestCSVCellsAreExact(t *testing.T) {
	for _, table := range []string{
		",a,s,\n0,1.50,Lee ,\n1, 2,Lee,\n2,+3, Lee,\n3,?,NA,\n",
		"a,s\n1,\"x\r\ny\"\n2,\"x\ny\"\n3,\"x\ry\"\n4,\"\r\"\n5,\"\r\n\"\n2,\"x\r\r\ny\"\n",
		"a,s\n1,\"a\"\"b\r\n\"\n2,\"a\"\"\r\nb\"\n3,\"\"\"\r\n\"\"\"\n",
		" a ,\"b,c\"\n1,x\n2,y\n",
	} {
		m, err := Infer(text(table), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := copyOf(t, text(table), m); got != table {
			t.Errorf("%q became %q", table, got)
		}
		slow := CSVSource("t.csv", func() (io.ReadCloser, error) {
			return io.NopCloser(iotest.OneByteReader(strings.NewReader(table))), nil
		})
		if got := copyOf(t, slow, m); got != table {
			t.Errorf("byte by byte, %q became %q", table, got)
		}
	}
	// Line ends of rows are those of the system that wrote them, and no part of a cell.
	m, err := Infer(text("a,s\r\n1,x\r\n2,y\r\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := copyOf(t, text("a,s\r\n1,x\r\n2,y\r\n"), m); got != "a,s\n1,x\n2,y\n" {
		t.Errorf("%q", got)
	}
}

// Levels with line ends of any kind are quoted and come back.
func TestCSVLevelsWithLineEnds(t *testing.T) {
	levels := []string{"x\ry", "\r", "x\ny", "x\r\ny", `"`, "a,b", "\ufeffz"}
	m := &Metadata{Version: MetadataVersion, Rows: len(levels), Columns: []Field{{Name: "s\rt", Type: TypeCategorical}, {Name: "n", Type: TypeConstant, Value: "u\rv"}}}
	for _, l := range levels {
		m.Columns[0].Levels = append(m.Columns[0].Levels, Level{Name: l, Count: 1})
	}
	m.Columns[0].Name = "s"
	c := NewCells(m, len(levels))
	for k := range levels {
		c.SetLevel(k, 0, k)
	}
	var out bytes.Buffer
	if err := NewCSVCells(&out, m, 0).Write(c); err != nil {
		t.Fatal(err)
	}
	r, err := text(out.String()).Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range levels {
		cells, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if cells[0] != want || cells[1] != "u\rv" {
			t.Errorf("%q, want %q", cells, want)
		}
	}
	back, err := ReadCells(text(out.String()), m)
	if err == nil {
		if d := differing(c, back); d != "" {
			t.Error(d)
		}
	} else if !strings.Contains(err.Error(), "missing") {
		t.Error(err)
	}
}

// Identifiers that are numbered anew go on after the real ones, and differ between rows, in both formats and from
// block to block.
func TestSequencesCount(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,no,v\n")
	for i := range 40 {
		fmt.Fprintf(&b, "A-%03d,%d,%d.5\n", i+7, i+1, i*i%11)
	}
	m, err := Infer(text(b.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	c := NewCells(m, 300)
	var csv, file bytes.Buffer
	for _, w := range []CellWriter{NewCSVCells(&csv, m, 2), NewParquetCells(&file, m, 2)} {
		if err := errors.Join(w.Write(c), w.Write(c), w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "t.parquet")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	parquet, err := OpenTable(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []Source{text(csv.String()), parquet} {
		r, err := src.Open()
		if err != nil {
			t.Fatal(err)
		}
		for i := range 600 {
			row, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if row[0] != fmt.Sprintf("A-%03d", i+49) || row[1] != fmt.Sprint(i+43) {
				t.Fatalf("row %d is %q", i, row)
			}
		}
		r.Close()
	}
}

// Columns without a name, and commas at the end of lines.
func TestCSVWithoutNames(t *testing.T) {
	for _, c := range []struct{ table, names string }{
		{",a\n0,1\n1,3\n", "Unnamed: 0|a"},
		{"a,b,\n1,2,\n3,4,\n", "a|b|Unnamed: 2"},
		{"a,b,\n1,2\n3,4,\n", "a|b|Unnamed: 2"},
		{"a,b\n1,2,\n3,4\n", "a|b"},
		{"a, ,b,\"\"\n1,2,3,4\n3,4,5,6\n", "a|Unnamed: 1|b|Unnamed: 3"},
		{"a;;b\n1;2;3\n4;5;6\n", "a|Unnamed: 1|b"},
	} {
		m, err := Infer(text(c.table), nil)
		if err != nil {
			t.Errorf("%q: %v", c.table, err)
			continue
		}
		if got := strings.Join(m.Names(), "|"); got != c.names {
			t.Errorf("%q has columns %s, want %s", c.table, got, c.names)
		}
	}
	var out bytes.Buffer
	m, err := Infer(text(",a,\n0,1,\n1,3,\n2,2,\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := NewCSVCells(&out, m, 0).Close(); err != nil || out.String() != ",a,\n" {
		t.Errorf("the header is %q, %v", out.String(), err)
	}
	for _, c := range []struct{ table, want string }{
		{",,\n1,2,3\n", "row 1: no column has a name"},
		{"a,b\n1,2,3\n", "row 2: 3 cells where the header has 2"},
		{"a,b\n1\n", "row 2: 1 cells where the header has 2"},
		{"a,Unnamed: 2,\n1,2,3\n", "columns 2 and 3 have the same name"},
		{strings.Repeat("x,", maxColumns) + "x\n", "row 1: 16385 columns; give at most 16384"},
	} {
		if _, err := Infer(text(c.table), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.30q: %v, want %s", c.table, err, c.want)
		}
	}
}

// Texts that are missing by default are noted, and can be values.
func TestDefaultMissing(t *testing.T) {
	table := "cc,v\nNA,1.5\nUS,NA\n,2.5\nna,?\nFR,3.5\nunknown,4\n"
	m, err := Infer(text(table), nil)
	if err != nil {
		t.Fatal(err)
	}
	f := m.Field("cc")
	if f.Missing != 3 || !strings.Contains(f.Note, `2 cells such as "NA" in row 2 are taken for missing`) {
		t.Errorf("%d missing, %q", f.Missing, f.Note)
	}
	if note := m.Field("v").Note; note != "" {
		t.Errorf("a column of numbers has the note %q", note)
	}
	said, err := Infer(text(table), &InferOptions{Missing: []string{"NA"}})
	if err != nil || said.Field("cc").Note != "" {
		t.Errorf("what the user has named is noted: %q, %v", said.Field("cc").Note, err)
	}
	kept, err := Infer(text(table), &InferOptions{NoDefaultMissing: true, Missing: []string{"?", "Unknown"}, Types: map[string]Type{"v": TypeCategorical}})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(kept.Field("cc").levelNames(), ","); got != "FR,NA,US,na" || kept.Field("cc").Missing != 2 {
		t.Errorf("levels %s, %d missing", got, kept.Field("cc").Missing)
	}
	c, err := ReadCells(text(table), throughJSON(t, kept))
	if err != nil || c.Level(0, 0) != 1 || !c.Missing(2, 0) || !c.Missing(5, 0) {
		t.Error(err)
	}
	again, err := Infer(text(table), &InferOptions{Metadata: throughJSON(t, kept)})
	if err != nil || again.Field("cc").Missing != 2 {
		t.Error(err)
	}
}

func TestGzip(t *testing.T) {
	pack := func(s string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(s))
		z.Close()
		return b.String()
	}
	for _, data := range []string{pack(zoo), pack(zoo[:100]) + pack(zoo[100:])} {
		m, err := Infer(text(data), nil)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := Infer(text(zoo), nil)
		if err != nil {
			t.Fatal(err)
		}
		if asJSON(t, m) != asJSON(t, plain) {
			t.Error("a compressed table is another")
		}
	}
	for _, c := range []struct{ data, want string }{
		{pack(pack(zoo)), "a gzip archive in another"},
		{pack(zoo)[:60], "cannot be read"},
		{"\x1f\x8b", "cannot be read"},
		{pack("PAR1 and more"), "a Parquet file"},
		{pack("a\n\"" + strings.Repeat("x", maxRecord+1<<20)), "a record of more than"},
	} {
		if _, err := Infer(text(c.data), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// A table that can be read once is read twice, and its file removed.
func TestSpool(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	s, err := Spool(strings.NewReader(zoo), "standard input")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Infer(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadCells(s, m); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err = Infer(s, nil); err == nil || !strings.Contains(err.Error(), "standard input: no such file") {
		t.Error(err)
	}
	if _, err := Spool(iotest.ErrReader(errors.New("broken")), "standard input"); err == nil || !strings.Contains(err.Error(), "standard input: cannot be read") {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

func TestInterruptible(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	rows := 0
	table := CSVSource("t.csv", func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("a\n"), readerFunc(func(b []byte) (int, error) {
			if rows++; rows == 3 {
				cancel()
			}
			return copy(b, strings.Repeat("1\n", 1<<11)), nil
		}))), nil
	})
	src := Interruptible(ctx, table)
	if _, err := Infer(src, nil); err != context.Canceled {
		t.Error(err)
	}
	if _, err := src.Open(); err != context.Canceled {
		t.Error(err)
	}
	if rows > 100 {
		t.Errorf("%d reads", rows)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// One error tells of every column that has a problem.
func TestProblemsAreListed(t *testing.T) {
	good := "a,b,c,d\n" + strings.Repeat("1,2,x,4\n2,3,y,5\n", 20)
	_, err := Infer(text(good+"u,v,x,4\n1,2,x,w\n"), nil)
	want := `t.csv: row 42, column "a": "u" among numbers (41 of 42 cells are numbers); row 42, column "b": "v" among numbers (41 of 42 cells are numbers); ` +
		`row 43, column "d": "w" among numbers (41 of 42 cells are numbers); ` + notNumberRemedy
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	m, err := Infer(text(good), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ReadCells(text(good+"1,2,z,4\n1,s,z,4\nt,2,x,5\n"), m)
	want = `t.csv: row 42, column "c": unseen category "z"; choose from "x", "y"; row 43, column "b": unseen category "s"; choose from "2", "3"; ` +
		`row 44, column "a": unseen category "t"; choose from "1", "2"`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	// A hundred columns are one line of moderate length.
	wide, bad := "", ""
	for j := range 100 {
		wide, bad = wide+fmt.Sprintf(",c%d", j), bad+",x"
	}
	_, err = Infer(text(wide[1:]+"\n"+strings.Repeat(strings.Repeat(",1", 100)[1:]+"\n", 50)+bad[1:]+"\n"), nil)
	if err == nil || !strings.Contains(err.Error(), `column "c5"`) || !strings.Contains(err.Error(), " more columns; correct it") {
		t.Error(err)
	}
	checkMessage(t, err)
	// Columns that are absent or unknown are all named.
	_, err = ReadCells(text("a,x,y\n1,1,1\n"), m)
	if err == nil || !strings.Contains(err.Error(), `column "x"`) || !strings.Contains(err.Error(), `column "y"`) {
		t.Error(err)
	}
	_, err = ReadCells(text("a\n1\n"), m)
	if err == nil || !strings.Contains(err.Error(), `column "b"`) || !strings.Contains(err.Error(), `column "d"`) {
		t.Error(err)
	}
}

// What a terminal would obey is escaped.
func TestSummaryIsPlain(t *testing.T) {
	m, err := Infer(text("a\x1b[31m,\u009bb,c\n1,\x1b]0;x\a,\x7f\n2,\b,\x7f\n3,\u202e,\x7f\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(m.Warnings(), m.Summary()) {
		if strings.ContainsAny(s, "\x1b\u009b\a\b\x7f\u202e") {
			t.Errorf("%q", s)
		}
	}
	_, err = ReadCells(text("a\x1b[31m,\u009bb,z\x1b\n1,\x1b,\x7f\n"), m)
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\u009b") {
		t.Errorf("%q", err)
	}
}
