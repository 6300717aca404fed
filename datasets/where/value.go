package where

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

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
