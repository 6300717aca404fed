package where

import (
	"fmt"
	"maps"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// Conditions restrict the rows of a table. All of them hold together. Once they
// are complete, they are safe for concurrent use.
type Conditions struct {
	codec        *datasets.Codec
	meta         *datasets.Metadata
	extrapolates bool
	names        []string     // of all columns
	cells        map[int]*Set // by column
	relations    []Relation
}

// Parse reads expressions on the columns of codec. extrapolates says that numbers
// of generated rows may leave the range of their column in the metadata.
//
// It errs, quoting the expression and naming the character, on a syntax error, on
// an unknown column or level, on a value that is not of its column's type, and
// when no cell of a column is left.
func Parse(codec *datasets.Codec, extrapolates bool, expressions []string) (*Conditions, error) {
	c := &Conditions{codec: codec, meta: codec.Metadata(), extrapolates: extrapolates, names: codec.Metadata().Names(), cells: map[int]*Set{}}
	for _, s := range expressions {
		if err := c.add(s); err != nil {
			return nil, fmt.Errorf("%s: %w", suggest.Quote(s), err)
		}
	}
	return c, nil
}

// Codec returns the codec of the table.
func (c *Conditions) Codec() *datasets.Codec { return c.codec }

// Metadata returns the description of the table.
func (c *Conditions) Metadata() *datasets.Metadata { return c.meta }

// Empty reports whether there is no condition, so that every row satisfies c.
func (c *Conditions) Empty() bool { return len(c.cells)+len(c.relations) == 0 }

// Column returns the index of a column of the metadata by its name, -1 if there is
// none.
func (c *Conditions) Column(name string) int { return slices.Index(c.names, name) }

// Columns returns the columns that have a Set, in increasing order. Columns of
// relations alone are not among them.
func (c *Conditions) Columns() []int { return slices.Sorted(maps.Keys(c.cells)) }

// Cells returns the cells that the conditions on column k alone allow, nil when
// there is no such condition.
func (c *Conditions) Cells(k int) *Set { return c.cells[k] }

// Relations returns the conditions on several columns.
func (c *Conditions) Relations() []Relation { return c.relations }

// Holds reports whether row i of cells satisfies all conditions.
func (c *Conditions) Holds(cells *datasets.Cells, i int) bool {
	for k, s := range c.cells {
		if !s.Holds(cells, i, k) {
			return false
		}
	}
	for _, r := range c.relations {
		if !r.Holds(cells, i) {
			return false
		}
	}
	return true
}

// Restrict intersects the cells allowed in column k with s, which text describes
// in messages. It errs when no cell is left.
func (c *Conditions) Restrict(k int, s *Set, text string) error {
	if c.cells[k] == nil {
		c.cells[k] = AnyCell(&c.meta.Columns[k])
	}
	c.cells[k].and(s)
	c.cells[k].Texts = append(c.cells[k].Texts, text)
	return c.possible(k)
}

func (c *Conditions) possible(k int) error {
	f, s := &c.meta.Columns[k], c.cells[k]
	if s.Missing && f.Missing > 0 || slices.Contains(s.Levels, true) {
		return nil
	}
	if f.Condition && f.IsNumber() && slices.ContainsFunc(s.Numbers, func(p Segment) bool {
		a, b := c.shown(f, p)
		return a <= b && a <= f.Range.Max && b >= f.Range.Min
	}) {
		return nil
	}
	atom := func(a datasets.Atom) bool { return s.HoldsNumber(a.Value) }
	if _, _, some := c.Interval(k); some || slices.ContainsFunc(f.Atoms, atom) {
		return nil
	}
	why := ""
	switch first, last := s.Texts[0], s.Texts[len(s.Texts)-1]; {
	case first != last:
		why = fmt.Sprintf("together with %s ", suggest.Quote(first))
	case s.Missing:
		return fmt.Errorf("column %s had no missing cells when the model was trained", suggest.Quote(f.Name))
	}
	if s.Levels == nil && len(s.Numbers) > 0 {
		return fmt.Errorf("%sthis leaves no value of %s: %s", why, suggest.Quote(f.Name), c.reach(k))
	}
	return fmt.Errorf("%sthis leaves no value of %s: take one of the conditions away", why, suggest.Quote(f.Name))
}

func (c *Conditions) reach(k int) string {
	f, ends := &c.meta.Columns[k], datasets.NewCells(c.meta, 2)
	ends.SetNumber(0, k, f.Range.Min)
	ends.SetNumber(1, k, f.Range.Max)
	if values := f.LevelValues(); values != nil {
		return "it has the values " + c.texts(k, values)
	}
	text := fmt.Sprintf("it has values from %s to %s", ends.AppendText(nil, 0, k), ends.AppendText(nil, 1, k))
	if f.Step() == 0 {
		return text + ", not rounded, so that a single one has probability 0: give a range"
	}
	if grid := f.GridText(); grid != "" {
		return text + ", " + grid
	}
	if f.Digits.Max == 0 {
		return text + ", whole ones"
	}
	return fmt.Sprintf("%s, of %d decimals", text, f.Digits.Max)
}

// mostTexts is the number of values that a message lists.
const mostTexts = 12

// texts lists values of column k as its cells have them.
func (c *Conditions) texts(k int, values []float64) string {
	slices.Sort(values)
	cells, list := datasets.NewCells(c.meta, 1), []string{}
	for _, v := range values {
		cells.SetNumber(0, k, v)
		list = append(list, string(cells.AppendText(nil, 0, k)))
	}
	return suggest.Join(list, mostTexts)
}
