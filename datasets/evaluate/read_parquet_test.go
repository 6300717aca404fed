package evaluate

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tweedie/datasets"
)

// A Parquet file has dates and levels in its own spelling: they are those of the
// real rows.
func TestReadParquet(t *testing.T) {
	rows := "when,flag,n\n"
	for i := range 30 {
		rows += fmt.Sprintf("%02d.11.2024,%s,%d.5\n", i+1, []string{"True", "False"}[i%2], i*i%7)
	}
	real := text("real.csv", rows)
	m, err := datasets.Infer(real, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := datasets.ReadCells(real, m)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "fake.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := datasets.NewParquetCells(f, m, 0)
	if err := w.Write(c); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	fake, err := datasets.OpenTable(path)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := Read(real, fake, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Rows() {
		for j := range m.Columns {
			if a, b := tables.Real.AppendText(nil, i, j), tables.Synthetic.AppendText(nil, i, j); string(a) != string(b) {
				t.Errorf("row %d: %q became %q", i, a, b)
			}
		}
	}
	if _, err := Read(real, text("fake.csv", "when,flag,n\n2024-11-05,True,1.5\n"), nil, nil); err == nil {
		t.Error("dates of another format in a CSV file pass")
	}
}
