package datasets

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// trainingTable has two decimals of x where gapsTable has more, and other
// identifiers.
const trainingTable = `id,x,n,town,day,ok,k
A-01,0.25,1,Paris,2001-05-01,true,7
A-02,1.50,2,"Rome, old",2001-05-02,false,7
A-03,2.75,,Oslo,,true,7
A-04,,4,,2001-05-04,,7
A-05,9.99,5,Paris,2001-06-05,false,7
`

// gapsTable has its columns in another order, and missing cells of every type.
const gapsTable = `k,town,id,day,x,n,ok
7,"Rome, old",r 1,2001-05-07,0.1234567890123,+1,true
7,NA,r 2,,?,3,
7,Paris,"r ""3""",2001-05-09,1.50,,false
7,,r 1,2001-05-10,"2.5",2,true
`

func trained(t *testing.T) *Metadata {
	t.Helper()
	m, err := Infer(text(trainingTable), &InferOptions{Types: map[string]Type{
		"id": TypeIdentifier, "n": TypeInteger, "town": TypeCategorical}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// draw fills missing cells: numbers with x + row, levels with the first one.
func draw(c *Cells, x float64) *Cells {
	d := NewCells(c.meta, c.rows)
	for j, f := range c.meta.Columns {
		for i := range c.rows {
			switch {
			case !c.Missing(i, j):
				d.Copy(i, j, c, i)
			case f.Type == TypeIdentifier || f.Type == TypeConstant:
			case f.IsNumber():
				d.SetNumber(i, j, x+float64(i))
			default:
				d.SetLevel(i, j, 0)
			}
		}
	}
	return d
}

// write reads a table in blocks and writes two versions of it.
func write(t *testing.T, src Source, m *Metadata, f Format, block int) [2]string {
	t.Helper()
	r, err := OpenOriginal(src, m, f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var files [2]bytes.Buffer
	writers := [2]*Copy{r.NewCopy(&files[0]), r.NewCopy(&files[1])}
	for more := true; more; {
		if more, err = r.Next(block); err != nil {
			t.Fatal(err)
		}
		for k, w := range writers {
			if err := w.Write(draw(r.Cells(), float64(10*k+20))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, w := range writers {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return [2]string{files[0].String(), files[1].String()}
}

// Known cells have the text that they had; missing ones that of their column.
func TestCopyCSV(t *testing.T) {
	m := trained(t)
	want := func(x, n, day string) string {
		return `k,town,id,day,x,n,ok
7,"Rome, old",r 1,2001-05-07,0.1234567890123,+1,true
7,Oslo,r 2,` + day + `,` + x + `,3,false
7,Paris,"r ""3""",2001-05-09,1.50,` + n + `,false
7,Oslo,r 1,2001-05-10,2.5,2,true
`
	}
	got := write(t, text(gapsTable), m, CSV, 100)
	if got[0] != want("21.00", "22", "1970-01-22") {
		t.Errorf("\n%s", got[0])
	}
	if got[1] != want("31.00", "32", "1970-02-01") {
		t.Errorf("\n%s", got[1])
	}
	m.Columns[3].Condition = true // a label is written as well
	if other := write(t, text(gapsTable), m, CSV, 100); other != got {
		t.Error("conditions change what is written")
	}
}

// A Parquet file has the numbers without rounding, identifiers as text, and becomes
// the same CSV.
func TestCopyParquet(t *testing.T) {
	m := trained(t)
	m.Columns[3].Condition = true
	got := write(t, text(gapsTable), m, Parquet, 100)
	if got[0] == got[1] {
		t.Error("two draws are the same")
	}
	path := filepath.Join(t.TempDir(), "t.parquet")
	if err := os.WriteFile(path, []byte(got[0]), 0o666); err != nil {
		t.Fatal(err)
	}
	src, err := OpenTable(path)
	if err != nil {
		t.Fatal(err)
	}
	records, err := src.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	text := fmt.Sprintln(strings.Join(records.Header(), "|"))
	for {
		row, err := records.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintln(strings.Join(row, "|"))
	}
	want := `k|town|id|day|x|n|ok
7|Rome, old|r 1|2001-05-07|0.1234567890123|1|true
7|Oslo|r 2|1970-01-22|21|3|false
7|Paris|r "3"|2001-05-09|1.5|22|false
7|Oslo|r 1|2001-05-10|2.5|2|true
`
	if text != want {
		t.Errorf("\n%s", text)
	}
	// The file is a complete table: both formats write it again as it is.
	if again := write(t, src, m, Parquet, 100); again[0] != got[0] || again[1] != got[0] {
		t.Error("a complete Parquet file changes")
	}
	csv := write(t, src, m, CSV, 100)
	if csv[0] != strings.NewReplacer("|", ",", "Rome, old", `"Rome, old"`, `r "3"`, `"r ""3"""`).Replace(want) {
		t.Errorf("\n%s", csv[0])
	}
}

// Blocks of any size give the same file: rows are independent where the draws are.
func TestCopyBlocks(t *testing.T) {
	m := trained(t)
	whole := strings.ReplaceAll(gapsTable, "NA", "Oslo")
	for _, f := range []Format{CSV, Parquet} {
		var rows []string
		for _, block := range []int{1, 2, 3, 4, 5} {
			r, err := OpenOriginal(text(whole), m, f)
			if err != nil {
				t.Fatal(err)
			}
			var file bytes.Buffer
			w, n := r.NewCopy(&file), 0
			for more := true; more; {
				if more, err = r.Next(block); err != nil {
					t.Fatal(err)
				}
				n += r.Cells().Rows()
				if r.Cells().Rows() > block {
					t.Errorf("a block of %d rows, want %d", r.Cells().Rows(), block)
				}
				if err := w.Write(r.Cells()); err != nil { // missing cells stay as they are
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			r.Close()
			rows = append(rows, file.String())
			if n != 4 || rows[0] != file.String() {
				t.Errorf("format %d: blocks of %d change the file, or not 4 rows: %d", f, block, n)
			}
		}
		if f == CSV && !strings.Contains(rows[0], "\n7,Oslo,r 2,,?,3,\n") {
			t.Errorf("missing cells:\n%s", rows[0])
		}
	}
}

// Values that the metadata does not have stay as they were read, and a constant is filled.
func TestUnseenIsKept(t *testing.T) {
	m := trained(t)
	table := strings.NewReplacer("Paris", " Bonn", "1.50", "9e9", "7,NA", "NA,NA", "7,,r 1", "8,,r 1").Replace(gapsTable)
	want := `7|Rome, old|r 1|2001-05-07|0.1234567890123|+1|true
7|Oslo|r 2|1970-01-22|21.00|3|false
7| Bonn|r "3"|2001-05-09|9e9|22|false
8|Oslo|r 1|2001-05-10|2.5|2|true
`
	for _, block := range []int{1, 2, 100} {
		got := write(t, text(table), m, CSV, block)[0]
		if _, rows, _ := strings.Cut(got, "\n"); block == 100 && strings.NewReplacer(`"Rome, old"`, "Rome, old", `"r ""3"""`, `r "3"`).Replace(rows) != strings.NewReplacer("|", ",").Replace(want) {
			t.Errorf("blocks of %d:\n%s", block, got)
		}
		path := filepath.Join(t.TempDir(), "t.parquet")
		if err := os.WriteFile(path, []byte(write(t, text(table), m, Parquet, block)[0]), 0o666); err != nil {
			t.Fatal(err)
		}
		src, err := OpenTable(path)
		if err != nil {
			t.Fatal(err)
		}
		csv := write(t, src, m, CSV, 100)[0]
		for _, row := range []string{"\n7,Oslo,r 2,", "\n7,Bonn,", "\n8,Oslo,r 1,"} {
			if !strings.Contains(csv, row) {
				t.Errorf("blocks of %d, Parquet: no row %q in\n%s", block, row, csv)
			}
		}
	}
}

func TestOriginalErrs(t *testing.T) {
	m := trained(t)
	for _, c := range []struct{ text, want string }{
		{strings.Replace(gapsTable, "town", "city", 1), `column "city": the metadata does not know this column`},
		{strings.Replace(gapsTable, "2001-05-09", "soon", 1), `row 4, column "day": "soon" is not a date`},
		{gapsTable + "7,Paris\n", "row 6: 2 cells where the header has 7"},
	} {
		for _, f := range []Format{CSV, Parquet} {
			r, err := OpenOriginal(text(c.text), m, f)
			if err == nil {
				_, err = r.Next(100)
				r.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("format %d: %v, want %s", f, err, c.want)
			}
		}
	}
	// A table without rows is its header.
	r, err := OpenOriginal(text("x,n,town,day,ok\n"), m, CSV)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var file bytes.Buffer
	if err := r.NewCopy(&file).Close(); err != nil || file.String() != "x,n,town,day,ok\n" {
		t.Errorf("%q, %v", file.String(), err)
	}
	defer func() {
		if recover() == nil {
			t.Error("cells of other rows pass")
		}
	}()
	r.NewCopy(&file).Write(NewCells(m, 3))
}
