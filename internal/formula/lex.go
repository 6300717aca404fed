package formula

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd    tokenKind = iota // of the text
	tokenLine                    // the end of a line
	tokenSign                    // an operator, a parenthesis or a comma
	tokenNumber                  //
	tokenName                    // letters, digits, _ and dots
	tokenQuoted                  // a name in quotes
)

type token struct {
	kind tokenKind
	text string // without quotes
	at   int    // of its first byte
}

func (t token) is(sign string) bool { return t.kind == tokenSign && t.text == sign }

func (t token) String() string {
	switch t.kind {
	case tokenEnd:
		return "the end"
	case tokenLine:
		return "the end of the line"
	}
	return fmt.Sprintf("%q", t.text)
}

// name reports whether the token can name a variable or a level.
func (t token) name() bool { return t.kind == tokenName || t.kind == tokenQuoted }

// signs that mean something else elsewhere, and what to write.
var elsewhere = map[string]string{
	"**": "write ^ for powers", "==": "write = for a level", "−": "write - for a minus", "×": "write * for a product",
	"·": "write * for a product", "÷": "write / for a quotient", "²": "write ^2 for a square", "[": "write ( and )", "{": "write ( and )",
	"<": "a formula is a number: conditions are those of --where", ">": "a formula is a number: conditions are those of --where",
}

// tokens splits a text. It ends with tokenEnd.
func (p *parser) tokens() ([]token, error) {
	var list []token
	s := p.text
	for at := 0; at < len(s); {
		r, size := utf8.DecodeRuneInString(s[at:])
		t := token{at: at}
		switch {
		case r == '\n' || r == ';':
			t.kind = tokenLine
		case unicode.IsSpace(r):
			at += size
			continue
		case r == '#':
			if at = strings.IndexByte(s[at:], '\n') + at; at < t.at {
				at = len(s)
			}
			continue
		case strings.ContainsRune(`"'`+"`", r):
			var err error
			if t.text, size, err = p.unquote(at); err != nil {
				return nil, err
			}
			t.kind = tokenQuoted
		case r >= '0' && r <= '9' || r == '.':
			t.kind, size = tokenNumber, numberLength(s[at:])
		case r == '_' || unicode.IsLetter(r):
			t.kind, size = tokenName, nameLength(s[at:])
		default:
			for sign, say := range elsewhere {
				if strings.HasPrefix(s[at:], sign) {
					return nil, p.errorAt(at, "%q is no sign of a formula: %s", sign, say)
				}
			}
			if !strings.ContainsRune("+-*/^(),=", r) {
				return nil, p.errorAt(at, "%q is no sign of a formula: put a name that has it in quotes", r)
			}
			t.kind = tokenSign
		}
		if t.kind != tokenQuoted {
			t.text = s[at : at+size]
		}
		list = append(list, t)
		at += size
	}
	return append(list, token{at: len(s)}), nil
}

// unquote returns the name whose quote is at a byte of the text, and its length there.
func (p *parser) unquote(at int) (text string, used int, err error) {
	s := p.text[at:]
	quote := s[:1]
	for i := 1; ; {
		k := strings.Index(s[i:], quote)
		if k < 0 {
			return "", 0, p.errorAt(at, "the quote %s is not closed", quote)
		}
		text += s[i : i+k]
		i += k + 1
		if !strings.HasPrefix(s[i:], quote) {
			return text, i, nil
		}
		text += quote
		i++
	}
}

func nameLength(s string) int {
	for i, r := range s {
		if r != '_' && r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) {
			return i
		}
	}
	return len(s)
}

// numberLength is that of digits, a dot and an exponent that has digits.
func numberLength(s string) int {
	digits := func(i int) int {
		for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.') {
			i++
		}
		return i
	}
	n := digits(0)
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		k := n + 1
		if k < len(s) && (s[k] == '+' || s[k] == '-') {
			k++
		}
		if end := digits(k); end > k {
			return end
		}
	}
	return n
}
