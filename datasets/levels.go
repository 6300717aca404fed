package datasets

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tweedie/internal/suggest"
)

// completeLevels fills in the levels of a column, and groups the rare ones.
func (d *inference) completeLevels(boolean bool) error {
	t := &d.t.levels
	d.noteSpellings()
	switch {
	case t.dropped:
		d.late = true
		return nil
	case t.full:
		return d.fail(foundCell{}, fmt.Sprintf("declared categorical, but it has more than %d levels", len(t.count)), "declare it an identifier, or merge levels")
	case boolean && len(t.count) != 2 && d.like == nil:
		return d.fail(foundCell{}, fmt.Sprintf("declared boolean, but it has %d levels", len(t.count)), "declare it categorical")
	case len(t.count) == 0:
		return d.fail(foundCell{}, "declared "+string(d.f.Type)+", but it has no value", "leave its type to be found")
	}
	if d.like != nil && len(d.like.Levels) > 0 {
		d.f.Levels, d.f.Rest = slices.Clone(d.like.Levels), d.like.Rest
		known := make(map[string]bool, len(d.f.Levels))
		for k := range d.f.Levels {
			d.f.Levels[k].Count = t.count[d.f.Levels[k].Name]
			known[d.f.Levels[k].Name] = true
		}
		for _, name := range slices.Sorted(maps.Keys(t.count)) {
			switch {
			case known[name]:
			case d.f.Rest != "":
				d.f.Levels[slices.IndexFunc(d.f.Levels, func(l Level) bool { return l.Name == d.f.Rest })].Count += t.count[name]
			default:
				_, err := d.f.LevelIndex(name)
				err.(*Error).File = d.file
				return err
			}
		}
		if d.like.Clustering != nil {
			d.f.Clustering = &Clustering{Own: d.like.Clustering.Own, Clusters: d.like.Clustering.Clusters}
			if found := d.f.Clustering.invalid(d.f.items()); found != "" {
				return d.fail(foundCell{}, found, "give the code another number of clusters, or remove it")
			}
		}
		return nil
	}
	for name, n := range t.count {
		d.f.Levels = append(d.f.Levels, Level{Name: name, Count: n})
	}
	d.mask()
	order(d.f.Levels)
	d.f.group(d.o.MaxLevels)
	if n := d.f.items(); d.o.OneHot >= 0 && n > d.o.OneHot {
		d.f.Clustering = newClustering(n, d.o.OneHot)
	}
	return nil
}

// noteSpellings notes cells of text that were taken for missing ones.
func (d *inference) noteSpellings() {
	if d.t.spellings == 0 || !d.isText() || d.like != nil && d.f.Note != "" {
		return
	}
	note := fmt.Sprintf("%d cells such as %s in row %d are taken for missing: turn the default spellings off if they are values", d.t.spellings, suggest.Quote(d.t.spelled.cell), d.t.spelled.line)
	if d.f.Note != "" {
		note = d.f.Note + "; " + note
	}
	d.f.Note = note
}

// order sorts levels: by number when all names are numbers, else by name.
func order(levels []Level) {
	numbers := true
	value := make(map[string]float64, len(levels))
	for _, l := range levels {
		v, _, is := parseNumber(l.Name)
		numbers = numbers && is == isNumber
		value[l.Name] = v
	}
	if !numbers {
		clear(value)
	}
	slices.SortFunc(levels, func(a, b Level) int {
		return cmp.Or(cmp.Compare(value[a.Name], value[b.Name]), strings.Compare(a.Name, b.Name))
	})
}

// group marks the levels beyond positions, one of which the group takes.
func (f *Field) group(positions int) {
	if len(f.Levels) <= positions {
		return
	}
	byCount := make([]int, len(f.Levels))
	for k := range byCount {
		byCount[k] = k
	}
	slices.SortStableFunc(byCount, func(a, b int) int { return f.Levels[b].Count - f.Levels[a].Count })
	for _, k := range byCount[positions-1:] {
		f.Levels[k].Grouped = true
	}
}

// LevelIndex returns the index of a level. The error for an unknown one
// suggests the nearest names.
func (f *Field) LevelIndex(level string) (int, error) {
	for k := range f.Levels {
		if f.Levels[k].Name == level {
			return k, nil
		}
	}
	if !f.HasLevels() {
		return 0, &Error{Column: f.Name, Found: fmt.Sprintf("is %s, not categorical", f.Type), Remedy: "name a categorical column"}
	}
	return 0, &Error{Column: f.Name, Found: "unseen category " + suggest.Quote(level), Remedy: suggest.Hint(level, f.levelNames())}
}

func (f *Field) hasLevel(name string) bool {
	return slices.ContainsFunc(f.Levels, func(l Level) bool { return l.Name == name })
}

func (f *Field) levelNames() []string {
	names := make([]string, len(f.Levels))
	for k := range f.Levels {
		names[k] = f.Levels[k].Name
	}
	return names
}
