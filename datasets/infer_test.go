package datasets

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// rowsOf makes a table of n rows; each column is a function of the row.
func rowsOf(n int, columns ...func(i int) string) string {
	var b strings.Builder
	for j := range columns {
		fmt.Fprintf(&b, "c%d,", j)
	}
	b.WriteString("end\n")
	for i := range n {
		for _, c := range columns {
			b.WriteString(c(i) + ",")
		}
		fmt.Fprintf(&b, "%d\n", i%7)
	}
	return b.String()
}

func itoa(i int) string { return fmt.Sprint(i) }

func TestInferTypes(t *testing.T) {
	some := func(cells ...string) func(int) string { return func(i int) string { return cells[i%len(cells)] } }
	for _, c := range []struct {
		name string
		cell func(i int) string
		want Type
		note string
	}{
		{"numbers", some("1.5", "2", "-3e-1"), TypeNumeric, ""},
		{"whole numbers", some("1", "2", "7"), TypeInteger, ""},
		{"whole numbers with a point", some("1.0", "2.0", "7.0", ""), TypeInteger, ""},
		{"zero and one", some("0", "1"), TypeBoolean, ""},
		{"two numbers", some("1", "2"), TypeCategorical, ""},
		{"yes and no", some("Yes", "no"), TypeBoolean, ""},
		{"true and false", some("TRUE", "", "FALSE"), TypeBoolean, ""},
		{"text", some("a", "b", "c"), TypeCategorical, ""},
		{"text and numbers", some("a", "2", "3"), TypeCategorical, "numbers and text mixed: \"2\" in row 3, \"a\" in row 2"},
		{"codes", some("01", "10", "20"), TypeCategorical, "zeros in front"},
		{"dates", some("2020-01-31", "1999-12-01"), TypeDateTime, ""},
		{"times", some("2020-01-31T10:00:00Z", "?", "2021-01-31T10:30:00Z"), TypeDateTime, ""},
		{"either order", some("01/02/2020", "03/04/2020"), TypeDateTime, "every date fits 01/02/2006 as well as 02/01/2006"},
		{"day first", some("01/02/2020", "30/04/2020"), TypeDateTime, ""},
		{"counter", itoa, TypeIdentifier, "number the rows"},
		{"codes of rows", func(i int) string { return fmt.Sprintf("C%05d", i) }, TypeIdentifier, "nearly all texts differ"},
		{"free text", func(i int) string { return fmt.Sprint(i*i, " is a square") }, TypeIdentifier, "nearly all texts differ"},
		{"counter from 1", func(i int) string { return itoa(i + 1) }, TypeIdentifier, "number the rows"},
		{"counter from 2", func(i int) string { return itoa(i + 2) }, TypeInteger, ""},
		{"counter with a gap", func(i int) string {
			if i == 9 {
				return ""
			}
			return itoa(i)
		}, TypeInteger, ""},
		{"counter with a jump", func(i int) string { return itoa(i + i/39) }, TypeInteger, ""},
		{"counter with a fraction", func(i int) string { return itoa(i) + ".0" }, TypeIdentifier, "number the rows"},
		{"counter from 7", func(i int) string { return itoa(i + 7) }, TypeInteger, ""},
		{"long numbers", func(i int) string { return fmt.Sprintf("98765432109876%05d", (i*7919)%99991) }, TypeIdentifier, "number the rows"},
		{"long numbers again", some("9876543210987654321", "9876543210987654322", "1234567890123456789", "3"), TypeInteger, "beyond 2^53"},
		{"constant date", some("2020-01-01"), TypeConstant, ""},
		{"constant", some("x"), TypeConstant, ""},
		{"constant number", some("1.5", "15e-1"), TypeConstant, ""},
		{"versions", some("1.9", "1.10", "1.1"), TypeCategorical, "numbers such as 1.10 beside 1.9 are codes"},
		{"constant with gaps", some("x", ""), TypeCategorical, ""},
		{"number with gaps", some("4", "NA"), TypeCategorical, ""},
		{"empty", some("", "NA", "null", "?", "nan"), TypeConstant, "no value in any row"},
	} {
		m, err := Infer(text(rowsOf(40, c.cell)), nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if f := m.Columns[0]; f.Type != c.want || !strings.Contains(f.Note, c.note) || (c.note == "") != (f.Note == "") {
			t.Errorf("%s: %s (%q), want %s (%q)", c.name, f.Type, f.Note, c.want, c.note)
		}
		if f := &m.Columns[0]; f.Note != "" && f.Type != TypeConstant && !strings.Contains(strings.Join(m.Warnings(), "\n"), f.Note) {
			t.Errorf("%s: the note is in no warning", c.name)
		}
	}
}

func TestInferErrs(t *testing.T) {
	odd := func(cell, rare string, at int) func(int) string {
		return func(i int) string {
			if i == at {
				return rare
			}
			return strings.ReplaceAll(cell, "#", fmt.Sprint(i%9+1))
		}
	}
	big := "a,b\n1,x\n2,\"" + strings.Repeat("y", 2<<20) + "\"\n"
	for _, c := range []struct {
		csv  string
		o    *InferOptions
		want string
	}{
		{rowsOf(40, odd("#.5", "unknown", 30)), nil, `t.csv: row 32, column "c0": "unknown" among numbers (39 of 40 cells are numbers); correct it, list it among the missing spellings, or declare the column categorical`},
		{rowsOf(40, odd("2020-01-0#", "soon", 30)), nil, `t.csv: row 32, column "c0": "soon" among dates (39 of 40 cells are dates)`},
		{rowsOf(40, odd("2020-01-0#", "03.01.2020", 30)), nil, `t.csv: row 32, column "c0": two formats of dates: "03.01.2020" here and "2020-01-01" in row 2; write all dates in one format`},
		{rowsOf(40, odd("\"1,#0\"", "$3", 0)), nil, `row 2, column "c0": "$3" looks like a number; write numbers with a decimal point and nothing else`},
		{rowsOf(40, odd("x#", "y", 3)), &InferOptions{Types: map[string]Type{"c0": TypeNumeric}}, `row 2, column "c0": "x1" is not a number`},
		{rowsOf(40, odd("x#", "y", 3)), &InferOptions{Types: map[string]Type{"co": TypeNumeric}}, `column "co": no such column, named among the types; did you mean c0?`},
		{rowsOf(40, odd("x#", "y", 3)), &InferOptions{Types: map[string]Type{"c0": "numerical"}}, `column "c0": unknown type of column "numerical"; did you mean numeric?`},
		{rowsOf(40, odd("x#", "y", 3)), &InferOptions{Types: map[string]Type{"c0": TypeConstant}}, `column "c0": declared constant, but its cells differ`},
		{rowsOf(40, odd("x#", "y", 3)), &InferOptions{Types: map[string]Type{"c0": TypeBoolean}}, `column "c0": declared boolean, but it has 10 levels`},
		{rowsOf(40, odd("x#", "y", 3)), &InferOptions{Formats: map[string]string{"c9": "2006"}}, `column "c9": no such column, named among the formats`},
		{rowsOf(40, odd("#.5", "1.5", 3)), &InferOptions{Types: map[string]Type{"c0": TypeInteger}}, `column "c0": declared integer, but it has fractions`},
		{big, nil, `t.csv: row 3, column "b": a cell of 2097152 bytes; shorten it or remove the column; is a quote left open?`},
		{"a,b\n1,\"x\n2,y\n", nil, `t.csv: row 2: a quoted cell that is not closed`},
		{"a,b\n1\n", nil, `t.csv: row 2: 1 cells where the header has 2`},
		{"a,b\n1,\xff\n", nil, `row 2, column "b": "\xff" is not UTF-8; save the file as UTF-8`},
		{"39,State-gov,<=50K\n50,Private,>50K\n38,State-gov,<=50K\n28,Private,<=50K\n", nil, `row 1: the header has "39" and "<=50K", which are values of their columns; add a header line`},
		{"a,b\n", nil, `a header without rows`},
		{"a,b\n1,2\n", nil, `one row of data`},
		{"a,b\n1,2\n1,2\n", nil, `no column to model: "a" is constant, "b" is constant`},
		{"", nil, `the file is empty`},
	} {
		m, err := Infer(text(c.csv), c.o)
		if err == nil || m != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got  %v\nwant %s", err, c.want)
			continue
		}
		checkError(t, err)
	}
}

