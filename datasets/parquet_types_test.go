package datasets

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// typedColumn is a column that another program wrote.
type typedColumn struct {
	name  string
	node  parquet.Node
	value func(i int) parquet.Value
}

func fixed(b ...byte) parquet.Value { return parquet.FixedLenByteArrayValue(b) }

// typedColumns are columns of every type that is read, by the constructors of the library.
func typedColumns() []typedColumn {
	i32 := func(f func(i int) int) func(int) parquet.Value {
		return func(i int) parquet.Value { return parquet.Int32Value(int32(f(i))) }
	}
	i64 := func(f func(i int) int) func(int) parquet.Value {
		return func(i int) parquet.Value { return parquet.Int64Value(int64(f(i))) }
	}
	text := func(s ...string) func(int) parquet.Value {
		return func(i int) parquet.Value { return parquet.ByteArrayValue([]byte(s[i%len(s)])) }
	}
	spread := func(i int) int { return i * i % 97 }
	when := func(i int) int { return 1_700_000_000 + 86_401*spread(i) }
	return []typedColumn{
		{"i8", parquet.Int(8), i32(func(i int) int { return spread(i) - 50 })},
		{"i16", parquet.Int(16), i32(func(i int) int { return 100*spread(i) - 5000 })},
		{"i32", parquet.Leaf(parquet.Int32Type), i32(spread)},
		{"i64", parquet.Leaf(parquet.Int64Type), i64(spread)},
		{"i64 beyond 2^53", parquet.Int(64), i64(func(i int) int { return 1<<60 + i%7 })},
		{"u8", parquet.Uint(8), i32(func(i int) int { return 2 * spread(i) })},
		{"u32", parquet.Uint(32), i32(func(i int) int { return -1 - spread(i) })},
		{"u64", parquet.Uint(64), i64(func(i int) int { return -1 - i%5 })},
		{"f32", parquet.Leaf(parquet.FloatType), func(i int) parquet.Value { return parquet.FloatValue(0.1 * float32(spread(i))) }},
		{"f64", parquet.Leaf(parquet.DoubleType), func(i int) parquet.Value { return parquet.DoubleValue(math.Sqrt(float64(i))) }},
		{"dec9", parquet.Decimal(2, 9, parquet.Int32Type), i32(func(i int) int { return 12345 - 1000*spread(i) })},
		{"dec18", parquet.Decimal(3, 18, parquet.Int64Type), i64(func(i int) int { return -1e15 + 7*spread(i) })},
		{"dec fixed", parquet.Decimal(10, 30, parquet.FixedLenByteArrayType(13)), func(i int) parquet.Value {
			return fixed(255, 255, 255, 255, 255, 255, 255, byte(i), 1, 2, 3, byte(spread(i)), 5)
		}},
		{"dec bytes", parquet.Decimal(1, 20, parquet.ByteArrayType), func(i int) parquet.Value { return parquet.ByteArrayValue([]byte{byte(1 + i%64), 17}) }},
		{"date", parquet.Date(), i32(func(i int) int { return spread(i) - 30 })},
		{"ms", parquet.TimestampAdjusted(parquet.Millisecond, false), i64(func(i int) int { return 1000*when(i) + 7 })},
		{"us", parquet.TimestampAdjusted(parquet.Microsecond, true), i64(func(i int) int { return 1e6*when(i) + 1 })},
		{"ns", parquet.TimestampAdjusted(parquet.Nanosecond, false), i64(func(i int) int { return 1e9*when(i) + 123456789 })},
		{"clock ms", parquet.TimeAdjusted(parquet.Millisecond, false), i32(func(i int) int { return 800_000 * spread(i) })},
		{"clock us", parquet.TimeAdjusted(parquet.Microsecond, true), i64(func(i int) int { return 800_000_001 * spread(i) })},
		{"clock ns", parquet.TimeAdjusted(parquet.Nanosecond, false), i64(func(i int) int { return 800_000_000_001 * spread(i) })},
		{"bool", parquet.Leaf(parquet.BooleanType), func(i int) parquet.Value { return parquet.BooleanValue(i%3 == 0) }},
		{"string", parquet.String(), text("NA", "", "?", " a b ", "x\r\ny")},
		{"dictionary", parquet.Encoded(parquet.String(), &parquet.RLEDictionary), text("low", "mid", "high")},
		{"enum", parquet.Enum(), text("A", "B", "C")},
		{"json", parquet.JSON(), text(`{"a":1}`, `[]`)},
		{"bytes", parquet.Leaf(parquet.ByteArrayType), text("p", "q", "r")},
		{"fixed", parquet.Leaf(parquet.FixedLenByteArrayType(2)), func(i int) parquet.Value { return fixed('a', byte('a'+i%3)) }},
		{"uuid", parquet.UUID(), func(i int) parquet.Value {
			return fixed(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 255, byte(i%3))
		}},
		{"half", parquet.Leaf(float16Type{parquet.FixedLenByteArrayType(2)}), func(i int) parquet.Value { return half(0.1 * float64(spread(i))) }},
		{"constant", parquet.Int(16), i32(func(int) int { return 5 })},
		{"constant decimal", parquet.Decimal(2, 3, parquet.FixedLenByteArrayType(2)), func(int) parquet.Value { return fixed(0, 150) }},
		{"constant time", parquet.TimestampAdjusted(parquet.Microsecond, false), i64(func(int) int { return 1e15 })},
		{"empty texts", parquet.String(), text("")},
		{"no double", parquet.Leaf(parquet.DoubleType), nil},
		{"no date", parquet.Date(), nil},
		{"no value", parquet.Leaf(parquet.NullType), nil},
		{"number", parquet.Int(32), i32(func(i int) int { return i })},
	}
}

