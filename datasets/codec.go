package datasets

import (
	"fmt"
	"math"
	"slices"

	"tweedie/internal/suggest"
)

// BlockKind is what the numbers of a Block are.
type BlockKind int

// The kinds of blocks.
const (
	Continuous BlockKind = iota + 1 // one number, about standard normal
	Category                        // one position per level: 1 at the level, 0 elsewhere
)

// Block is a run of positions of an encoded row.
type Block struct {
	Column string // name of the column that it encodes
	Kind   BlockKind
	Start  int // first position
	Len    int // number of positions
	// Of a Category block: the share of each position in the rows that were
	// fitted, positive and of sum 1, and what the positions stand for.
	Freq   []float64
	Levels []string
}

// Names of positions that are not levels of a categorical column.
const (
	LevelMissing = "missing" // the cell has no value
	LevelOthers  = "others"  // one of the grouped levels
	LevelPresent = "present" // a number that is not an atom: the Continuous block has it
)

// Codec maps rows of a mixed table to vectors of blocks, in the order of the
// columns, and back:
//
//   - a categorical or boolean column is a Category block, with a position for
//     the grouped levels and one for missing cells, if it has such;
//   - a categorical column with a Clustering is two: the cluster of its level, and the
//     member of the cluster, each with a position for missing cells;
//   - a number or date is a Continuous block (see Transform). If it has missing
//     cells or atoms (frequent single values, such as the zeros of a
//     zero-inflated column), a Category block comes before it: present, one
//     position for each atom, missing. For cells that are not present the
//     Continuous position is NaN: it has no meaning and no weight;
//   - constants, identifiers and conditions have no block.
//
// A Codec is safe for concurrent use.
type Codec struct {
	meta    *Metadata
	columns []codecColumn
	blocks  []Block
	dim     int
	open    bool // extrapolate of NewCodec

	followers map[int][]int // columns that follow from each column that determines some
}

type codecColumn struct {
	index    int // in the metadata
	field    *Field
	column   columnType
	category int   // first position of the Category block, or of two, -1 without
	levels   int   // length of it, or of both
	missing  int   // item of missing cells, -1 without; without clusters, items are positions
	position []int // item of each level of a categorical column
	first    []int // level of each item, -1 for those that are not one level
	group    []int // grouped levels
	shares   []float64
	clusters *clusterLayout // nil for one block
	number   int            // position of the Continuous block, -1 without
	step     float64
	form     decimal
	open     bool // numbers may leave the knots
	clip     Range
}

// NewCodec returns the codec of metadata that Fit completed, which it keeps.
// It errs when m is not valid or not complete.
func NewCodec(m *Metadata, extrapolate bool) (*Codec, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	for j := range m.Columns {
		f := &m.Columns[j]
		if found := f.Type.column().unfitted(f); found != "" {
			return nil, &Error{Column: f.Name, Found: "metadata without " + found, Remedy: "fit it first"}
		}
	}
	return newCodec(m, extrapolate), nil
}

func newCodec(m *Metadata, extrapolate bool) *Codec {
	e := &Codec{meta: m, open: extrapolate}
	for j := range m.Columns {
		f := &m.Columns[j]
		if !f.Modeled() || f.Condition {
			continue
		}
		c := codecColumn{index: j, field: f, column: f.Type.column(), category: -1, missing: -1, number: -1}
		c.column.layout(e, &c, extrapolate)
		e.columns = append(e.columns, c)
	}
	e.followers = m.followers()
	return e
}

func (e *Codec) addClusters(c *codecColumn, names []string, counts []int) {
	n := len(counts)
	if c.missing >= 0 {
		n--
	}
	p := newClusterLayout(c.field.Clustering, n, c.missing >= 0)
	first, second := make([]string, p.firsts), make([]string, p.seconds)
	rows, members := make([]int, p.firsts), make([]int, p.seconds)
	for m := range second {
		second[m] = fmt.Sprint("member ", m+1)
	}
	for i, at := range p.pair {
		if at[1] == c.field.Clustering.members(n) {
			first[at[0]], second[at[1]] = names[i], "no member"
		} else {
			first[at[0]] = fmt.Sprint("cluster ", at[0]-c.field.Clustering.Own+1)
		}
		rows[at[0]] += counts[i]
		members[at[1]] += counts[i]
	}
	c.clusters = p
	e.addCategory(c.field.Name, first, rows)
	e.addCategory(c.field.Name, second, members)
}

func (e *Codec) addCategory(column string, names []string, counts []int) {
	freq := make([]float64, len(counts))
	sum := 0.0
	for k, n := range counts {
		freq[k] = math.Max(float64(n), 0.5) // a level that no row has is possible still
		sum += freq[k]
	}
	for k := range freq {
		freq[k] /= sum
	}
	e.blocks = append(e.blocks, Block{column, Category, e.dim, len(names), freq, names})
	e.dim += len(names)
}

// Metadata returns the metadata of e, which must not be changed.
func (e *Codec) Metadata() *Metadata { return e.meta }

// Dim returns the length of an encoded row.
func (e *Codec) Dim() int { return e.dim }

// Blocks returns the blocks of an encoded row, in order.
func (e *Codec) Blocks() []Block { return slices.Clone(e.blocks) }

// Names returns a name for each position: the column for a number, and
// "column=level" for a level.
func (e *Codec) Names() []string {
	names := make([]string, 0, e.dim)
	for _, b := range e.blocks {
		if b.Kind == Continuous {
			names = append(names, b.Column)
		}
		for _, level := range b.Levels {
			names = append(names, b.Column+"="+level)
		}
	}
	return names
}

// Extrapolates reports whether numbers may leave the range of their column.
func (e *Codec) Extrapolates() bool { return e.open }

// Number returns the position of the Continuous block of a column of numbers or
// dates, and that of the level that says that it counts (LevelPresent), -1
// when it always does. It errs when the column is not one of numbers.
func (e *Codec) Number(column string) (position, present int, err error) {
	var names []string
	for k := range e.columns {
		if p := &e.columns[k]; p.number >= 0 {
			if p.field.Name == column {
				return p.number, p.category, nil
			}
			names = append(names, p.field.Name)
		}
	}
	return 0, 0, &Error{Column: column, Found: "no such column of numbers", Remedy: suggest.Hint(column, names)}
}

// ToValue returns, for a position that Number returned, the value in the units
// of the table that z stands for, before it is rounded, and its derivative by
// z. It is increasing and continuous, but for the repeated values of columns
// without decimals, and flat beyond a range that clips.
func (e *Codec) ToValue(position int, z float64) (v, slope float64) {
	p := e.numberAt(position)
	v, slope = p.backward(z)
	if t := p.field.Map; len(t.Z) > 0 && !p.open && (z < t.Z[0] || z > t.Z[len(t.Z)-1]) {
		return v, 0
	}
	return v, math.Exp(slope)
}

// FromValue is the inverse of ToValue, where it has one.
func (e *Codec) FromValue(position int, v float64) float64 {
	return e.numberAt(position).forward(v, 0, 0.5)
}

func (e *Codec) numberAt(position int) *codecColumn {
	for k := range e.columns {
		if e.columns[k].number == position {
			return &e.columns[k]
		}
	}
	panic("datasets: no number at that position")
}
