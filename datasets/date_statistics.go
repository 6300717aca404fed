package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tweedie/internal/suggest"
)

type dateStatistics struct {
	tried, fitting int
	layouts        []*dateLayout // those that fit every date so far; nil before the first
	begun, stopped bool          // there was a date; there were too few of them
	main, other    foundCell     // the first date, and the first that no format of those before fits
	notDate        foundCell
	alike          int // cells that look like dates of another format
	form           dateForm
	whole          wholeDates
}

// dateForm is what a format does not say of how dates are written.
type dateForm struct {
	digits       int         // of seconds after the point
	offsets      map[int]int // cells with each offset from UTC, in seconds
	shortHour    bool        // some hour has one digit
	upper, lower bool        // letters of names
}

func (t *dateStatistics) add(cell string, line int) {
	if t.stopped {
		return
	}
	t.tried++
	fits := false
	if likeDate(cell) {
		layouts := t.layouts
		if !t.begun {
			layouts = layoutsByShape()[shapeOf(cell)]
		}
		if still, at := fitting(layouts, cell); len(still) > 0 {
			t.layouts, t.begun, fits = still, true, true
			t.main.note(cell, line)
			t.form.add(still[0], at, cell)
		} else if t.begun {
			if others, _ := fitting(layoutsByShape()[shapeOf(cell)], cell); len(others) > 0 {
				fits = true
				t.other.note(cell, line)
			}
		}
	}
	if fits {
		t.fitting++
	} else {
		t.notDate.note(cell, line)
		if resembles(cell) {
			t.alike++
		}
	}
	t.stopped = t.tried >= dateTrials && float64(t.fitting) < 0.8*float64(t.tried)
}

// add follows the form of a date that layout reads as the time t.
func (f *dateForm) add(layout *dateLayout, t time.Time, cell string) {
	f.digits = max(f.digits, layout.fractionDigits(cell))
	if layout.offset {
		if f.offsets == nil {
			f.offsets = map[int]int{}
		}
		_, offset := t.Zone()
		f.offsets[offset]++
	}
	if layout.unit < 24*60*60 {
		i := strings.IndexByte(cell, ':')
		f.shortHour = f.shortHour || i == 1 || i > 1 && !isDigit(cell[i-2])
	}
	if layout.names {
		f.upper = f.upper || strings.ToLower(cell) != cell
		f.lower = f.lower || strings.ToUpper(cell) != cell
	}
}

// complete returns the format of dates of a form, which is another way to write those that
// layout reads.
func (f *dateForm) complete(layout *dateLayout) string {
	format := layout.format
	if f.shortHour && !strings.ContainsAny(format, "Pp") {
		format = strings.Replace(format, "15:04", "3:04", 1)
	}
	for _, name := range []string{"January", "Jan", "Mon"} {
		if f.upper && !f.lower {
			format = strings.ReplaceAll(format, name, strings.ToUpper(name))
		} else if f.lower && !f.upper {
			format = strings.ReplaceAll(format, name, strings.ToLower(name))
		}
	}
	return format
}

// zone returns the offset that most dates have, the smallest of several.
func (f *dateForm) zone() int {
	best := 0
	for _, offset := range sortedOffsets(f.offsets) {
		if f.offsets[offset] > f.offsets[best] {
			best = offset
		}
	}
	return best
}

func sortedOffsets(offsets map[int]int) []int {
	var list []int
	for o := range offsets {
		list = append(list, o)
	}
	slices.Sort(list)
	return list
}

// wholeDates follow whether whole numbers are dates, such as 20060102. A few may be of other
// years than those of most, as 99991231 is, which stands for none.
type wholeDates struct {
	layouts  []*dateLayout // those that fit every date so far; nil before the first
	tried    int
	far, odd int       // dates of other years, and numbers that are no dates
	oddOne   foundCell // the first of the latter
	over     bool      // too many numbers are no dates of these years
}

var digitLayouts = func() []*dateLayout {
	var list []*dateLayout
	for _, format := range digitFormats {
		list = append(list, newDateLayout(format, 0))
	}
	return list
}()

