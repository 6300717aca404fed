package datasets

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
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
//   - a number or date is a Continuous block (see Transform). If it has missing
//     cells or atoms (frequent single values, such as the zeros of a
//     zero-inflated column), a Category block comes before it: present, one
//     position for each atom, missing. For cells that are not present the
//     Continuous position is NaN: it has no meaning and no weight;
//   - constants and identifiers have no block.
//
// A Codec is safe for concurrent use.
type Codec struct {
	meta    *Metadata
	columns []codecColumn
	blocks  []Block
	dim     int
}

// codecColumn is where and how one column is encoded.
type codecColumn struct {
	index    int // in the metadata
	field    *Field
	category int   // first position of the Category block, -1 without
	levels   int   // length of the Category block
	missing  int   // position in it of missing cells, -1 without
	position []int // in it of each level of a categorical column
	first    []int // level of each position, -1 for those that are not one level
	group    []int // grouped levels
	shares   []float64
	number   int // position of the Continuous block, -1 without
	step     float64
	format   format
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
		if f := &m.Columns[j]; f.Type.isNumber() && (f.Map == nil || f.Range == nil) {
			return nil, &Error{Column: f.Name, Found: "metadata without the map of its numbers", Remedy: "fit it first"}
		}
	}
	return newCodec(m, extrapolate), nil
}

func newCodec(m *Metadata, extrapolate bool) *Codec {
	e := &Codec{meta: m}
	for j := range m.Columns {
		f := &m.Columns[j]
		if !f.Type.isNumber() && !f.Type.isCategory() {
			continue
		}
		c := codecColumn{index: j, field: f, category: -1, missing: -1, number: -1}
		if f.Type.isCategory() {
			e.addLevels(&c)
		} else {
			e.addNumber(&c, extrapolate)
		}
		e.columns = append(e.columns, c)
	}
	return e
}

// addLevels lays out a categorical column.
func (e *Codec) addLevels(c *codecColumn) {
	f := c.field
	var names []string
	var counts []int
	grouped := 0
	c.position = make([]int, len(f.Levels))
	for k := range f.Levels {
		if f.Levels[k].Grouped {
			c.group = append(c.group, k)
			grouped += f.Levels[k].Count
			continue
		}
		c.position[k] = len(names)
		names, counts, c.first = append(names, f.Levels[k].Name), append(counts, f.Levels[k].Count), append(c.first, k)
	}
	if len(c.group) > 0 {
		sum := 0.0
		for _, k := range c.group {
			c.position[k] = len(names)
			sum += math.Max(float64(f.Levels[k].Count), 0.5)
			c.shares = append(c.shares, sum)
		}
		names, counts, c.first = append(names, LevelOthers), append(counts, grouped), append(c.first, -1)
	}
	if f.Missing > 0 {
		c.missing = len(names)
		names, counts, c.first = append(names, LevelMissing), append(counts, f.Missing), append(c.first, -1)
	}
	e.addCategory(c, names, counts)
}

// addNumber lays out a column of numbers.
func (e *Codec) addNumber(c *codecColumn, extrapolate bool) {
	f := c.field
	c.step, c.format, c.clip = f.step(), f.number(), *f.Range
	if n := len(f.Map.X); n > 0 {
		beyond := f.step()
		c.open = extrapolate || c.clip.Min < f.Map.X[0]-beyond && f.atom(c.clip.Min) < 0 || c.clip.Max > f.Map.X[n-1]+beyond && f.atom(c.clip.Max) < 0
	}
	if extrapolate {
		c.clip = Range{-math.MaxFloat64, math.MaxFloat64}
	}
	if len(f.Atoms) > 0 || f.Missing > 0 {
		names, counts := []string{LevelPresent}, []int{e.meta.Rows - f.Missing}
		for _, a := range f.Atoms {
			n := int(math.Round(a.Share * float64(e.meta.Rows)))
			counts[0] -= n
			names, counts = append(names, string(f.appendNumber(nil, c.format, a.Value))), append(counts, n)
		}
		if f.Missing > 0 {
			c.missing = len(names)
			names, counts = append(names, LevelMissing), append(counts, f.Missing)
		}
		e.addCategory(c, names, counts)
	}
	c.number = e.dim
	e.blocks = append(e.blocks, Block{Column: f.Name, Kind: Continuous, Start: e.dim, Len: 1})
	e.dim++
}

