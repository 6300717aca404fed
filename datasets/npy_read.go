package datasets

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"tweedie/internal/npy"
)

// npyFile is an array of NumPy: a row for each row of two dimensions, or for each number
// of one. Its values are read as the shortest text that identifies them, NaN as NoValue,
// true and false as 1 and 0. The columns are called x1, x2, …, or those of Columns.
type npyFile struct {
	name string
	open func() (r io.ReadCloser, size int64, err error) // size is -1 if it is not known
}

func (f *npyFile) Name() string { return f.name }

func (f *npyFile) Open() (Records, error) {
	in, size, err := f.open()
	if err != nil {
		return nil, err
	}
	r := &npyRecords{name: f.name, file: in}
	if err := r.begin(size); err != nil {
		in.Close()
		return nil, err
	}
	return r, nil
}

// npyTable is the array in the file at path, compressed by gzip or not.
func npyTable(path, name string, zipped bool) *npyFile {
	return &npyFile{name, func() (io.ReadCloser, int64, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, 0, openError(name, err)
		}
		if !zipped {
			info, err := f.Stat()
			if err != nil {
				f.Close()
				return nil, 0, openError(name, err)
			}
			return f, info.Size(), nil
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			f.Close()
			return nil, 0, &Error{File: name, Found: "is not a readable gzip file", Remedy: "check the file and its disk", Err: err}
		}
		return &inflated{z, f}, -1, nil
	}}
}

// inflated reads one reader and closes the one below.
type inflated struct {
	io.Reader
	io.Closer
}

type npyRecords struct {
	name   string
	file   io.Closer
	in     *bufio.Reader
	header *npy.Header
	rows   int
	width  int
	names  []string
	line   int
	all    []byte // the values, where the columns lie behind each other
	row    []byte
	text   []byte
	ends   []int
	cells  []string
}

func (r *npyRecords) Header() []string { return r.names }
func (r *npyRecords) Line() int        { return r.line }
func (r *npyRecords) Close() error     { return r.file.Close() }

// mostColumnar bounds the bytes of an array whose columns lie behind each other, which is
// held, where its length is not known before it is read.
const mostColumnar = 1 << 31

// begin reads the header of a file of size bytes.
func (r *npyRecords) begin(size int64) error {
	in := &countingReader{r: r.file.(io.Reader)}
	h, err := npy.Read(in)
	if err != nil {
		return r.fail(err.Error(), "save it with numpy.save(file, a)")
	}
	r.header = h
	switch len(h.Shape) {
	case 1:
		r.rows, r.width = h.Shape[0], 1
	case 2:
		r.rows, r.width = h.Shape[0], h.Shape[1]
	default:
		return r.fail(fmt.Sprintf("an array of the shape %s", h.ShapeText()), "save one of two dimensions, rows and columns, as with a.reshape(len(a), -1)")
	}
	if err := checkWidth(r.name, 0, r.width); err != nil {
		return err
	}
	if r.width == 0 {
		return r.fail("no columns", "give at least one")
	}
	if size >= 0 && size-in.n != h.Bytes() {
		return r.length(size - in.n)
	}
	r.names = numberedColumns(r.width)
	r.cells, r.ends = make([]string, r.width), make([]int, 0, r.width)
	r.in = bufio.NewReaderSize(in, 1<<16)
	if h.Fortran && r.width > 1 {
		return r.readAll(size < 0)
	}
	r.row = make([]byte, r.width*h.Type.Size)
	return nil
}

// readAll reads the values of columns that lie behind each other. Memory grows with what
// is there, not with what the header says.
func (r *npyRecords) readAll(bounded bool) error {
	want := r.header.Bytes()
	if bounded && want > mostColumnar {
		return r.fail(fmt.Sprintf("a compressed array of %d bytes whose columns lie behind each other", want), "save it with numpy.ascontiguousarray(a)")
	}
	all, err := io.ReadAll(io.LimitReader(r.in, want+1))
	if err != nil {
		return r.damaged(err)
	}
	if int64(len(all)) != want {
		return r.length(int64(len(all)))
	}
	r.all = all
	return nil
}

// length is the error of an array of another length than its header says.
func (r *npyRecords) length(has int64) error {
	what, remedy := "only ", "the file is cut: save it again"
	if has > r.header.Bytes() {
		what, remedy = "more than ", "save one array in the file"
	}
	return r.fail(fmt.Sprintf("%s%d bytes of values, where the shape %s needs %d", what, min(has, r.header.Bytes()), r.header.ShapeText(), r.header.Bytes()), remedy)
}

func (r *npyRecords) Next() ([]string, error) {
	if r.line == r.rows {
		if r.all == nil {
			if _, err := r.in.ReadByte(); err == nil {
				return nil, r.length(r.header.Bytes() + 1)
			}
		}
		return nil, io.EOF
	}
	t := r.header.Type
	if r.all == nil {
		if _, err := io.ReadFull(r.in, r.row); errors.Is(err, io.EOF) || err == io.ErrUnexpectedEOF {
			return nil, r.length(int64(r.line) * int64(len(r.row)))
		} else if err != nil {
			return nil, r.damaged(err)
		}
	}
	r.text, r.ends = r.text[:0], r.ends[:0]
	for j := range r.width {
		at, from := j*t.Size, r.row
		if r.all != nil {
			at, from = (j*r.rows+r.line)*t.Size, r.all
		}
		r.text = appendNumber(r.text, t, t.Bits(from[at:at+t.Size]))
		r.ends = append(r.ends, len(r.text))
	}
	all, start := string(r.text), 0 // one string holds all cells of the row
	for j, end := range r.ends {
		if r.cells[j] = all[start:end]; start == end {
			r.cells[j] = NoValue
		}
		start = end
	}
	r.line++
	return r.cells, nil
}

// appendNumber appends the shortest text of a value, nothing for NaN.
func appendNumber(b []byte, t npy.Type, bits uint64) []byte {
	switch {
	case t.Kind == 'f':
		v := math.Float64frombits(bits)
		if t.Size == 4 {
			v = float64(math.Float32frombits(uint32(bits)))
		}
		if t.Size == 2 {
			v = fromHalf(uint16(bits))
		}
		if math.IsNaN(v) {
			return b
		}
		if t.Size == 2 {
			return appendHalf(b, uint16(bits))
		}
		return appendFloat(b, v, 8*t.Size)
	case t.Kind == 'i':
		return strconv.AppendInt(b, t.Int(bits), 10)
	case t.Kind == 'b' && bits != 0:
		return append(b, '1')
	}
	return strconv.AppendUint(b, bits, 10)
}

func (r *npyRecords) fail(found, remedy string) error {
	return &Error{File: r.name, Found: found, Remedy: remedy}
}

func (r *npyRecords) damaged(err error) error {
	return &Error{File: r.name, Row: r.line + 1, Found: "cannot be read", Remedy: "check the file and its disk", Err: err}
}

// countingReader counts what is read.
type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// numberedColumns are the names of the columns of a file that has none.
func numberedColumns(n int) []string {
	names := make([]string, n)
	for j := range names {
		names[j] = "x" + strconv.Itoa(j+1)
	}
	return names
}
