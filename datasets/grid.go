package datasets

import (
	"math"
	"slices"
	"sort"
	"time"
)

// Grid says which values a column has, where they are fewer than its digits allow:
// Offset + k Step for whole k. Block neighboring k make a block, such as the 96 quarter
// hours of a day, 0 meaning 1. If Period > 0, only blocks occur whose index modulo Period
// is one of Residues: prices that end in .95 or .99, working days. If Days is not empty,
// blocks are days since 1970 and only those days of a month occur, where 29 to 31 stand
// for the last of a month that has fewer; Months restricts the months, 1 to 12.
//
// Values with a Period or Days are encoded by their position among the values that occur,
// where each takes as much room as its residue or day of the month has Weights, 1 on average
// and all without them: the units of Field.Map are then such positions.
type Grid struct {
	Step     float64 `json:"step"`
	Offset   float64 `json:"offset,omitempty"`
	Block    int     `json:"block,omitempty"`
	Period   int     `json:"period,omitempty"`
	Residues []int   `json:"residues,omitempty"`
	Days     []int   `json:"days,omitempty"`
	Months   []int   `json:"months,omitempty"`

	Weights []float64 `json:"weights,omitempty"`
}

// No number of a value is beyond farthest, and no day beyond farthestDay.
const (
	farthest    = 1 << 52
	farthestDay = 1e8
)

// uneven reports whether neighbors differ in their distance.
func (g *Grid) uneven() bool { return g.Period > 0 || len(g.Days) > 0 }

// at returns value number n, a whole number.
func (g *Grid) at(n float64) float64 {
	k := n
	if g.uneven() {
		b, within := floorDivide(int(max(-farthest, min(n, farthest))), g.block())
		k = float64(g.blockAt(b)*g.block() + within)
	}
	return g.Offset + k*g.Step
}

// index is the inverse of at, linear between the values.
func (g *Grid) index(v float64) float64 {
	k := (v - g.Offset) / g.Step
	if !g.uneven() {
		return k
	}
	b, within := floorDivide(int(math.Floor(max(-farthest, min(k, farthest)))), g.block())
	n := g.blockBelow(b)
	if g.blockAt(n) != b {
		within = g.block() - 1
	}
	first := float64(n*g.block() + within)
	low := g.at(first)
	return first + (v-low)/(g.at(first+1)-low)
}

// cell returns the center and the width of value number n among the positions.
func (g *Grid) cell(n float64) (center, width float64) {
	if len(g.Weights) == 0 {
		return n, 1
	}
	b, within := floorDivide(int(max(-farthest, min(n, farthest))), g.block())
	q, i := floorDivide(b, len(g.Weights))
	before := float64(q * len(g.Weights))
	for _, w := range g.Weights[:i] {
		before += w
	}
	width = g.Weights[i]
	return before*float64(g.block()) + (float64(within)+0.5)*width - 0.5, width
}

// number returns the number of the value whose cell has a position.
func (g *Grid) number(position float64) float64 {
	if len(g.Weights) == 0 {
		return math.Round(position)
	}
	size := float64(g.block())
	b := (max(-farthest, min(position, farthest)) + 0.5) / size
	q := math.Floor(b / float64(len(g.Weights)))
	b -= q * float64(len(g.Weights))
	i := 0
	for i < len(g.Weights)-1 && b >= g.Weights[i] {
		b -= g.Weights[i]
		i++
	}
	within := min(math.Floor(b*size/g.Weights[i]), size-1)
	return (q*float64(len(g.Weights))+float64(i))*size + within
}

// position returns the position of v, linear between the centers of values.
func (g *Grid) position(v float64) float64 {
	n := g.index(v)
	first := math.Floor(n)
	low, _ := g.cell(first)
	high, _ := g.cell(first + 1)
	return low + (n-first)*(high-low)
}

// value is the inverse of position, and returns its derivative.
func (g *Grid) value(position float64) (v, slope float64) {
	n := g.number(position)
	low, _ := g.cell(n)
	if low > position {
		n--
		low, _ = g.cell(n)
	}
	high, _ := g.cell(n + 1)
	slope = (g.at(n+1) - g.at(n)) / (high - low)
	return g.at(n) + (position-low)*slope, slope
}

