package datasets

import (
	"math"
	"strings"
)

// Recipe says how encoded rows become cells, in JSON that other programs follow without
// knowing more of this package: docs/reference/decoding.md has the steps.
type Recipe struct {
	Format    string         `json:"format"` // RecipeFormat
	Version   int            `json:"version"`
	Positions []string       `json:"positions"` // a name for each number of an encoded row
	Columns   []RecipeColumn `json:"columns"`   // of the table, in order
}

// RecipeFormat and RecipeVersion tell recipes from other files.
const (
	RecipeFormat  = "tweedie decoding"
	RecipeVersion = 1
)

// RecipeColumn is how one column of the table is made: of choices, of a number, or of a
// number where the choices say so. A column that is a label has neither, and one of a single
// value, or numbered anew, is the same in all tables.
type RecipeColumn struct {
	Name     string         `json:"name"`
	Type     Type           `json:"type"`
	Choices  []RecipeChoice `json:"choices,omitempty"`
	Number   *RecipeNumber  `json:"number,omitempty"`
	Date     *RecipeDate    `json:"date,omitempty"`     // what the number means
	Label    *RecipeLabel   `json:"label,omitempty"`    // given to the model from outside
	Constant *string        `json:"constant,omitempty"` // the text of every cell
	Sequence *Sequence      `json:"sequence,omitempty"` // row i has First + i
	Style    *Style         `json:"style,omitempty"`    // how its numbers are written
}

// RecipeChoice is what a cell is if the number at Position is the largest of the choices.
type RecipeChoice struct {
	Position int `json:"position"`

	// One of these: a value of the cell, no value, the number of the column, one of several
	// values by their weights, or the member whose number is the largest.
	Value   any            `json:"value,omitempty"` // a text, or of a column of numbers a number
	Missing bool           `json:"missing,omitempty"`
	Number  bool           `json:"number,omitempty"`
	Draw    []RecipeWeight `json:"draw,omitempty"`
	Members []RecipeChoice `json:"members,omitempty"`
}

// RecipeWeight is a value with the number of rows that have it.
type RecipeWeight struct {
	Value  string  `json:"value"`
	Weight float64 `json:"weight"`
}

// RecipeNumber makes a number v of the z at Position: u is Mean + Std z or, with knots, linear
// between the points (Z, X), beyond which it goes on with the slopes Tails, or stays without.
// Then v is Values[k], k being the number of Edges that are at most u, where Cycle is applied
// first; or else the multiple of Step from Offset that is nearest to u; or else u rounded to Significant digits, or to
// Decimals behind the point; or u. At last it is brought into the range from Min to Max.
type RecipeNumber struct {
	Position    int          `json:"position"`
	Mean        float64      `json:"mean"`
	Std         float64      `json:"std"`
	Z           []float64    `json:"z,omitempty"`
	X           []float64    `json:"x,omitempty"`
	Tails       *[2]float64  `json:"tails,omitempty"`
	Values      []float64    `json:"values,omitempty"`
	Edges       []float64    `json:"edges,omitempty"`
	Cycle       *RecipeCycle `json:"cycle,omitempty"`
	Step        float64      `json:"step,omitempty"`
	Offset      float64      `json:"offset,omitempty"`
	Significant int          `json:"significant,omitempty"`
	Decimals    *int         `json:"decimals,omitempty"`
	Min         *float64     `json:"min,omitempty"`
	Max         *float64     `json:"max,omitempty"`
}

// RecipeCycle says that Values repeat: with q the whole number of Lengths from Start to u,
// rounded down, k is that of u − q Length, and v is Values[k] + q Value.
type RecipeCycle struct {
	Start  float64 `json:"start"`
	Length float64 `json:"length"`
	Value  float64 `json:"value"`
}

// RecipeDate says that the number counts units of Seconds since 1970-01-01 00:00 UTC. Zone is
// the offset in seconds east of UTC at which it is written, Format a layout of Go, and Strftime
// the same for strftime of C and Python, "" where that has none.
type RecipeDate struct {
	Seconds  float64 `json:"seconds"`
	Zone     int     `json:"zone,omitempty"`
	Format   string  `json:"format"`
	Strftime string  `json:"strftime,omitempty"`
}

// RecipeLabel is a column that the model is given: input number Index of its labels, as the
// index of one of Levels, or as a number.
type RecipeLabel struct {
	Index  int      `json:"index"`
	Levels []string `json:"levels,omitempty"`
}

// Recipe returns the recipe of the codec. It errs for a column of numbers with more values of
// unequal distance than a file should list.
func (e *Codec) Recipe() (*Recipe, error) {
	r := &Recipe{Format: RecipeFormat, Version: RecipeVersion, Positions: e.Names()}
	parts, labels := map[int]*codecColumn{}, 0
	for k := range e.columns {
		parts[e.columns[k].index] = &e.columns[k]
	}
	for j := range e.meta.Columns {
		f := &e.meta.Columns[j]
		c := RecipeColumn{Name: f.Name, Type: f.Type}
		switch p := parts[j]; {
		case f.Condition:
			c.Label = &RecipeLabel{Index: labels, Levels: f.levelNames()}
			labels++
		case p == nil && f.Sequence != nil:
			c.Sequence = f.Sequence
		case p == nil && f.Type == TypeConstant:
			c.Constant = &f.Value
		case p == nil: // an identifier that is dropped
			continue
		case p.number >= 0:
			if err := p.numberRecipe(&c); err != nil {
				return nil, err
			}
		default:
			c.Choices = p.levelRecipe()
		}
		r.Columns = append(r.Columns, c)
	}
	return r, nil
}

