package datasets

import (
	"math"
	"slices"
)

// Cells are rows of a mixed table in compact form: 4 or 8 bytes for a number,
// 1, 2 or 4 for a category, none for constants and identifiers.
type Cells struct {
	meta    *Metadata
	rows    int
	columns []cellColumn
	notes   []string
	unseen  []Unseen
	first   *Error
}

type cellColumn struct {
	storage storage
	form    decimal

	f64 []float64
	f32 []float32
	u32 []uint32
	u16 []uint16
	u8  []uint8
}

// NewCells returns n rows of the table m describes, every cell missing.
func NewCells(m *Metadata, n int) *Cells {
	c := &Cells{meta: m, columns: make([]cellColumn, len(m.Columns))}
	for j := range m.Columns {
		f := &m.Columns[j]
		c.columns[j].storage, c.columns[j].form = f.Type.column().storage(), f.decimal()
	}
	c.grow(n)
	return c
}

// Metadata returns the description of the columns.
func (c *Cells) Metadata() *Metadata { return c.meta }

// Rows returns the number of rows.
func (c *Cells) Rows() int { return c.rows }

// Notes says, one line each, what reading the cells changed or found.
func (c *Cells) Notes() []string { return c.notes }

// Resize makes c have n rows, every cell missing, in the memory that it has.
func (c *Cells) Resize(n int) {
	c.rows, c.unseen = 0, nil
	for j := range c.columns {
		p := &c.columns[j]
		p.f64, p.f32, p.u32, p.u16, p.u8 = p.f64[:0], p.f32[:0], p.u32[:0], p.u16[:0], p.u8[:0]
	}
	c.grow(n)
}

func (c *Cells) grow(n int) {
	c.rows += n
	for j := range c.columns {
		p, f := &c.columns[j], &c.meta.Columns[j]
		switch k := len(f.Levels); {
		case p.storage == storesNumbers && f.Wide:
			p.f64 = extend(p.f64, n, math.NaN())
		case p.storage == storesNumbers:
			p.f32 = extend(p.f32, n, float32(math.NaN()))
		case p.storage == storesNothing:
		case k <= math.MaxUint8:
			p.u8 = extend(p.u8, n, uint8(k))
		case k <= math.MaxUint16:
			p.u16 = extend(p.u16, n, uint16(k))
		default:
			p.u32 = extend(p.u32, n, uint32(k))
		}
	}
}

func extend[T any](s []T, n int, v T) []T {
	s = slices.Grow(s, n)
	for range n {
		s = append(s, v)
	}
	return s
}

// Number returns the number, or date (see Field), in row i of column j, NaN
// when it is missing. It panics when the column holds none.
func (c *Cells) Number(i, j int) float64 {
	p := &c.columns[j]
	if p.f64 != nil {
		return p.f64[i]
	}
	v := float64(p.f32[i])
	if v == math.Trunc(v) || math.IsNaN(v) {
		return v
	}
	return p.form.round(v)
}

// SetNumber stores a number, NaN for a missing cell.
func (c *Cells) SetNumber(i, j int, v float64) {
	p := &c.columns[j]
	if p.f64 != nil {
		p.f64[i] = v
		return
	}
	p.f32[i] = float32(v)
}

// Level returns the index of the level in row i of column j, -1 when it is
// missing. It panics when the column is not categorical.
func (c *Cells) Level(i, j int) int {
	p, k := &c.columns[j], 0
	switch {
	case p.u8 != nil:
		k = int(p.u8[i])
	case p.u16 != nil:
		k = int(p.u16[i])
	default:
		k = int(p.u32[i])
	}
	if k == len(c.meta.Columns[j].Levels) {
		return -1
	}
	return k
}

// SetLevel stores the index of a level, -1 for a missing cell.
func (c *Cells) SetLevel(i, j, k int) {
	p, n := &c.columns[j], len(c.meta.Columns[j].Levels)
	if k < -1 || k >= n {
		panic("datasets: level out of range")
	}
	if k < 0 {
		k = n
	}
	switch {
	case p.u8 != nil:
		p.u8[i] = uint8(k)
	case p.u16 != nil:
		p.u16[i] = uint16(k)
	default:
		p.u32[i] = uint32(k)
	}
}

// Missing reports whether the cell in row i of column j is missing. Constants
// and identifiers have no cells and are not.
func (c *Cells) Missing(i, j int) bool {
	switch c.columns[j].storage {
	case storesNumbers:
		return math.IsNaN(c.Number(i, j))
	case storesLevels:
		return c.Level(i, j) < 0
	}
	return false
}

// value is the number, or the index of the level, in row i of column j, NaN for a missing cell.
func (c *Cells) value(i, j int) float64 {
	if c.columns[j].storage == storesNumbers {
		return c.Number(i, j)
	}
	if k := c.Level(i, j); k >= 0 {
		return float64(k)
	}
	return math.NaN()
}

// setValue stores what value returns.
func (c *Cells) setValue(i, j int, v float64) {
	switch {
	case c.columns[j].storage == storesNumbers:
		c.SetNumber(i, j, v)
	case math.IsNaN(v):
		c.SetLevel(i, j, -1)
	default:
		c.SetLevel(i, j, int(v))
	}
}

// Copy stores cell (k, j) of from in cell (i, j). Both have the same metadata.
func (c *Cells) Copy(i, j int, from *Cells, k int) {
	switch c.columns[j].storage {
	case storesNumbers:
		c.SetNumber(i, j, from.Number(k, j))
	case storesLevels:
		c.SetLevel(i, j, from.Level(k, j))
	}
}

// Fill stores the cells of from where those of c are missing. It panics when
// the numbers of rows differ.
func (c *Cells) Fill(from *Cells) {
	if c.rows != from.rows || len(c.columns) != len(from.columns) {
		panic("datasets: size mismatch")
	}
	for i := range c.rows {
		for j := range c.columns {
			if c.Missing(i, j) {
				c.Copy(i, j, from, i)
			}
		}
	}
}

// Subset returns the rows idx, in that order, copied.
func (c *Cells) Subset(idx []int) *Cells {
	s := NewCells(c.meta, len(idx))
	for k, i := range idx {
		for j := range c.columns {
			s.Copy(k, j, c, i)
		}
	}
	return s
}
