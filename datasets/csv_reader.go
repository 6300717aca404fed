package datasets

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"tweedie/internal/suggest"
)

// open prepares reading the text of r, which may be compressed, but not twice.
func (p *csvRecords) open(r io.Reader, inflated bool) error {
	b := bufio.NewReaderSize(r, 1<<16)
	head, err := b.Peek(4)
	if err != nil && err != io.EOF {
		return p.readError(err)
	}
	if bytes.HasPrefix(head, []byte("\x1f\x8b")) && !inflated {
		z, err := gzip.NewReader(b)
		if err != nil {
			return p.readError(err)
		}
		return p.open(z, true)
	}
	for _, format := range []struct{ magic, found, remedy string }{
		{"\xff\xfe", "UTF-16 text", "save the file as UTF-8"},
		{"\xfe\xff", "UTF-16 text", "save the file as UTF-8"},
		{"PK\x03\x04", "a zip archive or a spreadsheet", "export it as CSV"},
		{"\x1f\x8b", "a gzip archive in another", "decompress it first"},
		{"PAR1", "a Parquet file", "give it a name that ends in .parquet"},
	} {
		if bytes.HasPrefix(head, []byte(format.magic)) {
			return p.fail(0, "", format.found, format.remedy)
		}
	}
	if bytes.HasPrefix(head, []byte("\ufeff")) {
		b.Discard(len("\ufeff")) // cannot fail: the bytes were peeked
	}
	p.limit = &recordLimit{r: &lineEnds{r: b}}
	p.buffer = bufio.NewReaderSize(p.limit, 1<<16)
	p.csv = csv.NewReader(p.buffer)
	p.csv.ReuseRecord = true
	p.csv.FieldsPerRecord = -1 // Next reports ragged rows itself
	return nil
}

// lineEnds doubles the carriage return of a line end within quotes, of which the reader
// of CSV drops one.
type lineEnds struct {
	r      io.Reader
	quoted bool // an odd number of quotes was read
	last   byte
	buf    []byte // read, and doubled
	rest   []byte // of it, to be handed on
	err    error  // after the rest
}

func (l *lineEnds) Read(b []byte) (int, error) {
	if len(l.rest) == 0 && l.err == nil {
		l.fill(b)
	}
	n := copy(b, l.rest)
	if l.rest = l.rest[n:]; len(l.rest) > 0 {
		return n, nil
	}
	return n, l.err
}

func (l *lineEnds) fill(b []byte) {
	var n int
	n, l.err = l.r.Read(b)
	b = b[:n]
	l.buf = l.buf[:0]
	for len(b) > 0 {
		k := bytes.IndexByte(b, '\n') + 1
		if k == 0 {
			k = len(b)
		}
		line := b[:k]
		l.quoted = l.quoted != (bytes.Count(line, []byte{'"'})%2 == 1)
		if k > 1 {
			l.last = line[k-2]
		}
		l.buf = append(l.buf, line[:k-1]...)
		if c := line[k-1]; c == '\n' && l.last == '\r' && l.quoted {
			l.buf = append(l.buf, '\r')
		}
		l.buf = append(l.buf, line[k-1])
		l.last, b = line[k-1], b[k:]
	}
	l.rest = l.buf
}

// headerNames returns the names of the columns. One without a name, as the index that
// pandas writes and the column after a comma at the end, gets that of its place.
func (p *csvRecords) headerNames(record []string, line int) ([]string, error) {
	if err := checkWidth(p.name, line, len(record)); err != nil {
		return nil, err
	}
	p.header = make([]string, len(record))
	names, named := make([]string, len(record)), false
	for j, name := range record {
		if !utf8.ValidString(name) {
			return nil, p.fail(line, "", fmt.Sprintf("the name of column %d is not UTF-8", j+1), "save the file as UTF-8")
		}
		p.header[j] = strings.Clone(name)
		if names[j] = strings.TrimSpace(p.header[j]); names[j] == "" {
			names[j] = unnamed(j)
		} else {
			named = true
		}
		if strings.Contains(names[j], "\r") {
			return nil, p.fail(line, "", "a carriage return inside the header", "end lines with a line feed")
		}
	}
	if !named {
		return nil, p.fail(line, "", "no column has a name", "name the columns in the header")
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

// unnamed is the name of column j that has none.
func unnamed(j int) string { return "Unnamed: " + strconv.Itoa(j) }

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
