package onnx

import (
	"errors"
	"fmt"
	"math"
)

var unary = map[string]func(x float64) float64{
	"Identity": func(x float64) float64 { return x },
	"Neg":      func(x float64) float64 { return -x },
	"Exp":      math.Exp, "Log": math.Log, "Sqrt": math.Sqrt, "Sin": math.Sin, "Cos": math.Cos, "Tanh": math.Tanh, "Erf": math.Erf,
	"Sigmoid": func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	"IsNaN":   func(x float64) float64 { return truth(math.IsNaN(x)) },
	"Not":     func(x float64) float64 { return 1 - x },
}

var binary2 = map[string]func(a, b float64) float64{
	"Add":     func(a, b float64) float64 { return a + b },
	"Sub":     func(a, b float64) float64 { return a - b },
	"Mul":     func(a, b float64) float64 { return a * b },
	"Div":     func(a, b float64) float64 { return a / b },
	"Max":     math.Max,
	"Min":     math.Min,
	"Equal":   func(a, b float64) float64 { return truth(a == b) },
	"Greater": func(a, b float64) float64 { return truth(a > b) },
	"And":     func(a, b float64) float64 { return a * b },
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (n *Node) run(in []*Tensor) ([]*Tensor, error) {
	if f := unary[n.Op]; f != nil && len(in) == 1 {
		t := &Tensor{Type: in[0].Type, Dims: in[0].Dims, Data: make([]float64, len(in[0].Data))}
		if n.Op == "IsNaN" {
			t.Type = Bool
		}
		for i, v := range in[0].Data {
			t.Data[i] = f(v)
		}
		return []*Tensor{t}, nil
	}
	if f := binary2[n.Op]; f != nil && len(in) == 2 {
		t, err := broadcast(func(v []float64) float64 { return f(v[0], v[1]) }, in...)
		if err == nil && (n.Op == "Equal" || n.Op == "Greater") {
			t.Type = Bool
		}
		return []*Tensor{t}, err
	}
	switch {
	case n.Op == "Where" && len(in) == 3:
		t, err := broadcast(func(v []float64) float64 {
			if v[0] != 0 {
				return v[1]
			}
			return v[2]
		}, in...)
		if err == nil {
			t.Type = in[1].Type
		}
		return []*Tensor{t}, err
	case n.Op == "Cast" && len(in) == 1:
		t := &Tensor{Type: Type(n.attr("to", 0)), Dims: in[0].Dims, Data: append([]float64(nil), in[0].Data...)}
		if t.Type == Bool {
			for i, v := range t.Data {
				t.Data[i] = truth(v != 0)
			}
		}
		return []*Tensor{t}, nil
	}
	return n.runMatrix(in)
}

// runMatrix runs the operators of matrices, all of which work on columns.
func (n *Node) runMatrix(in []*Tensor) ([]*Tensor, error) {
	wants := map[string]int{"MatMul": 2, "Split": 2, "Gather": 2, "Softmax": 1, "LogSoftmax": 1, "Concat": len(in)}
	switch {
	case wants[n.Op] != len(in) || len(in) == 0:
		return nil, errors.New("this operator is not known, or has other inputs")
	case len(in[0].Dims) != 2 || n.Op != "MatMul" && n.attr("axis", 0) != 1:
		return nil, errors.New("it is known for columns of matrices alone")
	}
	switch n.Op {
	case "MatMul":
		return matMul(in[0], in[1])
	case "Concat":
		return concat(in)
	case "Split", "Gather":
		return pick(n.Op == "Split", in[0], in[1])
	}
	return softmax(in[0], n.Op == "LogSoftmax"), nil
}

// broadcast applies f to the elements of tensors whose sizes agree or are 1.
func broadcast(f func(v []float64) float64, in ...*Tensor) (*Tensor, error) {
	var dims []int
	for _, t := range in {
		if len(t.Dims) > len(dims) {
			dims = append(make([]int, len(t.Dims)-len(dims)), dims...)
		}
		for k := range t.Dims {
			at := len(dims) - 1 - k
			switch d := t.Dims[len(t.Dims)-1-k]; {
			case dims[at] <= 1:
				dims[at] = d
			case d != 1 && d != dims[at]:
				return nil, fmt.Errorf("the sizes %v and %v do not fit", dims, t.Dims)
			}
		}
	}
	size := 1
	for k := range dims {
		dims[k] = max(dims[k], 1)
		size *= dims[k]
	}
	out := &Tensor{Type: in[0].Type, Dims: dims, Data: make([]float64, size)}
	v := make([]float64, len(in))
	for i := range out.Data {
		for k, t := range in {
			v[k] = t.Data[t.index(i, dims)]
		}
		out.Data[i] = f(v)
	}
	return out, nil
}

// index is where a tensor that is broadcast to dims has element i.
func (t *Tensor) index(i int, dims []int) int {
	at, step := 0, 1
	for k := len(dims) - 1; k >= 0; k-- {
		pos := i % dims[k]
		i /= dims[k]
		if own := k - (len(dims) - len(t.Dims)); own >= 0 {
			if t.Dims[own] > 1 {
				at += pos * step
			}
			step *= t.Dims[own]
		}
	}
	return at
}

func matMul(a, b *Tensor) ([]*Tensor, error) {
	if len(b.Dims) != 2 || a.Dims[1] != b.Dims[0] {
		return nil, fmt.Errorf("the sizes %v and %v do not fit", a.Dims, b.Dims)
	}
	n, k, m := a.Dims[0], a.Dims[1], b.Dims[1]
	t := &Tensor{Type: a.Type, Dims: []int{n, m}, Data: make([]float64, n*m)}
	for i := range n {
		row := t.Data[i*m : (i+1)*m]
		for l, v := range a.Data[i*k : (i+1)*k] {
			for j, w := range b.Data[l*m : (l+1)*m] {
				row[j] += v * w
			}
		}
	}
	return []*Tensor{t}, nil
}

func concat(in []*Tensor) ([]*Tensor, error) {
	n, width := in[0].Dims[0], 0
	for _, t := range in {
		if len(t.Dims) != 2 || t.Dims[0] != n {
			return nil, fmt.Errorf("the sizes %v and %v do not fit", in[0].Dims, t.Dims)
		}
		width += t.Dims[1]
	}
	out := &Tensor{Type: in[0].Type, Dims: []int{n, width}}
	for i := range n {
		for _, t := range in {
			w := t.Dims[1]
			out.Data = append(out.Data, t.Data[i*w:(i+1)*w]...)
		}
	}
	return []*Tensor{out}, nil
}

// pick takes columns out of x: runs of the widths in list, or those at the indices in it.
func pick(runs bool, x, list *Tensor) ([]*Tensor, error) {
	n, w, first := x.Dims[0], x.Dims[1], 0
	take := func(columns []int) *Tensor {
		t := &Tensor{Type: x.Type, Dims: []int{n, len(columns)}}
		for i := range n {
			for _, j := range columns {
				t.Data = append(t.Data, x.Data[i*w+j])
			}
		}
		return t
	}
	var columns []int
	var out []*Tensor
	for _, v := range list.Data {
		if columns = append(columns, int(v)); !runs {
			continue
		}
		columns = columns[:0]
		for range int(v) {
			columns = append(columns, first)
			first++
		}
		if first > w {
			return nil, fmt.Errorf("the widths %v are more than %d columns", list.Data, w)
		}
		out = append(out, take(columns))
	}
	if !runs {
		out = append(out, take(columns))
	}
	return out, nil
}

func softmax(x *Tensor, log bool) []*Tensor {
	n, w := x.Dims[0], x.Dims[1]
	t := &Tensor{Type: x.Type, Dims: x.Dims, Data: make([]float64, len(x.Data))}
	for i := range n {
		in, out := x.Data[i*w:(i+1)*w], t.Data[i*w:(i+1)*w]
		top, sum := math.Inf(-1), 0.0
		for _, v := range in {
			top = max(top, v)
		}
		for _, v := range in {
			sum += math.Exp(v - top)
		}
		for j, v := range in {
			if out[j] = v - top - math.Log(sum); !log {
				out[j] = math.Exp(out[j])
			}
		}
	}
	return []*Tensor{t}
}
