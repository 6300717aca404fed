package datasets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"tweedie/internal/suggest"
)

// parquetFile is a Parquet file of flat columns. Its values are read as the
// text that a CSV file would have: numbers with the digits that identify them,
// dates as "2006-01-02", times as "2006-01-02 15:04:05.999999", those of a zone
// in UTC. Null and NaN are NoValue.
type parquetFile struct{ path, name string }

func (p *parquetFile) Name() string { return p.name }

// isParquet reports whether the values of a source are those of a Parquet file.
func isParquet(src Source) bool {
	for {
		if _, is := src.(*parquetFile); is {
			return true
		}
		outer, is := src.(interface{ Unwrap() Source })
		if !is {
			return false
		}
		src = outer.Unwrap()
	}
}

func (p *parquetFile) Open() (Records, error) {
	f, err := os.Open(p.path)
	if err != nil {
		return nil, openError(p.name, err)
	}
	r, err := newParquetRecords(f, p.name)
	if err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

type parquetRecords struct {
	name   string
	file   *os.File
	groups []parquet.RowGroup
	pages  []format.RowGroup // of the groups
	rows   parquet.Rows
	names  []string
	header []string // as it is in the file
	types  []ParquetType
	texts  []func([]byte, parquet.Value) []byte
	extra  map[string]string // what the file says beside its columns
	block  [128]parquet.Row
	have   int // rows in block
	at     int // next of them
	line   int
	cells  []string
	buf    []byte
	ends   []int
}

func newParquetRecords(f *os.File, name string) (r *parquetRecords, err error) {
	r = &parquetRecords{name: name, file: f}
	defer r.recovered(&err)
	info, err := f.Stat()
	if err != nil {
		return nil, openError(name, err)
	}
	if err := checkFooter(f, info.Size()); err != nil {
		return nil, r.damaged(err)
	}
	p, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, r.damaged(err)
	}
	if err := r.columns(p); err != nil {
		return nil, err
	}
	r.extra = map[string]string{}
	for _, e := range p.Metadata().KeyValueMetadata {
		r.extra[e.Key] = e.Value
	}
	r.groups, r.pages = p.RowGroups(), p.Metadata().RowGroups
	return r, nil
}

// columns reads the schema. The error lists all columns that cannot be read.
func (r *parquetRecords) columns(p *parquet.File) error {
	fields := p.Schema().Fields()
	if err := checkWidth(r.name, 0, len(fields)); err != nil {
		return err
	}
	var bad problems
	elements, at := p.Metadata().Schema, 1
	for _, field := range fields {
		t, found := parquetTypeOf(&elements[at])
		at += 1 + descendants(field)
		if found != "" {
			bad.add(&Error{File: r.name, Column: field.Name(), Found: found, Remedy: "convert the column to numbers, text, dates or booleans"})
			continue
		}
		name := field.Name()
		if r.header = append(r.header, name); strings.TrimSpace(name) == "" {
			name = unnamed(len(r.names))
		}
		r.names = append(r.names, name)
		r.types = append(r.types, t)
		r.texts = append(r.texts, t.text())
	}
	if err := bad.error(); err != nil {
		return err
	}
	r.cells = make([]string, len(r.names))
	return checkNames(r.name, 0, r.names)
}

// descendants is the number of columns below a nested one.
func descendants(field parquet.Node) (n int) {
	for _, f := range field.Fields() {
		n += 1 + descendants(f)
	}
	return n
}

func (r *parquetRecords) damaged(err error) error {
	return &Error{File: r.name, Found: "is not a readable Parquet file", Remedy: "check the file and its disk", Err: err}
}

// recovered turns a panic about damaged bytes into an error.
func (r *parquetRecords) recovered(err *error) {
	if p := recover(); p != nil {
		*err = r.damaged(fmt.Errorf("%v", p))
	}
}

func (r *parquetRecords) Header() []string { return r.names }
func (r *parquetRecords) Line() int        { return r.line }

// row returns the values of the row last read, valid until the next.
func (r *parquetRecords) row() parquet.Row { return r.block[r.at-1] }

func (r *parquetRecords) Close() error {
	if r.rows != nil {
		r.rows.Close()
	}
	return r.file.Close()
}

func (r *parquetRecords) Next() (cells []string, err error) {
	defer r.recovered(&err)
	if r.at == r.have {
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
	row := r.block[r.at]
	r.at++
	r.line++
	if len(row) != len(r.names) {
		return nil, &Error{File: r.name, Row: r.line, Found: fmt.Sprintf("%d cells in a table of %d columns", len(row), len(r.names)), Remedy: "the file is damaged"}
	}
	// One string holds all cells of the row.
	r.buf, r.ends = r.buf[:0], r.ends[:0]
	for j, v := range row {
		if r.cells[j] = NoValue; !r.types[j].isMissing(v) {
			r.cells[j] = ""
			r.buf = r.texts[j](r.buf, v)
		}
		r.ends = append(r.ends, len(r.buf))
	}
	all, start := string(r.buf), 0
	for j, end := range r.ends {
		cell := all[start:end]
		start = end
		if r.cells[j] == NoValue {
			continue
		}
		if r.cells[j] = cell; len(cell) > maxCell {
			return nil, &Error{File: r.name, Row: r.line, Column: r.names[j], Found: fmt.Sprintf("a cell of %d bytes", len(cell)), Remedy: "shorten it or remove the column"}
		}
		if !utf8.ValidString(cell) {
			return nil, &Error{File: r.name, Row: r.line, Column: r.names[j], Found: suggest.Quote(cell) + " is not UTF-8", Remedy: "store text, or remove the column"}
		}
	}
	return r.cells, nil
}

func (r *parquetRecords) fill() error {
	for {
		if r.rows == nil {
			if len(r.groups) == 0 {
				return io.EOF
			}
			if err := checkPages(r.file, &r.pages[0]); err != nil {
				return r.damaged(err)
			}
			r.rows = r.groups[0].Rows()
			r.groups, r.pages = r.groups[1:], r.pages[1:]
		}
		n, err := r.rows.ReadRows(r.block[:])
		if n > 0 {
			r.have, r.at = n, 0
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return r.damaged(err)
		}
		if err != nil {
			r.rows.Close()
			r.rows = nil
		}
	}
}
