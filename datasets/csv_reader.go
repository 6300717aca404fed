package datasets

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"tweedie/internal/suggest"
)

func (p *csvRecords) open(r io.Reader) error {
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
		{"PAR1", "a Parquet file", "give it a name that ends in .parquet"},
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
	p.csv.FieldsPerRecord = -1 // Next reports ragged rows itself
	return nil
}

func (p *csvRecords) headerNames(record []string, line int) ([]string, error) {
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
	if err := checkNames(p.name, line, names); err != nil {
		return nil, err
	}
	return names, nil
}

// holdsData reports whether a header is a row of numbers; whole numbers alone may be names.
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

// readError turns an error of encoding/csv, or of the source, into an *Error.
func (p *csvRecords) readError(err error) error {
	var parse *csv.ParseError
	if errors.Is(err, errRecordLimit) {
		return p.fail(p.line+1, "", fmt.Sprintf("a record of more than %d MB", maxRecord>>20), "close the quote that was left open, or shorten the cell")
	}
	if !errors.As(err, &parse) {
		return &Error{File: p.name, Found: "cannot be read", Remedy: "check the file and its disk", Err: err}
	}
	found, remedy := parse.Err.Error(), "check the row"
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		found, remedy = `a quote (") inside a cell that does not start with one`, `quote the whole cell and write the quote twice`
	case errors.Is(err, csv.ErrQuote):
		found, remedy = `a quoted cell that is not closed, or goes on after its closing quote (")`, `close it, and write quotes inside it twice`
	}
	return &Error{File: p.name, Row: parse.StartLine, Found: found, Remedy: remedy, Err: err}
}

func (p *csvRecords) fail(row int, column, found, remedy string) error {
	return &Error{File: p.name, Row: row, Column: column, Found: found, Remedy: remedy}
}