func (w *wholeDates) add(cell string, line int) {
	if w.over {
		return
	}
	w.tried++
	layouts := w.layouts
	if layouts == nil {
		layouts = digitLayouts
	}
	var near, far []*dateLayout
	for _, l := range layouts {
		if len(cell) != len(l.format) {
			continue
		}
		switch t, ok := l.time(cell); {
		case ok && t.Year() >= firstYear && t.Year() <= lastYear:
			near = append(near, l)
		case ok:
			far = append(far, l)
		}
	}
	switch {
	case len(near) > 0:
		w.layouts = near
	case len(far) > 0:
		w.far++
		if w.layouts != nil {
			w.layouts = far
		}
	default:
		w.odd++
		w.oddOne.note(cell, line)
	}
	w.over = w.tried >= 20 && float64(w.odd+w.far) > (1-mostlyOneKind)*float64(w.tried)
}

// wholeDates reports whether the whole numbers of a column are dates: all are, and they are
// so many different ones that chance does not explain it.
func (t *columnStatistics) wholeDates() bool {
	w := &t.dates.whole
	if t.texts > 0 || w.layouts == nil || w.odd > 0 || w.far > 0 && w.tried < 20 || w.over {
		return false
	}
	distinct := len(t.levels.count)
	return t.levels.dropped || distinct >= 6 || distinct >= 3 && len(w.layouts[0].format) > 6
}

// nearlyWholeDates reports whether chance does not explain how many of the whole numbers,
// but not all, are dates of one format with a day.
func (t *columnStatistics) nearlyWholeDates() bool {
	w := &t.dates.whole
	return t.texts == 0 && w.layouts != nil && w.odd > 0 && len(w.layouts[0].format) > 6 && w.tried >= 20 && !w.over &&
		(t.levels.dropped || len(t.levels.count) >= 6)
}

// dateNotes say what of the form of dates is decided by rule, or not kept.
func (d *inference) dateNotes(layouts []*dateLayout, form *dateForm) []string {
	var notes []string
	if d.t.texts == 0 {
		notes = append(notes, "whole numbers read as dates; declare it integer if they are none")
	}
	if other := otherReading(layouts); other != "" {
		notes = append(notes, fmt.Sprintf("every date fits %s as well as %s; the first is taken: set the format if that is wrong", layouts[0].format, other))
	}
	if len(form.offsets) > 1 {
		notes = append(notes, fmt.Sprintf("%d offsets from UTC; all times are written at the commonest, %s", len(form.offsets), offsetText(form.zone())))
	}
	if format := strings.ReplaceAll(layouts[0].format, "2006", ""); strings.Contains(format, "06") {
		notes = append(notes, "years of two digits are 1969 to 2068")
	}
	return notes
}

// otherReading returns the first format in which dates that all of layouts fit mean others
// than in the first of them.
func otherReading(layouts []*dateLayout) string {
	at := float64(time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC).Unix())
	cell := string(layouts[0].append(nil, 0, math.Floor(at/layouts[0].unit)))
	a, _ := layouts[0].time(cell)
	for _, l := range layouts[1:] {
		if b, ok := l.time(cell); ok && !a.Equal(b) {
			return l.format
		}
	}
	return ""
}

func offsetText(seconds int) string {
	return string(newDateLayout("-07:00", seconds).append(nil, 0, 0))
}

// likelyDates notes that texts look like dates of a format that is not recognized.
func (d *inference) likelyDates() {
	t := &d.t.dates
	if d.t.texts == 0 || t.tried == 0 || float64(t.alike) < mostlyOneKind*float64(t.tried) {
		return
	}
	note := fmt.Sprintf("cells such as %s look like dates of a format that is not known; set it, as in --date-format %s", suggest.Quote(t.notDate.cell), suggest.Quote(d.f.Name+"=02.01.06"))
	if d.f.Note != "" {
		note = d.f.Note + "; " + note
	}
	d.f.Note = note
}
