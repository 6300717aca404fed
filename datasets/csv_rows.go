package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tweedie/internal/suggest"
)

// row appends one record to the columns.
func (p *csvReader) row(record []string) error {
	line, _ := p.csv.FieldPos(0)
	if len(record) != len(p.table.Columns) {
		return p.fail(line, "", fmt.Sprintf("%d cells where the header has %d", len(record), len(p.table.Columns)),
			"give every row as many cells as the header; quote cells that contain commas")
	}
	for j := range record {
		c := &p.table.Columns[j]
		cell := strings.TrimSpace(record[j])
		if levels := p.levels[j]; levels != nil {
			if err := p.label(c, levels, cell, j); err != nil {
				return err
			}
			continue
		}
		v, decimals, is := parseNumber(cell)
		if is != isNumber {
			return p.badNumber(record, j, is)
		}
		c.Values = append(c.Values, v)
		c.Decimals = max(c.Decimals, decimals)
		c.Integer = c.Integer && v == math.Trunc(v)
	}
	p.table.lines = append(p.table.lines, line)
	return nil
}

// label appends one cell to a label column.
func (p *csvReader) label(c *Column, levels map[string]int, cell string, j int) error {
	k, known := levels[cell]
	if !known {
		line, _ := p.csv.FieldPos(j)
		if len(cell) == 0 {
			return p.fail(line, c.Name, "an empty cell", "fill it in or remove the row")
		}
		if !utf8.ValidString(cell) {
			return p.fail(line, c.Name, suggest.Quote(cell)+" is not UTF-8", "save the file as UTF-8")
		}
		k = len(levels)
		cell = strings.Clone(cell) // the record's memory is not kept
		levels[cell] = k
		c.Levels = append(c.Levels, cell)
	}
	c.Values = append(c.Values, float64(k))
	return nil
}

// badNumber explains why cell j of a record is not a number of a table.
func (p *csvReader) badNumber(record []string, j int, is verdict) error {
	line, _ := p.csv.FieldPos(j)
	name, cell := p.table.Columns[j].Name, suggest.Quote(strings.TrimSpace(record[j]))
	switch is {
	case isMissing:
		if strings.TrimSpace(record[j]) == "" {
			cell = "an empty cell"
		} else {
			cell += " where a number is missing"
		}
		return p.fail(line, name, cell, "fill it in, or remove the row or the column")
	case isNotFinite:
		return p.fail(line, name, cell+" is not a finite number", "correct it or remove the row")
	case isTooLarge:
		return p.fail(line, name, cell+" is too large for a float64", "rescale the column")
	}
	var text []string // every column that looks like labels, to be mended at once
	for k, other := range record {
		if p.levels[k] != nil {
			continue
		}
		if _, _, is := parseNumber(strings.TrimSpace(other)); is == isText {
			text = append(text, p.table.Columns[k].Name)
		}
	}
	remedy := "correct the cell, or remove the columns of text"
	if len(text) < len(record) {
		remedy = "correct the cell, or if it is a label use --condition "
		if list := strings.Join(text, ","); len(list) <= 300 && !slices.ContainsFunc(text, needsQuotes) {
			remedy += list
		} else {
			remedy += "with the name of the column"
		}
	}
	return p.fail(line, name, cell+" is not a number", remedy)
}

// needsQuotes reports whether a name must be quoted in a list on a command line.
func needsQuotes(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.:/%+@", r)
	})
}

// finish checks the number of rows and sorts the levels.
func (p *csvReader) finish(o *Options) (*Table, error) {
	t := p.table
	switch n := t.Rows(); {
	case n == 0:
		return nil, p.fail(0, "", "a header without rows", "add at least two rows of data")
	case n == 1 && (o == nil || o.Schema == nil):
		return nil, p.fail(0, "", "one row of data", "add rows: a variance needs at least two")
	}
	for j := range t.Columns {
		c := &t.Columns[j]
		switch {
		case c.Kind == Label:
			sortLevels(c)
		case c.Decimals > maxDecimals || largest(c.Values) >= exact:
			c.Decimals = Shortest
		}
	}
	return t, nil
}

// sortLevels puts the levels of c in increasing order.
func sortLevels(c *Column) {
	old := slices.Clone(c.Levels)
	slices.Sort(c.Levels)
	at := make([]float64, len(old))
	for k, level := range old {
		i, _ := slices.BinarySearch(c.Levels, level)
		at[k] = float64(i)
	}
	for i, v := range c.Values {
		c.Values[i] = at[int(v)]
	}
}

func largest(values []float64) float64 {
	return max(slices.Max(values), -slices.Min(values))
}
