package where

import (
	"math"
	"slices"
	"strconv"
	"strings"

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

func (p *parser) level(f *datasets.Field, t token) (int, error) {
	k, err := f.LevelIndex(t.text)
	switch {
	case err != nil && p.meansMissing(t):
		return 0, errMissing(t)
	case err != nil:
		return 0, positioned{t.at, err}
	}
	return k, nil
}

func (p *parser) number(f *datasets.Field, t token) (float64, error) {
	if p.meansMissing(t) {
		return 0, errMissing(t)
	}
	if f.Type == datasets.TypeDateTime {
		one := datasets.NewCells(p.c.meta, 1)
		if err := one.SetText(0, f.Name, t.text); err != nil {
			return 0, positioned{t.at, err}
		}
		return one.Number(0, p.c.Column(f.Name)), nil
	}
	v, err := strconv.ParseFloat(t.text, 64)
	if one := datasets.NewCells(p.c.meta, 1); err != nil && t.kind == tokenQuoted && one.SetText(0, f.Name, t.text) == nil {
		v, err = one.Number(0, p.c.Column(f.Name)), nil // as "$1,200.50" is written in the table
	}
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, errorAt(t.at, "%s is not a number, and %s is %s", suggest.Quote(t.text), suggest.Quote(f.Name), f.Type)
	}
	return v, nil
}

func (p *parser) meansMissing(t token) bool {
	return slices.ContainsFunc(p.c.meta.Missing, func(m string) bool { return strings.EqualFold(m, t.text) })
}

func errMissing(t token) error {
	return errorAt(t.at, "%s means a missing cell: write is missing", suggest.Quote(t.text))
}