// A quote that is left open does not read the rest of a large file into memory.
func TestOpenQuoteIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 64 MB")
	}
	read := 0
	src := CSVSource("t.csv", func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("a,b\n1,2\n3,\"4\n"), counting{&read})), nil
	})
	_, err := Infer(src, nil)
	if err == nil || !strings.Contains(err.Error(), "t.csv: row 3: a record of more than 64 MB; close the quote") {
		t.Error(err)
	}
	if read > 2*maxRecord {
		t.Errorf("%d bytes were read", read)
	}
}

// counting is an endless file.
type counting struct{ n *int }

func (c counting) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = "1,2\n"[i%4]
	}
	*c.n += len(b)
	return len(b), nil
}

func TestEmojiAndSeparators(t *testing.T) {
	for _, csv := range []string{"🐱 cat;size,cm\nyes;1.5\nno;2.5\nyes;1\n", "🐱 cat\tsize,cm\nyes\t1.5\nno\t2.5\nyes\t1\n"} {
		c, e := fitted(t, text(csv), nil, nil)
		if got := e.Names(); !slices.Equal(got, []string{"🐱 cat=no", "🐱 cat=yes", "size,cm"}) {
			t.Errorf("names %q", got)
		}
		survive(t, c, e)
	}
}

// Metadata that is edited and given back is obeyed.
func TestMetadataIsObeyed(t *testing.T) {
	src := text(rowsOf(60, func(i int) string { return itoa(i%5 + 1) }, itoa, func(i int) string { return []string{"a", "b", "?", "-"}[i%4] }))
	m, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	m = throughJSON(t, m)
	m.Field("c0").Type = TypeCategorical
	m.Field("c1").Sequence = nil
	m.Field("end").Range = &Range{0, 9}
	m.Missing = []string{"-"}
	m.Columns = slices.DeleteFunc(m.Columns, func(f Field) bool { return f.Name == "c2" })
	got, err := Infer(src, &InferOptions{Metadata: m})
	if err != nil {
		t.Fatal(err)
	}
	if f := got.Field("c0"); f.Type != TypeCategorical || len(f.Levels) != 5 || f.Levels[4].Name != "5" || f.Levels[4].Count != 12 {
		t.Errorf("c0 is %+v", f)
	}
	if f := got.Field("c1"); f.Type != TypeIdentifier || f.Sequence != nil {
		t.Errorf("c1 is %+v", f)
	}
	if f := got.Field("c2"); len(f.Levels) != 3 || f.Missing != 15 {
		t.Errorf("c2 is %+v", f)
	}
	if f := got.Field("end"); *f.Range != (Range{0, 9}) {
		t.Errorf("end ranges over %v", *f.Range)
	}
	m.Field("end").Range = &Range{0, 5}
	if _, err := Infer(src, &InferOptions{Metadata: m}); err == nil || !strings.Contains(err.Error(), `column "end": values from 0 to 6, of which some are outside the range from 0 to 5`) {
		t.Error(err)
	}
	if err := new(Metadata).UnmarshalJSON([]byte(`{"version":1,"colunms":[]}`)); err == nil || !strings.Contains(err.Error(), "colunms") {
		t.Error("a misspelt key is ignored: ", err)
	}
}

