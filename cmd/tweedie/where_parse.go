package main

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// whereParser reads the conditions of one expression, comparison by comparison:
//
//	expression = condition { "and" condition }
//	condition  = sum op sum { op sum }
//	           | column [ "not" ] "in" "(" value { "," value } ")"
//	           | column "is" [ "not" ] "missing"
//	sum        = [ "-" ] term { ( "+" | "-" ) term }
//	term       = number | column | number "*" column | column "*" number
type whereParser struct {
	w    *where
	text string
	list []token
	next int
}

// add parses an expression and adds its conditions to w.
func (w *where) add(text string) error {
	list, err := tokens(text)
	if err != nil {
		return err
	}
	p := &whereParser{w: w, text: text, list: list}
	if len(list) == 0 {
		return wrong(1, "nothing is asked for: give a condition, as in age >= 30")
	}
	for {
		if err := p.condition(); err != nil {
			return err
		}
		switch t := p.take(); {
		case t.kind == tokenEnd:
			return nil
		case t.is("or"):
			return wrong(t.at, "conditions hold together, and or joins two that do not: use %s in (…), or sample twice", "COLUMN")
		case !t.is("and"):
			return wrong(t.at, "found %s after a condition: join conditions by and, quote names that hold spaces or operators", clip(t.String()))
		}
	}
}

func (p *whereParser) peek() token {
	if p.next == len(p.list) {
		return token{at: len([]rune(p.text)) + 1}
	}
	return p.list[p.next]
}

func (p *whereParser) take() token {
	t := p.peek()
	if t.kind != tokenEnd {
		p.next++
	}
	return t
}

// accept takes the next token if it is that.
func (p *whereParser) accept(text string) bool {
	if !p.peek().is(text) {
		return false
	}
	p.next++
	return true
}

var comparisons = []string{"<", "<=", ">", ">=", "=", "!="}

func (p *whereParser) condition() error {
	left, err := p.sum()
	if err != nil {
		return err
	}
	t := p.take()
	if t.kind != tokenOperator {
		switch {
		case t.is("is"):
			return p.isMissing(left)
		case t.is("in"):
			return p.among(left, true)
		case t.is("not") && p.accept("in"):
			return p.among(left, false)
		}
	}
	for n := 0; ; n++ {
		if t.kind != tokenOperator || !slices.Contains(comparisons, t.text) {
			return wrong(t.at, "found %s where a comparison should be: %s, in (…) or is missing", clip(t.String()), strings.Join(comparisons, " "))
		}
		right, err := p.sum()
		if err != nil {
			return err
		}
		if err := p.compare(left, t, right); err != nil {
			return err
		}
		left = right
		if next := p.peek(); next.kind != tokenOperator || !slices.Contains(comparisons, next.text) {
			return nil
		}
		t = p.take()
	}
}

// side is one side of a comparison: a sum, or a single token.
type side struct {
	lone   token // with kind tokenEnd for a sum of several
	column int   // of lone; -1 when it is a value
	terms  []sideTerm
	at     int
}

// sideTerm is weight times a column, or times 1 for column -1; if value is not a
// number, text is what stands there.
type sideTerm struct {
	weight float64
	column int
	token  token
}

func (p *whereParser) sum() (side, error) {
	s := side{at: p.peek().at, column: -1}
	sign, bare := 1.0, true
	for first := true; ; first = false {
		switch {
		case p.accept("-"):
			sign, bare = -1, false
		case p.accept("+"):
			sign, bare = 1, false
		case !first:
			if len(s.terms) == 1 && bare {
				s.lone, s.column = s.terms[0].token, s.terms[0].column
			}
			return s, nil
		}
		t, product, err := p.term()
		if err != nil {
			return s, err
		}
		bare = bare && !product
		t.weight *= sign
		s.terms = append(s.terms, t)
	}
}

func (p *whereParser) term() (t sideTerm, product bool, err error) {
	if t, err = p.operand(); err != nil || !p.accept("*") {
		return t, false, err
	}
	u, err := p.operand()
	if err != nil {
		return t, true, err
	}
	if t.column >= 0 {
		t, u = u, t
	}
	if t.column >= 0 || math.IsNaN(t.weight) {
		return t, true, wrong(t.token.at, "a product is of a number and a column, as 2*age")
	}
	u.weight *= t.weight
	return u, true, nil
}

