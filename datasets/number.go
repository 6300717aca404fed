package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tweedie/internal/suggest"
)

// numberColumn is what columns of numbers and dates share: cells are numbers, encoded by a
// Transform, and frequent values are levels.
type numberColumn struct{ numberType }

type numberType interface {
	claims(d *inference) (bool, error)
	complete(d *inference) error
	invalid(f *Field) string

	// read returns the number of a text. rounded reports that the text has more digits
	// than the number. fromParquet says that the text is that of a Parquet value.
	read(f *Field, form decimal, cell string, fromParquet bool) (v float64, rounded bool, err *Error)
	// write appends the text of a number, which is rounded.
	write(b []byte, f *Field, form decimal, v float64) []byte
	parquet(f *Field) ParquetType
}

func (numberColumn) storage() storage { return storesNumbers }

func (n numberColumn) describe(f *Field) []string {
	var parts []string
	if f.Range != nil && f.Digits != nil {
		parts = append(parts, n.text(f, f.Range.Min)+" to "+n.text(f, f.Range.Max))
	}
	if f.Format != "" {
		parts = append(parts, "format "+suggest.Quote(f.Format))
	}
	if f.Zone != 0 {
		parts = append(parts, "at "+offsetText(f.Zone))
	}
	if f.Style != nil && f.Style.describe() != "" {
		parts = append(parts, f.Style.describe())
	}
	if text := f.GridText(); text != "" {
		parts = append(parts, text)
	}
	return append(parts, n.describeAtoms(f)...)
}

func (n numberColumn) text(f *Field, v float64) string {
	return string(n.write(nil, f, f.decimal(), v))
}

func (n numberColumn) describeAtoms(f *Field) (parts []string) {
	if values := f.LevelValues(); values != nil {
		return []string{n.describeLevels(f, values)}
	}
	usual := 0
	for _, a := range f.Atoms {
		if a.Share >= atomShare {
			parts = append(parts, fmt.Sprintf("%.0f %% are %s", 100*a.Share, n.text(f, a.Value)))
		} else {
			usual++
		}
	}
	if len(parts) > maxAtoms {
		parts, usual = nil, len(f.Atoms)
	}
	switch usual {
	case 0:
	case 1:
		parts = append(parts, "1 usual value")
	default:
		parts = append(parts, fmt.Sprintf("%d usual values", usual))
	}
	return parts
}

// describeLevels lists values each of which is a level, with shares but for the rarest.
func (n numberColumn) describeLevels(f *Field, values []float64) string {
	text := fmt.Sprintf("%d values, each a level", len(values))
	if len(values) > maxCodes {
		return text
	}
	slices.Sort(values)
	var list []string
	for _, v := range values {
		s := n.text(f, v)
		if a := f.atom(v); a >= 0 {
			s += fmt.Sprintf(" (%.0f %%)", 100*f.Atoms[a].Share)
		}
		list = append(list, s)
	}
	return text + ": " + strings.Join(list, ", ")
}

func (numberColumn) warnings(f *Field) []warning { return noteWarning(f) }

func (n numberColumn) parse(p *cellParser, c *Cells, i, j int, cell string) *Error {
	if cell == NoValue {
		return nil
	}
	v, rounded, err := n.read(p.f, p.form, cell, p.fromParquet)
	if err != nil {
		return err
	}
	if p.f.leavesOne() && !p.f.IsLevel(v) {
		return n.unseenValue(p.f, v)
	}
	if r := p.f.Range; r != nil && (v < r.Min || v > r.Max) {
		if p.beyond++; p.first == nil {
			p.first = &Error{Column: p.f.Name, Found: fmt.Sprintf("%s is beyond the range that was seen, %s to %s", suggest.Quote(cell), n.text(p.f, r.Min), n.text(p.f, r.Max)), Remedy: "correct it"}
		}
	}
	c.SetNumber(i, j, v)
	if c.Number(i, j) != v || rounded {
		p.rounded++
	}
	return nil
}

