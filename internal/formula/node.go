package formula

import "math"

// Op is the operation of a node.
type Op uint8

const (
	Const Op = iota // Node.Value
	Var             // the input Node.A
	Neg
	Exp
	Log
	Sqrt
	Abs
	Sin
	Cos
	Tanh
	Sigmoid
	Add
	Sub
	Mul
	Div
	Pow
	Min
	Max
)

// Unary reports whether the operation has the argument A alone.
func (o Op) Unary() bool { return o >= Neg && o <= Sigmoid }

// Binary reports whether the operation has the arguments A and B.
func (o Op) Binary() bool { return o >= Add }

// Node is one operation of a formula. A and B are the indices of its arguments, which
// come before it.
type Node struct {
	Op    Op
	A, B  int
	Value float64 // of Const
}

// Eval returns the value of an operation with the arguments a and b; those of Const and
// Var are the caller's.
func (o Op) Eval(a, b float64) float64 {
	switch o {
	case Neg:
		return -a
	case Exp:
		return math.Exp(a)
	case Log:
		return math.Log(a)
	case Sqrt:
		return math.Sqrt(a)
	case Abs:
		return math.Abs(a)
	case Sin:
		return math.Sin(a)
	case Cos:
		return math.Cos(a)
	case Tanh:
		return math.Tanh(a)
	case Sigmoid:
		return sigmoid(a)
	case Add:
		return a + b
	case Sub:
		return a - b
	case Mul:
		return a * b
	case Div:
		return a / b
	case Pow:
		return math.Pow(a, b)
	case Min:
		return math.Min(a, b)
	case Max:
		return math.Max(a, b)
	}
	panic("formula: an operation without a value")
}

// sigmoid is 1/(1+exp(-x)), without overflow.
func sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	z := math.Exp(x)
	return z / (1 + z)
}

// builder collects the nodes of a formula.
type builder struct {
	nodes []Node
	known map[key]int
}

// key identifies a node; bits are those of the value, so that -0 is not 0.
type key struct {
	op   Op
	a, b int
	bits uint64
}

// node returns the index of the node, a new one unless there is one like it.
func (b *builder) node(n Node) int {
	k := key{n.Op, n.A, n.B, math.Float64bits(n.Value)}
	if i, ok := b.known[k]; ok {
		return i
	}
	b.nodes = append(b.nodes, n)
	b.known[k] = len(b.nodes) - 1
	return len(b.nodes) - 1
}

func (b *builder) number(v float64) int { return b.node(Node{Op: Const, Value: v}) }

// constant returns the value of a node that is a number.
func (b *builder) constant(i int) (float64, bool) {
	return b.nodes[i].Value, b.nodes[i].Op == Const
}

// apply returns the node of an operation. Operations on numbers are done, and whole
// powers up to 4, 1/x and the square root become what they are.
func (b *builder) apply(op Op, x, y int) int {
	u, constX := b.constant(x)
	v, constY := b.constant(y)
	if constX && (constY || op.Unary()) {
		return b.number(op.Eval(u, v))
	}
	if op == Pow && constY {
		switch v {
		case 0:
			return b.number(1)
		case 1:
			return x
		case 2:
			return b.apply(Mul, x, x)
		case 3:
			return b.apply(Mul, b.apply(Mul, x, x), x)
		case 4:
			s := b.apply(Mul, x, x)
			return b.apply(Mul, s, s)
		case -1:
			return b.apply(Div, b.number(1), x)
		case 0.5:
			return b.apply(Sqrt, x, 0)
		}
	}
	if op.Unary() {
		y = 0
	}
	return b.node(Node{Op: op, A: x, B: y})
}

// live drops the nodes that the last one, root, does not need.
func (b *builder) live(root int) []Node {
	need := make([]bool, root+1)
	need[root] = true
	for i := root; i >= 0; i-- {
		n := b.nodes[i]
		if need[i] && (n.Op.Unary() || n.Op.Binary()) {
			need[n.A] = true
			if n.Op.Binary() {
				need[n.B] = true
			}
		}
	}
	var list []Node
	at := make([]int, root+1)
	for i, n := range b.nodes[:root+1] {
		if !need[i] {
			continue
		}
		if n.Op.Unary() || n.Op.Binary() {
			n.A = at[n.A]
		}
		if n.Op.Binary() {
			n.B = at[n.B]
		}
		at[i] = len(list)
		list = append(list, n)
	}
	return list
}
