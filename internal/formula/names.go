package formula

import (
	"maps"
	"math"
	"slices"

	"tweedie/internal/suggest"
)

// functions of one argument, and those of several by what joins two.
var (
	functions = map[string]Op{"exp": Exp, "log": Log, "sqrt": Sqrt, "abs": Abs, "sin": Sin, "cos": Cos, "tanh": Tanh, "sigmoid": Sigmoid}
	joined    = map[string]Op{"min": Min, "max": Max, "sum": Add, "mean": Add}
	constants = map[string]float64{"pi": math.Pi, "e": math.E}
)

// Functions returns the names of the functions, sorted.
func Functions() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for _, m := range []map[string]Op{functions, joined} {
			for name := range m {
				if !yield(name) {
					return
				}
			}
		}
	})
}

// call reads a function and its arguments.
func (p *parser) call() (int, error) {
	t := p.peek()
	op, one := functions[t.text]
	join, several := joined[t.text]
	if !one && !several {
		return 0, p.errorAt(t.at, "no function %q: %s", t.text, suggest.Hint(t.text, Functions()))
	}
	if err := p.enter(); err != nil {
		return 0, err
	}
	defer func() { p.depth-- }()
	p.next++
	open := p.peek()
	p.next++
	var args []int
	for {
		v, err := p.sum()
		if err != nil {
			return 0, err
		}
		args = append(args, v)
		if _, more := p.accept(","); !more {
			break
		}
	}
	if _, ok := p.accept(")"); !ok {
		return 0, p.unclosed(open)
	}
	if one {
		if len(args) != 1 {
			return 0, p.errorAt(t.at, "%s takes one argument, and has %d", t.text, len(args))
		}
		return p.operation(t, op, args[0], 0)
	}
	x := args[0]
	for _, y := range args[1:] {
		var err error
		if x, err = p.operation(t, join, x, y); err != nil {
			return 0, err
		}
	}
	if t.text != "mean" || len(args) == 1 {
		return x, nil
	}
	return p.operation(t, Div, x, p.number(float64(len(args))))
}

// variable reads a name: a line above, a variable, an indicator or a constant.
func (p *parser) variable() (int, error) {
	t := p.peek()
	p.next++
	if v, ok := p.lines[t.text]; ok {
		return v, nil
	}
	if levels, ok := p.Levels[t.text]; ok {
		return p.indicator(t, levels)
	}
	if i := slices.Index(p.Vars, t.text); i >= 0 {
		if next := p.peek(); next.is("=") {
			return 0, p.errorAt(next.at, "%q is a number, and = is for the levels of a column", t.text)
		}
		return p.input(i)
	}
	if v, ok := constants[t.text]; ok && t.kind == tokenName {
		return p.number(v), nil
	}
	return 0, p.unknown(t)
}

func (p *parser) input(i int) (int, error) {
	v := p.node(Node{Op: Var, A: i})
	if len(p.nodes) > MaxNodes {
		return 0, p.tooLong("more than %d operations, numbers and names", MaxNodes)
	}
	return v, nil
}

// indicator reads = and a level.
func (p *parser) indicator(column token, levels []string) (int, error) {
	if _, ok := p.accept("="); !ok {
		return 0, p.errorAt(column.at, "%q has levels and is no number: write %s = LEVEL, which is 1 or 0; its levels are %s",
			column.text, column.text, suggest.List(levels, 12))
	}
	t := p.peek()
	if !t.name() && t.kind != tokenNumber {
		return 0, p.errorAt(t.at, "a level of %q is missing: %s", column.text, suggest.List(levels, 12))
	}
	p.next++
	if !slices.Contains(levels, t.text) {
		return 0, p.errorAt(t.at, "column %q has no level %q: %s", column.text, t.text, suggest.Hint(t.text, levels))
	}
	in := Indicator{column.text, t.text}
	k := slices.Index(p.indicators, in)
	if k < 0 {
		k = len(p.indicators)
		p.indicators = append(p.indicators, in)
	}
	return p.input(len(p.Vars) + k)
}

// names are those that an expression can have here.
func (p *parser) names() []string {
	return slices.Concat(p.Vars, slices.Sorted(maps.Keys(p.Levels)), slices.Sorted(maps.Keys(p.lines)))
}

func (p *parser) listNames() string {
	if len(p.names()) == 0 {
		return "numbers"
	}
	return suggest.List(p.names(), 12)
}

// checkNew errs if a line cannot have the name.
func (p *parser) checkNew(t token) error {
	if slices.Contains(p.Vars, t.text) {
		return p.errorAt(t.at, "%q is a %s: give the line another name", t.text, p.What)
	}
	if _, ok := p.lines[t.text]; ok {
		return p.errorAt(t.at, "%q names two lines: give this one another name", t.text)
	}
	return nil
}
