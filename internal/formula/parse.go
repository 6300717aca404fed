package formula

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// parser reads a text by recursive descent.
type parser struct {
	Names
	builder
	text       string
	list       []token
	next       int
	depth      int
	lines      map[string]int // named lines, and their nodes
	current    string         // the line that is being read, if it has a name
	indicators []Indicator
}

// Parse reads a formula of the names; see the function Parse.
func (n Names) Parse(text string) (*Formula, error) {
	if n.What == "" {
		n.What = "column"
	}
	p := &parser{Names: n, text: text, lines: map[string]int{}, builder: builder{known: map[key]int{}}}
	root, err := p.formula()
	if err != nil {
		return nil, err
	}
	return &Formula{text: text, vars: len(n.Vars), nodes: p.live(root), indicators: p.indicators}, nil
}

func (p *parser) formula() (root int, err error) {
	if len(p.text) > MaxBytes {
		return 0, p.tooLong("%d bytes, and %d are the limit", len(p.text), MaxBytes)
	}
	if !utf8.ValidString(p.text) {
		return 0, p.errorAt(0, "the text is not valid UTF-8")
	}
	if p.list, err = p.tokens(); err != nil {
		return 0, err
	}
	root = -1
	unnamed := token{at: -1}
	for {
		for p.peek().kind == tokenLine {
			p.next++
		}
		if p.peek().kind == tokenEnd {
			break
		}
		if unnamed.at >= 0 {
			return 0, p.errorAt(unnamed.at, "this line has no name and is not the last: write name = … to use it below")
		}
		start := p.peek()
		if root, err = p.line(); err != nil {
			return 0, err
		}
		if p.current == "" {
			unnamed = start
		}
	}
	if root < 0 {
		return 0, p.errorAt(0, "the formula is empty: write an expression of %s", p.listNames())
	}
	return root, nil
}

// line reads one line, with its name if it has one.
func (p *parser) line() (int, error) {
	p.current = ""
	if t := p.peek(); t.name() && p.list[p.next+1].is("=") && p.Levels[t.text] == nil {
		if err := p.checkNew(t); err != nil {
			return 0, err
		}
		p.current = t.text
		p.next += 2
	}
	v, err := p.sum()
	if err != nil {
		return 0, err
	}
	if t := p.peek(); t.kind != tokenLine && t.kind != tokenEnd {
		return 0, p.unexpected(t)
	}
	if p.current != "" {
		p.lines[p.current] = v
	}
	return v, nil
}

func (p *parser) peek() token { return p.list[p.next] }

// accept takes the next token if it is one of the signs.
func (p *parser) accept(signs ...string) (token, bool) {
	t := p.peek()
	if t.kind != tokenSign || !slices.Contains(signs, t.text) {
		return t, false
	}
	p.next++
	return t, true
}

// enter goes one level deeper.
func (p *parser) enter() error {
	if p.depth++; p.depth > MaxDepth {
		return p.tooLong("it is nested more than %d deep here", MaxDepth)
	}
	return nil
}

var binary = map[string]Op{"+": Add, "-": Sub, "*": Mul, "/": Div, "^": Pow}

func (p *parser) sum() (int, error) { return p.chain(p.product, "+", "-") }

func (p *parser) product() (int, error) { return p.chain(p.signed, "*", "/") }

// chain reads operands that are joined by signs, from the left.
func (p *parser) chain(operand func() (int, error), signs ...string) (int, error) {
	x, err := operand()
	for err == nil {
		t, ok := p.accept(signs...)
		if !ok {
			return x, nil
		}
		var y int
		if y, err = operand(); err == nil {
			x, err = p.operation(t, binary[t.text], x, y)
		}
	}
	return 0, err
}

// signed reads a power with its signs.
func (p *parser) signed() (int, error) {
	t, ok := p.accept("-", "+")
	if !ok {
		return p.power()
	}
	if err := p.enter(); err != nil {
		return 0, err
	}
	defer func() { p.depth-- }()
	x, err := p.signed()
	if err != nil || t.text == "+" {
		return x, err
	}
	return p.operation(t, Neg, x, 0)
}

func (p *parser) power() (int, error) {
	x, err := p.primary()
	if err != nil {
		return 0, err
	}
	t, ok := p.accept("^")
	if !ok {
		return x, nil
	}
	if err := p.enter(); err != nil {
		return 0, err
	}
	defer func() { p.depth-- }()
	y, err := p.signed()
	if err != nil {
		return 0, err
	}
	return p.operation(t, Pow, x, y)
}

// operation adds a node, and errs where it makes a number that is none.
func (p *parser) operation(t token, op Op, x, y int) (int, error) {
	v := p.apply(op, x, y)
	if c, ok := p.constant(v); ok && (math.IsNaN(c) || math.IsInf(c, 0)) {
		return 0, p.errorAt(t.at, "%s gives %v here: this part is a constant, and no finite one", t, c)
	}
	if len(p.nodes) > MaxNodes {
		return 0, p.tooLong("more than %d operations, numbers and names", MaxNodes)
	}
	return v, nil
}

// primary reads a number, a name, a call or an expression in parentheses.
func (p *parser) primary() (int, error) {
	t := p.peek()
	switch {
	case t.kind == tokenNumber:
		v, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return 0, p.errorAt(t.at, "%q is no number", t.text)
		}
		p.next++
		return p.number(v), nil
	case t.kind == tokenName && p.list[p.next+1].is("("):
		return p.call()
	case t.name():
		return p.variable()
	case t.is("("):
		if err := p.enter(); err != nil {
			return 0, err
		}
		defer func() { p.depth-- }()
		p.next++
		v, err := p.sum()
		if err != nil {
			return 0, err
		}
		if _, ok := p.accept(")"); !ok {
			return 0, p.unclosed(t)
		}
		return v, nil
	}
	return 0, p.unexpected(t)
}
