package datasets

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// The recognized formats of dates are those of dayFormats, alone or before one of
// clockFormats and one of zoneFormats, and those of otherFormats. Of several that fit all
// cells the first is taken.
var (
	dayFormats = []string{
		"2006-01-02", "2006/01/02", "2006.01.02", "2006-1-2", "2006/1/2", "2006.1.2",
		"01/02/2006", "1/2/2006", "02/01/2006", "2/1/2006",
		"02.01.2006", "2.1.2006", "02-01-2006", "2-1-2006", "01-02-2006", "1-2-2006",
		"01/02/06", "1/2/06", "02/01/06", "2/1/06", "02.01.06", "2.1.06", "02-01-06", "01-02-06", "06-01-02", "06/01/02",
		"02-Jan-2006", "2-Jan-2006", "02 Jan 2006", "2 Jan 2006", "02 January 2006", "2 January 2006", "2. January 2006",
		"Jan 02, 2006", "Jan 2, 2006", "January 02, 2006", "January 2, 2006", "02-Jan-06", "2-Jan-06", "02 Jan 06", "2 Jan 06",
		"02Jan2006", "02Jan06", "02/Jan/2006", "2006-Jan-02", "Mon, 02 Jan 2006", "Mon 02 Jan 2006", "Mon Jan 02 2006",
	}
	clockFormats = []string{
		" 15:04:05", " 15:04", "T15:04:05", "T15:04", ", 15:04:05", ":15:04:05", " 03:04 PM", " 3:04 PM", " 03:04:05 PM", " 3:04:05 PM",
		" 3:04PM", " 03:04 pm", " 3:04 pm", " 3:04:05 pm", " 3:04pm", ", 3:04:05 PM", ", 3:04 PM",
	}
	zoneFormats  = []string{"-07:00", "Z07:00", "-0700", "Z0700", " -0700", " -07:00", "-07", " UTC", " GMT", " MST"}
	otherFormats = []string{
		"20060102T150405", "20060102T150405Z", "20060102T150405-0700", "20060102T1504", "20060102 150405", "20060102_150405",
		"Mon Jan 02 15:04:05 2006", "Mon Jan _2 15:04:05 2006", "2006-01", "2006/01", "01/2006", "Jan 2006", "January 2006", "Jan-2006", "Jan-06",
		"15:04:05", "15:04", "03:04 PM", "3:04 PM", "03:04:05 PM", "3:04:05 PM",
	}
	// digitFormats are those of numbers, by how many digits they have.
	digitFormats = []string{"20060102", "02012006", "01022006", "200601", "20060102150405", "200601021504"}
)

// firstYear and lastYear bound the years of dates written as whole numbers.
const firstYear, lastYear = 1900, 2100

// DateFormats returns the formats of dates that Infer recognizes, as layouts of package
// time: how 15:04:05 on Monday, 2 January 2006 is written. Beyond that package JAN and jan
// are names of months in capitals and small letters, and an hour 3 without PM is one of 24
// without a zero in front. Years of two digits are 1969 to 2068. Digits of seconds
// after the point need not be in the layout.
func DateFormats() []string {
	list := slices.Clone(dayFormats)
	for _, day := range dayFormats {
		for _, clock := range clockFormats {
			list = append(list, day+clock)
			if strings.Contains(clock, "15") {
				for _, zone := range zoneFormats {
					list = append(list, day+clock+zone)
				}
			}
		}
	}
	return slices.Concat(list, otherFormats, digitFormats)
}

// layoutsByShape has the formats, but those of numbers, by the shapes of their dates.
var layoutsByShape = sync.OnceValue(func() map[string][]*dateLayout {
	shapes := map[string][]*dateLayout{}
	at := time.Date(2006, 11, 12, 13, 14, 15, 0, time.UTC)
	for _, format := range DateFormats() {
		layout := newDateLayout(format, 0)
		for _, zone := range []*time.Location{time.UTC, time.FixedZone("", 3600)} {
			shape := shapeOf(at.In(zone).Format(format))
			if list := shapes[shape]; len(list) == 0 || list[len(list)-1] != layout {
				shapes[shape] = append(list, layout)
			}
			if !layout.offset {
				break
			}
		}
	}
	return shapes
})

// shapeOf returns a cell with one 9 for digits, one a for letters and one space for several. Digits of seconds
// after the point are left away, and + is -.
func shapeOf(cell string) string {
	var b [40]byte
	shape := b[:0]
	var last byte
	for i := 0; i < len(cell) && len(shape) < len(b); i++ {
		c := cell[i]
		switch {
		case isDigit(c):
			c = '9'
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			c = 'a'
		case c == '+':
			c = '-'
		case c == '.' || c == ',':
			if n := len(shape); last == '9' && i+1 < len(cell) && isDigit(cell[i+1]) && (n > 3 && shape[n-2] == ':' || i > 6 && onlyDigits(cell[i-6:i])) {
				for i+1 < len(cell) && isDigit(cell[i+1]) {
					i++
				}
				continue
			}
		}
		if c != last || c != '9' && c != 'a' && c != ' ' {
			shape = append(shape, c)
		}
		last = c
	}
	return string(shape)
}

// likeDate reports whether a text may be a date.
func likeDate(cell string) bool {
	return len(cell) >= 4 && len(cell) <= 40 && strings.ContainsAny(cell, "0123456789")
}

// fitting returns those of layouts that cell has, and the time that the first of them reads;
// layouts is not changed.
func fitting(layouts []*dateLayout, cell string) (fit []*dateLayout, first time.Time) {
	misses := 0
	for i, l := range layouts {
		at, ok := l.time(cell)
		switch {
		case !ok:
			if misses++; misses == 1 {
				fit = slices.Clone(layouts[:i])
			}
			continue
		case i == misses: // all before are misses
			first = at
		}
		if misses > 0 {
			fit = append(fit, l)
		}
	}
	if misses == 0 {
		return layouts, first
	}
	return fit, first
}

// resembles reports whether a text that is no date of a recognized format looks like one:
// one number is a year, or a word a month, and the others have one or two digits.
func resembles(cell string) bool {
	if !likeDate(cell) {
		return false
	}
	numbers, years := 0, 0
	for _, n := range strings.FieldsFunc(cell, func(r rune) bool { return r < '0' || r > '9' }) {
		switch {
		case len(n) == 4 && n >= "1900" && n <= "2100":
			years++
		case len(n) > 2:
			return false
		default:
			numbers++
		}
	}
	return years == 1 && numbers > 0 && numbers < 6 || years < 2 && numbers+years > 1 && hasMonth(cell)
}

func hasMonth(cell string) bool {
	cell = strings.ToLower(cell)
	for m := time.January; m <= time.December; m++ {
		if strings.Contains(cell, strings.ToLower(m.String()[:3])) {
			return true
		}
	}
	return false
}
