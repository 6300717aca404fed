package formula

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"tweedie/internal/suggest"
)

// shown is the number of runes of the text that an error quotes.
const shown = 24

// errorAt is an error at a byte of the text.
func (p *parser) errorAt(at int, format string, args ...any) error {
	before := p.text[:at]
	line := strings.Count(before, "\n") + 1
	start := strings.LastIndexByte(before, '\n') + 1
	place := fmt.Sprintf("character %d", utf8.RuneCountInString(p.text[start:at])+1)
	if strings.Contains(strings.TrimSpace(p.text), "\n") {
		place = fmt.Sprintf("line %d, %s", line, place)
	}
	rest, _, _ := strings.Cut(p.text[at:], "\n")
	if r := []rune(rest); len(r) > shown {
		rest = string(r[:shown]) + "…"
	}
	if rest != "" {
		place += fmt.Sprintf(", at %q", rest)
	}
	return fmt.Errorf("formula: %s: %w", place, fmt.Errorf(format, args...))
}

// tooLong is the error of a formula beyond the bounds, at the next token.
func (p *parser) tooLong(format string, args ...any) error {
	at := 0
	if p.list != nil {
		at = p.peek().at
	}
	return p.errorAt(at, "the formula is too long: "+format+"; split it, or write the operator in Go", args...)
}

// unexpected says why a token cannot stand where it does.
func (p *parser) unexpected(t token) error {
	if p.next > 0 {
		last := p.list[p.next-1]
		operand := last.kind == tokenNumber || last.name() || last.is(")")
		switch {
		case operand && (t.kind == tokenNumber || t.name() || t.is("(")):
			return p.errorAt(t.at, "an operator is missing between %s and %s; a name that has spaces or signs is quoted", last, t)
		case operand && t.is("="):
			return p.errorAt(t.at, "= stands after the name of a line or of a column with levels")
		case operand && t.is(")"):
			return p.errorAt(t.at, "this parenthesis closes none")
		}
	}
	return p.errorAt(t.at, "%s stands where a number, a name or a parenthesis is needed", t)
}

func (p *parser) unclosed(open token) error {
	if t := p.peek(); t.kind != tokenEnd && t.kind != tokenLine && !t.is(",") {
		return p.unexpected(t)
	}
	return p.errorAt(open.at, "this parenthesis is not closed")
}

// unknown says what a name could have been.
func (p *parser) unknown(t token) error {
	if t.text == p.current {
		return p.errorAt(t.at, "the line %q uses itself", t.text)
	}
	for i := p.next; i+1 < len(p.list); i++ {
		first := i == 0 || p.list[i-1].kind == tokenLine
		if first && p.list[i].name() && p.list[i].text == t.text && p.list[i+1].is("=") {
			return p.errorAt(t.at, "the line %q stands below: a line uses those above it", t.text)
		}
	}
	if _, ok := functions[t.text]; ok {
		return p.errorAt(t.at, "%s is a function: write %s(…)", t.text, t.text)
	}
	if _, ok := joined[t.text]; ok {
		return p.errorAt(t.at, "%s is a function: write %s(…)", t.text, t.text)
	}
	names := p.names()
	if len(names) == 0 {
		return p.errorAt(t.at, "no %s %q: this formula has numbers alone", p.What, t.text)
	}
	hint := ""
	if near, ok := suggest.Nearest(t.text, names); ok {
		hint = "did you mean " + near + "? "
	}
	return p.errorAt(t.at, "no %s %q: %sthere are %s", p.What, t.text, hint, suggest.List(names, 12))
}
