package onnx

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The numbers of the fields are those of onnx.proto (ONNX 1.12, IR version 8).
const (
	modelIR, modelProducer, modelGraph, modelOpset, modelMeta                 = 1, 2, 7, 8, 14
	opsetVersion                                                              = 2
	metaKey, metaValue                                                        = 1, 2
	graphNode, graphName, graphInitializer, graphDoc, graphInput, graphOutput = 1, 2, 5, 10, 11, 12
	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttr                         = 1, 2, 3, 4, 5
	attrName, attrInt, attrInts, attrType                                     = 1, 3, 8, 20
	attrTypeInt, attrTypeInts                                                 = 2, 7
	tensorDims, tensorType, tensorName, tensorRaw                             = 1, 2, 8, 9
	valueName, valueType                                                      = 1, 2
	typeTensor, tensorElem, tensorShape, shapeDim, dimSize, dimName           = 1, 1, 2, 1, 1, 2
)

// producer is what files say made them.
const producer = "tweedie"

// message is a protocol buffer that is being written.
type message []byte

func (m *message) int(field protowire.Number, v int64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), uint64(v))
}

func (m *message) bytes(field protowire.Number, b []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), b)
}

func (m *message) text(field protowire.Number, s string) { m.bytes(field, []byte(s)) }

// Encode returns the bytes of the file.
func (m *Model) Encode() []byte {
	var out, set message
	out.int(modelIR, IRVersion)
	out.text(modelProducer, producer)
	out.bytes(modelGraph, m.graph())
	set.int(opsetVersion, Opset)
	out.bytes(modelOpset, set)
	for _, kv := range m.Meta {
		var e message
		e.text(metaKey, kv[0])
		e.text(metaValue, kv[1])
		out.bytes(modelMeta, e)
	}
	return out
}

func (m *Model) graph() message {
	var g message
	for i := range m.Nodes {
		g.bytes(graphNode, m.Nodes[i].encode())
	}
	g.text(graphName, m.Name)
	for i := range m.Initializers {
		g.bytes(graphInitializer, m.Initializers[i].encode())
	}
	if m.Doc != "" {
		g.text(graphDoc, m.Doc)
	}
	for _, v := range m.Inputs {
		g.bytes(graphInput, v.encode())
	}
	for _, v := range m.Outputs {
		g.bytes(graphOutput, v.encode())
	}
	return g
}

func (n *Node) encode() message {
	var b message
	for _, s := range n.In {
		b.text(nodeInput, s)
	}
	for _, s := range n.Out {
		b.text(nodeOutput, s)
	}
	b.text(nodeName, n.Out[0])
	b.text(nodeOp, n.Op)
	for _, a := range n.Attrs {
		var e message
		e.text(attrName, a.Name)
		field, kind := protowire.Number(attrInt), int64(attrTypeInt)
		if a.List {
			field, kind = attrInts, attrTypeInts
		}
		for _, v := range a.Ints {
			e.int(field, v)
		}
		e.int(attrType, kind)
		b.bytes(nodeAttr, e)
	}
	return b
}

func (t *Tensor) encode() message {
	var b message
	for _, d := range t.Dims {
		b.int(tensorDims, int64(d))
	}
	b.int(tensorType, int64(t.Type))
	b.text(tensorName, t.Name)
	b.bytes(tensorRaw, t.raw())
	return b
}

// raw is the data as ONNX has them: little endian.
func (t *Tensor) raw() []byte {
	var b []byte
	for _, v := range t.Data {
		switch t.Type {
		case Float:
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
		case Double:
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		case Int64:
			b = binary.LittleEndian.AppendUint64(b, uint64(int64(v)))
		case Bool:
			b = append(b, byte(v))
		default:
			panic("onnx: a tensor of an unknown type")
		}
	}
	return b
}

func (v *Value) encode() message {
	var shape, tensor, kind, b message
	for _, d := range v.Dims {
		var dim message
		if d.Name != "" {
			dim.text(dimName, d.Name)
		} else {
			dim.int(dimSize, int64(d.Size))
		}
		shape.bytes(shapeDim, dim)
	}
	tensor.int(tensorElem, int64(v.Type))
	tensor.bytes(tensorShape, shape)
	kind.bytes(typeTensor, tensor)
	b.text(valueName, v.Name)
	b.bytes(valueType, kind)
	return b
}
