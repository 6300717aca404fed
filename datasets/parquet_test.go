package datasets

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
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

const zoo = "weight,name ✓,alive,born,seen,id,age,zip,note\n" +
	"1.5,lynx,true,2020-01-31,2024-05-01 10:00:00.5,1,3,01234,\n" +
	",owl,false,2019-12-01,2024-05-01 11:30:00,2,,00017,\n" +
	"2.25,?,true,,2024-05-02 00:00:01,3,7,01234,\n" +
	"-3,owl,,2021-02-28,2024-05-03 12:00:00.25,4,9,00017,\n"

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
