package imputation

import (
	"errors"
	"io"
	"slices"

	"tweedie/datasets"
)

// Format is a file format of tables.
type Format int

// The formats.
const (
	CSV Format = iota
	Parquet
)

// Reader reads a table in blocks of rows, whose known cells its Writers can write
// as they were read. It reads the table twice at once: as cells of the metadata,
// which round numbers and have no identifiers, and in the form that is written.
type Reader struct {
	cells  *datasets.Cells // of the block
	at     []int           // column of the metadata of each column of the file
	rows   *datasets.CellStream
	opened []io.Closer

	// For CSV, the text of all cells of the block.
	header  []string
	text    [][]string
	records datasets.Records

	// For Parquet, all cells of the block without rounding.
	exact     *datasets.Cells
	exactRows *datasets.CellStream
}

// NewReader opens src, the columns of which m describes, for writing in a format.
// The format of src itself may be another one. It errs as datasets.StreamCells
// does.
func NewReader(src datasets.Source, m *datasets.Metadata, f Format) (*Reader, error) {
	r := &Reader{cells: datasets.NewCells(m, 0)}
	if err := r.open(src, m, f); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Reader) open(src datasets.Source, m *datasets.Metadata, f Format) (err error) {
	if r.rows, err = datasets.StreamCells(src, m); err != nil {
		return err
	}
	r.opened = append(r.opened, r.rows)
	if r.records, err = src.Open(); err != nil {
		return err
	}
	r.opened = append(r.opened, r.records)
	r.header = slices.Clone(r.records.Header())
	for _, name := range r.header {
		r.at = append(r.at, slices.IndexFunc(m.Columns, func(f datasets.Field) bool { return f.Name == name }))
	}
	if f == CSV {
		return nil
	}
	exact, err := exactMetadata(m, r.at, r.records)
	if err != nil {
		return err
	}
	r.exact = datasets.NewCells(exact, 0)
	if r.exactRows, err = datasets.StreamCells(src, exact); err != nil {
		return err
	}
	r.opened = append(r.opened, r.exactRows)
	return nil
}

// Next reads a block of up to limit rows, and reports whether there may be more.
// It errs on a cell that the metadata does not allow, as datasets.ReadCells does.
func (r *Reader) Next(limit int) (more bool, err error) {
	r.cells.Resize(0)
	if more, err = r.rows.Append(r.cells, limit); err != nil {
		return false, err
	}
	if r.exact != nil {
		r.exact.Resize(0)
		_, err = r.exactRows.Append(r.exact, limit)
		return more, err
	}
	r.text = r.text[:0]
	for range r.cells.Rows() {
		row, err := r.records.Next()
		if err != nil {
			return false, err
		}
		r.text = append(r.text, slices.Clone(row))
	}
	return more, nil
}

// Cells returns the block that Next read. It is valid until the next call of Next,
// and must not be changed.
func (r *Reader) Cells() *datasets.Cells { return r.cells }

// Close closes the source. Writers stay open.
func (r *Reader) Close() error {
	var errs []error
	for _, c := range r.opened {
		errs = append(errs, c.Close())
	}
	r.opened = nil
	return errors.Join(errs...)
}

// exactMetadata describes the columns of a file such that no known cell is rounded, and
// identifiers, read from records, are levels. at is the column of m of each.
func exactMetadata(m *datasets.Metadata, at []int, records datasets.Records) (*datasets.Metadata, error) {
	e := *m
	e.Columns = nil
	identifiers := map[int]map[string]bool{} // names seen, by column of the file
	for k, j := range at {
		f := m.Columns[j]
		switch f.Type {
		case datasets.TypeNumeric, datasets.TypeInteger:
			f.Wide, f.Digits = true, &datasets.Digits{Max: datasets.Shortest}
		case datasets.TypeDateTime:
			f.Wide = true
		case datasets.TypeIdentifier:
			f = datasets.Field{Name: f.Name, Type: datasets.TypeCategorical}
			identifiers[k] = map[string]bool{"": true}
		}
		e.Columns = append(e.Columns, f)
	}
	for len(identifiers) > 0 {
		row, err := records.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for k, seen := range identifiers {
			if !seen[row[k]] {
				seen[row[k]] = true
				e.Columns[k].Levels = append(e.Columns[k].Levels, datasets.Level{Name: row[k]})
			}
		}
	}
	return &e, nil
}
