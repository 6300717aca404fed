package datasets

import (
	"path/filepath"
	"strings"

	"tweedie/internal/atomicfile"
)

// WriteTable writes rows to a file, as Parquet if its name ends in .parquet and else
// as CSV. The file is there whole or not at all.
func WriteTable(path string, c *Cells) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	w := NewCSVCells(f, c.Metadata(), 0)
	if strings.EqualFold(filepath.Ext(path), ".parquet") {
		w = NewParquetCells(f, c.Metadata(), 0)
	}
	if err := w.Write(c); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return f.Commit()
}