// operand is a column or a value; the weight of a value that is no number is NaN.
func (p *whereParser) operand() (sideTerm, error) {
	t := p.take()
	if t.kind != tokenWord && t.kind != tokenQuoted {
		return sideTerm{}, wrong(t.at, "found %s where a column or a value should be: quote names that hold spaces or operators", clip(t.String()))
	}
	if t.kind == tokenWord {
		if v, err := strconv.ParseFloat(t.text, 64); err == nil && !math.IsNaN(v) && !strings.ContainsAny(t.text, "xX_") {
			return sideTerm{v, -1, t}, nil
		}
	}
	if k := p.w.column(t.text); k >= 0 {
		return sideTerm{1, k, t}, nil
	}
	return sideTerm{math.NaN(), -1, t}, nil
}

// named is the column that a side names.
func (p *whereParser) named(s side) (int, *datasets.Field, error) {
	if s.lone.kind == tokenEnd {
		return 0, nil, wrong(s.at, "a sum where a single column should be")
	}
	if s.column < 0 {
		return 0, nil, p.unknown(s.lone)
	}
	f, err := p.w.field(s.column)
	if err != nil {
		return 0, nil, positioned{s.lone.at, err}
	}
	return s.column, f, nil
}

// unknown is the error for a word that is no column.
func (p *whereParser) unknown(t token) error {
	for _, name := range p.w.names {
		if t.kind == tokenWord && strings.HasPrefix(name, t.text) && strings.ContainsFunc(name[len(t.text):], func(r rune) bool { return strings.ContainsRune(" <>=!(),+*-", r) }) {
			return wrong(t.at, "no such column: %s; put quotes around a name that holds spaces or operators, as in \"%s\"", suggest.Quote(t.text), clip(name))
		}
	}
	return wrong(t.at, "no such column: %s; %s", suggest.Quote(t.text), hint(t.text, p.w.names))
}

func (p *whereParser) isMissing(s side) error {
	not := p.accept("not")
	if t := p.take(); !t.is("missing") {
		return wrong(t.at, "found %s after is: a column is missing or is not missing, and has a value by =", clip(t.String()))
	}
	k, f, err := p.named(s)
	if err != nil {
		return err
	}
	set := anyCell(f)
	if set.missing = !not; !not {
		set.numbers = nil
		clear(set.levels)
	}
	return p.w.restrict(k, set, p.text)
}

// among reads a list of values.
func (p *whereParser) among(s side, in bool) error {
	k, f, err := p.named(s)
	if err != nil {
		return err
	}
	if t := p.take(); !t.is("(") {
		return wrong(t.at, "found %s where ( should be: give a list, as in (a, b)", clip(t.String()))
	}
	set := anyCell(f)
	set.missing = false
	if in {
		set.numbers = nil
		clear(set.levels)
	}
	for {
		sign := 1.0
		if f.Levels == nil && p.accept("-") {
			sign = -1
		}
		t := p.take()
		if t.kind != tokenWord && t.kind != tokenQuoted {
			return wrong(t.at, "found %s where a value of %s should be: quote values that hold spaces or operators", clip(t.String()), suggest.Quote(f.Name))
		}
		if err := p.member(set, f, t, sign, in); err != nil {
			return err
		}
		if t := p.take(); t.is(")") {
			return p.w.restrict(k, set, p.text)
		} else if !t.is(",") {
			return wrong(t.at, "found %s in a list: separate values by commas and close it by )", clip(t.String()))
		}
	}
}

// member puts a value into a set, or takes it out.
func (p *whereParser) member(set *cellSet, f *datasets.Field, t token, sign float64, in bool) error {
	if f.Levels != nil {
		level, err := p.w.level(f, t.text)
		if err != nil {
			return positioned{t.at, err}
		}
		set.levels[level] = in
		return nil
	}
	v, err := p.w.value(f, t.text)
	if err != nil {
		return positioned{t.at, err}
	}
	if v *= sign; in {
		set.numbers = append(set.numbers, numbersThat("=", v)...)
		return nil
	}
	set.and(&cellSet{numbers: numbersThat("!=", v)})
	return nil
}

// clip shortens what is quoted from an expression.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
