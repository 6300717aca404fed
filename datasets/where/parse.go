package where

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"tweedie/internal/suggest"
)

// parser reads an expression by recursive descent, and adds each condition to c at once.
type parser struct {
	c    *Conditions
	text string
	list []token
	next int
}

func (c *Conditions) add(text string) error {
	list, err := tokens(text)
	if err != nil {
		return err
	}
	p := &parser{c: c, text: text, list: list}
	if err := p.conditions(); err != nil {
		return p.unquoted(err)
	}
	return nil
}

// conditions reads all of the expression.
func (p *parser) conditions() error {
	if len(p.list) == 0 {
		return errorAt(1, "nothing is asked for: give a condition, as in age >= 30")
	}
	for {
		if err := p.condition(); err != nil {
			return err
		}
		switch t := p.take(); {
		case t.kind == tokenEnd:
			return nil
		case t.is("or"):
			return errorAt(t.at, "conditions hold together, and or joins two that do not: use COLUMN in (…), or sample twice")
		case !t.is("and"):
			return errorAt(t.at, "found %s after a condition: join conditions by and, quote names that hold spaces or operators", suggest.Clip(t.String()))
		}
	}
}

func (p *parser) peek() token {
	if p.next == len(p.list) {
		return token{at: len([]rune(p.text)) + 1}
	}
	return p.list[p.next]
}

func (p *parser) take() token {
	t := p.peek()
	if t.kind != tokenEnd {
		p.next++
	}
	return t
}

func (p *parser) accept(text string) bool {
	if !p.peek().is(text) {
		return false
	}
	p.next++
	return true
}

const comparisons = "< <= > >= = !="

func (t token) isComparison() bool {
	return t.kind == tokenOperator && slices.Contains(strings.Fields(comparisons), t.text)
}

func (p *parser) condition() error {
	left, err := p.sum()
	if err != nil {
		return err
	}
	t := p.take()
	switch {
	case t.is("is"):
		return p.isMissing(left)
	case t.is("in"):
		return p.isAmong(left, true)
	case t.is("not") && p.accept("in"):
		return p.isAmong(left, false)
	case !t.isComparison():
		return errorAt(t.at, "found %s where a comparison should be: %s, in (…) or is missing", suggest.Clip(t.String()), comparisons)
	}
	for {
		right, err := p.sum()
		if err != nil {
			return err
		}
		if err := p.compare(left, t, right); err != nil {
			return err
		}
		if !p.peek().isComparison() {
			return nil
		}
		left, t = right, p.take()
	}
}

// sum is one side of a comparison.
type sum struct {
	terms  []term
	at     int
	single bool // one operand without a sign or a product
}

// term is weight times a column, or for column -1 the number weight, NaN for other words.
type term struct {
	weight float64
	column int
	token  token
}

func (s sum) column() (t term, ok bool) {
	return s.terms[0], s.single && s.terms[0].column >= 0
}

func (s sum) value() (t token, ok bool) {
	return s.terms[0].token, s.single && s.terms[0].column < 0
}

func (p *parser) sum() (sum, error) {
	s := sum{at: p.peek().at, single: true}
	for {
		sign := 1.0
		switch {
		case p.accept("-"):
			sign, s.single = -1, false
		case p.accept("+"):
			s.single = false
		case len(s.terms) > 0:
			return s, nil
		}
		t, product, err := p.term()
		if err != nil {
			return s, err
		}
		s.single = s.single && !product
		t.weight *= sign
		s.terms = append(s.terms, t)
	}
}

func (p *parser) term() (t term, product bool, err error) {
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
		return t, true, errorAt(t.token.at, "a product is of a number and a column, as 2*age")
	}
	u.weight *= t.weight
	return u, true, nil
}

func (p *parser) operand() (term, error) {
	t := p.take()
	if t.kind != tokenWord && t.kind != tokenQuoted {
		return term{}, errorAt(t.at, "found %s where a column or a value should be: quote names that hold spaces or operators", suggest.Clip(t.String()))
	}
	if t.kind == tokenWord {
		if v, err := strconv.ParseFloat(t.text, 64); err == nil && !math.IsNaN(v) && !strings.ContainsAny(t.text, "xX_") {
			return term{v, -1, t}, nil
		}
	}
	if k := p.c.Column(t.text); k >= 0 {
		return term{1, k, t}, nil
	}
	return term{math.NaN(), -1, t}, nil
}

// unquoted says how a column is written whose name holds spaces or operators, if one
// stands in the expression without quotes, perhaps misspelt; otherwise it returns err.
func (p *parser) unquoted(err error) error {
	var names []string
	for _, name := range p.c.names {
		if list, e := tokens(name); e != nil || len(list) != 1 || list[0].kind != tokenWord {
			names = append(names, name)
		}
	}
	for _, exact := range []bool{true, false} { // a part of one name may be near to another
		for i, first := range p.list {
			if !exact && first.is("and") {
				continue
			}
			for k := i; k < len(p.list) && p.list[k].kind != tokenQuoted && (exact || p.list[k].kind == tokenWord); k++ {
				before, words, after := p.cut(first, p.list[k])
				name, ok := suggest.Nearest(words, names)
				if ok && (exact && strings.EqualFold(words, name) || !exact && p.c.Column(words) < 0) {
					return errorAt(first.at, "the name of column %s holds a space or an operator: put it between quotes, as in %s", suggest.Clip(name), suggest.Clip(before+`"`+name+`"`+after))
				}
			}
		}
	}
	return err
}

// cut returns the expression from one token to another, and what stands around it.
func (p *parser) cut(from, to token) (before, words, after string) {
	text := []rune(p.text)
	end := min(len(text), to.at-1+len([]rune(to.text)))
	return string(text[:from.at-1]), string(text[from.at-1 : end]), string(text[end:])
}

func (p *parser) unknown(t token) error {
	for _, name := range p.c.names {
		if rest, ok := strings.CutPrefix(name, t.text); ok && t.kind == tokenWord && strings.ContainsAny(rest, " <>=!(),+*-") {
			return errorAt(t.at, "no such column: %s; put quotes around a name that holds spaces or operators, as in \"%s\"", suggest.Quote(t.text), suggest.Clip(name))
		}
	}
	return errorAt(t.at, "no such column: %s; %s", suggest.Quote(t.text), suggest.Hint(t.text, p.c.names))
}
