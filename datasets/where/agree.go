package where

import (
	"fmt"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// Agree checks values that are given, those of columns in row 0 of cells, against
// the conditions. It errs, naming both, when they contradict. A given level that
// shares its position in an encoded row with others becomes a condition, since the
// position alone does not say which level it is.
func (c *Conditions) Agree(cells *datasets.Cells, columns []int) error {
	for _, k := range columns {
		f := &c.meta.Columns[k]
		if s := c.cells[k]; s != nil && !s.Holds(cells, 0, k) {
			return fmt.Errorf("%s=%s contradicts %s", f.Name, cells.AppendText(nil, 0, k), suggest.Quote(s.Texts[0]))
		}
		if f.Condition || cells.Missing(0, k) || f.Levels == nil {
			continue
		}
		level := cells.Level(0, k)
		if !f.Levels[level].Grouped {
			continue
		}
		set := noCell(f)
		set.Levels[level] = true
		if err := c.Restrict(k, set, fmt.Sprintf("%s=%s", f.Name, f.Levels[level].Name)); err != nil {
			return err
		}
	}
	for _, r := range c.relations {
		free := func(k int) bool { return !slices.Contains(columns, k) }
		if !slices.ContainsFunc(r.Columns, free) && !r.Holds(cells, 0) {
			return fmt.Errorf("what is given of %s contradicts %s", r.Names(c.meta), suggest.Quote(r.Text))
		}
	}
	return nil
}

// AllowedLevels returns a function that tells whether the conditions allow a
// combination of levels, one for each condition column of the metadata in the order
// of Metadata.Conditions; nil when they allow all. What stands for a column of numbers
// plays no role.
func (c *Conditions) AllowedLevels() func(levels []int) bool {
	var at []int
	var sets []*Set
	for i, f := range c.meta.Conditions() {
		if s := c.cells[c.Column(f.Name)]; s != nil && f.HasLevels() {
			at, sets = append(at, i), append(sets, s)
		}
	}
	if at == nil {
		return nil
	}
	return func(levels []int) bool {
		for i, s := range sets {
			if !s.Levels[levels[at[i]]] {
				return false
			}
		}
		return true
	}
}
