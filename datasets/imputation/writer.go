package imputation

import (
	"encoding/csv"
	"io"

	"tweedie/datasets"
)

// RowWriter writes rows as they were read, with their missing cells filled.
type RowWriter interface {
	Write(r *Rows, drawn *datasets.Cells) error
	Close() error
}

// writer returns a writer of the kind that the rows were opened for.
func (r *Rows) Writer(w io.Writer) RowWriter {
	if r.exact != nil {
		return typedRows{datasets.NewParquetCells(w, r.exact.Metadata(), 0)}
	}
	return &textRows{w: csv.NewWriter(w), header: r.header}
}

// textRows writes CSV.
type textRows struct {
	w      *csv.Writer
	header []string
	record []string
	buf    []byte
}

func (t *textRows) Write(r *Rows, drawn *datasets.Cells) error {
	if err := t.begin(); err != nil {
		return err
	}
	for i, row := range r.text {
		t.record = append(t.record[:0], row...)
		for k, j := range r.at {
			if r.Cells.Missing(i, j) {
				t.buf = drawn.AppendText(t.buf[:0], i, j)
				t.record[k] = string(t.buf)
			}
		}
		if err := t.w.Write(t.record); err != nil {
			return err
		}
	}
	t.w.Flush()
	return t.w.Error()
}

// begin writes the header, once.
func (t *textRows) begin() error {
	if t.header == nil {
		return nil
	}
	h := t.header
	t.header = nil
	return t.w.Write(h)
}

func (t *textRows) Close() error { return nil }

// typedRows writes Parquet.
type typedRows struct{ w datasets.CellWriter }

func (t typedRows) Write(r *Rows, drawn *datasets.Cells) error {
	r.fillExact(drawn)
	return t.w.Write(r.exact)
}

func (t typedRows) Close() error { return t.w.Close() }
