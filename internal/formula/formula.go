package formula

import "slices"

// Bounds of a formula.
const (
	MaxNodes = 2000
	MaxDepth = 100
	MaxBytes = 64 << 10
)

// Names is what a formula may speak of.
type Names struct {
	Vars   []string            // numbers, the inputs 0, 1, …
	Levels map[string][]string // the levels of columns, for indicators
	What   string              // what a variable is called in errors; "" means column
}

// Indicator is the input that is 1 where a column has a level, and 0 elsewhere.
type Indicator struct{ Column, Level string }

// Formula is a function of numbers that a text defines. It does not change, and is safe
// for concurrent use.
type Formula struct {
	text       string
	vars       int
	nodes      []Node // the last one is the value
	indicators []Indicator
}

// Parse reads a formula of the variables vars. Errors name the place in the text, and the
// names that there are.
func Parse(text string, vars []string) (*Formula, error) {
	return Names{Vars: vars}.Parse(text)
}

// String returns the text that was parsed.
func (f *Formula) String() string { return f.text }

// Nodes returns the operations in the order of evaluation. The last one is the value. It
// must not be modified.
func (f *Formula) Nodes() []Node { return f.nodes }

// Inputs is the number of inputs: the variables, then an input for each indicator.
func (f *Formula) Inputs() int { return f.vars + len(f.indicators) }

// Indicators are the inputs that follow the variables. It must not be modified.
func (f *Formula) Indicators() []Indicator { return f.indicators }

// Uses reports whether the value depends on the input i.
func (f *Formula) Uses(i int) bool {
	return slices.ContainsFunc(f.nodes, func(n Node) bool { return n.Op == Var && n.A == i })
}

// small is the number of nodes whose values fit into a small frame.
const small = 64

// Value returns the value at the inputs, the variables in the order of Parse and then
// the indicators. It panics if their number is another. It allocates nothing.
func (f *Formula) Value(vars []float64) float64 {
	if len(vars) != f.Inputs() {
		panic("formula: another number of values than of inputs")
	}
	if len(f.nodes) <= small {
		var values [small]float64
		return f.eval(values[:len(f.nodes)], vars)
	}
	var values [MaxNodes]float64
	return f.eval(values[:len(f.nodes)], vars)
}

func (f *Formula) eval(values, vars []float64) float64 {
	for i, n := range f.nodes {
		switch n.Op {
		case Const:
			values[i] = n.Value
		case Var:
			values[i] = vars[n.A]
		default:
			values[i] = n.Op.Eval(values[n.A], values[n.B])
		}
	}
	return values[len(values)-1]
}
