package datasets

import (
	"math"
	"strings"
	"time"
)

// dateLayouts are the recognized formats of dates; the first that fits all cells is taken.
var dateLayouts = func() []string {
	days := []string{
		"2006-01-02", "2006/01/02", "2006.01.02",
		"01/02/2006", "1/2/2006", "02/01/2006", "2/1/2006",
		"02.01.2006", "2.1.2006", "02-01-2006", "01-02-2006",
		"02-Jan-2006", "2 Jan 2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006",
	}
	layouts := append([]string(nil), days...)
	for _, day := range days {
		for _, clock := range []string{" 15:04:05", " 15:04", " 03:04 PM", " 3:04 PM"} {
			layouts = append(layouts, day+clock)
		}
	}
	return append(layouts,
		"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05-0700",
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", time.RFC1123, time.RFC1123Z,
		"15:04:05", "15:04")
}()

// swapped maps a format to the one in which day and month change places.
var swapped = strings.NewReplacer("01/02/2006", "02/01/2006", "02/01/2006", "01/02/2006", "1/2/2006", "2/1/2006",
	"2/1/2006", "1/2/2006", "02-01-2006", "01-02-2006", "01-02-2006", "02-01-2006")

func likeDate(cell string) bool {
	return len(cell) >= 4 && len(cell) <= 40 && strings.ContainsAny(cell, "0123456789") && strings.ContainsAny(cell, "-/.: ")
}

// dateUnit returns the seconds that a format resolves: a day, a minute or a second.
func dateUnit(layout string) float64 {
	switch {
	case strings.Contains(layout, ":05"):
		return 1
	case strings.Contains(layout, ":04"):
		return 60
	}
	return 24 * 60 * 60
}

// hasZone reports whether a format shows a time zone or an offset.
func hasZone(layout string) bool {
	return strings.Contains(layout, "07") || strings.Contains(layout, "MST")
}

// parseDate reads a date as a number of units of its format since 1970, and counts the
// digits of its seconds after the point.
func parseDate(layout string, cell string) (v float64, digits int, ok bool) {
	t, err := time.Parse(layout, cell)
	if err != nil {
		return 0, 0, false
	}
	if zone, _ := t.Zone(); strings.Contains(layout, "MST") && zone != "UTC" && zone != "GMT" {
		return 0, 0, false // the offset of another name is not known
	}
	unit := dateUnit(layout)
	v = float64(t.Unix()) / unit
	if nano := t.Nanosecond(); nano != 0 {
		v += float64(nano) / 1e9
		for digits = 9; nano%10 == 0; digits-- {
			nano /= 10
		}
		digits = min(digits, 6) // what float64 holds beside the seconds of a century
	}
	return v, digits, true
}

// parseStored reads a date as parquetText writes it, without loss, in units of layout.
func parseStored(layout, cell string) (v float64, ok bool) {
	for _, stored := range []string{"2006-01-02", "2006-01-02 15:04:05"} {
		if v, _, ok := parseDate(stored, cell); ok && strings.Contains(layout, "06") {
			unit := dateUnit(layout)
			v *= dateUnit(stored) / unit
			return v, unit == 1 || v == math.Trunc(v)
		}
	}
	return 0, false
}

func appendDate(b []byte, layout string, digits int, v float64) []byte {
	seconds, fraction := math.Round(v)*dateUnit(layout), 0.0
	if digits > 0 {
		pow := math.Pow10(digits)
		seconds = math.Floor(v)
		if fraction = math.Round((v-seconds)*pow) / pow; fraction == 1 {
			seconds, fraction = seconds+1, 0
		}
	}
	t := time.Unix(int64(seconds), int64(math.Round(fraction*1e9))).UTC()
	if digits > 0 {
		layout = strings.Replace(layout, ":05", ":05.000000"[:4+digits], 1)
	}
	return t.AppendFormat(b, layout)
}

type dateStatistics struct {
	tried, fitting int
	formats        []string  // those that fit every date so far; nil before the first
	begun, stopped bool      // there was a date; there were too few of them
	main, other    foundCell // the first date, and the first that no format of those before fits
	notDate        foundCell
	digits         int
}

func (t *dateStatistics) add(cell string, line int) {
	if t.stopped {
		return
	}
	t.tried++
	fits := false
	if likeDate(cell) {
		formats := t.formats
		if !t.begun {
			formats = dateLayouts
		}
		if still := fitting(formats, cell); len(still) > 0 {
			t.formats, t.begun, fits = still, true, true
			t.main.note(cell, line)
			_, digits, _ := parseDate(still[0], cell)
			t.digits = max(t.digits, digits)
		} else if t.begun && len(fitting(dateLayouts, cell)) > 0 {
			fits = true
			t.other.note(cell, line)
		}
	}
	if fits {
		t.fitting++
	} else {
		t.notDate.note(cell, line)
	}
	t.stopped = t.tried >= dateTrials && float64(t.fitting) < 0.8*float64(t.tried)
}

// fitting returns those of layouts that cell has; layouts is not changed.
func fitting(layouts []string, cell string) []string {
	var fit []string
	for _, layout := range layouts {
		if _, _, ok := parseDate(layout, cell); ok {
			fit = append(fit, layout)
		}
	}
	if len(fit) == len(layouts) {
		return layouts
	}
	return fit
}
