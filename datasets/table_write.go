package datasets

import (
	"io"
	"path/filepath"
	"strings"

	"tweedie/internal/atomicfile"
)

// NewCellsWriter returns a writer of Parquet if path ends in .parquet, else of CSV; first
// is the index of the first row.
func NewCellsWriter(w io.Writer, path string, m *Metadata, first int) CellWriter {
	if strings.EqualFold(filepath.Ext(path), ".parquet") {
		return NewParquetCells(w, m, first)
	}
	return NewCSVCells(w, m, first)
}

// WriteTable writes rows to a file, as Parquet if its name ends in .parquet and else
// as CSV. The file is there whole or not at all.
func WriteTable(path string, c *Cells) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	w := NewCellsWriter(f, path, c.Metadata(), 0)
	if err := w.Write(c); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return f.Commit()
}
