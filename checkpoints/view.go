package checkpoints

import (
	"encoding/binary"

	"github.com/nlpodyssey/safetensors"
)

// view shows an Array to the safetensors package, also one without elements.
type view struct{ *Array }

func (v view) DType() safetensors.DType {
	if v.F64 != nil && len(v.F32) == 0 {
		return safetensors.F64
	}
	return safetensors.F32
}

func (v view) Shape() []uint64 {
	s := make([]uint64, len(v.Array.Shape))
	for i, n := range v.Array.Shape {
		s[i] = uint64(n)
	}
	return s
}

func (v view) DataLen() uint64 { return uint64(4*len(v.F32) + 8*len(v.F64)) }

func (v view) Data() []byte {
	b := make([]byte, 0, v.DataLen())
	b, _ = binary.Append(b, binary.LittleEndian, v.F32) // numbers of fixed size cannot fail
	b, _ = binary.Append(b, binary.LittleEndian, v.F64)
	return b
}

// setData is the inverse of Data; t is F32 or F64.
func (a *Array) setData(t safetensors.DType, b []byte) {
	if t == safetensors.F64 {
		a.F64 = make([]float64, len(b)/8)
		binary.Decode(b, binary.LittleEndian, a.F64)
		return
	}
	a.F32 = make([]float32, len(b)/4)
	binary.Decode(b, binary.LittleEndian, a.F32)
}
