package where

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// mirrored returns the operator of a comparison whose sides are exchanged.
func mirrored(op string) string { return strings.NewReplacer("<", ">", ">", "<").Replace(op) }

func (p *parser) compare(left sum, op token, right sum) error {
	for _, order := range []struct {
		s, other sum
		op       string
	}{{left, right, op.text}, {right, left, mirrored(op.text)}} {
		t, ok := order.s.column()
		if !ok {
			continue
		}
		f, err := p.field(t)
		if err != nil {
			return err
		}
		if f.Levels != nil {
			return p.compareLevels(t.column, f, token{op.kind, order.op, op.at}, order.other)
		}
		value, ok := order.other.value()
		if !ok {
			continue
		}
		v, err := p.number(f, value)
		if err != nil {
			if near, ok := suggest.Nearest(value.text, p.c.names); ok && value.kind == tokenWord && f.Type != datasets.TypeDateTime {
				return errorAt(value.at, "%s is neither a number nor a column: did you mean %s?", suggest.Quote(value.text), near)
			}
			return err
		}
		return p.restrictNumbers(t.column, order.op, v)
	}
	return p.compareSums(left, op.text, right)
}

func (p *parser) restrictNumbers(k int, op string, bound float64) error {
	set := anyValue(&p.c.meta.Columns[k])
	set.Numbers = solutions(op, bound)
	return p.c.Restrict(k, set, p.text)
}

func (p *parser) compareLevels(k int, f *datasets.Field, op token, other sum) error {
	t := other.terms[0]
	if !other.single {
		if len(other.terms) > 1 || t.column >= 0 {
			return errorAt(other.at, "a sum where a level of %s should be: %s is %s", suggest.Quote(f.Name), suggest.Quote(f.Name), f.Type)
		}
		t.token.text = strconv.FormatFloat(t.weight, 'g', -1, 64) // a number with a sign, as -1
	}
	set := anyValue(f)
	if op.text == "=" || op.text == "!=" {
		level, err := p.level(f, t.token)
		if err != nil && t.column >= 0 {
			return errorAt(t.token.at, "%s and %s are two columns, and only numbers and dates are compared with each other", suggest.Quote(f.Name), suggest.Quote(t.token.text))
		}
		if err != nil {
			return err
		}
		for i := range set.Levels {
			set.Levels[i] = (i == level) == (op.text == "=")
		}
		return p.c.Restrict(k, set, p.text)
	}
	bound, err := strconv.ParseFloat(t.token.text, 64)
	for i, l := range f.Levels {
		v, e := strconv.ParseFloat(l.Name, 64)
		if e != nil || err != nil {
			return errorAt(op.at, "%s is %s and has no order: use =, != or in (…)", suggest.Quote(f.Name), f.Type)
		}
		set.Levels[i] = satisfies(v, op.text, bound)
	}
	return p.c.Restrict(k, set, p.text)
}

// compareSums adds a condition on sums: columns go to the left, constants to the right.
func (p *parser) compareSums(left sum, op string, right sum) error {
	r := Relation{Op: op, Weights: map[int]float64{}, Text: p.text}
	for i, s := range []sum{left, right} {
		for _, t := range s.terms {
			w := t.weight * float64(1-2*i)
			switch {
			case t.column < 0 && math.IsNaN(t.weight):
				return p.unknown(t.token)
			case t.column < 0:
				r.Bound -= w
				continue
			}
			f, err := p.field(t)
			if err != nil {
				return err
			}
			if f.Levels != nil {
				return errorAt(t.token.at, "%s is %s, and only numbers and dates are compared with each other", suggest.Quote(f.Name), f.Type)
			}
			r.Weights[t.column] += w
		}
	}
	maps.DeleteFunc(r.Weights, func(_ int, w float64) bool { return w == 0 })
	r.Columns = slices.Sorted(maps.Keys(r.Weights))
	if err := r.check(p.c.meta); err != nil {
		return positioned{left.at, err}
	}
	if len(r.Columns) > 1 {
		return p.c.relate(r)
	}
	k := r.Columns[0]
	w := r.Weights[k]
	if w < 0 {
		r.Op = mirrored(r.Op)
	}
	return p.restrictNumbers(k, r.Op, snap(&p.c.meta.Columns[k], r.Bound/w))
}

func (p *parser) field(t term) (*datasets.Field, error) {
	f := &p.c.meta.Columns[t.column]
	switch f.Type {
	case datasets.TypeIdentifier:
		return nil, errorAt(t.token.at, "column %s is an identifier, which is not modelled", suggest.Quote(f.Name))
	case datasets.TypeConstant:
		return nil, errorAt(t.token.at, "column %s is constant: every row has %s", suggest.Quote(f.Name), suggest.Quote(f.Value))
	}
	return f, nil
}
