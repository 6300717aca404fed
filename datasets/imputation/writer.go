package imputation

import (
	"encoding/csv"
	"io"
	"slices"

	"tweedie/datasets"
)

// Writer writes the rows of a Reader: known cells as they were read, identifiers
// and constants among them, and missing cells filled. Columns keep their order.
type Writer struct {
	r       *Reader
	csv     *csv.Writer // nil for Parquet
	parquet datasets.CellWriter
	begun   bool // the header is written
	record  []string
	buf     []byte
}

// NewWriter returns a writer to w, of the format that r was opened for. Several
// writers may share a reader.
func (r *Reader) NewWriter(w io.Writer) *Writer {
	if r.exact != nil {
		return &Writer{r: r, parquet: datasets.NewParquetCells(w, r.exact.Metadata(), 0)}
	}
	return &Writer{r: r, csv: csv.NewWriter(w)}
}

// Write writes the block of the reader, with its missing cells taken from filled,
// which has the same rows, or from the metadata for a constant. A cell that filled lacks, or
// whose value the metadata does not have, stays as it was read. It panics when the numbers of
// rows differ.
func (w *Writer) Write(filled *datasets.Cells) error {
	if filled.Rows() != w.r.cells.Rows() {
		panic("imputation: size mismatch")
	}
	if w.csv != nil {
		return w.writeText(filled)
	}
	for k, j := range w.r.at {
		for i := range filled.Rows() {
			if w.r.fills(filled, i, j) {
				setValue(w.r.exact, i, k, value(filled, i, j))
			}
		}
	}
	for _, u := range w.r.cells.Unseen() {
		if k := slices.Index(w.r.at, u.Column); u.Gap && w.r.exact.Metadata().Columns[k].HasLevels() {
			w.r.exact.SetLevel(u.Row, k, 0) // the constant
		}
	}
	return w.parquet.Write(w.r.exact)
}

func (w *Writer) writeText(filled *datasets.Cells) error {
	if err := w.begin(); err != nil {
		return err
	}
	gaps := w.r.cells.Unseen() // of constants
	for i, row := range w.r.text {
		w.record = append(w.record[:0], row...)
		for k, j := range w.r.at {
			if w.r.fills(filled, i, j) {
				w.buf = filled.AppendText(w.buf[:0], i, j)
				w.record[k] = string(w.buf)
			}
		}
		for ; len(gaps) > 0 && gaps[0].Row == i; gaps = gaps[1:] {
			if u := gaps[0]; u.Gap {
				w.record[slices.Index(w.r.at, u.Column)] = w.r.cells.Metadata().Columns[u.Column].Value
			}
		}
		if err := w.csv.Write(w.record); err != nil {
			return err
		}
	}
	w.csv.Flush()
	return w.csv.Error()
}

func (w *Writer) begin() error {
	if w.begun {
		return nil
	}
	w.begun = true
	return w.csv.Write(w.r.header)
}

// Close ends the file. The io.Writer below stays open.
func (w *Writer) Close() error {
	if w.parquet != nil {
		return w.parquet.Close()
	}
	if err := w.begin(); err != nil {
		return err
	}
	w.csv.Flush()
	return w.csv.Error()
}
