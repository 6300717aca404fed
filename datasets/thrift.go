package datasets

import (
	"encoding/binary"
	"errors"
)

// The footer of a Parquet file is a struct in the compact protocol of Thrift. Its reader
// calls itself for structs and lists within others, as deep as they go.
const maxDepth = 64

var errThrift = errors.New("its footer is damaged, or too deep")

// thriftWalk moves over values without reading them.
type thriftWalk struct{ b []byte }

// checkDepth errs unless b starts with a struct of values that are not too deep.
func checkDepth(b []byte) error {
	w := thriftWalk{b}
	return w.structure(maxDepth)
}

func (w *thriftWalk) skip(n uint64) error {
	if n > uint64(len(w.b)) {
		return errThrift
	}
	w.b = w.b[n:]
	return nil
}

func (w *thriftWalk) byte() (byte, error) {
	if len(w.b) == 0 {
		return 0, errThrift
	}
	c := w.b[0]
	w.b = w.b[1:]
	return c, nil
}

func (w *thriftWalk) varint() (uint64, error) {
	v, n := binary.Uvarint(w.b)
	if n <= 0 {
		return 0, errThrift
	}
	return v, w.skip(uint64(n))
}

func (w *thriftWalk) structure(depth int) error {
	for {
		head, err := w.byte()
		if err != nil || head == 0 {
			return err
		}
		if head>>4 == 0 { // the number of the field follows
			if _, err := w.varint(); err != nil {
				return err
			}
		}
		if kind := head & 15; kind > 2 { // 1 and 2 are true and false
			if err := w.value(kind, depth-1); err != nil {
				return err
			}
		}
	}
}

func (w *thriftWalk) value(kind byte, depth int) error {
	if depth < 0 {
		return errThrift
	}
	switch kind {
	case 1, 2, 3:
		return w.skip(1)
	case 4, 5, 6:
		_, err := w.varint()
		return err
	case 7:
		return w.skip(8)
	case 8:
		n, err := w.varint()
		if err != nil {
			return err
		}
		return w.skip(n)
	case 9, 10:
		return w.list(depth)
	case 12:
		return w.structure(depth)
	case 13:
		return w.skip(16)
	}
	return errThrift // maps are not used
}

func (w *thriftWalk) list(depth int) error {
	head, err := w.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = w.varint(); err != nil {
			return err
		}
	}
	for ; n > 0; n-- {
		if err := w.value(head&15, depth-1); err != nil {
			return err
		}
	}
	return nil
}
