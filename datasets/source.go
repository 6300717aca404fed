package datasets

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"tweedie/internal/npy"
	"tweedie/internal/suggest"
)

// Source is a table that can be read from the start any number of times. One that
// changes the cells of another has a method Unwrap() Source, which returns the
// other.
type Source interface {
	Name() string // for messages
	Open() (Records, error)
}

// Records reads the rows of a Source once.
type Records interface {
	Header() []string
	// Next returns the cells of the next row as they are in the file, or io.EOF.
	// NoValue stands for null and NaN of Parquet. The slice is valid until the next
	// call; the strings stay.
	Next() ([]string, error)
	Line() int // of the row last returned, as an Error numbers it
	Close() error
}

// innermost returns what reads the file below wrappers, which have a method Unwrap() Records.
func innermost(r Records) Records {
	for {
		outer, is := r.(interface{ Unwrap() Records })
		if !is {
			return r
		}
		r = outer.Unwrap()
	}
}

// rawHeader returns the header as it is in the file.
func rawHeader(r Records) []string {
	switch r := innermost(r).(type) {
	case *csvRecords:
		return r.header
	case *parquetRecords:
		return r.header
	}
	return r.Header()
}

// NoValue stands for a cell without a value. It is not UTF-8, as texts are.
const NoValue = "\xff"

// OpenTable returns the table in the file at path: Parquet, or an array of NumPy (.npy, or
// .npz with one array or named as file.npz:name), when its first bytes say so, otherwise
// CSV with commas, semicolons, tabs or bars between the cells; CSV and .npy compressed by
// gzip or not. It is a regular file, since it is read twice.
func OpenTable(path string) (Source, error) { return openTable(path, path) }