const typedRows = 60

// typedFile writes the columns, every fifth cell null, and those after "bool" required
// when they have no nulls.
func typedFile(t testing.TB, columns []typedColumn, nulls bool) string {
	t.Helper()
	var fields []parquet.Field
	var rows [typedRows]parquet.Row
	for k, c := range columns {
		wrap := parquet.Optional
		if !nulls && c.value != nil && k%2 == 0 {
			wrap = parquet.Required
		}
		fields = append(fields, &orderedField{wrap(c.node), c.name})
		for i := range rows {
			v, level := parquet.NullValue(), 0
			if c.value != nil && !(nulls && (i+k)%5 == 0 && c.name != "number" && !strings.HasPrefix(c.name, "constant") && c.name != "empty texts") {
				if v = c.value(i); wrap(c.node).Optional() {
					level = 1
				}
			}
			rows[i] = append(rows[i], v.Level(0, level, k))
		}
	}
	var out bytes.Buffer
	w := parquet.NewGenericWriter[any](&out, parquet.NewSchema("table", orderedGroup{fields: fields}), parquet.KeyValueMetadata("pandas", "{}"))
	if _, err := w.WriteRows(rows[:]); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "t.parquet")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// stored returns the schema, by column, and the values of a file.
func stored(t testing.TB, path string) (schema map[string]string, values map[string][]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	p, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	schema, values = map[string]string{}, map[string][]string{}
	elements := p.Metadata().Schema[1:]
	for _, e := range elements {
		schema[e.Name] = describeElement(&e)
	}
	for _, g := range p.RowGroups() {
		rows := g.Rows()
		var block [typedRows]parquet.Row
		n, _ := rows.ReadRows(block[:])
		for _, row := range block[:n] {
			for k, v := range row {
				values[elements[k].Name] = append(values[elements[k].Name], fmt.Sprintf("%v %x", v.IsNull(), v.Bytes()))
			}
		}
		rows.Close()
	}
	return schema, values
}

func describeElement(e *format.SchemaElement) string {
	return fmt.Sprintf("%v %v %v %v %v %v", e.Type, e.TypeLength, e.RepetitionType, &e.LogicalType, e.Precision, e.Scale)
}

