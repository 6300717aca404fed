package datasets

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	parquetformat "github.com/parquet-go/parquet-go/format"
	"tweedie/internal/suggest"
)

// parquetFile is a Parquet file of flat columns. Its values are read as the
// text that a CSV file would have: numbers with the digits that identify them,
// dates as "2006-01-02", times in UTC as "2006-01-02 15:04:05.999999", null as
// an empty cell.
type parquetFile string

func (p parquetFile) Name() string { return string(p) }

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

// parquetRecords reads one row group after the other, page by page.
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

// fill reads the next rows.
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

// parquetText returns what writes the values of a column as text, or says why
// there is nothing.
func parquetText(node parquet.Node) (text func([]byte, parquet.Value) []byte, found string) {
	switch {
	case !node.Leaf():
		return nil, "a nested column"
	case node.Repeated():
		return nil, "a column of lists"
	}
	if logical := node.Type().LogicalType(); logical != nil {
		switch logical := logical.Value.(type) {
		case *parquetformat.DateType:
			return func(b []byte, v parquet.Value) []byte {
				return time.Unix(int64(v.Int32())*24*60*60, 0).UTC().AppendFormat(b, "2006-01-02")
			}, ""
		case *parquetformat.TimestampType:
			perSecond := int64(time.Second)
			if unit := logical.Unit.Value; unit != nil {
				perSecond /= int64(unit.Duration())
			}
			return func(b []byte, v parquet.Value) []byte {
				seconds, rest := v.Int64()/perSecond, v.Int64()%perSecond
				return time.Unix(seconds, rest*(int64(time.Second)/perSecond)).UTC().AppendFormat(b, "2006-01-02 15:04:05.999999999")
			}, ""
		case *parquetformat.DecimalType:
			scale := int(logical.Scale)
			if k := node.Type().Kind(); k == parquet.Int32 || k == parquet.Int64 {
				return func(b []byte, v parquet.Value) []byte {
					return appendDecimal(b, strconv.FormatInt(wholeNumber(v), 10), scale)
				}, ""
			}
			return func(b []byte, v parquet.Value) []byte {
				return appendDecimal(b, bigEndian(v.ByteArray()).String(), scale)
			}, ""
		case *parquetformat.UUIDType:
			return func(b []byte, v parquet.Value) []byte { return hex.AppendEncode(b, v.ByteArray()) }, ""
		case *parquetformat.TimeType:
			return nil, "a column of times of day"
		case *parquetformat.IntType:
			if !logical.IsSigned {
				return func(b []byte, v parquet.Value) []byte {
					if v.Kind() == parquet.Int32 {
						return strconv.AppendUint(b, uint64(v.Uint32()), 10)
					}
					return strconv.AppendUint(b, v.Uint64(), 10)
				}, ""
			}
		}
	}
	switch node.Type().Kind() {
	case parquet.Boolean:
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendBool(b, v.Boolean()) }, ""
	case parquet.Int32, parquet.Int64:
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendInt(b, wholeNumber(v), 10) }, ""
	case parquet.Float:
		return func(b []byte, v parquet.Value) []byte { return appendFloat(b, float64(v.Float()), 32) }, ""
	case parquet.Double:
		return func(b []byte, v parquet.Value) []byte { return appendFloat(b, v.Double(), 64) }, ""
	case parquet.Int96:
		return nil, "a column of 96-bit times"
	}
	return func(b []byte, v parquet.Value) []byte { return append(b, v.ByteArray()...) }, ""
}

func wholeNumber(v parquet.Value) int64 {
	if v.Kind() == parquet.Int32 {
		return int64(v.Int32())
	}
	return v.Int64()
}

// appendFloat writes a number without exponent where that is short, so that
// its digits after the point count.
func appendFloat(b []byte, v float64, bits int) []byte {
	if v != 0 && (v < 1e-12 && v > -1e-12 || v > 1e18 || v < -1e18) {
		return strconv.AppendFloat(b, v, 'g', -1, bits)
	}
	return strconv.AppendFloat(b, v, 'f', -1, bits)
}

// appendDecimal writes a whole number with the point moved.
func appendDecimal(b []byte, number string, scale int) []byte {
	if scale <= 0 {
		return append(b, number...)
	}
	digits, negative := strings.CutPrefix(number, "-")
	if negative {
		b = append(b, '-')
	}
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	b = append(b, digits[:len(digits)-scale]...)
	b = append(b, '.')
	return append(b, digits[len(digits)-scale:]...)
}

// bigEndian reads a number in two's complement.
func bigEndian(b []byte) *big.Int {
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return v
}
