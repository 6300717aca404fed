package datasets

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// ConcatParquet writes the rows of Parquet files, in order, as one file: the bytes that a
// CellWriter, or a Copy, would have written of all rows. It errs if two files have
// different columns.
func ConcatParquet(w io.Writer, paths []string) error {
	if len(paths) == 0 {
		return errors.New("datasets: no files to write one of")
	}
	var c concat
	for _, path := range paths {
		if err := c.add(w, path); err != nil {
			return err
		}
	}
	return c.rows.Close()
}

// concat is a file being written, of the columns of the first of its parts.
type concat struct {
	first  *parquetRecords
	rows   parquetRows
	opened bool
}

func (c *concat) add(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return openError(path, err)
	}
	defer f.Close()
	r, err := newParquetRecords(f, path)
	if err != nil {
		return err
	}
	if !c.opened {
		var columns []parquetColumn
		for k, t := range r.types {
			columns = append(columns, parquetColumn{ParquetType: t, name: r.header[k]})
		}
		c.rows.open(w, columns, r.extra)
		c.first, c.opened = r, true
	}
	if !slices.Equal(r.header, c.first.header) || !slices.Equal(r.types, c.first.types) || !maps.Equal(r.extra, c.first.extra) {
		return fmt.Errorf("%s has other columns than %s", path, c.first.name)
	}
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			return c.rows.flush()
		} else if err != nil {
			return err
		}
		row := c.rows.next()
		for k, v := range r.row() {
			c.rows.set(row, k, v.Clone())
		}
		if err := c.rows.written(); err != nil {
			return err
		}
	}
}
