package datasets

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"tweedie/internal/suggest"
)

// Options says how to read a table. The zero value, or nil, reads columns of
// numbers.
type Options struct {
	// Labels names the columns that hold labels. All others hold numbers.
	Labels []string
	// Schema, when set, says which columns to expect (in any order) and which
	// of them are labels; Labels must then be empty. One row is enough, since
	// nothing is estimated from it. Levels that the schema does not know are
	// found when the table is encoded.
	Schema *Schema
}

// OpenCSV reads the table in the file at path. See ReadCSV.
func OpenCSV(path string, o *Options) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		e := &Error{File: path, Found: "cannot be opened", Remedy: "check the path and its permissions", Err: err}
		if errors.Is(err, fs.ErrNotExist) {
			e.Found, e.Remedy = "no such file", "check the path"
		}
		return nil, e
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &Error{File: path, Found: "is a directory", Remedy: "give the path of a CSV file"}
	}
	return ReadCSV(f, path, o)
}

// ReadCSV reads a table of comma-separated values (RFC 4180; UTF-8 with or
// without byte order mark, either line end, blank lines skipped) whose first
// record names the columns. Spaces around names and cells are not part of
// them. name stands for the source in messages.
//
// Every error about the contents is an *Error. Two rows are needed, because
// nothing can be estimated from one. The reader holds one record of text at a
// time; the table takes 8 bytes per cell.
func ReadCSV(r io.Reader, name string, o *Options) (*Table, error) {
	p := &csvReader{table: &Table{Source: name}}
	if err := p.open(r); err != nil {
		return nil, err
	}
	if err := p.header(o); err != nil {
		return nil, err
	}
	for {
		record, err := p.csv.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, p.readError(err)
		}
		if err := p.row(record); err != nil {
			return nil, err
		}
	}
	return p.finish(o)
}

// csvReader is the state of one ReadCSV.
type csvReader struct {
	csv    *csv.Reader
	buffer *bufio.Reader // what csv reads from
	table  *Table
	levels []map[string]int // of each label column, in order of appearance
}

// open looks at the first bytes, which tell what was saved in another format.
func (p *csvReader) open(r io.Reader) error {
	b := bufio.NewReaderSize(r, 1<<16)
	head, err := b.Peek(4)
	if err != nil && err != io.EOF {
		return p.readError(err)
	}
	for _, format := range []struct{ magic, found, remedy string }{
		{"\xff\xfe", "UTF-16 text", "save the file as UTF-8"},
		{"\xfe\xff", "UTF-16 text", "save the file as UTF-8"},
		{"PK\x03\x04", "a zip archive or a spreadsheet", "export it as CSV"},
		{"\x1f\x8b", "a gzip archive", "decompress it first"},
		{"PAR1", "a Parquet file", "convert it to CSV"},
	} {
		if bytes.HasPrefix(head, []byte(format.magic)) {
			return p.fail(0, "", format.found, format.remedy)
		}
	}
	if bytes.HasPrefix(head, []byte("\ufeff")) {
		b.Discard(len("\ufeff")) // cannot fail: the bytes were peeked
	}
	p.buffer, p.csv = b, csv.NewReader(b)
	p.csv.ReuseRecord = true
	p.csv.FieldsPerRecord = -1 // row reports ragged rows itself
	return nil
}

// header reads the names and makes the columns.
func (p *csvReader) header(o *Options) error {
	record, err := p.csv.Read()
	if err == io.EOF {
		return p.fail(0, "", "the file is empty", "give a CSV file with a header and at least two rows")
	}
	if err != nil {
		return p.readError(err)
	}
	line, _ := p.csv.FieldPos(0)
	names, err := p.headerNames(record, line)
	if err != nil {
		return err
	}
	p.table.Columns = make([]Column, len(names))
	p.levels = make([]map[string]int, len(names))
	for j, name := range names {
		p.table.Columns[j] = Column{Name: name, Kind: Numeric, Integer: true}
	}
	return p.assignKinds(names, o)
}

// headerNames checks and trims the names of the columns.
func (p *csvReader) headerNames(record []string, line int) ([]string, error) {
	names := make([]string, len(record))
	for j, name := range record {
		if !utf8.ValidString(name) {
			return nil, p.fail(line, "", fmt.Sprintf("the name of column %d is not UTF-8", j+1), "save the file as UTF-8")
		}
		names[j] = strings.Clone(strings.TrimSpace(name))
		if strings.Contains(names[j], "\r") {
			return nil, p.fail(line, "", "a carriage return inside the header", "end lines with a line feed")
		}
	}
	if len(names) == 1 && strings.ContainsAny(names[0], ";\t|") {
		return nil, p.fail(line, "", "one column called "+suggest.Quote(names[0]), "separate the cells by commas")
	}
	if holdsData(names) {
		return nil, p.fail(line, "", "numbers where the names of the columns belong", "add a header line")
	}
	if err := checkNames(p.table.Source, line, names); err != nil {
		return nil, err
	}
	return names, nil
}

// holdsData reports whether a header is a row of numbers. Whole numbers alone
// may be names: some tools number their columns.
func holdsData(names []string) bool {
	fraction := false
	for _, name := range names {
		_, decimals, is := parseNumber(name)
		if is != isNumber {
			return false
		}
		fraction = fraction || decimals > 0
	}
	return fraction
}

// assignKinds marks the label columns.
func (p *csvReader) assignKinds(names []string, o *Options) error {
	var labels []string
	if o != nil {
		labels = o.Labels
		if o.Schema != nil {
			if len(o.Labels) > 0 {
				return p.fail(0, "", "both label columns and a schema are given", "leave the label columns to the schema")
			}
			if err := o.Schema.match(p.table.Source, names); err != nil {
				return err
			}
			labels = o.Schema.Labels()
		}
	}
	at := make(map[string]int, len(names))
	for j, name := range names {
		at[name] = j
	}
	for _, label := range labels {
		j, ok := at[label]
		switch {
		case !ok:
			return p.fail(0, label, "no such column to condition on", didYouMean(label, names))
		case p.levels[j] != nil:
			return p.fail(0, label, "named twice as a label column", "name it once")
		}
		p.table.Columns[j] = Column{Name: label, Kind: Label}
		p.levels[j] = map[string]int{}
	}
	if len(labels) == len(names) && (o == nil || o.Schema == nil) {
		return p.fail(0, "", "no numeric column is left", "name fewer columns with --condition")
	}
	return nil
}

// readError turns an error of encoding/csv, or of the source, into an *Error.
func (p *csvReader) readError(err error) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return &Error{File: p.table.Source, Found: "cannot be read", Remedy: "check the file and its disk", Err: err}
	}
	found, remedy := parse.Err.Error(), "check the row"
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		found, remedy = `a quote (") inside a cell that does not start with one`, `quote the whole cell and write the quote twice`
	case errors.Is(err, csv.ErrQuote):
		found, remedy = `a quoted cell that is not closed, or goes on after its closing quote (")`, `close it, and write quotes inside it twice`
	}
	return &Error{File: p.table.Source, Row: parse.StartLine, Found: found, Remedy: remedy, Err: err}
}

func (p *csvReader) fail(row int, column, found, remedy string) error {
	return &Error{File: p.table.Source, Row: row, Column: column, Found: found, Remedy: remedy}
}
