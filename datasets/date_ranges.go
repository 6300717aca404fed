package datasets

import "math"

// FindDateRanges reads src, which m describes, and fills in the ranges of its columns of dates
// that have none: Infer, which finds their format at the end, leaves them to Fit. It errs as
// ReadCells does, and holds a block of rows.
func FindDateRanges(src Source, m *Metadata) error {
	var list []int
	for j := range m.Columns {
		if f := &m.Columns[j]; f.Type == TypeDateTime && f.Range == nil {
			list = append(list, j)
		}
	}
	if len(list) == 0 {
		return nil
	}
	s, err := StreamCells(src, m)
	if err != nil {
		return err
	}
	defer s.Close()
	found := make([]Range, len(m.Columns))
	for _, j := range list {
		found[j] = Range{math.Inf(1), math.Inf(-1)}
	}
	const block = 4096
	for c := NewCells(m, block); ; {
		c.Resize(0)
		more, err := s.Append(c, block)
		if err != nil {
			return err
		}
		for _, j := range list {
			for i := range c.rows {
				if v := c.Number(i, j); !math.IsNaN(v) {
					found[j].Min, found[j].Max = min(found[j].Min, v), max(found[j].Max, v)
				}
			}
		}
		if !more {
			break
		}
	}
	for _, j := range list {
		if r := found[j]; r.Min <= r.Max {
			m.Columns[j].Range = &r
		}
	}
	return nil
}
