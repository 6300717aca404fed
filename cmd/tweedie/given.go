package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tweedie/internal/suggest"
)

// given is what --given fixes: conditions of the model, and columns of its rows.
type given struct {
	conditions []float64 // NaN where there is none
	known      []float64 // encoded row, NaN where nothing is given; nil without
}

// parseGiven reads COLUMN=VALUE settings.
func (b *bundle) parseGiven(settings []string) (*given, error) {
	m := b.codec.Metadata()
	g := &given{}
	for range m.Conditions() {
		g.conditions = append(g.conditions, math.NaN())
	}
	values := map[string]string{}
	for _, s := range settings {
		i := strings.IndexByte(s, '=')
		if i < 0 {
			return nil, badUsage("--given %q: give COLUMN=VALUE", s)
		}
		for n := i; n >= 0 && m.Field(s[:i]) == nil; { // names may hold =
			if n = strings.IndexByte(s[i+1:], '='); n >= 0 && m.Field(s[:i+1+n]) != nil {
				i += 1 + n
			} else {
				break
			}
		}
		column, value := s[:i], s[i+1:]
		if v, again := values[column]; again && v != value {
			return nil, badUsage("--given %q contradicts an earlier --given for %s", s, column)
		}
		values[column] = value
		if m.Field(column) == nil {
			return nil, badUsage("--given %q: no such column: %s", s, hint(column, b.columns()))
		}
		if err := b.give(g, column, value); err != nil {
			return nil, badUsage("--given %q: %w", s, err)
		}
	}
	return g, nil
}

func (b *bundle) give(g *given, column, value string) error {
	m := b.codec.Metadata()
	if k := slices.Index(conditionNames(m), column); k >= 0 {
		level, err := m.Field(column).LevelIndex(value)
		if err != nil {
			return err
		}
		g.conditions[k] = float64(level)
		return nil
	}
	if g.known == nil {
		g.known = make([]float64, b.codec.Dim())
		for j := range g.known {
			g.known[j] = math.NaN()
		}
	}
	if err := b.codec.EncodeCell(g.known, column, value); err != nil {
		return err
	}
	if !b.model.Parts {
		return fmt.Errorf("the model was trained without giving it columns: train it with --partial above 0, or with --condition %s", column)
	}
	return nil
}

// hint suggests one of names, or lists them.
func hint(word string, names []string) string {
	if n, ok := suggest.Nearest(word, names); ok {
		return "did you mean " + n + "?"
	}
	return "choose from " + suggest.List(names, 12)
}