// A column of many levels keeps the frequent ones, names itself in the
// warnings, and restores the rare ones by their frequency.
func TestManyLevelsAreGrouped(t *testing.T) {
	const n = 20000
	level := func(i int) int { // level 0 half of the time, then ever rarer
		k := 0
		for i&1 == 1 && k < 6 {
			i, k = i>>1, k+1
		}
		return k*200 + (i>>1)%200
	}
	src := text(rowsOf(n, func(i int) string { return fmt.Sprintf("l%04d", level(i)) }))
	c, e := fitted(t, src, &InferOptions{MaxLevels: 50}, nil)
	f := e.Metadata().Field("c0")
	b := e.Blocks()[0]
	if len(f.Levels) < 1000 || b.Len != 50 || b.Levels[49] != LevelOthers {
		t.Fatalf("%d levels in %d positions, the last %q", len(f.Levels), b.Len, b.Levels[49])
	}
	if w := strings.Join(e.Metadata().Warnings(), "\n"); !strings.Contains(w, `rare levels are modelled as one`) || !strings.Contains(w, `"c0" (`) {
		t.Errorf("warnings: %s", w)
	}
	survive(t, c, e)

	z := mat.NewDense(n, e.Dim(), nil)
	for i := range n {
		z.Set(i, 49, 1)
	}
	back := NewCells(e.Metadata(), 0)
	if err := e.Decode(back, z, Decoding{Seed: 4, FirstRow: 9}); err != nil {
		t.Fatal(err)
	}
	drawn, total := make([]float64, len(f.Levels)), 0.0
	for i := range n {
		k := back.Level(i, 0)
		if !f.Levels[k].Grouped {
			t.Fatal("drawn outside the group")
		}
		drawn[k]++
	}
	for _, l := range f.Levels {
		if l.Grouped {
			total += float64(l.Count)
		}
	}
	chi, cells := 0.0, 0.0
	for k, l := range f.Levels {
		if want := n * float64(l.Count) / total; l.Grouped && want > 0 {
			chi += (drawn[k] - want) * (drawn[k] - want) / want
			cells++
		}
	}
	if !chiSquareFits(chi, cells) {
		t.Errorf("chi squared %.0f of %.0f levels", chi, cells)
	}
	if chiSquareFits(chi+6*n/cells, cells) && chiSquareFits(2*chi, cells) {
		t.Error("the check accepts anything")
	}
}

// chiSquareFits reports whether a statistic of k cells is within five standard
// errors of its mean.
func chiSquareFits(chi, k float64) bool {
	d := chi - (k - 1)
	return d*d < 25*2*(k-1)
}
