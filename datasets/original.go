package datasets

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// Original reads a table in blocks of rows: as cells, and as they are in the file, so
// that Copies of it can be written in which missing cells have values and nothing else
// has changed.
type Original struct {
	format Format
	stream *CellStream
	cells  *Cells // of the block
	header []string
	types  []ParquetType     // of the columns of the file, for a copy in Parquet
	extra  map[string]string // of such a copy

	text [][]string      // of the block, as it is in the file
	rows []parquet.Row   // of the block, from Parquet to Parquet
	kept map[[2]int]bool // row and column of values in the block that the metadata does not have
	from *parquetRecords

	isParquet bool // the source
}

// OpenOriginal opens src, whose columns m describes, for copies in a format. It may have
// another one itself. Values that m does not have are
// kept, and it errs as StreamUnseen does.
func OpenOriginal(src Source, m *Metadata, f Format) (*Original, error) {
	o := &Original{format: f, cells: NewCells(m, 0)}
	var err error
	if o.stream, err = StreamUnseen(src, m); err != nil {
		return nil, err
	}
	o.stream.keep = o.keep
	o.header = slices.Clone(rawHeader(o.stream.r))
	p, is := innermost(o.stream.r).(*parquetRecords)
	if o.isParquet = is; is && f == Parquet {
		o.from, o.types, o.extra = p, p.types, p.extra
	} else if f == Parquet {
		if err := o.chooseTypes(src, m); err != nil {
			o.Close()
			return nil, err
		}
		o.extra = partOfExtra(m.Parquet, len(m.Columns), o.stream.at)
	}
	return o, nil
}

// chooseTypes chooses the types of the columns of a text. Identifiers are whole numbers
// where all are, which another reading finds out.
func (o *Original) chooseTypes(src Source, m *Metadata) error {
	names := map[int]bool{} // columns of identifiers, and whether all are whole numbers so far
	for k, j := range o.stream.at {
		f := &m.Columns[j]
		o.types = append(o.types, f.parquetType())
		o.types[k].Required = false
		if f.Type == TypeIdentifier && f.Parquet == nil {
			names[k] = true
		}
	}
	if len(names) == 0 {
		return nil
	}
	r, err := src.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		record, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		for k, whole := range names {
			cell := strings.TrimSpace(record[k])
			v, err := strconv.ParseInt(cell, 10, 64)
			names[k] = whole && (isMissingCell(cell, o.stream.parsers[o.stream.at[k]].missing) || err == nil && strconv.FormatInt(v, 10) == cell)
		}
	}
	for k, whole := range names {
		if o.types[k] = parquetString; whole {
			o.types[k] = parquetInt64
		}
	}
	return nil
}

func (o *Original) keep(record []string) {
	if o.from != nil {
		o.rows = append(o.rows, o.from.row().Clone())
		return
	}
	o.text = append(o.text, slices.Clone(record))
}

// Next reads a block of up to limit rows, and reports whether there may be more.
// It errs on a cell that is no number or date where one should be.
func (o *Original) Next(limit int) (more bool, err error) {
	o.cells.Resize(0)
	o.text, o.rows = o.text[:0], o.rows[:0]
	more, err = o.stream.Append(o.cells, limit)
	o.kept = nil
	for _, u := range o.cells.unseen {
		if o.kept == nil {
			o.kept = map[[2]int]bool{}
		}
		o.kept[[2]int{u.Row, u.Column}] = true
	}
	return more, err
}

// Cells returns the block that Next read. It is valid until the next call of Next,
// and must not be changed.
func (o *Original) Cells() *Cells { return o.cells }

// Close closes the source. Copies stay open.
func (o *Original) Close() error { return o.stream.Close() }

// written reports whether column k has a form in text that its values in Parquet do not
// have: a layout of dates, a style of numbers.
func (o *Original) written(k int) bool {
	f := &o.stream.meta.Columns[o.stream.at[k]]
	return f.Type == TypeDateTime || f.Style != nil
}

// missing reports whether column k of row i of the block has no value.
func (o *Original) missing(i, k int) bool {
	j := o.stream.at[k]
	if o.cells.columns[j].storage != storesNothing {
		return o.cells.Missing(i, j) && !o.kept[[2]int{i, j}]
	}
	if o.from != nil {
		return o.types[k].isMissing(o.rows[i][k])
	}
	return isMissingCell(strings.TrimSpace(o.text[i][k]), o.stream.parsers[j].missing)
}
