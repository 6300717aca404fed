package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strings"
)

// Magic is what a file begins with.
const Magic = "\x93NUMPY"

// mostHeader is the longest header that is read, in bytes; those of arrays of numbers
// have about a hundred.
const mostHeader = 1 << 16

// Header says what the values of an array are.
type Header struct {
	Type    Type
	Fortran bool  // the first index runs fastest
	Shape   []int // empty for a single number
}

// Values is the number of values of the array.
func (h *Header) Values() int {
	n := 1
	for _, s := range h.Shape {
		n *= s
	}
	return n
}

// Bytes is the length of the values.
func (h *Header) Bytes() int64 { return int64(h.Values()) * int64(h.Type.Size) }

// Read reads a header from the start of a file, and leaves r at the first value. It errs
// on what is no array of numbers, and on a shape of more than 2⁶³ bytes.
func Read(r io.Reader) (*Header, error) {
	var start [8]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return nil, cut(err)
	}
	if string(start[:len(Magic)]) != Magic {
		return nil, errors.New("the file does not begin as .npy files do")
	}
	length, version := make([]byte, 4), start[6]
	switch {
	case start[7] != 0 || version < 1 || version > 3:
		return nil, fmt.Errorf("version %d.%d of the format, where 1.0, 2.0 and 3.0 are known", version, start[7])
	case version == 1:
		length = length[:2]
	}
	if _, err := io.ReadFull(r, length); err != nil {
		return nil, cut(err)
	}
	n := binary.LittleEndian.Uint32(append(length, 0, 0)[:4])
	if n > mostHeader {
		return nil, fmt.Errorf("a header of %d bytes, where an array of numbers has some hundred", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, cut(err)
	}
	return parse(string(text))
}

// cut is the error of a file that ends within its header.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends within its header")
	}
	return err
}

// check errs if the sizes are beyond what a machine can address.
func (h *Header) check() error {
	total := uint64(h.Type.Size)
	for _, s := range h.Shape {
		over, low := bits.Mul64(total, uint64(s))
		if total = low; over != 0 || total > math.MaxInt64 {
			return fmt.Errorf("the shape %s is more than any file has", h.ShapeText())
		}
	}
	return nil
}

// ShapeText is the shape as Python writes it.
func (h *Header) ShapeText() string {
	var b strings.Builder
	b.WriteByte('(')
	for k, s := range h.Shape {
		if k > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, s)
	}
	if len(h.Shape) == 1 {
		b.WriteByte(',')
	}
	b.WriteByte(')')
	return b.String()
}

// digits are the characters that NumPy leaves for the number of rows to grow.
const digits = 21

// Append appends the header of a file of version 1.0 of rows × cols numbers float64, row by
// row, as NumPy writes it. Its length does not depend on the number of rows.
func Append(b []byte, rows, cols int) []byte {
	n := fmt.Sprint(rows)
	text := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%s, %d), }", n, cols)
	text += strings.Repeat(" ", digits-len(n))
	const before = len(Magic) + 4
	if over := (before + len(text) + 1) % 64; over != 0 {
		text += strings.Repeat(" ", 64-over)
	}
	text += "\n"
	b = append(b, Magic+"\x01\x00"...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	return append(b, text...)
}