// Rows of a table that was read from Parquet have the schema of the file and its values.
func TestParquetTypesAreKept(t *testing.T) {
	for _, nulls := range []bool{false, true} {
		path := typedFile(t, typedColumns(), nulls)
		src, err := OpenTable(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Infer(src, nil)
		if err != nil {
			t.Fatal(err)
		}
		m = throughJSON(t, m)
		if err := m.Validate(); err != nil {
			t.Fatal(err)
		}
		c, err := ReadCells(src, m)
		if err != nil {
			t.Fatal(err)
		}
		schema, values := stored(t, path)
		again, same := stored(t, parquetOf(t, c, m).Name())
		// What a float64 cannot hold of a cell: seconds and their fractions beyond
		// microseconds, and more digits than 17.
		inexact := map[string]bool{"ns": true, "clock us": true, "clock ns": true, "dec fixed": true, "dec18": true, "i64 beyond 2^53": true, "u64": true,
			"number": true} // an identifier: keys go on after those of the file
		for name := range schema {
			if again[name] != schema[name] {
				t.Errorf("nulls %v: column %q is %s, and was %s", nulls, name, again[name], schema[name])
			}
			for i, want := range values[name] {
				if got := same[name][i]; got != want && !inexact[name] {
					t.Errorf("nulls %v: column %q, row %d: %s, and was %s", nulls, name, i, got, want)
					break
				}
			}
		}
	}
}

// A copy has the bits of the file where it is not filled, and values where it is.
func TestParquetCopyIsExact(t *testing.T) {
	path := typedFile(t, typedColumns(), true)
	src, err := OpenTable(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	files := write(t, src, m, Parquet, 7)
	copied := filepath.Join(t.TempDir(), "copy.parquet")
	if err := os.WriteFile(copied, []byte(files[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	schema, values := stored(t, path)
	again, filled := stored(t, copied)
	for name := range schema {
		if again[name] != schema[name] {
			t.Errorf("column %q is %s, and was %s", name, again[name], schema[name])
		}
		for i, want := range values[name] {
			got, gap := filled[name][i], want == "true "
			switch {
			case !gap && got != want:
				t.Errorf("column %q, row %d: %s, and was %s", name, i, got, want)
			case gap && got == want && m.Field(name).Modeled():
				t.Errorf("column %q, row %d is not filled", name, i)
			}
		}
	}
}

// Only null and NaN are missing, and spellings that the user has named.
func TestParquetMissing(t *testing.T) {
	texts := []string{"NA", "", "?", "null", "x"}
	columns := []typedColumn{
		{"s", parquet.String(), func(i int) parquet.Value { return parquet.ByteArrayValue([]byte(texts[i%5])) }},
		{"f", parquet.Leaf(parquet.DoubleType), func(i int) parquet.Value {
			return parquet.DoubleValue([]float64{1, math.NaN(), float64(i)}[i%3])
		}},
	}
	src, err := OpenTable(typedFile(t, columns, false))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := m.Field("s").Missing; n != 0 {
		t.Errorf("%d texts are missing", n)
	}
	if n := m.Field("f").Missing; n != typedRows/3 {
		t.Errorf("%d numbers are missing, want %d", n, typedRows/3)
	}
	if got := strings.Join(m.Field("s").levelNames(), "|"); got != "|?|NA|null|x" {
		t.Errorf("levels %s", got)
	}
	said, err := Infer(src, &InferOptions{Missing: []string{"na"}})
	if err != nil {
		t.Fatal(err)
	}
	if n := said.Field("s").Missing; n != typedRows/5 {
		t.Errorf("%d texts are missing, want %d", n, typedRows/5)
	}
	// The same model reads a file of text, where NA is a level and the empty cell is not.
	c, err := ReadCells(text("s,f\nNA,NA\n,1\n?,\n"), m)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(c.Level(0, 0), c.Level(1, 0), c.Level(2, 0), c.Missing(0, 1), c.Missing(2, 1))
	if got != "2 -1 1 true true" {
		t.Error(got)
	}
	one := NewCells(m, 1)
	if err := one.SetText(0, "s", "NA"); err != nil || one.Level(0, 0) != 2 {
		t.Errorf("NA is level %d, %v", one.Level(0, 0), err)
	}
}

// Rows of Parquet are counted from 1; a column that cannot be read says so.
func TestParquetErrors(t *testing.T) {
	number := typedColumn{"v", parquet.Leaf(parquet.DoubleType), func(i int) parquet.Value { return parquet.DoubleValue(math.Sqrt(float64(i))) }}
	for _, c := range []struct {
		columns []typedColumn
		want    string
	}{
		{[]typedColumn{number, {"y", parquet.Leaf(parquet.DoubleType), func(i int) parquet.Value {
			return parquet.DoubleValue(map[bool]float64{true: math.Inf(1), false: float64(i)}[i == 3])
		}}}, `row 4, column "y": "+Inf"`},
		{[]typedColumn{number, {"t", parquet.Leaf(parquet.Int96Type), nil}, {"b", parquet.BSON(), nil}}, `column "t": a column of 96-bit times; column "b": a column of type BSON`},
		{[]typedColumn{number, {"raw", parquet.Leaf(parquet.ByteArrayType), func(int) parquet.Value { return parquet.ByteArrayValue([]byte{0xff}) }}}, `row 1, column "raw": "\xff" is not UTF-8`},
	} {
		src, err := OpenTable(typedFile(t, c.columns, false))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = Infer(src, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// Values that do not fit are an error and not other values.
func TestParquetUnfit(t *testing.T) {
	columns := []typedColumn{
		{"id", parquet.Int(8), func(i int) parquet.Value { return parquet.Int32Value(int32(i)) }},
		{"v", parquet.Leaf(parquet.DoubleType), func(i int) parquet.Value { return parquet.DoubleValue(math.Sqrt(float64(i))) }},
	}
	src, err := OpenTable(typedFile(t, columns, false))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := NewParquetCells(new(bytes.Buffer), m, 0)
	if err := w.Write(NewCells(m, 128-typedRows)); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(NewCells(m, 1)); err == nil || !strings.Contains(err.Error(), `column "id": "128" does not fit`) {
		t.Error(err)
	}
}
