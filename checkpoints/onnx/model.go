package onnx

import "tweedie/internal/atomicfile"

// Opset is the version of the operators, IRVersion that of the format.
const (
	Opset     = 17
	IRVersion = 8
)

// Type is the type of the numbers of a tensor, with the code that ONNX has for it.
type Type int

// The types that graphs of this module have.
const (
	Float  Type = 1 // float32
	Int64  Type = 7
	Bool   Type = 9
	Double Type = 11 // float64
)

// Model is the content of an ONNX file.
type Model struct {
	Name         string // of the graph
	Doc          string
	Nodes        []Node // each after those that it reads
	Initializers []Tensor
	Inputs       []Value
	Outputs      []Value
	Meta         [][2]string // keys and values, in order
}

// Node is one operation.
type Node struct {
	Op      string
	In, Out []string // names of tensors; "" for an input that is left out
	Attrs   []Attr
}

// Attr is a setting of an operation: a whole number, or a list of them where List is set.
type Attr struct {
	Name string
	Ints []int64
	List bool
}

// Int returns the setting of a whole number.
func Int(name string, v int64) Attr { return Attr{Name: name, Ints: []int64{v}} }

// Value says what an input or output is.
type Value struct {
	Name string
	Type Type
	Dims []Dim
}

// Dim is one size of a Value: fixed, or named and free.
type Dim struct {
	Size int
	Name string
}

// Tensor is an array, row-major. Data hold numbers of every type: float32 ones, whole
// ones up to 2^53, and 0 and 1 for Bool.
type Tensor struct {
	Name string
	Type Type
	Dims []int
	Data []float64
}

// Save writes m to path, atomically.
func (m *Model) Save(path string) error {
	out, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer out.Abort()
	if _, err := out.Write(m.Encode()); err != nil {
		return err
	}
	return out.Commit()
}
