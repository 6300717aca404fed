package datasets

import (
	"compress/gzip"
	"io"
	"path/filepath"
	"strings"

	"tweedie/internal/atomicfile"
)

// Format is a file format of tables.
type Format int

// The formats. NPY is an array of NumPy, NPZ an archive with one array.
const (
	CSV Format = iota
	Parquet
	NPY
	NPZ
)

// FormatOf is the format that a file of that name is written in: what its ending says, of
// .parquet, .npy and .npz, and else CSV. An ending .gz, of files that are compressed, does
// not count.
func FormatOf(path string) Format {
	path = strings.ToLower(path)
	switch filepath.Ext(strings.TrimSuffix(path, ".gz")) {
	case ".parquet":
		return Parquet
	case ".npy":
		return NPY
	case ".npz":
		return NPZ
	}
	return CSV
}

// NewCellsWriter returns a writer of the format of path; first is the index of the first
// row. It does not compress.
func NewCellsWriter(w io.Writer, path string, m *Metadata, first int) CellWriter {
	switch f := FormatOf(path); f {
	case Parquet:
		return NewParquetCells(w, m, first)
	case NPY, NPZ:
		return NewNPYCells(w, m, first, f == NPZ)
	}
	return NewCSVCells(w, m, first)
}

// WriteTable writes rows to a file of the format of its name, compressed by gzip if that
// ends in .gz. The file is there whole or not at all.
func WriteTable(path string, c *Cells) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	to, finish := io.Writer(f), func() error { return nil }
	if Gzipped(path) {
		z := gzip.NewWriter(f)
		to, finish = z, z.Close
	}
	w := NewCellsWriter(to, path, c.Metadata(), 0)
	if err := w.Write(c); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := finish(); err != nil {
		return err
	}
	return f.Commit()
}
