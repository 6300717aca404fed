package datasets

import "fmt"

// Texts that one row alone has give that row away. Of a column of texts
//
//   - most of which differ (freeText) nothing is kept: it is an identifier, unless they
//     are numbered and some repeat, as keys of another table do;
//   - of which some are such (someUnique) these are not kept: Field.Rest stands for them.
//
// A column that the user declares categorical is kept as it is.
const (
	freeText    = 0.5  // share of different texts
	someUnique  = 0.05 // share of the cells whose text no other row has
	fewUnique   = 5    // such cells that are rare levels, and no more
	maskedLevel = "masked"
)

// ofTexts reports whether cells are texts, some at least, or codes.
func (d *inference) ofTexts() bool { return d.t.numbers.leadingZero || d.t.texts > 0 }

// mask puts one level in the place of those that one row alone has, if there are many.
func (d *inference) mask() {
	kept, unique := make([]Level, 0, len(d.f.Levels)), 0
	for _, l := range d.f.Levels {
		if l.Count == 1 {
			unique++
		} else {
			kept = append(kept, l)
		}
	}
	if d.t.rows < fewestToNumber || !d.ofTexts() || unique < fewUnique || float64(unique) < someUnique*float64(d.present()) {
		return
	}
	switch {
	case d.o.Types[d.f.Name] != "" || d.like != nil:
		d.note(fmt.Sprintf("%d texts that one row alone has are reproduced word for word", unique))
		return
	case len(kept) == 0:
		return
	}
	name := maskedLevel
	for d.t.levels.count[name] > 0 {
		name += "_"
	}
	d.note(fmt.Sprintf("%d texts that one row alone has are written %q; declare the column categorical to keep them", unique, name))
	d.f.Levels, d.f.Rest = append(kept, Level{Name: name, Count: unique}), name
}

// note adds to what a user may want to change.
func (d *inference) note(text string) {
	if d.f.Note != "" {
		text = d.f.Note + "; " + text
	}
	d.f.Note = text
}