func (n numberColumn) appendText(b []byte, f *Field, c *Cells, i, j, _ int) []byte {
	if v := c.Number(i, j); v == v {
		return n.write(b, f, c.columns[j].form, v)
	}
	return b
}

func (numberColumn) fit(f *Field, c *Cells, j int, o *FitOptions) error {
	values := make([]float64, 0, c.rows)
	for i := range c.rows {
		if v := c.Number(i, j); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	f.Missing = c.rows - len(values)
	slices.Sort(values)
	return f.fit(values, o)
}

func (numberColumn) unfitted(f *Field) string {
	if f.Map == nil || f.Range == nil {
		return "the map of its numbers"
	}
	return ""
}

func (n numberColumn) layout(e *Codec, c *codecColumn, extrapolate bool) {
	f := c.field
	c.step, c.form, c.clip = f.width(), f.decimal(), *f.Range
	if n := len(f.Map.X); n > 0 {
		c.open = extrapolate || c.scale(c.clip.Min) < f.Map.X[0]-c.step && f.atom(c.clip.Min) < 0 || c.scale(c.clip.Max) > f.Map.X[n-1]+c.step && f.atom(c.clip.Max) < 0
	}
	if lo, hi := f.Above(c.clip.Min, false), f.Below(c.clip.Max, false); lo <= hi {
		c.clip = Range{lo, hi}
	}
	if extrapolate {
		c.clip = Range{-math.MaxFloat64, math.MaxFloat64}
	}
	if len(f.Atoms) > 0 || f.Missing > 0 {
		names, counts := []string{LevelPresent}, []int{e.meta.Rows - f.Missing}
		for _, a := range f.Atoms {
			k := int(math.Round(a.Share * float64(e.meta.Rows)))
			counts[0] -= k
			names, counts = append(names, n.text(f, a.Value)), append(counts, k)
		}
		if f.Missing > 0 {
			c.missing = len(names)
			names, counts = append(names, LevelMissing), append(counts, f.Missing)
		}
		c.category, c.levels = e.dim, len(names)
		e.addCategory(f.Name, names, counts)
	}
	c.number = e.dim
	e.blocks = append(e.blocks, Block{Column: f.Name, Kind: Continuous, Start: e.dim, Len: 1})
	e.dim++
}

func (numberColumn) encode(p *codecColumn, row []float64, c *Cells, i int, uniform func() float64) {
	p.encodeNumber(row, c.Number(i, p.index), uniform())
}

func (n numberColumn) encodeText(p *codecColumn, row []float64, text string) error {
	v, _, err := n.read(p.field, p.form, text, false)
	if err != nil {
		return err
	}
	if near := p.field.written(p.form, v); p.field.Grid == nil && p.field.IsLevel(near) {
		v = near // in the digits of the column
	}
	if p.field.leavesOne() && !p.field.IsLevel(v) {
		return n.unseenValue(p.field, v)
	}
	p.encodeNumber(row, v, 0.5)
	return nil
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
	if !p.field.IsLevel(v) {
		row[p.number] = p.forward(v, p.widthAt(v), r)
	}
}

// decode takes the number for what it says if the item is LevelPresent.
func (numberColumn) decode(p *codecColumn, c *Cells, i, item int, row []float64, _ func(int, int) float64) error {
	z := row[p.number]
	if p.field.leavesOne() {
		z = 0 // one value, whatever its number
	}
	switch {
	case p.category >= 0 && item == p.missing:
		return nil
	case item > 0:
		c.SetNumber(i, p.index, p.field.Atoms[item-1].Value)
		return nil
	case math.IsNaN(z) || math.IsInf(z, 0):
		return p.diverged(z)
	}
	v := p.value(z)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return p.diverged(v)
	}
	c.SetNumber(i, p.index, v)
	return nil
}
