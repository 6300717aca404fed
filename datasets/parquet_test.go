package datasets

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
)

// written is a source of what a CellWriter wrote, in a file.
func parquetOf(t *testing.T, c *Cells, m *Metadata) Source {
	t.Helper()
	var out bytes.Buffer
	w := NewParquetCells(&out, m, 0)
	if err := w.Write(c); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "t.parquet")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := OpenTable(path)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// Levels come back as they were spelled.
func TestParquetKeepsSpelling(t *testing.T) {
	for _, pair := range [][2]string{{"true", "false"}, {"True", "False"}, {"TRUE", "FALSE"}, {"0", "1"}, {"00", "1"}, {"yes", "no"}} {
		rows := "x,k\n"
		for i := range 30 {
			rows += fmt.Sprintf("%d.5,%s\n", i*i%17, pair[i%2])
		}
		m, err := Infer(text(rows), nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ReadCells(text(rows), m)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ReadCells(parquetOf(t, c, m), m)
		if err != nil {
			t.Errorf("%v: %v", pair, err)
		} else if d := differing(c, back); d != "" {
			t.Errorf("%v: %s", pair, d)
		}
	}
}

const zoo = "weight,name ✓,alive,born,seen,id,age,zip,note\n" +
	"1.5,lynx,true,2020-01-31,2024-05-01 10:00:00.5,1,3,01234,\n" +
	",owl,false,2019-12-01,2024-05-01 11:30:00,2,,00017,\n" +
	"2.25,?,true,,2024-05-02 00:00:01,3,7,01234,\n" +
	"-3,owl,,2021-02-28,2024-05-03 12:00:00.25,4,9,00017,\n"

// A damaged file is an error or other rows, never a panic.
func TestParquetDamaged(t *testing.T) {
	m, err := Infer(text(zoo), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadCells(text(zoo), m)
	if err != nil {
		t.Fatal(err)
	}
	path := parquetOf(t, c, m).Name()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	step := 5
	if testing.Short() {
		step = 41
	}
	refused := 0
	try := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Infer((&parquetFile{path, path}), nil); err != nil {
			checkError(t, err)
			refused++
		}
	}
	for at := 0; at < len(whole); at += step {
		data := bytes.Clone(whole)
		data[at] ^= 0x55
		try(data)
		if at%4 == 0 {
			try(whole[:at])
		}
	}
	if refused < len(whole)/step/8 {
		t.Errorf("only %d damaged files were refused", refused)
	}
}

func TestDecimalsOfManyDigits(t *testing.T) {
	for _, c := range []struct {
		bytes []byte
		scale int
		want  string
	}{
		{[]byte{0, 0, 1}, 3, "0.001"},
		{[]byte{0xff, 0xff, 0xff}, 2, "-0.01"},
		{[]byte{0xff, 0, 0}, 0, "-65536"},
		{[]byte{1, 0, 0, 0, 0, 0, 0, 0, 0}, 4, "1844674407370955.1616"},
	} {
		if got := string(appendDecimal(nil, bigEndian(c.bytes).String(), c.scale)); got != c.want {
			t.Errorf("% x is %s, want %s", c.bytes, got, c.want)
		}
	}
}

func TestParquetRefused(t *testing.T) {
	type nested struct {
		A int64   `parquet:"a"`
		B []int64 `parquet:"b"`
	}
	path := filepath.Join(t.TempDir(), "n.parquet")
	if err := parquet.WriteFile(path, []nested{{1, nil}, {2, []int64{3}}}); err != nil {
		t.Fatal(err)
	}
	src, err := OpenTable(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Infer(src, nil); err == nil || !strings.Contains(err.Error(), `column "b": a column of lists; convert the column`) {
		t.Error(err)
	}
}

// Values of other programs' types are read as the text of a CSV file.
func TestParquetTypes(t *testing.T) {
	type row struct {
		F  float32   `parquet:"f"`
		D  *float64  `parquet:"d,optional"`
		U  uint32    `parquet:"u"`
		I  int32     `parquet:"i"`
		C  int64     `parquet:"c,decimal(2:10)"`
		T  time.Time `parquet:"t,timestamp(millisecond)"`
		Da int32     `parquet:"da,date"`
		B  bool      `parquet:"b"`
		S  string    `parquet:"s,dict,zstd"`
		Cl int32     `parquet:"cl,time(millisecond)"`
	}
	v := 1e-3
	path := filepath.Join(t.TempDir(), "n.parquet")
	if err := parquet.WriteFile(path, []row{
		{0.1, &v, 4294967295, -7, -5, time.Date(1969, 12, 31, 23, 59, 59, 25e7, time.UTC), -1, true, "a b", 3661500},
		{2.5e-20, nil, 0, 0, 12345, time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), 19782, false, "", 0},
	}); err != nil {
		t.Fatal(err)
	}
	src, err := OpenTable(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := src.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, want := range []string{
		"0.1|0.001|4294967295|-7|-0.05|1969-12-31 23:59:59.25|1969-12-31|true|a b|01:01:01.5",
		"2.5e-20|" + NoValue + "|0|0|123.45|2024-02-29 00:00:00|2024-02-29|false||00:00:00",
	} {
		cells, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(cells, "|"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Error(err)
	}
}

func TestParquetRoundTrip(t *testing.T) {
	m, err := Infer(text(zoo), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(m.Summary())
	c, err := ReadCells(text(zoo), m)
	if err != nil {
		t.Fatal(err)
	}
	src := parquetOf(t, c, m)
	r, err := src.Open()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(r.Header(), ","), "weight,name ✓,alive,born,seen,id,age,zip,note"; got != want {
		t.Errorf("columns %s, want %s", got, want)
	}
	r.Close()
	back, err := ReadCells(src, m)
	if err != nil {
		t.Fatal(err)
	}
	if d := differing(c, back); d != "" {
		t.Error(d)
	}
	again, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	for j := range m.Columns {
		if a, b := m.Columns[j].Type, again.Columns[j].Type; a != b {
			t.Errorf("%s was %s and is %s", m.Columns[j].Name, a, b)
		}
	}
}
