package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of a protocol buffer.
type field struct {
	number protowire.Number
	int    int64
	bytes  []byte
}

var errWire = errors.New("onnx: this is no ONNX file, or it is damaged")

// fields splits a protocol buffer. Packed lists of whole numbers stay bytes.
func fields(b []byte, each func(f field) error) error {
	for len(b) > 0 {
		num, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errWire
		}
		b = b[n:]
		f := field{number: num}
		switch kind {
		case protowire.VarintType:
			var v uint64
			v, n = protowire.ConsumeVarint(b)
			f.int = int64(v)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(num, kind, b)
		}
		if n < 0 {
			return errWire
		}
		b = b[n:]
		if err := each(f); err != nil {
			return err
		}
	}
	return nil
}

// Decode reads what Encode wrote, and no more of ONNX than that. It errs for what is not
// an ONNX file.
func Decode(b []byte) (*Model, error) {
	m, found := &Model{}, false
	err := fields(b, func(f field) error {
		switch f.number {
		case modelGraph:
			found = true
			return m.decodeGraph(f.bytes)
		case modelMeta:
			var kv [2]string
			m.Meta = append(m.Meta, kv)
			return fields(f.bytes, func(f field) error {
				if k := int(f.number) - 1; k == 0 || k == 1 {
					m.Meta[len(m.Meta)-1][k] = string(f.bytes)
				}
				return nil
			})
		}
		return nil
	})
	if err == nil && !found {
		err = errWire
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Model) decodeGraph(b []byte) error {
	return fields(b, func(f field) (err error) {
		switch f.number {
		case graphName:
			m.Name = string(f.bytes)
		case graphDoc:
			m.Doc = string(f.bytes)
		case graphNode:
			var n Node
			n, err = decodeNode(f.bytes)
			m.Nodes = append(m.Nodes, n)
		case graphInitializer:
			var t Tensor
			t, err = decodeTensor(f.bytes)
			m.Initializers = append(m.Initializers, t)
		case graphInput, graphOutput:
			var v Value
			v, err = decodeValue(f.bytes)
			if f.number == graphInput {
				m.Inputs = append(m.Inputs, v)
			} else {
				m.Outputs = append(m.Outputs, v)
			}
		}
		return err
	})
}

func decodeNode(b []byte) (n Node, err error) {
	err = fields(b, func(f field) error {
		switch f.number {
		case nodeInput:
			n.In = append(n.In, string(f.bytes))
		case nodeOutput:
			n.Out = append(n.Out, string(f.bytes))
		case nodeOp:
			n.Op = string(f.bytes)
		case nodeAttr:
			var a Attr
			n.Attrs = append(n.Attrs, a)
			return n.Attrs[len(n.Attrs)-1].decode(f.bytes)
		}
		return nil
	})
	if err == nil && len(n.Out) == 0 {
		err = errWire
	}
	return n, err
}

func (a *Attr) decode(b []byte) error {
	return fields(b, func(f field) error {
		switch f.number {
		case attrName:
			a.Name = string(f.bytes)
		case attrInt, attrInts:
			a.Ints = append(a.Ints, f.int)
		case attrType:
			a.List = f.int == attrTypeInts
		}
		return nil
	})
}

func decodeTensor(b []byte) (t Tensor, err error) {
	var raw []byte
	if err = fields(b, func(f field) error {
		switch f.number {
		case tensorDims:
			t.Dims = append(t.Dims, int(f.int))
		case tensorType:
			t.Type = Type(f.int)
		case tensorName:
			t.Name = string(f.bytes)
		case tensorRaw:
			raw = f.bytes
		}
		return nil
	}); err != nil {
		return t, err
	}
	size := map[Type]int{Float: 4, Double: 8, Int64: 8, Bool: 1}[t.Type]
	n := 1
	for _, d := range t.Dims {
		if d < 0 || d > len(raw) || n > len(raw) {
			return t, errWire
		}
		n *= d
	}
	if size == 0 || len(raw) != n*size {
		return t, fmt.Errorf("%w: the constant %q has %d bytes for %v", errWire, t.Name, len(raw), t.Dims)
	}
	t.Data = make([]float64, n)
	for i := range t.Data {
		r := raw[i*size:]
		switch t.Type {
		case Float:
			t.Data[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(r)))
		case Double:
			t.Data[i] = math.Float64frombits(binary.LittleEndian.Uint64(r))
		case Int64:
			t.Data[i] = float64(int64(binary.LittleEndian.Uint64(r)))
		case Bool:
			t.Data[i] = float64(r[0])
		}
	}
	return t, nil
}

func decodeValue(b []byte) (v Value, err error) {
	into := func(next protowire.Number, do func(b []byte) error) func(f field) error {
		return func(f field) error {
			if f.number == next {
				return do(f.bytes)
			}
			return nil
		}
	}
	dim := func(b []byte) error {
		var d Dim
		err := fields(b, func(f field) error {
			switch f.number {
			case dimSize:
				d.Size = int(f.int)
			case dimName:
				d.Name = string(f.bytes)
			}
			return nil
		})
		v.Dims = append(v.Dims, d)
		return err
	}
	tensor := func(b []byte) error {
		return fields(b, func(f field) error {
			switch f.number {
			case tensorElem:
				v.Type = Type(f.int)
			case tensorShape:
				return fields(f.bytes, into(shapeDim, dim))
			}
			return nil
		})
	}
	err = fields(b, func(f field) error {
		switch f.number {
		case valueName:
			v.Name = string(f.bytes)
		case valueType:
			return fields(f.bytes, into(typeTensor, tensor))
		}
		return nil
	})
	return v, err
}
