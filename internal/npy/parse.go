package npy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// parse reads the dictionary of a header.
func parse(text string) (*Header, error) {
	p := &parser{rest: text}
	h, seen := &Header{}, map[string]bool{}
	if !p.take("{") {
		return nil, p.bad()
	}
	for !p.take("}") {
		key, ok := p.quoted()
		if !ok || !p.take(":") {
			return nil, p.bad()
		}
		if seen[key] {
			return nil, fmt.Errorf("its header has %s twice", key)
		}
		seen[key] = true
		if err := p.value(h, key); err != nil {
			return nil, err
		}
		if !p.take(",") && !strings.HasPrefix(strings.TrimLeft(p.rest, " "), "}") {
			return nil, p.bad()
		}
	}
	if strings.TrimSpace(p.rest) != "" {
		return nil, p.bad()
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return nil, fmt.Errorf("its header has no %s", key)
		}
	}
	return h, h.check()
}

// value reads the value of a key into h.
func (p *parser) value(h *Header, key string) (err error) {
	switch key {
	case "descr":
		if p.take("[") {
			return errors.New("an array of records: save each field as an array of numbers, or the table as Parquet")
		}
		text, ok := p.quoted()
		if !ok {
			return p.bad()
		}
		h.Type, err = parseType(text)
		return err
	case "fortran_order":
		if h.Fortran = p.take("True"); !h.Fortran && !p.take("False") {
			return p.bad()
		}
		return nil
	case "shape":
		return p.shape(h)
	}
	return fmt.Errorf("its header has the unknown key %.40q", key)
}

func (p *parser) shape(h *Header) error {
	if !p.take("(") {
		return p.bad()
	}
	for !p.take(")") {
		p.rest = strings.TrimLeft(p.rest, " ")
		n := 0
		for n < len(p.rest) && p.rest[n] >= '0' && p.rest[n] <= '9' {
			n++
		}
		if n == 0 {
			return p.bad()
		}
		size, err := strconv.Atoi(p.rest[:n])
		if err != nil || len(h.Shape) == 32 {
			return errors.New("its shape is more than any file has")
		}
		h.Shape = append(h.Shape, size)
		p.rest = strings.TrimPrefix(p.rest[n:], "L") // of Python 2
		if !p.take(",") && !strings.HasPrefix(strings.TrimLeft(p.rest, " "), ")") {
			return p.bad()
		}
	}
	return nil
}

// parser has what is left of a header.
type parser struct{ rest string }

// take skips spaces and a token, if it is next.
func (p *parser) take(token string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(p.rest, " "), token)
	if ok {
		p.rest = rest
	}
	return ok
}

// quoted reads a text in quotes of either kind.
func (p *parser) quoted() (text string, ok bool) {
	for _, q := range []string{"'", `"`} {
		if p.take(q) {
			text, p.rest, ok = strings.Cut(p.rest, q)
			return text, ok
		}
	}
	return "", false
}

func (p *parser) bad() error {
	return fmt.Errorf("its header cannot be read, from %.30q on", p.rest)
}
