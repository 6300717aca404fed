package datasets

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"tweedie/internal/suggest"
)

// levelColumn is what categorical and boolean columns share: cells are indices of levels.
type levelColumn struct{ levelType }

// levelType is what is particular to one type: see columnType.
type levelType interface {
	claims(d *inference) (bool, error)
	complete(d *inference) error
}

type categoricalType struct{}

// claims claims text, and numbers of which there are few.
func (categoricalType) claims(d *inference) (bool, error) {
	t, levels := &d.t.numbers, &d.t.levels
	few := !t.fraction && !levels.dropped && len(levels.count) <= d.o.FewValues
	return d.isText() || t.min == t.max || few, nil
}

func (categoricalType) complete(d *inference) error { return d.completeLevels(false) }

type booleanType struct{}

var booleans = [][2]string{{"false", "true"}, {"no", "yes"}, {"n", "y"}, {"f", "t"}, {"0", "1"}, {"off", "on"}}

func (booleanType) claims(d *inference) (bool, error) {
	t, levels := &d.t.numbers, d.t.levels.count
	if len(levels) != 2 {
		return false, nil
	}
	if !d.isText() {
		return !t.fraction && t.digits.Max == 0 && t.min == 0 && t.max == 1 && d.o.FewValues >= 2, nil
	}
	var pair []string
	for name := range levels {
		pair = append(pair, strings.ToLower(name))
	}
	slices.Sort(pair)
	return slices.Contains(booleans, [2]string(pair)), nil
}

func (booleanType) complete(d *inference) error { return d.completeLevels(true) }

func (levelColumn) storage() storage { return storesLevels }

func (levelColumn) invalid(f *Field) string {
	if len(f.Levels) == 0 {
		return "no levels"
	}
	return ""
}

func (levelColumn) describe(f *Field) []string {
	text := fmt.Sprintf("%d levels: %s", len(f.Levels), suggest.List(f.levelNames(), 4))
	if n, share := f.grouped(); n > 0 {
		text += fmt.Sprintf("; the %d rarest (%.1f %% of the rows) are grouped", n, 100*share)
	}
	if f.clustered() {
		text += "; " + f.describeClusters()
	}
	if f.Rest != "" {
		text += "; other texts are " + suggest.Quote(f.Rest)
	}
	return []string{text}
}

func (levelColumn) warnings(f *Field) []warning {
	list, name := noteWarning(f), suggest.Quote(f.Name)
	if n, share := f.grouped(); n > 0 {
		list = append(list, warning{grouped, fmt.Sprintf("%s (%d of %d levels, %.1f %% of the rows)", name, n, len(f.Levels), 100*share)})
	}
	if f.clustered() {
		list = append(list, warning{clustered, fmt.Sprintf("%s (%d levels: %s)", name, len(f.Levels), f.describeClusters())})
	}
	return list
}

func (levelColumn) parse(p *cellParser, c *Cells, i, j int, cell string) *Error {
	if cell == NoValue {
		return nil
	}
	k, known := p.levels[cell]
	if !known && p.f.Rest != "" {
		k, known = p.levels[p.f.Rest]
	}
	if !known && p.f.Type == TypeBoolean { // true in Parquet, and True or TRUE in CSV
		k = slices.IndexFunc(p.f.Levels, func(l Level) bool { return strings.EqualFold(l.Name, cell) })
		known = k >= 0
	}
	if !known {
		_, err := p.f.LevelIndex(cell)
		e := err.(*Error)
		e.Err = errUnseen
		return e
	}
	c.SetLevel(i, j, k)
	return nil
}

func (levelColumn) appendText(b []byte, f *Field, c *Cells, i, j, _ int) []byte {
	if k := c.Level(i, j); k >= 0 {
		b = append(b, f.Levels[k].Name...)
	}
	return b
}

func (levelColumn) parquet(f *Field) ParquetType { return typeOfTexts(f.levelNames()) }

// typeOfTexts returns the narrowest type that keeps texts.
func typeOfTexts(names []string) ParquetType {
	whole, truth := true, true
	for _, name := range names {
		v, err := strconv.ParseInt(name, 10, 64)
		whole = whole && err == nil && strconv.FormatInt(v, 10) == name
		truth = truth && (name == "true" || name == "false") // as BOOLEAN is read: True would come back as another level
	}
	switch {
	case whole:
		return parquetInt64
	case truth:
		return parquetBoolean
	}
	return parquetString
}

func (levelColumn) fit(f *Field, c *Cells, j int, _ *FitOptions) error {
	f.Levels = slices.Clone(f.Levels)
	for k := range f.Levels {
		f.Levels[k].Count = 0
	}
	f.Missing = 0
	for i := range c.rows {
		if k := c.Level(i, j); k >= 0 {
			f.Levels[k].Count++
		} else {
			f.Missing++
		}
	}
	return nil
}

func (levelColumn) unfitted(f *Field) string {
	if f.clustered() && f.Clustering.Order == nil {
		return "the order of its code"
	}
	return ""
}

func (levelColumn) layout(e *Codec, c *codecColumn, _ bool) {
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
	c.category = e.dim
	if f.Clustering == nil {
		e.addCategory(f.Name, names, counts)
	} else {
		e.addClusters(c, names, counts)
	}
	c.levels = e.dim - c.category
}

func (levelColumn) encode(p *codecColumn, row []float64, c *Cells, i int, _ func() float64) {
	p.encodeLevel(row, c.Level(i, p.index))
}

func (levelColumn) encodeText(p *codecColumn, row []float64, text string) error {
	k, err := p.field.LevelIndex(text)
	if err != nil {
		return err
	}
	p.encodeLevel(row, k)
	return nil
}

// encodeLevel encodes the index of a level, -1 for a missing cell.
func (p *codecColumn) encodeLevel(row []float64, level int) {
	at := p.missing
	if level >= 0 {
		at = p.position[level]
	}
	p.hot(row, at)
}

// decode draws one of the grouped levels by frequency, if the item is the group.
func (levelColumn) decode(p *codecColumn, c *Cells, i, item int, _ []float64, uniform func(row, column int) float64) error {
	if item == p.missing {
		return nil
	}
	level := p.first[item]
	if level < 0 {
		u := uniform(i, p.index) * p.shares[len(p.shares)-1]
		level = p.group[min(sort.SearchFloat64s(p.shares, u), len(p.group)-1)]
	}
	c.SetLevel(i, p.index, level)
	return nil
}
