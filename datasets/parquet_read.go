package datasets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"tweedie/internal/suggest"
)

// parquetFile is a Parquet file of flat columns. Its values are read as the
// text that a CSV file would have: numbers with the digits that identify them,
// dates as "2006-01-02", times in UTC as "2006-01-02 15:04:05.999999", null as
// an empty cell.
type parquetFile string

func (p parquetFile) Name() string { return string(p) }

func isParquet(src Source) bool {
	for {
		if _, is := src.(parquetFile); is {
			return true
		}
		outer, is := src.(interface{ Unwrap() Source })
		if !is {
			return false
		}
		src = outer.Unwrap()
	}
}

func (p parquetFile) Open() (Records, error) {
	f, err := os.Open(string(p))
	if err != nil {
		return nil, openError(string(p), err)
	}
	r, err := newParquetRecords(f, string(p))
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
	rows   parquet.Rows
	names  []string
	texts  []func([]byte, parquet.Value) []byte
	block  [128]parquet.Row
	have   int // rows in block
	at     int // next of them
	line   int
	cells  []string
	buf    []byte
}

func newParquetRecords(f *os.File, name string) (r *parquetRecords, err error) {
	r = &parquetRecords{name: name, file: f, line: 1}
	defer r.recovered(&err)
	info, err := f.Stat()
	if err != nil {
		return nil, openError(name, err)
	}
	p, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, r.damaged(err)
	}
	for _, field := range p.Schema().Fields() {
		text, found := parquetText(field)
		if text == nil {
			return nil, &Error{File: name, Column: field.Name(), Found: found, Remedy: "convert the column to numbers, text, dates or booleans"}
		}
		r.names = append(r.names, strings.Clone(strings.TrimSpace(field.Name())))
		r.texts = append(r.texts, text)
	}
	if err := checkNames(name, 0, r.names); err != nil {
		return nil, err
	}
	r.groups, r.cells = p.RowGroups(), make([]string, len(r.names))
	return r, nil
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
	r.buf = r.buf[:0]
	var ends [64]int
	at := ends[:0]
	for j, v := range row {
		if !v.IsNull() {
			r.buf = r.texts[j](r.buf, v)
		}
		at = append(at, len(r.buf))
	}
	all, start := string(r.buf), 0
	for j, end := range at {
		r.cells[j] = strings.TrimSpace(all[start:end])
		if end-start > maxCell {
			return nil, &Error{File: r.name, Row: r.line, Column: r.names[j], Found: fmt.Sprintf("a cell of %d bytes", end-start), Remedy: "shorten it or remove the column"}
		}
		if !utf8.ValidString(r.cells[j]) {
			return nil, &Error{File: r.name, Row: r.line, Column: r.names[j], Found: suggest.Quote(r.cells[j]) + " is not UTF-8", Remedy: "store text, or remove the column"}
		}
		start = end
	}
	return r.cells, nil
}

func (r *parquetRecords) fill() error {
	for {
		if r.rows == nil {
			if len(r.groups) == 0 {
				return io.EOF
			}
			r.rows, r.groups = r.groups[0].Rows(), r.groups[1:]
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
