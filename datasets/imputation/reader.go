package imputation

import (
	"errors"
	"io"
	"slices"
	"strings"

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
	kept   map[Cell]bool   // of the block: values that the metadata does not have
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
// The format of src itself may be another one. Values that m does not have are kept, and it
// errs as datasets.StreamUnseen does.
func NewReader(src datasets.Source, m *datasets.Metadata, f Format) (*Reader, error) {
	r := &Reader{cells: datasets.NewCells(m, 0)}
	if err := r.open(src, m, f); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Reader) open(src datasets.Source, m *datasets.Metadata, f Format) (err error) {
	if r.rows, err = datasets.StreamUnseen(src, m); err != nil {
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
// It errs on a cell that is no number or date where one should be.
func (r *Reader) Next(limit int) (more bool, err error) {
	r.cells.Resize(0)
	if more, err = r.rows.Append(r.cells, limit); err != nil {
		return false, err
	}
	r.kept = nil
	for _, u := range r.cells.Unseen() {
		if r.kept == nil {
			r.kept = map[Cell]bool{}
		}
		r.kept[Cell{u.Row, u.Column}] = true
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

// fills reports whether the cell in row i of column j is missing, and filled has one for it.
func (r *Reader) fills(filled *datasets.Cells, i, j int) bool {
	return r.cells.Missing(i, j) && !r.kept[Cell{i, j}] && !filled.Missing(i, j)
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
// identifiers, and values that m does not have, are levels. They are read from records, and
// follow the levels of m. at is the column of m of each.
func exactMetadata(m *datasets.Metadata, at []int, records datasets.Records) (*datasets.Metadata, error) {
	e := *m
	e.Columns = nil
	missing := map[string]bool{"": true}
	for _, spelling := range m.Missing {
		missing[strings.ToLower(spelling)] = true
	}
	known := map[int]map[string]bool{} // texts, by column of the file
	for k, j := range at {
		f := m.Columns[j]
		switch f.Type {
		case datasets.TypeNumeric, datasets.TypeInteger:
			f.Wide, f.Digits = true, &datasets.Digits{Max: datasets.Shortest}
		case datasets.TypeDateTime:
			f.Wide = true
		case datasets.TypeIdentifier:
			f = datasets.Field{Name: f.Name, Type: datasets.TypeCategorical}
			known[k] = map[string]bool{}
		case datasets.TypeConstant:
			known[k] = map[string]bool{f.Value: true}
		case datasets.TypeCategorical, datasets.TypeBoolean:
			f.Levels, known[k] = slices.Clone(f.Levels), map[string]bool{}
			for _, l := range f.Levels {
				known[k][l.Name] = true
			}
		}
		e.Columns = append(e.Columns, f)
	}
	for len(known) > 0 {
		row, err := records.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for k, seen := range known {
			if seen[row[k]] || missing[strings.ToLower(row[k])] {
				continue
			}
			seen[row[k]] = true
			f := &e.Columns[k]
			if f.Type == datasets.TypeConstant {
				*f = datasets.Field{Name: f.Name, Type: datasets.TypeCategorical, Levels: []datasets.Level{{Name: f.Value}}}
				if f.Levels[0].Name == "" {
					f.Levels = nil
				}
			}
			f.Levels = append(f.Levels, datasets.Level{Name: row[k]})
		}
	}
	return &e, nil
}