func (g *Grid) block() int { return max(g.Block, 1) }

// blockAt returns the block that is number n of those that occur.
func (g *Grid) blockAt(n int) int {
	if g.Period > 0 {
		q, i := floorDivide(n, len(g.Residues))
		return q*g.Period + g.Residues[i]
	}
	month, i := floorDivide(max(-farthestDay, min(n, farthestDay)), len(g.Days))
	if len(g.Months) > 0 {
		year, m := floorDivide(month, len(g.Months))
		month = 12*year + g.Months[m] - 1
	}
	return dayOf(month, g.Days[i])
}

// blockBelow returns the number of the last block that occurs up to b.
func (g *Grid) blockBelow(b int) int {
	if g.Period > 0 {
		q, rest := floorDivide(b, g.Period)
		return q*len(g.Residues) + sort.SearchInts(g.Residues, rest+1) - 1
	}
	b = max(-farthestDay, min(b, farthestDay))
	month, _ := monthOf(b)
	if len(g.Months) > 0 {
		year, m := floorDivide(month, 12)
		i, is := slices.BinarySearch(g.Months, m+1)
		if month = year*len(g.Months) + i; !is {
			return month*len(g.Days) - 1
		}
	}
	n := (month+1)*len(g.Days) - 1
	for k := len(g.Days); k > 0 && g.blockAt(n) > b; k-- {
		n--
	}
	return n
}

func floorDivide(a, b int) (quotient, rest int) {
	quotient, rest = a/b, a%b
	if rest < 0 {
		return quotient - 1, rest + b
	}
	return quotient, rest
}

// monthOf returns the months since year 0 of a day since 1970, and the day of the month.
func monthOf(day int) (month, dayOfMonth int) {
	y, m, d := time.Unix(int64(day)*24*60*60, 0).UTC().Date()
	return 12*y + int(m) - 1, d
}

// dayOf is the inverse of monthOf; days beyond the end of the month are its last.
func dayOf(month, day int) int {
	y, m := floorDivide(month, 12)
	since := func(m, d int) int {
		days, _ := floorDivide(int(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix()), 24*60*60)
		return days
	}
	return min(since(m+1, day), since(m+2, 0))
}

// shown returns value number n of the grid of f, rounded as its text is.
func (f *Field) shown(n float64) float64 { return f.decimal().round(f.Grid.at(n)) }

// nearest returns the value of the grid of f nearest to v, if it has one.
func (f *Field) nearest(v float64) float64 {
	if f.Grid == nil {
		return v
	}
	return f.shown(math.Round(f.Grid.index(v)))
}

// Above returns the least value of the Grid of f at v or above, above v if open, and v
// for a column without a Grid.
func (f *Field) Above(v float64, open bool) float64 {
	if f.Grid == nil || math.IsInf(v, 0) {
		return v
	}
	n := math.Round(f.Grid.index(v)) - 1
	for k := 0; k < 3; k++ {
		if x := f.shown(n); x > v || x == v && !open {
			break
		}
		n++
	}
	return f.shown(n)
}

// Below is Above in the other direction.
func (f *Field) Below(v float64, open bool) float64 {
	if f.Grid == nil || math.IsInf(v, 0) {
		return v
	}
	n := math.Round(f.Grid.index(v)) + 1
	for k := 0; k < 3; k++ {
		if x := f.shown(n); x < v || x == v && !open {
			break
		}
		n--
	}
	return f.shown(n)
}

// Cell returns the ends of the interval of numbers that are rounded to v, a value of the
// column. Both are v when the column is not rounded.
func (f *Field) Cell(v float64) (lo, hi float64) {
	if f.Grid == nil || !f.Grid.uneven() {
		return v - f.Step()/2, v + f.Step()/2
	}
	n := math.Round(f.Grid.index(v))
	return (f.shown(n-1) + f.shown(n)) / 2, (f.shown(n) + f.shown(n+1)) / 2
}
