package where

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type token struct {
	kind tokenKind
	text string // without quotes; of operators the plain form: <=, !=, =
	at   int    // position of the first character, from 1
}

type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenQuoted
	tokenOperator
)

// is reports whether the token is the operator or, in any case, the word text.
func (t token) is(text string) bool {
	return t.kind == tokenOperator && t.text == text || t.kind == tokenWord && strings.EqualFold(t.text, text)
}

func (t token) String() string {
	switch t.kind {
	case tokenEnd:
		return "the end"
	case tokenQuoted:
		return `"` + t.text + `"`
	}
	return t.text
}

// positioned is an error at a character of an expression.
type positioned struct {
	at  int
	err error
}

func (e positioned) Error() string { return fmt.Sprintf("character %d: %v", e.at, e.err) }
func (e positioned) Unwrap() error { return e.err }

func errorAt(at int, format string, args ...any) error {
	return positioned{at, fmt.Errorf(format, args...)}
}

// operator returns the longest operator that s begins with, other than a minus, and its
// plain form.
func operator(s string) (text, plain string) {
	for _, o := range [...]struct{ text, plain string }{
		{"<=", "<="}, {">=", ">="}, {"!=", "!="}, {"<>", "!="}, {"==", "="}, {"&&", "and"}, {"||", "or"},
		{"≤", "<="}, {"≥", ">="}, {"≠", "!="},
		{"<", "<"}, {">", ">"}, {"=", "="}, {"(", "("}, {")", ")"}, {",", ","}, {"+", "+"}, {"*", "*"},
	} { // <= stands before <
		if strings.HasPrefix(s, o.text) {
			return o.text, o.plain
		}
	}
	return "", ""
}

// tokens splits an expression. A word extends to the next space, quote or operator,
// but may contain minus signs: capital_gain, Self-emp-not-inc, 2001-05-01 and 12:30+02:00
// are words, -0.5 is a minus and a word. Other names are quoted by ", ' or `, and a
// doubled quote stands for one.
func tokens(s string) ([]token, error) {
	var list []token
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("not valid UTF-8")
	}
	for at := 1; s != ""; {
		r, size := utf8.DecodeRuneInString(s)
		t := token{at: at}
		var used int
		var err error
		switch text, plain := operator(s); {
		case unicode.IsSpace(r):
			s, at = s[size:], at+1
			continue
		case isQuote(r):
			t.kind = tokenQuoted
			t.text, used, err = unquote(s, at)
		case text != "":
			t.kind, t.text, used = tokenOperator, plain, len(text)
		case r == '-' || r == '−':
			t.kind, t.text, used = tokenOperator, "-", size
		default:
			used = wordLength(s)
			t.kind, t.text = tokenWord, s[:used]
		}
		if err != nil {
			return nil, err
		}
		list = append(list, t)
		at += utf8.RuneCountInString(s[:used])
		s = s[used:]
	}
	return list, nil
}

func isQuote(r rune) bool { return r == '"' || r == '\'' || r == '`' }

func wordLength(s string) int {
	for i, r := range s {
		if unicode.IsSpace(r) || isQuote(r) {
			return i
		}
		if text, _ := operator(s[i:]); text != "" && !isExponent(s[:i], r) && !isOffset(s[:i], r) {
			return i
		}
	}
	return len(s)
}

// isOffset reports whether sign, after before, begins the offset of a time: 12:30+02:00.
func isOffset(before string, sign rune) bool {
	n := len(before) - 1
	clock := n >= 4 && before[n-2] == ':' && strings.Trim(before[n-4:n-2]+before[n-1:], "0123456789") == ""
	return sign == '+' && clock
}

// isExponent reports whether sign, after before, belongs to an exponent: 1e+5.
func isExponent(before string, sign rune) bool {
	n := len(before) - 1
	return sign == '+' && n > 0 && (before[n] == 'e' || before[n] == 'E') && strings.Trim(before[:n], "0123456789.") == ""
}

// unquote returns the quoted name that s begins with, and its length in s.
func unquote(s string, at int) (text string, used int, err error) {
	quote := s[:1]
	for i := 1; ; {
		k := strings.Index(s[i:], quote)
		if k < 0 {
			return "", 0, errorAt(at, "the quote %s is not closed", quote)
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
