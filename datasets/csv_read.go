package datasets

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
	"unicode"
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
	p.csv = csv.NewReader(b)
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
	names := make([]string, len(record))
	for j, name := range record {
		if !utf8.ValidString(name) {
			return p.fail(line, "", fmt.Sprintf("the name of column %d is not UTF-8", j+1), "save the file as UTF-8")
		}
		names[j] = strings.Clone(strings.TrimSpace(name))
		if strings.Contains(names[j], "\r") {
			return p.fail(line, "", "a carriage return inside the header", "end lines with a line feed")
		}
	}
	if len(names) == 1 && strings.ContainsAny(names[0], ";\t|") {
		return p.fail(line, "", "one column called "+suggest.Quote(names[0]), "separate the cells by commas")
	}
	if holdsData(names) {
		return p.fail(line, "", "numbers where the names of the columns belong", "add a header line")
	}
	if err := checkNames(p.table.Source, line, names); err != nil {
		return err
	}
	p.table.Columns = make([]Column, len(names))
	p.levels = make([]map[string]int, len(names))
	for j, name := range names {
		p.table.Columns[j] = Column{Name: name, Kind: Numeric, Integer: true}
	}
	return p.assignKinds(names, o)
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

// row appends one record to the columns.
func (p *csvReader) row(record []string) error {
	line, _ := p.csv.FieldPos(0)
	if len(record) != len(p.table.Columns) {
		return p.fail(line, "", fmt.Sprintf("%d cells where the header has %d", len(record), len(p.table.Columns)),
			"give every row as many cells as the header; quote cells that contain commas")
	}
	for j := range record {
		c := &p.table.Columns[j]
		cell := strings.TrimSpace(record[j])
		if levels := p.levels[j]; levels != nil {
			if err := p.label(c, levels, cell, j); err != nil {
				return err
			}
			continue
		}
		v, decimals, is := parseNumber(cell)
		if is != isNumber {
			return p.badNumber(record, j, is)
		}
		c.Values = append(c.Values, v)
		c.Decimals = max(c.Decimals, decimals)
		c.Integer = c.Integer && v == math.Trunc(v)
	}
	p.table.lines = append(p.table.lines, line)
	return nil
}

// label appends one cell to a label column.
func (p *csvReader) label(c *Column, levels map[string]int, cell string, j int) error {
	k, known := levels[cell]
	if !known {
		line, _ := p.csv.FieldPos(j)
		if len(cell) == 0 {
			return p.fail(line, c.Name, "an empty cell", "fill it in or remove the row")
		}
		if !utf8.ValidString(cell) {
			return p.fail(line, c.Name, suggest.Quote(cell)+" is not UTF-8", "save the file as UTF-8")
		}
		k = len(levels)
		cell = strings.Clone(cell) // the record's memory is not kept
		levels[cell] = k
		c.Levels = append(c.Levels, cell)
	}
	c.Values = append(c.Values, float64(k))
	return nil
}

// badNumber explains why cell j of a record is not a number of a table.
func (p *csvReader) badNumber(record []string, j int, is verdict) error {
	line, _ := p.csv.FieldPos(j)
	name, cell := p.table.Columns[j].Name, suggest.Quote(strings.TrimSpace(record[j]))
	switch is {
	case isMissing:
		if strings.TrimSpace(record[j]) == "" {
			cell = "an empty cell"
		} else {
			cell += " where a number is missing"
		}
		return p.fail(line, name, cell, "fill it in, or remove the row or the column")
	case isNotFinite:
		return p.fail(line, name, cell+" is not a finite number", "correct it or remove the row")
	case isTooLarge:
		return p.fail(line, name, cell+" is too large for a float64", "rescale the column")
	}
	var text []string // every column that looks like labels, to be mended at once
	for k, other := range record {
		if p.levels[k] != nil {
			continue
		}
		if _, _, is := parseNumber(strings.TrimSpace(other)); is == isText {
			text = append(text, p.table.Columns[k].Name)
		}
	}
	remedy := "correct the cell, or remove the columns of text"
	if len(text) < len(record) {
		remedy = "correct the cell, or if it is a label use --condition "
		if list := strings.Join(text, ","); len(list) <= 300 && !slices.ContainsFunc(text, needsQuotes) {
			remedy += list
		} else {
			remedy += "with the name of the column"
		}
	}
	return p.fail(line, name, cell+" is not a number", remedy)
}

// needsQuotes reports whether a name must be quoted in a list on a command line.
func needsQuotes(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.:/%+@", r)
	})
}

// finish checks the number of rows and sorts the levels.
func (p *csvReader) finish(o *Options) (*Table, error) {
	t := p.table
	switch n := t.Rows(); {
	case n == 0:
		return nil, p.fail(0, "", "a header without rows", "add at least two rows of data")
	case n == 1 && (o == nil || o.Schema == nil):
		return nil, p.fail(0, "", "one row of data", "add rows: a variance needs at least two")
	}
	for j := range t.Columns {
		c := &t.Columns[j]
		switch {
		case c.Kind == Label:
			sortLevels(c)
		case c.Decimals > maxDecimals || largest(c.Values) >= exact:
			c.Decimals = Shortest
		}
	}
	return t, nil
}

// sortLevels puts the levels of c in increasing order.
func sortLevels(c *Column) {
	old := slices.Clone(c.Levels)
	slices.Sort(c.Levels)
	at := make([]float64, len(old))
	for k, level := range old {
		i, _ := slices.BinarySearch(c.Levels, level)
		at[k] = float64(i)
	}
	for i, v := range c.Values {
		c.Values[i] = at[int(v)]
	}
}

func largest(values []float64) float64 {
	return max(slices.Max(values), -slices.Min(values))
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
