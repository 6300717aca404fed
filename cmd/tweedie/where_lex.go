package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word, a quoted name, or an operator of a --where expression.
type token struct {
	kind tokenKind
	text string // without quotes; operators in their plain form: <=, !=, =
	at   int    // position of the first character, from 1
}

type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenQuoted
	tokenOperator
)

// is reports whether the token is an operator or, in any case of letters, a word.
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

func wrong(at int, format string, args ...any) error {
	return positioned{at, fmt.Errorf(format, args...)}
}

// operators by their spelling, the longer of two first.
var operators = []struct{ text, plain string }{
	{"<=", "<="}, {">=", ">="}, {"!=", "!="}, {"<>", "!="}, {"==", "="}, {"&&", "and"}, {"||", "or"},
	{"≤", "<="}, {"≥", ">="}, {"≠", "!="},
	{"<", "<"}, {">", ">"}, {"=", "="}, {"(", "("}, {")", ")"}, {",", ","}, {"+", "+"}, {"*", "*"},
}

// tokens cuts an expression. A word is all that stands between spaces and
// operators: capital_gain, Self-emp-not-inc, 2001-05-01, -0.5 being a minus and
// a word. Names with anything else in them are quoted by ", ' or `, a doubled
// quote standing for one.
func tokens(s string) ([]token, error) {
	var list []token
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("not valid UTF-8")
	}
	for at := 1; s != ""; {
		r, size := utf8.DecodeRuneInString(s)
		var t token
		var used int
		var err error
		switch text, plain := operator(s); {
		case unicode.IsSpace(r):
			s, at = s[size:], at+1
			continue
		case strings.ContainsRune("\"'`", r):
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
		t.at = at
		list = append(list, t)
		at += utf8.RuneCountInString(s[:used])
		s = s[used:]
	}
	return list, nil
}

// operator returns the operator that s begins with, other than a minus.
func operator(s string) (text, plain string) {
	for _, o := range operators {
		if strings.HasPrefix(s, o.text) {
			return o.text, o.plain
		}
	}
	return "", ""
}

// wordLength is the length of the word that s begins with.
func wordLength(s string) int {
	for i, r := range s {
		if unicode.IsSpace(r) || strings.ContainsRune("\"'`", r) {
			return i
		}
		if text, _ := operator(s[i:]); text != "" && !exponent(s[:i], r) {
			return i
		}
	}
	return len(s)
}

// exponent reports whether sign is that of the exponent of a number: 1e+5.
func exponent(before string, sign rune) bool {
	n := len(before) - 1
	return sign == '+' && n > 0 && (before[n] == 'e' || before[n] == 'E') && strings.Trim(before[:n], "0123456789.") == ""
}

// unquote returns the quoted name that s begins with, and its length there.
func unquote(s string, at int) (text string, used int, err error) {
	quote := s[:1]
	for i := 1; ; {
		k := strings.Index(s[i:], quote)
		if k < 0 {
			return "", 0, wrong(at, "the quote %s is not closed", quote)
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