// openTable is OpenTable of a table that messages call name.
func openTable(path, name string) (Source, error) {
	path, array := existing(path)
	f, err := os.Open(path)
	if err != nil {
		return nil, openError(name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, openError(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, &Error{File: name, Found: "is not a regular file", Remedy: "give the path of a CSV, Parquet or .npy file; it is read twice"}
	}
	kind := kindOf(f)
	if kind == "npz" {
		if src, ok, err := npzTable(path, name, array); ok || err != nil {
			return src, err
		}
	}
	if err := needsArray(path, array); err != nil {
		return nil, err
	}
	switch ending := strings.ToLower(filepath.Ext(strings.TrimSuffix(path, ".gz"))); {
	case kind == "parquet":
		return &parquetFile{path, name}, nil
	case kind == "npy" || kind == "npy.gz":
		return npyTable(path, name, kind == "npy.gz"), nil
	case ending == ".npy" || ending == ".npz":
		return nil, &Error{File: name, Found: "is not a readable " + ending + " file", Remedy: "write it with numpy.save or numpy.savez"}
	}
	return CSVSource(name, func() (io.ReadCloser, error) { return os.Open(path) }), nil
}

// kindOf is the format that the first bytes of a file tell: parquet, npz (any zip archive),
// npy, npy.gz, or "" for text.
func kindOf(r io.Reader) string {
	b := bufio.NewReader(r)
	head, _ := b.Peek(len(npy.Magic))
	for magic, kind := range map[string]string{"PAR1": "parquet", "PK\x03\x04": "npz", "PK\x05\x06": "npz", npy.Magic: "npy"} {
		if strings.HasPrefix(string(head), magic) {
			return kind
		}
	}
	if strings.HasPrefix(string(head), "\x1f\x8b") {
		if z, err := gzip.NewReader(b); err == nil {
			inner := make([]byte, len(npy.Magic))
			if _, err := io.ReadFull(z, inner); err == nil && string(inner) == npy.Magic {
				return "npy.gz"
			}
		}
	}
	return ""
}

func openError(path string, err error) error {
	e := &Error{File: path, Found: "cannot be opened", Remedy: "check the path and its permissions", Err: err}
	if errors.Is(err, fs.ErrNotExist) {
		e.Found, e.Remedy = "no such file", "check the path"
	}
	return e
}

// CSVSource returns the table of comma-separated values that open gives the
// bytes of, each time from the start.
func CSVSource(name string, open func() (io.ReadCloser, error)) Source {
	return &csvSource{name, open}
}

type csvSource struct {
	name string
	open func() (io.ReadCloser, error)
}

func (s *csvSource) Name() string { return s.name }

func (s *csvSource) Open() (Records, error) {
	f, err := s.open()
	if err != nil {
		return nil, openError(s.name, err)
	}
	r := &csvRecords{name: s.name, file: f}
	if err := r.begin(f); err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

const (
	maxCell   = 1 << 20 // bytes of a cell
	maxRecord = 1 << 26 // bytes of a record: an open quote would otherwise take the rest of the file
)

var errRecordLimit = errors.New("record too long")

type recordLimit struct {
	r io.Reader
	n int // bytes read since the last record was complete
}

func (l *recordLimit) Read(b []byte) (int, error) {
	if l.n > maxRecord {
		return 0, errRecordLimit
	}
	n, err := l.r.Read(b)
	l.n += n
	return n, err
}

type csvRecords struct {
	name   string // of the file
	file   io.Closer
	limit  *recordLimit
	buffer *bufio.Reader // what csv reads from
	csv    *csv.Reader
	names  []string
	header []string // as it is in the file
	line   int
}

func (r *csvRecords) Header() []string { return r.names }
func (r *csvRecords) Line() int        { return r.line }
func (r *csvRecords) Close() error     { return r.file.Close() }

func (r *csvRecords) begin(f io.Reader) error {
	if err := r.open(f, false); err != nil {
		return err
	}
	head, _ := r.buffer.Peek(1 << 12)
	r.csv.Comma = separator(string(head))
	record, err := r.csv.Read()
	if err == io.EOF {
		return r.fail(0, "", "the file is empty", "give a CSV file with a header and at least two rows")
	}
	if err != nil {
		return r.readError(err)
	}
	r.limit.n = 0
	r.line, _ = r.csv.FieldPos(0)
	r.names, err = r.headerNames(record, r.line)
	return err
}

// separator guesses the separator: each of the first lines has it equally often, or the
// first has it most often.
func separator(head string) rune {
	lines := strings.Split(head, "\n")
	if len(lines) > 1 {
		lines = lines[:min(len(lines)-1, 6)] // the last may be cut
	}
	best, most := ',', 0
	for _, sep := range []rune{',', ';', '\t', '|'} {
		n := occurrences(lines[0], sep)
		score := n
		for _, line := range lines[1:] {
			if m := occurrences(line, sep); m != n && strings.TrimSpace(line) != "" {
				score = 0
			}
		}
		if score = score*len(head) + n; score > most {
			best, most = sep, score
		}
	}
	return best
}

func occurrences(line string, sep rune) int {
	n, quoted := 0, false
	for _, c := range line {
		if c == '"' {
			quoted = !quoted
		} else if c == sep && !quoted {
			n++
		}
	}
	return n
}

func (r *csvRecords) Next() ([]string, error) {
	record, err := r.csv.Read()
	if err != nil {
		if err == io.EOF {
			return nil, err
		}
		return nil, r.readError(err)
	}
	r.limit.n = 0
	r.line, _ = r.csv.FieldPos(0)
	if record = r.fitted(record); len(record) != len(r.names) {
		return nil, r.fail(r.line, "", fmt.Sprintf("%d cells where the header has %d", len(record), len(r.names)),
			"give every row as many cells as the header; quote cells that contain commas")
	}
	for j := range record {
		if len(record[j]) > maxCell {
			return nil, r.fail(r.line, r.names[j], fmt.Sprintf("a cell of %d bytes", len(record[j])),
				"shorten it or remove the column; is a quote left open?")
		}
		if !utf8.ValidString(record[j]) {
			return nil, r.fail(r.line, r.names[j], suggest.Quote(record[j])+" is not UTF-8", "save the file as UTF-8")
		}
	}
	return record, nil
}

// fitted adds or removes the empty cell of a comma at the end, which the header has or
// the row.
func (r *csvRecords) fitted(record []string) []string {
	switch n := len(r.names); {
	case len(record) == n+1 && strings.TrimSpace(record[n]) == "":
		return record[:n]
	case len(record) == n-1 && n > 1 && strings.TrimSpace(r.header[n-1]) == "":
		return append(record, "")
	}
	return record
}
