package datasets

import (
	"bytes"
	"math"
	"strings"
	"time"
)

// dateLayout is a format of dates, taken apart.
type dateLayout struct {
	format        string
	read, write   string // layouts of package time; write has shortHour before an hour
	unit          float64
	zone          *time.Location // at which dates are written
	upper, lower  bool           // names of months
	offset, names bool           // the format has an offset, names of months or days
	noDay         bool           // nor a day of the month
}

// shortHour stands before an hour of 24 that has no zero in front, which package time
// cannot write.
const shortHour = "\x00"

// newDateLayout reads a format: a layout of package time, in which JAN and jan are names of
// months in capitals or small letters, and an hour 3 without PM is one of 24 without a zero
// in front.
func newDateLayout(format string, zone int) *dateLayout {
	d := &dateLayout{format: format, read: format, unit: dateUnit(format), zone: time.UTC}
	for _, name := range []string{"JANUARY", "JAN", "MONDAY", "MON"} {
		if strings.Contains(format, name) {
			d.upper = true
			d.read = strings.ReplaceAll(d.read, name, name[:1]+strings.ToLower(name[1:]))
		}
		if small := strings.ToLower(name); strings.Contains(format, small) {
			d.lower = true
			d.read = strings.ReplaceAll(d.read, small, name[:1]+small[1:])
		}
	}
	d.write = d.read
	if at := strings.Index(format, "3:04"); at >= 0 && !strings.ContainsAny(format, "Pp") && (at == 0 || format[at-1] != '0') {
		d.read = d.read[:at] + "15" + d.read[at+1:]
		d.write = d.read[:at] + shortHour + d.read[at:]
	}
	d.offset = strings.Contains(format, "07")
	d.names = strings.Contains(d.read, "Jan") || strings.Contains(d.read, "Mon")
	if zone != 0 {
		d.zone = time.FixedZone("", zone)
	}
	rest := strings.ReplaceAll(strings.ReplaceAll(format, "2006", ""), "-0700", "")
	d.noDay = strings.Contains(format, "06") && !strings.Contains(rest, "2")
	return d
}

// date returns the layout of the dates of f.
func (f *Field) date() *dateLayout { return newDateLayout(f.Format, f.Zone) }

// dateUnit returns the seconds that a format resolves: those of a day, an hour, a minute
// or a second.
func dateUnit(format string) float64 {
	switch {
	case strings.Contains(format, "05"):
		return 1
	case strings.Contains(format, "04"):
		return 60
	case strings.Contains(format, "15"), strings.Contains(format, "PM"), strings.Contains(format, "pm"):
		return 60 * 60
	}
	return 24 * 60 * 60
}

// hasZone reports whether a format shows a time zone or an offset.
func hasZone(format string) bool {
	return strings.HasSuffix(format, "Z") || strings.Contains(format, "07") || strings.Contains(format, "MST") ||
		strings.Contains(format, "UTC") || strings.Contains(format, "GMT")
}

// time reads a date. Offsets of named zones but UTC and GMT are not known.
func (d *dateLayout) time(cell string) (time.Time, bool) {
	t, err := time.Parse(d.read, cell)
	if err != nil {
		return t, false
	}
	if strings.Contains(d.read, "MST") {
		if zone, _ := t.Zone(); zone != "UTC" && zone != "GMT" {
			return t, false
		}
	}
	return t, true
}

// parse reads a date as a number of units of its format since 1970.
func (d *dateLayout) parse(cell string) (v float64, ok bool) {
	t, ok := d.time(cell)
	if !ok {
		return 0, false
	}
	v = float64(t.Unix()) / d.unit
	if nano := t.Nanosecond(); nano != 0 {
		v += float64(nano) / 1e9
	}
	return v, true
}

// fractionDigits counts the digits of the seconds of a cell after the point, at most 6:
// what a float64 holds beside the seconds of a century.
func (d *dateLayout) fractionDigits(cell string) int {
	if d.unit != 1 {
		return 0
	}
	for i := 2; i < len(cell); i++ {
		if (cell[i] != '.' && cell[i] != ',') || !isDigit(cell[i-1]) || !isDigit(cell[i-2]) || i+1 == len(cell) || !isDigit(cell[i+1]) {
			continue
		}
		if colon := i >= 3 && cell[i-3] == ':'; !colon && !(i >= 6 && onlyDigits(cell[i-6:i])) {
			continue
		}
		n := 0
		for i+1+n < len(cell) && isDigit(cell[i+1+n]) {
			n++
		}
		return min(n, 6)
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// append appends the date v, with that many digits of a second after the point.
func (d *dateLayout) append(b []byte, digits int, v float64) []byte {
	seconds, fraction := math.Round(v)*d.unit, 0.0
	layout := d.write
	if digits > 0 {
		pow := math.Pow10(digits)
		seconds = math.Floor(v)
		if fraction = math.Round((v-seconds)*pow) / pow; fraction == 1 {
			seconds, fraction = seconds+1, 0
		}
		layout = strings.Replace(layout, "05", "05.000000"[:3+digits], 1)
	}
	start := len(b)
	b = time.Unix(int64(seconds), int64(math.Round(fraction*1e9))).In(d.zone).AppendFormat(b, layout)
	if d.write != d.read {
		b = shortenHour(b, start)
	}
	switch {
	case d.upper:
		copy(b[start:], bytes.ToUpper(b[start:]))
	case d.lower:
		copy(b[start:], bytes.ToLower(b[start:]))
	}
	return b
}

// shortenHour removes shortHour from b[start:], and a zero behind it.
func shortenHour(b []byte, start int) []byte {
	i := start + bytes.IndexByte(b[start:], shortHour[0])
	n := 1
	if b[i+1] == '0' {
		n++
	}
	return append(b[:i], b[i+n:]...)
}

// parseStored reads a date as parquetText writes it, without loss, in units of d.
func (d *dateLayout) parseStored(cell string) (v float64, ok bool) {
	for _, stored := range [...]string{"2006-01-02", "2006-01-02 15:04:05"} {
		t, err := time.Parse(stored, cell)
		if err != nil || !strings.Contains(d.read, "06") {
			continue
		}
		v = (float64(t.Unix()) + float64(t.Nanosecond())/1e9) / d.unit
		return v, d.unit == 1 || v == math.Trunc(v)
	}
	return 0, false
}