// levelRecipe are the choices of a column of levels.
func (p *codecColumn) levelRecipe() []RecipeChoice {
	item := func(i, position int) RecipeChoice {
		c := RecipeChoice{Position: position, Missing: i == p.missing}
		switch {
		case c.Missing:
		case p.first[i] >= 0:
			c.Value = p.field.Levels[p.first[i]].Name
		default:
			for _, k := range p.group {
				l := &p.field.Levels[k]
				c.Draw = append(c.Draw, RecipeWeight{l.Name, math.Max(float64(l.Count), 0.5)})
			}
		}
		return c
	}
	var cs []RecipeChoice
	if p.clusters == nil {
		for i := range p.first {
			cs = append(cs, item(i, p.category+i))
		}
		return cs
	}
	for k, items := range p.clusters.item {
		at := p.category + k
		if len(items) == 1 {
			cs = append(cs, item(items[0], at))
			continue
		}
		c := RecipeChoice{Position: at}
		for m, i := range items {
			c.Members = append(c.Members, item(i, p.category+p.clusters.firsts+m))
		}
		cs = append(cs, c)
	}
	return cs
}

func (p *codecColumn) numberRecipe(c *RecipeColumn) error {
	f, t := p.field, p.field.Map
	n := &RecipeNumber{Position: p.number, Mean: t.Mean, Std: t.Std, Z: t.Z, X: t.X}
	if c.Number, c.Style = n, f.Style; p.open && len(t.X) > 0 {
		n.Tails = &t.Tails
	}
	if p.clip.Min > -math.MaxFloat64 || p.clip.Max < math.MaxFloat64 {
		n.Min, n.Max = &p.clip.Min, &p.clip.Max
	}
	form := f.decimal()
	decimals := form.decimals
	if form.integer {
		decimals = 0
	}
	switch {
	case p.uneven():
		if err := p.unevenRecipe(n); err != nil {
			return err
		}
	case f.Grid != nil:
		n.Step, n.Offset = f.Grid.Step, f.Grid.Offset
	case f.Style != nil && f.Style.Significant != nil && f.Style.Significant.Max <= 16:
		n.Significant = max(f.Style.Significant.Max, 1)
	}
	if decimals != Shortest {
		n.Decimals = &decimals
	}
	if p.category >= 0 {
		c.Choices = []RecipeChoice{{Position: p.category, Number: true}}
		for k, a := range f.Atoms {
			c.Choices = append(c.Choices, RecipeChoice{Position: p.category + 1 + k, Value: a.Value})
		}
		if p.missing >= 0 {
			c.Choices = append(c.Choices, RecipeChoice{Position: p.category + p.missing, Missing: true})
		}
	}
	if unit := f.Unit(); f.Type == TypeDateTime {
		if unit == 0 {
			unit = dateUnit(f.Format)
		}
		c.Date = &RecipeDate{Seconds: unit, Zone: f.Zone, Format: f.Format, Strftime: strftime(f.Format)}
	}
	return nil
}

// mostListed bounds the values of unequal distance that a recipe lists.
const mostListed = 1 << 20

// unevenRecipe lists the values of a column with a Grid of unequal distances, and where they
// change: of one period, where there is one.
func (p *codecColumn) unevenRecipe(n *RecipeNumber) error {
	f, g := p.field, p.field.Grid
	first, last := 0.0, float64(len(g.Residues)*g.block()-1)
	if g.Period == 0 {
		lo, hi := f.Range.Min, f.Range.Max
		if p.open { // beyond the range, as far again
			lo, hi = 2*lo-hi, 2*hi-lo
		}
		first, last = math.Round(g.index(lo))-1, math.Round(g.index(hi))+1
	} else {
		n.Cycle = &RecipeCycle{Start: -0.5, Length: last + 1, Value: float64(g.Period*g.block()) * g.Step}
	}
	if last-first > mostListed {
		return &Error{Column: f.Name, Found: "more values of unequal distance than a recipe should list", Remedy: "train with another type for the column"}
	}
	for k := first; k <= last; k++ {
		n.Values = append(n.Values, f.shown(k))
		if center, width := g.cell(k); k < last {
			n.Edges = append(n.Edges, center+width/2)
		}
	}
	return nil
}

// strftime is a layout of Go for strftime, "" where it has none.
func strftime(layout string) string {
	if strings.Contains(layout, "%") {
		return ""
	}
	rest, out := layout, ""
	for rest != "" {
		found := false
		for _, p := range [][2]string{
			{"2006", "%Y"}, {"January", "%B"}, {"Monday", "%A"}, {"Jan", "%b"}, {"Mon", "%a"}, {"-0700", "%z"},
			{"01", "%m"}, {"02", "%d"}, {"15", "%H"}, {"04", "%M"}, {"05", "%S"}, {"03", "%I"}, {"06", "%y"}, {"PM", "%p"},
		} {
			if after, ok := strings.CutPrefix(rest, p[0]); ok {
				rest, out, found = after, out+p[1], true
				break
			}
		}
		if found {
			continue
		}
		if c := rest[0]; strings.ContainsRune("0123456789", rune(c)) || strings.HasPrefix(rest, "JAN") || strings.HasPrefix(rest, "jan") || strings.HasPrefix(rest, "MST") || strings.HasPrefix(rest, "pm") {
			return ""
		}
		out, rest = out+rest[:1], rest[1:]
	}
	return out
}
