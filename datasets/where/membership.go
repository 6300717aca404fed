package where

import (
	"tweedie/datasets"
	"tweedie/internal/suggest"
)

func (p *parser) named(s sum) (int, *datasets.Field, error) {
	t, ok := s.column()
	switch {
	case !s.single:
		return 0, nil, errorAt(s.at, "a sum where a single column should be")
	case !ok:
		return 0, nil, p.unknown(t.token)
	}
	f, err := p.field(t)
	return t.column, f, err
}

func (p *parser) isMissing(s sum) error {
	not := p.accept("not")
	if t := p.take(); !t.is("missing") {
		return errorAt(t.at, "found %s after is: a column is missing or is not missing, and has a value by =", suggest.Clip(t.String()))
	}
	k, f, err := p.named(s)
	if err != nil {
		return err
	}
	set := anyValue(f)
	if !not {
		set = noCell(f)
		set.Missing = true
	}
	return p.c.Restrict(k, set, p.text)
}

func (p *parser) isAmong(s sum, in bool) error {
	k, f, err := p.named(s)
	if err != nil {
		return err
	}
	if t := p.take(); !t.is("(") {
		return errorAt(t.at, "found %s where ( should be: give a list, as in (a, b)", suggest.Clip(t.String()))
	}
	set := anyValue(f)
	if in {
		set = noCell(f)
	}
	for {
		if err := p.member(set, f, in); err != nil {
			return err
		}
		if t := p.take(); t.is(")") {
			return p.c.Restrict(k, set, p.text)
		} else if !t.is(",") {
			return errorAt(t.at, "found %s in a list: separate values by commas and close it by )", suggest.Clip(t.String()))
		}
	}
}

func (p *parser) member(set *Set, f *datasets.Field, in bool) error {
	sign := 1.0
	if f.Levels == nil && p.accept("-") {
		sign = -1
	}
	t := p.take()
	if t.kind != tokenWord && t.kind != tokenQuoted {
		return errorAt(t.at, "found %s where a value of %s should be: quote values that hold spaces or operators", suggest.Clip(t.String()), suggest.Quote(f.Name))
	}
	if f.Levels != nil {
		level, err := p.level(f, t)
		if err != nil {
			return err
		}
		set.Levels[level] = in
		return nil
	}
	v, err := p.number(f, t)
	if err != nil {
		return err
	}
	if v *= sign; in {
		set.Numbers = append(set.Numbers, solutions("=", v)...)
		return nil
	}
	set.and(&Set{Numbers: solutions("!=", v)})
	return nil
}
