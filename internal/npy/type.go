package npy

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Type is the type of the values of an array.
type Type struct {
	Kind byte // 'f' for floating point, 'i' and 'u' for whole numbers, 'b' for booleans
	Size int  // bytes: 2, 4 or 8 of f; 1, 2, 4 or 8 of i and u; 1 of b
	Big  bool // the high byte comes first
}

// Bits returns the bits of a value of Size bytes.
func (t Type) Bits(b []byte) uint64 {
	order := binary.ByteOrder(binary.LittleEndian)
	if t.Big {
		order = binary.BigEndian
	}
	switch t.Size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(order.Uint16(b))
	case 4:
		return uint64(order.Uint32(b))
	}
	return order.Uint64(b)
}

// Int returns the whole number of the bits of a type of kind i.
func (t Type) Int(bits uint64) int64 {
	shift := 64 - 8*t.Size
	return int64(bits<<shift) >> shift
}

// parseType reads the description of a type, as <f8.
func parseType(text string) (Type, error) {
	if len(text) < 2 || !strings.ContainsRune("<>|=", rune(text[0])) {
		return Type{}, fmt.Errorf("the type %.20q is not known", text)
	}
	t, sizes := Type{Kind: text[1], Big: text[0] == '>'}, "1248"
	switch t.Kind {
	case 'f':
		sizes = "248"
	case 'b':
		sizes = "1"
	case 'i', 'u':
	default:
		kinds := map[byte]string{
			'O': "Python objects, which are not read for they could run programs", 'c': "complex numbers", 'S': "text", 'a': "text", 'U': "text",
			'M': "times", 'm': "lengths of time", 'V': "raw bytes",
		}
		if what := kinds[t.Kind]; what != "" {
			return Type{}, fmt.Errorf("an array of %s (%.20s): save numbers, as with a.astype(float)", what, text)
		}
		return Type{}, fmt.Errorf("the type %.20q is not known", text)
	}
	if len(text) != 3 || !strings.Contains(sizes, text[2:]) {
		return Type{}, fmt.Errorf("numbers of the type %.20q are not read: save them with a.astype(float)", text)
	}
	t.Size = int(text[2] - '0')
	return t, nil
}