func (e *Codec) addCategory(c *codecColumn, names []string, counts []int) {
	freq := make([]float64, len(counts))
	sum := 0.0
	for k, n := range counts {
		freq[k] = math.Max(float64(n), 0.5) // a level that no row has is possible still
		sum += freq[k]
	}
	for k := range freq {
		freq[k] /= sum
	}
	c.category, c.levels = e.dim, len(names)
	e.blocks = append(e.blocks, Block{c.field.Name, Category, e.dim, len(names), freq, names})
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

// Encode stores the rows idx of c, all when idx is nil, in dst, len(idx)×Dim.
// Numbers are drawn uniformly within their cell, as a function of (seed, row
// of c, column): pass another seed in every epoch, the same for the same
// result.
//
// NaN stands for what has no value: the number of an atom or of a missing
// cell, and the whole block of a cell that is missing in a column that had no
// missing cells when e was fitted. Its weight in a loss is 0.
//
// c may have been read with the metadata before Fit. It panics on a size
// mismatch.
func (e *Codec) Encode(dst *mat.Dense, c *Cells, idx []int, seed uint64) {
	n := c.rows
	if idx != nil {
		n = len(idx)
	}
	checkDims(dst, n, e.dim)
	if len(c.columns) != len(e.meta.Columns) {
		panic("datasets: cells of another table")
	}
	key, source := stream.NewKey(seed, "datasets/dequantise"), stream.NewSource(stream.Key{})
	for r := range n {
		i := r
		if idx != nil {
			i = idx[r]
		}
		source.Seek(key.At(uint64(i)))
		row := dst.RawRowView(r)
		for k := range e.columns {
			if p := &e.columns[k]; p.number < 0 {
				p.encodeLevel(row, c.Level(i, p.index))
			} else {
				p.encodeNumber(row, c.Number(i, p.index), source.Float64())
			}
		}
	}
}

// hot sets the category block to one position, or to NaN for -1.
func (p *codecColumn) hot(row []float64, at int) {
	block := row[p.category : p.category+p.levels]
	for k := range block {
		block[k] = 0
		if at < 0 {
			block[k] = math.NaN()
		}
	}
	if at >= 0 {
		block[at] = 1
	}
}

func (p *codecColumn) encodeLevel(row []float64, level int) {
	at := p.missing
	if level >= 0 {
		at = p.position[level]
	}
	p.hot(row, at)
}

func (p *codecColumn) encodeNumber(row []float64, v, r float64) {
	row[p.number] = math.NaN()
	if math.IsNaN(v) {
		if p.category >= 0 {
			p.hot(row, p.missing)
		}
		return
	}
	a := p.field.atom(v)
	if p.category >= 0 {
		p.hot(row, 1+a)
	}
	if a < 0 {
		row[p.number] = p.field.Map.forward(v, p.step, r, p.open)
	}
}

// Observed stores in dst, of length Dim, which positions of row i of c are
// known: not those of a missing cell, which imputation is to fill, and not the
// number of an atom, which has no meaning.
func (e *Codec) Observed(dst []bool, c *Cells, i int) {
	if len(dst) != e.dim {
		panic("datasets: size mismatch")
	}
	for k := range e.columns {
		p := &e.columns[k]
		known := !c.Missing(i, p.index)
		if p.category >= 0 {
			for l := range p.levels {
				dst[p.category+l] = known
			}
		}
		if p.number >= 0 {
			dst[p.number] = known && p.field.atom(c.Number(i, p.index)) < 0
		}
	}
}

// LogDet stores, for each encoded row of z, the sum of ln |dx/dz| over the
// numbers that are not NaN. The density of the numbers x, dequantised and in
// the units of the table, is
//
//	ln p(x) = ln p(z) - LogDet.
//
// It is -Inf where a column without decimals repeats a value: there p(x) is
// not a density.
func (e *Codec) LogDet(dst []float64, z *mat.Dense) {
	n, _ := z.Dims()
	checkDims(z, n, e.dim)
	if len(dst) != n {
		panic("datasets: size mismatch")
	}
	for i := range n {
		sum, row := 0.0, z.RawRowView(i)
		for k := range e.columns {
			if p := &e.columns[k]; p.number >= 0 && !math.IsNaN(row[p.number]) {
				sum += p.field.Map.logSlope(row[p.number], p.open)
			}
		}
		dst[i] = sum
	}
}

// appendNumber appends the text of a number or date of the column.
func (f *Field) appendNumber(b []byte, form format, v float64) []byte {
	if f.Type == TypeDateTime {
		return appendDate(b, f.Format, f.Digits.Max, v)
	}
	start := len(b)
	b = form.append(b, v)
	if f.Digits.Max <= f.Digits.Min {
		return b
	}
	point := slices.Index(b[start:], '.')
	if point < 0 || slices.Contains(b[start:], 'e') {
		return b
	}
	least := start + point + 1 + f.Digits.Min
	for len(b) > least && b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	return b
}

// appendSequence appends the identifier of a row.
func (s *Sequence) append(b []byte, row int) []byte {
	b = append(b, s.Prefix...)
	digits := strconv.Itoa(s.First + row)
	for k := len(digits); k < s.Width; k++ {
		b = append(b, '0')
	}
	return append(b, digits...)
}
